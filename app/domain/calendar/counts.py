"""Three ways to count days, kept apart: calendar days, working days and school days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.calendar import bank_holidays
from app.domain.calendar.terms import SchoolYear
from app.domain.errors import Invalid

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many days of each kind there are from one day to another."""

    calendar_days: int
    working_days: int
    school_days: int


def day_counts(from_on: date, to_on: date, years: Sequence[SchoolYear]) -> DayCounts:
    """All three, both days inclusive. Raises as the other counts do."""
    return DayCounts(
        calendar_days_between(from_on, to_on),
        working_days_between(from_on, to_on),
        school_days_between(from_on, to_on, years),
    )


# --- calendar days --------------------------------------------------------------------------------------------------


def calendar_days_between(from_on: date, to_on: date) -> int:
    """Days from one to another, both inclusive; 0 where the second is earlier."""
    return max(0, (to_on - from_on).days + 1)


def add_calendar_days(on: date, days: int) -> date:
    """The day so many days after `on`, or before it where `days` is negative."""
    return on + timedelta(days=days)


# --- working days: Monday to Friday without bank holidays -----------------------------------------------------------


def is_working_day(on: date) -> bool:
    """Whether a day is a working day in England.

    Raises:
        Invalid: `calendar_unknown`, where the bank holidays of the day are not known.
    """
    bank_holidays.ensure_known(on, on)
    return on.weekday() < _SATURDAY and on not in bank_holidays.DAYS


def working_days_between(from_on: date, to_on: date) -> int:
    """Working days from one day to another, both inclusive; 0 where the second is earlier.

    Raises:
        Invalid: `calendar_unknown`.
    """
    if to_on < from_on:
        return 0
    bank_holidays.ensure_known(from_on, to_on)
    weekdays = _weekdays_until(to_on) - _weekdays_until(from_on - _DAY)
    return weekdays - len(bank_holidays.known_between(from_on, to_on))


def add_working_days(on: date, days: int) -> date:
    """The nth working day after `on`, which is not counted itself; before it where `days` is negative.

    Raises:
        Invalid: `calendar_unknown`.
    """
    return _step(on, days, is_working_day)


def _weekdays_until(on: date) -> int:
    """Mondays to Fridays until a day, inclusive, since 1 January of the year 1, which was a Monday."""
    weeks, rest = divmod(on.toordinal(), 7)
    return 5 * weeks + min(rest, 5)


# --- school days: working days of a term on which the school is not closed ------------------------------------------


def is_school_day(on: date, years: Sequence[SchoolYear]) -> bool:
    """Whether pupils come on a day, by the calendar's years that are known.

    Raises:
        Invalid: `calendar_unknown`, where none of the years holds the day.
    """
    return school_days_between(on, on, years) == 1


def school_days_between(from_on: date, to_on: date, years: Sequence[SchoolYear]) -> int:
    """School days from one day to another, both inclusive; 0 where the second is earlier.

    Args:
        years: those that are known of one calendar, in any order. A day is a school day of the year whose term holds
            it, so the last days of August need the year that follows, too, where that begins early.

    Raises:
        Invalid: `calendar_unknown`, where none of the years holds one of the days, or where bank holidays are unknown.
    """
    _ensure_known(from_on, to_on, years)
    return sum(_of_year(year, from_on, to_on) for year in years)


def add_school_days(on: date, days: int, years: Sequence[SchoolYear]) -> date:
    """The nth school day after `on`, which is not counted itself; before it where `days` is negative.

    Raises:
        Invalid: `calendar_unknown`, as for `school_days_between`.
    """
    return _step(on, days, lambda day: is_school_day(day, years))


def _of_year(year: SchoolYear, from_on: date, to_on: date) -> int:
    terms = ((max(from_on, term.starts_on), min(to_on, term.ends_on)) for term in year.terms)
    closed = (each.closed_on for each in year.closures if from_on <= each.closed_on <= to_on)
    return sum(working_days_between(*term) for term in terms) - sum(map(is_working_day, closed))


def _ensure_known(from_on: date, to_on: date, years: Sequence[SchoolYear]) -> None:
    next_on = from_on  # the first day of which nothing is known yet
    for year in sorted(years, key=lambda each: each.first_on):
        if year.first_on <= next_on:
            next_on = max(next_on, year.last_on + _DAY)
    if next_on <= to_on:
        raise Invalid("There is no calendar for some of these days.", code="calendar_unknown")


def _step(on: date, days: int, counts: Callable[[date], bool]) -> date:
    """The nth day that counts. It ends: beyond the days that are known, `counts` raises."""
    step = _DAY if days > 0 else -_DAY
    for _ in range(abs(days)):
        on += step
        while not counts(on):
            on += step
    return on
