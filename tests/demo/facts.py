"""What the threshold engine would read of a county once it is recorded, made from its request bodies alone."""

import io
from datetime import date, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from app.demo.county import County
from app.demo.gias import gias_csv
from app.demo.shapes import Declaration, Placement
from app.domain.establishments import registration_status
from app.domain.placements import StatedWeek, arrangement_from, engine_arrangement
from app.domain.registration import (
    REGISTERED,
    ChildFact,
    DeclarationFact,
    DeclaredGroup,
    Flag,
    PlacementFact,
    ProviderFacts,
)
from app.domain.rulesets import FlagKind
from app.integrations.gias import read_establishments


def id_of(key: str) -> UUID:
    """An id that a slug, key or UPN always has."""
    return uuid5(NAMESPACE_URL, key)


class Names(dict[str, UUID]):
    """Ids by key, as a county's bodies ask for them."""

    def __missing__(self, key: str) -> UUID:
        return id_of(key)


def statuses(county: County) -> dict[str, str]:
    """Each provider's registration status, looked up in the county's extract by URN or UKPRN."""
    rows = list(read_establishments(io.BytesIO(gias_csv(county.gias_rows))))
    by_urn, by_ukprn = {row.urn: row for row in rows}, {row.ukprn: row for row in rows if row.ukprn}
    found = {each.key: by_urn.get(each.urn or 0) or by_ukprn.get(each.ukprn or "") for each in county.providers}
    return {
        key: registration_status(row.type_code, row.status_code) if row else "not_found" for key, row in found.items()
    }


def facts(county: County, *keys: str) -> ProviderFacts:
    """The facts about providers that are counted together."""
    status = statuses(county)
    here = {each.pupil.upn for each in county.placements if each.provider in keys}
    placements = [each for each in county.placements if each.pupil.upn in here]
    return ProviderFacts(
        provider_ids=frozenset(map(id_of, keys)),
        registration_status=status[keys[0]],
        children=tuple(_child(county, upn) for upn in sorted(here)),
        placements=tuple(_placement(each, status[each.provider]) for each in placements),
        declarations=tuple(_declaration(each) for each in county.declarations if each.provider in keys),
        adopted=frozenset(ruleset for each in county.organisations for ruleset in each.rulesets),
    )


def _child(county: County, upn: str) -> ChildFact:
    records = [each for each in county.pupils if each.upn == upn]
    flags = {Flag(FlagKind(flag.kind), flag.from_on, flag.to_on) for each in records for flag in each.flags}
    return ChildFact(id_of(upn), tuple({each.born_on for each in records}), tuple(sorted(flags, key=str)))


def _placement(placement: Placement, status: str) -> PlacementFact:
    said = placement.body(Names())
    week = StatedWeek(
        tuple(said["timetable"]),
        said["weekly_minutes"],
        said["days_per_week"],
        said["sessions_per_week"],
        said["hours_basis"],
    )
    return PlacementFact(
        placement_id=id_of(placement.key),
        commissioner_id=UUID(said["commissioner_id"]),
        provider_id=UUID(said["provider_id"]),
        child_id=id_of(placement.pupil.upn),
        starts_on=date.fromisoformat(said["starts_on"]),
        ends_on=date.fromisoformat(said["ends_on"]) if said["ends_on"] else None,
        arrangements=(engine_arrangement(arrangement_from(week, from_on=placement.starts_on, session_minutes=195)),),
        sole_provision=said["sole_provision"],
        main_responsibility=said["main_responsibility"],
        provider_unregistered=status not in REGISTERED,
    )


def _declaration(declaration: Declaration) -> DeclarationFact:
    return DeclarationFact(
        provider_id=id_of(declaration.provider),
        declared_on=declaration.declared_on,
        stale_from_on=declaration.declared_on + timedelta(days=91),
        groups=tuple(DeclaredGroup(**group) for group in declaration.body()["groups"]),
    )
