"""The threshold decision on one placement: may the plan go ahead, and what should its commissioner know?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import rows
from app.db.books import Books
from app.db.organisations import Organisation
from app.db.placements import Placement
from app.db.records import audit, tell
from app.db.registration import Check
from app.db.session import caller_of
from app.domain.access import Permission, View, registration_view
from app.domain.errors import Conflict, Forbidden
from app.domain.placements import Alert, Policy, alerts_of, arranged_on, newly
from app.domain.plans import first_met
from app.domain.registration import REACHED, worst

_AUTHORITIES = text("SELECT * FROM apqa_authorities(:codes)")


@dataclass(frozen=True, slots=True)
class Clock:
    """When a placement is recorded, and how long a census session is taken to be."""

    at: datetime
    today: date
    session_minutes: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The provider with a placement as it now is and as it was, and the view of whoever recorded it."""

    was: Books
    now: Books
    view: View
    on: date
    arrangement: Mapping[str, Any] | None

    def alerts(self) -> list[Alert]:
        """What is worse with the placement: a school's alerts speak of its own pupils alone."""
        both = (each.everybody if self.view is View.FULL else each.own() for each in (self.was, self.now))
        was, now = (each.results(self.on) for each in both)
        return alerts_of(newly(was, now), self.arrangement)


@dataclass(frozen=True, slots=True)
class Turn:
    """One placement's turn under the guard of its provider, whose books are as they `was` without it and are `now`.

    `la_code`: the provider's; `check`: its check on a day with the placement, for a refusal.
    """

    row: Placement
    la_code: str | None
    was: Books
    now: Books
    effective_on: date
    override: str | None
    check: Callable[[date], Awaitable[Check]]


async def settle(session: AsyncSession, turn: Turn, clock: Clock) -> Settled:
    """Hold the provider's position with a placement as it now is against that with it as it was.

    The guard is taken, so what the books say no concurrent request can change.
    """
    row, on = turn.row, as_of(turn.row.starts_on, turn.row.ends_on, today=clock.today)
    if turn.effective_on > clock.today:
        met_on = first_met(turn.was.held, turn.now.held, [row.id], turn.effective_on, row.ends_on)
        if met_on is not None:
            await _allow(session, turn, met_on)
    result = worst(each.overall(on) for each in turn.now.both)
    row.registration = {"as_of_on": on.isoformat(), "overall": result.value}
    if result in REACHED and result != worst(each.overall(on) for each in turn.was.both):
        told = {*audience(row), *await _authorities(session, row, turn.la_code)}
        tell(session, "registration.reached", "provider", row.provider_id, told, overall=result.value)
    view = registration_view(caller_of(session), provider_id=row.provider_id, la_code=turn.la_code)
    return Settled(turn.was, turn.now, view, on, arranged_on(row.arrangements, on=on))


async def _allow(session: AsyncSession, turn: Turn, met_on: date) -> None:
    """Refuse a plan by which a binding threshold comes to be met, where the commissioner's policy is to block.

    Raises:
        Conflict: `registration_threshold`.
        Forbidden: an override by somebody who is no lead.
    """
    row = turn.row
    commissioner = await rows.get(session, Organisation, row.commissioner_id)
    if commissioner.threshold_policy != Policy.BLOCK:
        return
    if turn.override is None:
        check = await turn.check(met_on)
        raise Conflict(
            "The plan would have the provider meet a registration threshold.",
            code="registration_threshold",
            facts={"check": check.shown()},
        )
    if not caller_of(session).may(Permission.REGISTRATION_OVERRIDE):
        raise Forbidden("Only a lead may override a registration threshold.", code="permission_required")
    audit(session, "override", "placement", row.id, provider_id=str(row.provider_id), reason=turn.override)
    told = {*audience(row), *await _authorities(session, row, turn.la_code)}
    tell(session, "registration.overridden", "placement", row.id, told, provider_id=str(row.provider_id))


def as_of(starts_on: date, ends_on: date | None, *, today: date) -> date:
    """The day for which a placement's registration is told: its first where that is to come, else today or its last."""
    return starts_on if starts_on > today else min(today, ends_on or today)


def audience(row: Placement) -> set[UUID]:
    """Who may know of a placement: its commissioner, the keeper of the pupil's record, those it is shared with, the
    provider."""
    return {row.commissioner_id, row.pupil_owner_id, row.provider_id, *row.shared_with_ids}


async def _authorities(session: AsyncSession, row: Placement, la_code: str | None) -> set[UUID]:
    codes = [code for code in (la_code, row.home_la_code) if code]
    return set((await session.execute(_AUTHORITIES, {"codes": codes})).scalars())
