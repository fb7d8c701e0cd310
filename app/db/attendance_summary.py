"""What the register of one placement comes to over a time, beside the calendar that counts for the child."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import rows
from app.db.agreements import years_of
from app.db.attendance import marks_of
from app.db.placements import Placement
from app.domain.attendance import Mark, Tally, Week, reasons_overdue, tally, unreported
from app.domain.calendar import SchoolYear, academic_year
from app.domain.errors import Fault, Invalid
from app.domain.placements import engine_arrangement
from app.domain.registration import Weeks

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Summary:
    """Sessions as they are counted, the days of which nothing is known, and how many reasons are overdue.

    The last two are None where the calendar, or for the days the child's timetable, is not known.
    """

    placement_id: UUID
    from_on: date
    to_on: date
    tally: Tally
    unreported_on: tuple[date, ...] | None
    reasons_overdue: int | None


async def summary(
    session: AsyncSession, placement_id: UUID, *, from_on: date | None, to_on: date | None, today: date
) -> Summary:
    """What the register of a placement comes to.

    Args:
        from_on: by default the first day of the academic year or of the placement, whichever is later.
        to_on: by default today or the last day of the placement, whichever is earlier.

    Raises:
        Invalid: `period_invalid`.
        NotFound
    """
    placement = await rows.get(session, Placement, placement_id)
    to_on = to_on or min(today, placement.ends_on or today)
    from_on = from_on or max(academic_year(to_on)[0], min(placement.starts_on, to_on))
    _check(from_on, to_on)
    marks = (await marks_of(session, [placement.id], from_on, to_on)).get(placement.id, [])
    asked = placement.home_school_id or placement.commissioner_id
    years = (await years_of(session, {asked}, to_on)).get(asked, ())
    days = _unreported(placement, marks, years, from_on, to_on, today)
    return Summary(placement.id, from_on, to_on, tally(marks), days, _overdue(marks, years, today))


def _check(from_on: date, to_on: date) -> None:
    faults = []
    if to_on < from_on:
        faults.append(Fault("period_backwards", "The last day is not before the first.", parameter="to_on"))
    if to_on - from_on > LONGEST:
        faults.append(Fault("period_too_long", "Ask for a year at most.", parameter="to_on"))
    if faults:
        raise Invalid("These days cannot be summed up.", code="period_invalid", errors=tuple(faults))


def _overdue(marks: list[Mark], years: tuple[SchoolYear, ...], today: date) -> int | None:
    try:
        return reasons_overdue(marks, years, on=today)
    except Invalid:
        return None


def _unreported(
    placement: Placement, marks: list[Mark], years: tuple[SchoolYear, ...], from_on: date, to_on: date, today: date
) -> tuple[date, ...] | None:
    """The days that have passed, were the child's, and of which nothing was reported."""
    weeks = [_week(each) for each in placement.arrangements]
    if not weeks or any(each.weekdays is None for each in weeks):
        return None
    first, last = max(from_on, placement.starts_on), min(to_on, placement.ends_on or to_on, today - timedelta(days=1))
    try:
        return unreported(first, last, weeks, years, {each.session_on for each in marks})
    except Invalid:
        return None


def _week(kept: dict[str, Any]) -> Week:
    drawn = engine_arrangement(kept)
    days = frozenset(each.weekday for each in drawn.slots if each.weeks is Weeks.EVERY)
    return Week(drawn.from_on, days if drawn.slots else None)
