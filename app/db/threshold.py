"""The threshold decision on one placement: may the plan go ahead, and what should its commissioner know?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import facts as facts_
from app.db import registration, rows
from app.db.facts import Facts
from app.db.organisations import Organisation
from app.db.placements import Placement
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain import rulesets
from app.domain.access import Permission, View, registration_view
from app.domain.calendar import compulsory_school_age
from app.domain.errors import Conflict, Forbidden
from app.domain.placements import Alert, Policy, alerts_of, arranged_on, met_by, newly
from app.domain.registration import REACHED, PlacementFact, ProviderFacts, Result, overall, snapshot, worst

_AUTHORITIES = text("SELECT * FROM apqa_authorities(:codes)")


@dataclass(frozen=True, slots=True)
class Clock:
    """When a placement is recorded, and how long a census session is taken to be."""

    at: datetime
    today: date
    session_minutes: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A provider's facts with a placement as it now is and as it was, in the view of whoever recorded it."""

    was: ProviderFacts
    now: ProviderFacts
    on: date
    arrangement: Mapping[str, Any] | None

    def alerts(self) -> list[Alert]:
        """What is worse with the placement: a school's alerts speak of its own pupils alone."""
        before, after = snapshot(self.was, on=self.on), snapshot(self.now, on=self.on)
        return alerts_of(newly(before.rulesets, after.rulesets), self.arrangement)


async def settle(
    session: AsyncSession,
    row: Placement,
    provider: Provider,
    before: PlacementFact | None,
    effective_on: date,
    clock: Clock,
    override: str | None,
) -> Settled:
    """Hold the provider's facts with the placement as it now is against those with it as it was.

    The guard is taken and the row is written, so what is read here no concurrent request can change.
    """
    facts = await facts_.load(session, provider, at=clock.at)
    was, on = facts.instead(row.id, row.pupil_id, before), _as_of(row, clock)
    if effective_on > clock.today:
        met_on = first_met(was.holding(), facts.holding(), [row.id], effective_on, row.ends_on)
        if met_on is not None:
            await _allow(session, row, provider, facts.holding(), met_on, override)
    result = _overall(facts, on)
    row.registration = {"as_of_on": on.isoformat(), "overall": result.value}
    if result in REACHED and result != _overall(was, on):
        told = {*audience(row), *await _authorities(session, row, provider)}
        tell(session, "registration.reached", "provider", provider.id, told, overall=result.value)
    view = registration_view(caller_of(session), provider_id=provider.id, la_code=provider.la_code)
    seen = "everybody" if view is View.FULL else "own"
    return Settled(getattr(was, seen), getattr(facts, seen), on, arranged_on(row.arrangements, on=on))


def _overall(facts: Facts, on: date) -> Result:
    return worst(overall(each, on=on) for each in (facts.everybody, facts.group) if each)


async def _allow(
    session: AsyncSession,
    row: Placement,
    provider: Provider,
    facts: Facts,
    met_on: date,
    override: str | None,
) -> None:
    """Refuse a plan by which a binding threshold comes to be met, where the commissioner's policy is to block.

    Raises:
        Conflict: `registration_threshold`.
        Forbidden: an override by somebody who is no lead.
    """
    commissioner = await rows.get(session, Organisation, row.commissioner_id)
    if commissioner.threshold_policy != Policy.BLOCK:
        return
    caller = caller_of(session)
    if override is None:
        check = registration.evaluate(facts, provider, caller, on=met_on)
        raise Conflict(
            "The plan would have the provider meet a registration threshold.",
            code="registration_threshold",
            facts={"check": check.shown()},
        )
    if not caller.may(Permission.REGISTRATION_OVERRIDE):
        raise Forbidden("Only a lead may override a registration threshold.", code="permission_required")
    audit(session, "override", "placement", row.id, provider_id=str(provider.id), reason=override)
    told = {*audience(row), *await _authorities(session, row, provider)}
    tell(session, "registration.overridden", "placement", row.id, told, provider_id=str(provider.id))


def first_met(
    before: Facts, after: Facts, placement_ids: Sequence[UUID], first: date, last: date | None
) -> date | None:
    """The first day, from `first` to `last` inclusive, on which a binding threshold is met with these placements, as
    they are after, that was not met with them before."""
    for on in _days(after, first, last or date.max):
        met = _met(after, placement_ids, on)
        if met and met - _met(before, placement_ids, on):
            return on
    return None


def _met(facts: Facts, placement_ids: Sequence[UUID], on: date) -> set[tuple[int, str]]:
    """The rulesets that are met by the provider alone (0), and by its group (1)."""
    both = [(0, facts.everybody), *([(1, facts.group)] if facts.group else [])]
    reached = [(at, each) for at, each in both if overall(each, on=on) is Result.THRESHOLD_MET]
    return {
        (at, met.ruleset_id) for at, each in reached for met in met_by(placement_ids, snapshot(each, on=on).rulesets)
    }


def _days(facts: Facts, first: date, last: date) -> list[date]:
    """The days on which a threshold may come to be met: the first, and each later one on which something begins. What
    ends makes nothing worse."""
    begins = {first, *(day for ruleset in rulesets.ALL for day in ruleset.changes_on())}
    for placement in facts.everybody.placements:
        begins |= {placement.starts_on, *(each.from_on for each in placement.arrangements)}
    for child in facts.everybody.children:
        begins |= {flag.from_on for flag in child.flags}
        begins |= {compulsory_school_age(born_on)[0] for born_on in child.born_on}
    return sorted(each for each in begins if first <= each <= last)


def _as_of(row: Placement, clock: Clock) -> date:
    """The day for which a placement's registration is told: its first where that is to come, else today or its last."""
    if row.starts_on > clock.today:
        return row.starts_on
    return min(clock.today, row.ends_on or clock.today)


def audience(row: Placement) -> set[UUID]:
    """Who may know of a placement: its commissioner, the keeper of the pupil's record, those it is shared with, the
    provider."""
    return {row.commissioner_id, row.pupil_owner_id, row.provider_id, *row.shared_with_ids}


async def _authorities(session: AsyncSession, row: Placement, provider: Provider) -> set[UUID]:
    codes = [code for code in (provider.la_code, row.home_la_code) if code]
    return set((await session.execute(_AUTHORITIES, {"codes": codes})).scalars())
