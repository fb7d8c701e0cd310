"""Calendar, working and school days: worked out by hand at the edges, and against a count day by day everywhere."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import (
    Closure,
    ClosureReason,
    DayCounts,
    SchoolYear,
    add_calendar_days,
    add_school_days,
    add_working_days,
    bank_holidays,
    calendar_days_between,
    day_counts,
    is_school_day,
    is_working_day,
    school_days_between,
    working_days_between,
)
from app.domain.errors import Invalid
from tests.domain.years import EARLY, EARLY_BEFORE, KENT, KENT_TERMS

DAY = timedelta(days=1)
KNOWN = st.dates(bank_holidays.KNOWN_FROM_ON, bank_holidays.KNOWN_TO_ON)
BOTH = (EARLY_BEFORE, EARLY)


def on(text: str) -> date:
    """A date from ISO text."""
    return date.fromisoformat(text)


def refused(counting: Callable[..., Any], *values: Any) -> bool:
    """Whether a count is refused because the days are not known."""
    try:
        counting(*values)
    except Invalid as refusal:
        return refusal.problem_code == "calendar_unknown"
    return False


# --- bank holidays --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
    ],
)
def test_bank_holidays_are_those_of_england_and_wales(year: int, days: str) -> None:
    found = bank_holidays.known_between(date(year, 1, 1), date(year, 12, 31))
    assert [f"{each.holiday_on:%m-%d}" for each in found] == days.split()


def test_every_known_year_has_its_eight_on_weekdays_and_what_was_proclaimed_besides() -> None:
    per_year = {
        year: len(bank_holidays.known_between(date(year, 1, 1), date(year, 12, 31))) for year in range(2012, 2029)
    }
    assert {year: found for year, found in per_year.items() if found != 8} == {2012: 9, 2022: 10, 2023: 9}
    assert all(each.holiday_on.weekday() < 5 for each in bank_holidays.ALL)
    assert not is_working_day(on("2022-09-19"))  # the state funeral of Queen Elizabeth II


@pytest.mark.parametrize("day", ["2011-12-31", "2029-01-01"])
def test_what_is_not_known_is_not_guessed(day: str) -> None:
    assert refused(is_working_day, on(day))
    assert refused(working_days_between, min(on(day), on("2028-12-01")), max(on(day), on("2012-02-01")))
    assert not refused(is_working_day, bank_holidays.KNOWN_FROM_ON)
    assert not refused(is_working_day, bank_holidays.KNOWN_TO_ON)
    assert refused(add_working_days, on("2028-12-22"), 5)
    assert add_working_days(on("2028-12-22"), 3) == on("2028-12-29")


# --- by hand --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "calendar", "working", "school"),
    [
        ("2026-10-21", 5, "2026-10-26", "2026-10-28", "2026-11-05"),  # over half term, with INSET on its eve
        ("2026-12-16", 5, "2026-12-21", "2026-12-23", "2027-01-07"),  # over Christmas and an INSET day
        ("2026-12-24", 2, "2026-12-26", "2026-12-30", "2027-01-06"),  # Christmas Day, and Boxing Day's substitute
        ("2027-03-25", 1, "2027-03-26", "2027-03-30", "2027-04-12"),  # Good Friday to Easter Monday
        ("2027-04-30", 1, "2027-05-01", "2027-05-04", "2027-05-04"),  # a bank holiday within term
        ("2027-05-28", 1, "2027-05-29", "2027-06-01", "2027-06-07"),  # half term from the spring bank holiday on
        ("2027-03-27", 2, "2027-03-29", "2027-03-31", "2027-04-13"),  # over the night when the clocks go forward
        ("2026-10-24", 2, "2026-10-26", "2026-10-27", "2026-11-03"),  # over the night when they go back
        ("2026-09-02", 0, "2026-09-02", "2026-09-02", "2026-09-02"),
    ],
)
def test_the_three_counts_are_different_days(start: str, days: int, calendar: str, working: str, school: str) -> None:
    found = (
        add_calendar_days(on(start), days),
        add_working_days(on(start), days),
        add_school_days(on(start), days, [KENT]),
    )
    assert found == (on(calendar), on(working), on(school))


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2027-01-05", -1, "2026-12-18"),
        ("2026-11-02", -2, "2026-10-21"),
        ("2027-05-04", -1, "2027-04-30"),
        ("2026-11-01", -1, "2026-10-22"),
    ],
)
def test_days_are_counted_back_as_well(start: str, days: int, expected: str) -> None:
    assert add_school_days(on(start), days, [KENT]) == on(expected)


def test_pupils_come_on_190_days_of_a_year_and_staff_on_five_more() -> None:
    whole = on("2026-09-01"), on("2027-08-31")
    assert day_counts(*whole, [KENT]) == DayCounts(365, 253, 190)
    assert school_days_between(*whole, [SchoolYear("2026/27", KENT_TERMS)]) == 195


def test_29_february_is_a_day_like_any_other() -> None:
    day = on("2028-02-29")  # a Tuesday in term
    assert day_counts(day, day, [EARLY]) == DayCounts(1, 1, 1)
    assert add_school_days(on("2028-02-28"), 1, [EARLY]) == add_working_days(on("2028-02-28"), 1) == day
    assert day_counts(on("2028-02-28"), on("2028-03-01"), [EARLY]) == DayCounts(3, 3, 3)
    assert add_calendar_days(on("2027-03-01"), 365) == day
    shut = SchoolYear("2027/28", EARLY.terms, (Closure(day, ClosureReason.OTHER),))
    assert day_counts(day, day, [shut]) == DayCounts(1, 1, 0)


# The clocks go forward at Easter in 2027: neither the Friday nor the Monday is a working day.
@pytest.mark.parametrize(("eve", "hours", "worked"), [("2027-03-27", 23, 0), ("2026-10-24", 25, 2)])
def test_a_day_is_a_day_however_long_the_clocks_make_it(eve: str, hours: int, worked: int) -> None:
    changes = on(eve) + DAY
    midnights = [datetime(d.year, d.month, d.day, tzinfo=ZoneInfo("Europe/London")) for d in (changes, changes + DAY)]
    assert midnights[1].astimezone(UTC) - midnights[0].astimezone(UTC) == timedelta(hours=hours)
    assert calendar_days_between(on(eve), changes) == 2
    assert add_calendar_days(on(eve), 2) == changes + DAY
    assert working_days_between(on(eve) - DAY, changes + DAY) == worked


def test_terms_that_differ_by_authority_give_different_days() -> None:
    assert add_school_days(on("2026-10-16"), 1, [KENT]) == on("2026-10-19")
    assert add_school_days(on("2026-10-16"), 1, [EARLY_BEFORE]) == on("2026-10-26")
    assert is_school_day(on("2027-07-15"), [KENT])
    assert not is_school_day(on("2027-07-15"), [EARLY_BEFORE])
    assert is_school_day(on("2026-08-27"), [EARLY_BEFORE])
    assert refused(is_school_day, on("2026-08-27"), [KENT])


def test_a_bank_holiday_in_august_is_none_of_the_days_of_a_term_that_has_begun() -> None:
    assert not is_school_day(on("2026-08-31"), [EARLY_BEFORE])
    assert not is_school_day(on("2027-08-30"), BOTH)
    assert school_days_between(on("2027-08-26"), on("2027-08-31"), BOTH) == 3


def test_a_count_crosses_the_summer_where_both_years_are_known() -> None:
    assert add_school_days(on("2027-07-13"), 3, BOTH) == on("2027-08-27")
    assert add_school_days(on("2027-08-27"), -2, BOTH[::-1]) == on("2027-07-14")
    assert refused(add_school_days, on("2027-07-13"), 3, [EARLY_BEFORE])
    assert refused(add_school_days, on("2027-08-27"), -3, [EARLY])
    assert refused(school_days_between, on("2027-07-01"), on("2027-09-01"), [EARLY_BEFORE])
    assert refused(school_days_between, on("2026-08-26"), on("2026-09-30"), BOTH)
    assert refused(school_days_between, on("2026-09-01"), on("2026-09-01"), [])


def test_a_year_missing_between_two_is_told() -> None:
    later = SchoolYear("2028/29", tuple(_later(term) for term in KENT_TERMS))
    assert refused(school_days_between, on("2027-07-01"), on("2028-09-30"), [KENT, later])


def test_school_days_after_the_last_known_bank_holidays_are_refused() -> None:
    later = SchoolYear("2028/29", tuple(_later(term) for term in KENT_TERMS))
    assert school_days_between(on("2028-12-01"), on("2028-12-31"), [later]) == 12
    assert refused(school_days_between, on("2028-12-01"), on("2029-01-31"), [later])
    assert refused(add_school_days, on("2028-12-18"), 1, [later])


def _later(term: Any) -> Any:
    """A term two years on."""
    moved = (day.replace(year=day.year + 2) for day in (term.starts_on, term.ends_on))
    return type(term)(term.ordinal, *moved)


# --- day by day -----------------------------------------------------------------------------------------------------


def working(day: date) -> bool:
    """By the letter: Monday to Friday and no bank holiday."""
    return f"{day:%a}" not in ("Sat", "Sun") and all(day != each.holiday_on for each in bank_holidays.ALL)


def taught(year: SchoolYear, day: date) -> bool:
    """By the letter: a working day within a term that no closure names."""
    within = any(term.starts_on <= day <= term.ends_on for term in year.terms)
    return within and working(day) and day not in [each.closed_on for each in year.closures]


def days(from_on: date, to_on: date) -> list[date]:
    """Every day, both inclusive."""
    return [from_on + n * DAY for n in range((to_on - from_on).days + 1)]


@st.composite
def years(draw: st.DrawFn) -> SchoolYear:
    """Years 2027/28 with any six terms and any closures in them."""
    bounds = sorted(draw(st.sets(st.integers(-14, 365), min_size=12, max_size=12)))
    starts = [(bounds[2 * n], min(bounds[2 * n + 1], bounds[2 * n] + 83)) for n in range(6)]
    first = date(2027, 9, 1)
    terms = tuple(type(KENT_TERMS[0])(n + 1, first + a * DAY, first + b * DAY) for n, (a, b) in enumerate(starts))
    within = [day for term in terms for day in days(term.starts_on, term.ends_on)]
    closed = draw(st.sets(st.sampled_from(within), max_size=8))
    return SchoolYear("2027/28", terms, tuple(Closure(day, ClosureReason.INSET) for day in sorted(closed)))


WITHIN = st.dates(date(2027, 9, 1), date(2028, 8, 31))


@given(KNOWN, st.integers(-3, 900))
def test_working_days_are_as_many_as_a_count_day_by_day_finds(from_on: date, length: int) -> None:
    to_on = min(from_on + length * DAY, bank_holidays.KNOWN_TO_ON)
    assert working_days_between(from_on, to_on) == sum(map(working, days(from_on, to_on)))
    assert calendar_days_between(from_on, to_on) == len(days(from_on, to_on))


@given(years(), WITHIN, WITHIN)
def test_school_days_are_as_many_as_a_count_day_by_day_finds(year: SchoolYear, from_on: date, to_on: date) -> None:
    expected = [day for day in days(from_on, to_on) if taught(year, day)]
    assert school_days_between(from_on, to_on, [year]) == len(expected)
    assert [day for day in days(from_on, to_on) if is_school_day(day, [year])] == expected


@given(KNOWN, st.integers(1, 40))
def test_the_nth_working_day_is_the_one_that_a_walk_reaches(start: date, n: int) -> None:
    walk = (day for step in count(1) if working(day := start + step * DAY))
    expected = next(islice(walk, n - 1, None))
    if expected > bank_holidays.KNOWN_TO_ON:
        assert refused(add_working_days, start, n)
    else:
        assert add_working_days(start, n) == expected
        assert working_days_between(start + DAY, expected) == n


@given(years(), WITHIN, st.integers(1, 60))
def test_the_nth_school_day_is_the_one_that_a_walk_reaches_or_is_not_known(
    year: SchoolYear, start: date, n: int
) -> None:
    after = [day for day in days(start + DAY, year.last_on) if taught(year, day)]
    if len(after) < n:
        assert refused(add_school_days, start, n, [year])
    else:
        assert add_school_days(start, n, [year]) == after[n - 1]
        assert school_days_between(start + DAY, after[n - 1], [year]) == n


@given(years(), WITHIN, st.integers(1, 20))
def test_counting_forth_and_back_returns_to_a_school_day(year: SchoolYear, start: date, n: int) -> None:
    if taught(year, start) and not refused(add_school_days, start, n, [year]):
        assert add_school_days(add_school_days(start, n, [year]), -n, [year]) == start
