"""The threshold decision on one placement: may the plan go ahead, and what should its commissioner know?"""

from dataclasses import dataclass
from datetime import date, datetime
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
from app.domain.access import Permission, View, registration_view
from app.domain.calendar import compulsory_school_age
from app.domain.errors import Conflict, Forbidden
from app.domain.placements import Alert, Policy, alerts_of, arranged_on, met_by, newly
from app.domain.registration import REACHED, PlacementFact, Result, Snapshot, snapshot, worst

_AUTHORITIES = text("SELECT * FROM apqa_authorities(:codes)")


@dataclass(frozen=True, slots=True)
class Clock:
    """When a placement is recorded, and how long a census session is taken to be."""

    at: datetime
    today: date
    session_minutes: int


async def settle(
    session: AsyncSession,
    row: Placement,
    provider: Provider,
    before: PlacementFact | None,
    effective_on: date,
    clock: Clock,
    override: str | None,
) -> list[Alert]:
    """Hold the provider's facts with the placement as it now is against those with it as it was.

    The guard is taken and the row is written, so what is read here no concurrent request can change.
    """
    facts = await facts_.load(session, provider, at=clock.at)
    if effective_on > clock.today:
        await _allow(session, row, provider, facts, effective_on, override)
    on = _as_of(row, clock)
    was = _seen(facts.instead(row.id, before), provider, session, on)
    now = _seen(facts, provider, session, on)
    overall = _overall(facts, on)
    row.registration = {"as_of_on": on.isoformat(), "overall": overall.value}
    worse = newly(was.rulesets, now.rulesets)
    if overall in REACHED and overall != _overall(facts.instead(row.id, before), on):
        told = {*audience(row), *await _authorities(session, row, provider)}
        tell(session, "registration.reached", "provider", provider.id, told, overall=overall.value)
    return alerts_of(worse, arranged_on(row.arrangements, on=on))


def _seen(facts: Facts, provider: Provider, session: AsyncSession, on: date) -> Snapshot:
    """The position in the view of whoever records: a school's alerts speak of its own pupils alone."""
    view = registration_view(caller_of(session), provider_id=provider.id, la_code=provider.la_code)
    return snapshot(facts.everybody if view is View.FULL else facts.own, on=on)


def _overall(facts: Facts, on: date) -> Result:
    return worst(snapshot(each, on=on).overall for each in (facts.everybody, facts.group) if each)


async def _allow(
    session: AsyncSession,
    row: Placement,
    provider: Provider,
    facts: Facts,
    effective_on: date,
    override: str | None,
) -> None:
    """Refuse a plan by which a binding threshold is met on any day, where the commissioner's policy is to block.

    Raises:
        Conflict: `registration_threshold`.
        Forbidden: an override by somebody who is no lead.
    """
    met_on = next((on for on in _days(facts, row, effective_on) if _met(facts, row, on)), None)
    commissioner = await rows.get(session, Organisation, row.commissioner_id)
    if met_on is None or commissioner.threshold_policy != Policy.BLOCK:
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


def _met(facts: Facts, row: Placement, on: date) -> bool:
    return any(met_by([row.id], snapshot(each, on=on).rulesets) for each in (facts.everybody, facts.group) if each)


def _days(facts: Facts, row: Placement, effective_on: date) -> list[date]:
    """The days on which a threshold may come to be met while the placement lasts: its own first, and each later one on
    which something else begins. What ends makes nothing worse."""
    begins = {effective_on}
    for placement in facts.everybody.placements:
        begins |= {placement.starts_on, *(each.from_on for each in placement.arrangements)}
    for child in facts.everybody.children:
        begins |= {flag.from_on for flag in child.flags}
        begins |= {compulsory_school_age(born_on)[0] for born_on in child.born_on}
    last = row.ends_on or date.max
    return sorted(each for each in begins if effective_on <= each <= last)


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
