"""The statutory dates, against the table worked by hand from the Act, then against a slow literal reading of it."""

import calendar
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import (
    academic_year,
    academic_year_label,
    compulsory_school_age,
    is_compulsory_school_age,
    last_friday_in_june,
    national_curriculum_year,
)

births = st.dates(min_value=date(1990, 1, 1), max_value=date(2040, 12, 31))
leap_births = st.sampled_from([date(year, 2, 29) for year in range(1992, 2041, 4)])
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))


@pytest.mark.parametrize(
    ("born_on", "first", "last"),
    [
        ("2010-06-25", "2015-08-31", "2026-06-26"),  # 16 on the eve of the leaving date
        ("2010-06-26", "2015-08-31", "2026-06-26"),  # s.8(3)(b): 16 on the leaving date itself
        ("2010-06-27", "2015-08-31", "2026-06-26"),  # s.8(3)(a): 16 after it, before the school year
        ("2010-08-31", "2015-08-31", "2026-06-26"),  # still 15 when it ends; 5 on a prescribed day
        ("2010-09-01", "2015-12-31", "2027-06-25"),  # s.8(3)(c)
        ("2011-01-15", "2016-03-31", "2027-06-25"),
        ("2012-02-29", "2017-03-31", "2028-06-30"),
        ("2021-03-31", "2026-03-31", "2037-06-26"),
        ("2021-12-31", "2026-12-31", "2038-06-25"),
        ("2022-01-01", "2027-03-31", "2038-06-25"),
        ("2022-04-01", "2027-08-31", "2038-06-25"),
    ],
)
def test_compulsory_school_age_runs_between_the_statutory_days(born_on: str, first: str, last: str) -> None:
    assert compulsory_school_age(date.fromisoformat(born_on)) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("year", "day"), [(2024, 28), (2025, 27), (2026, 26), (2027, 25), (2028, 30), (2029, 29), (2030, 28)]
)
def test_the_school_leaving_date_is_the_last_friday_in_june(year: int, day: int) -> None:
    assert last_friday_in_june(year) == date(year, 6, day)


def test_both_ends_of_compulsory_school_age_are_inclusive() -> None:
    born_on = date(2010, 8, 31)
    first, last = date(2015, 8, 31), date(2026, 6, 26)
    one = timedelta(days=1)
    assert [is_compulsory_school_age(born_on, on=day) for day in (first - one, first, last, last + one)] == [
        False,
        True,
        True,
        False,
    ]


@given(births | leap_births)
def test_compulsory_school_age_agrees_with_a_literal_reading_of_the_act(born_on: date) -> None:
    assert compulsory_school_age(born_on) == (_reference_start(born_on), _reference_end(born_on))


@given(days)
def test_an_academic_year_holds_its_day_and_joins_the_next(on: date) -> None:
    first, last = academic_year(on)
    assert first <= on <= last
    assert (first.month, first.day) == (9, 1)
    assert academic_year(last + timedelta(days=1))[0] == last + timedelta(days=1)
    assert academic_year(last) == academic_year(first)


@pytest.mark.parametrize(
    ("on", "label"),
    [("2026-08-31", "2025/26"), ("2026-09-01", "2026/27"), ("2099-12-01", "2099/00"), ("2009-01-01", "2008/09")],
)
def test_an_academic_year_is_labelled_as_people_write_it(on: str, label: str) -> None:
    assert academic_year_label(date.fromisoformat(on)) == label


@pytest.mark.parametrize(
    ("born_on", "on", "year"),
    [
        ("2010-08-31", "2026-07-01", 11),
        ("2010-08-31", "2026-09-01", 12),
        ("2010-09-01", "2026-09-01", 11),
        ("2021-08-31", "2026-09-01", 1),
        ("2021-09-01", "2026-09-01", 0),
        ("2012-02-29", "2026-11-22", 10),
        ("2023-01-01", "2026-11-22", -1),
    ],
)
def test_a_year_group_follows_from_age_when_the_year_begins(born_on: str, on: str, year: int) -> None:
    assert national_curriculum_year(date.fromisoformat(born_on), date.fromisoformat(on)) == year


@given(births | leap_births)
def test_compulsory_school_age_ends_in_year_eleven(born_on: date) -> None:
    assert national_curriculum_year(born_on, compulsory_school_age(born_on)[1]) == 11


def _age(born_on: date, on: date) -> int:
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def _reference_start(born_on: date) -> date:
    days = (date(year, month, day) for year in count(born_on.year) for month, day in ((3, 31), (8, 31), (12, 31)))
    return next(day for day in days if _age(born_on, day) >= 5)


def _reference_end(born_on: date) -> date:
    for year in range(born_on.year, born_on.year + 20):
        leaving = date(year, 6, max(week[calendar.FRIDAY] for week in calendar.monthcalendar(year, 6)))
        eve = leaving - timedelta(days=1)
        turns_after_it = _age(born_on, leaving) < 16 <= _age(born_on, date(year, 8, 31))
        turns_on_it = _age(born_on, eve) < 16 <= _age(born_on, leaving)
        turned_before_it = _age(born_on, eve) >= 16
        if turns_after_it or turns_on_it or turned_before_it:
            return leaving
    raise AssertionError("nobody stays of compulsory school age for twenty years")
