"""The position of each site of a provider, the rest of a child's week counted as time elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from app.domain.registration.facts import Arrangement, PlacementFact, ProviderFacts
from app.domain.registration.results import SiteOutcome
from app.domain.registration.snapshot import snapshot
from app.domain.rulesets import Ruleset

_OTHER_SITES = UUID(int=0)  # stands for the provider's other sites


def sites_of(facts: ProviderFacts, on: date, rulesets: Sequence[Ruleset]) -> tuple[SiteOutcome, ...]:
    """A snapshot of each site in use on the date, by site id. Time that tells no site is at none of them."""
    lasting = [placement for placement in facts.placements if placement.lasts_on(on)]
    here = [placement for placement in lasting if placement.provider_id in facts.provider_ids]
    elsewhere = [placement for placement in lasting if placement.provider_id not in facts.provider_ids]
    used = {site_id for placement in here for site_id in _sites_used(placement, on)}
    return tuple(_site_outcome(facts, site_id, here, elsewhere, on, rulesets) for site_id in sorted(used))


def _site_outcome(
    facts: ProviderFacts,
    site_id: UUID,
    here: Sequence[PlacementFact],
    elsewhere: Sequence[PlacementFact],
    on: date,
    rulesets: Sequence[Ruleset],
) -> SiteOutcome:
    parts = [part for placement in here for part in _parts(placement, site_id, on)]
    at_site = snapshot(replace(facts, placements=(*parts, *elsewhere), declarations=()), on=on, rulesets=rulesets)
    return SiteOutcome(site_id, at_site.overall, at_site.rulesets)


def _in_force(placement: PlacementFact, on: date) -> Arrangement | None:
    begun = [arrangement for arrangement in placement.arrangements if arrangement.from_on <= on]
    return max(begun, key=lambda arrangement: arrangement.from_on, default=None)


def _sites_used(placement: PlacementFact, on: date) -> set[UUID]:
    arrangement = _in_force(placement, on)
    slots = arrangement.slots if arrangement else ()
    used = {slot.site_id or placement.site_id for slot in slots} if slots else {placement.site_id}
    return {site_id for site_id in used if site_id is not None}


def _parts(placement: PlacementFact, site_id: UUID, on: date) -> Iterator[PlacementFact]:
    """The placement's time at the site, and apart from it the rest of its time, as if with another provider."""
    arrangement = _in_force(placement, on)
    if arrangement is None or not arrangement.slots:
        yield placement if placement.site_id == site_id else placement._replace(provider_id=_OTHER_SITES)
        return
    at_site = tuple(slot for slot in arrangement.slots if (slot.site_id or placement.site_id) == site_id)
    rest = tuple(slot for slot in arrangement.slots if (slot.site_id or placement.site_id) != site_id)
    if at_site:
        yield placement._replace(arrangements=(arrangement._replace(slots=at_site),))
    if rest:
        yield placement._replace(arrangements=(arrangement._replace(slots=rest),), provider_id=_OTHER_SITES)
