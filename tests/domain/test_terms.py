"""Six terms that make a year, those that do not, and academic years by their labels."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import frameworks
from app.domain.calendar import (
    SchoolYear,
    Term,
    academic_year,
    academic_year_label,
    academic_year_named,
    academic_year_written,
    three_terms,
    year_of,
)
from app.domain.cycles import PastVisit, State, due
from app.domain.errors import Invalid
from app.domain.frameworks import VisitKind
from tests.domain.years import EARLY, EARLY_BEFORE, KENT, KENT_TERMS, closed

DAY = timedelta(days=1)


def faults(terms: tuple[Term, ...], *closures: str) -> list[tuple[str, str | None]]:
    """What is wrong with a year 2026/27, each fault with its place."""
    with pytest.raises(Invalid) as refusal:
        SchoolYear("2026/27", terms, closed(*closures))
    assert refusal.value.problem_code == "calendar_invalid"
    return [(fault.code, fault.pointer) for fault in refusal.value.errors]


def changed(at: int, **days: str) -> tuple[Term, ...]:
    """Kent's terms with other days for one of them."""
    term = KENT_TERMS[at]
    said = {end: date.fromisoformat(day) for end, day in days.items()}
    other = Term(term.ordinal, said.get("starts_on", term.starts_on), said.get("ends_on", term.ends_on))
    return (*KENT_TERMS[:at], other, *KENT_TERMS[at + 1 :])


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((), [("terms_incomplete", "/terms")]),
        (KENT_TERMS[:5], [("terms_incomplete", "/terms")]),
        ((*KENT_TERMS, replace(KENT_TERMS[5], ordinal=7)), "terms_incomplete"),
        (KENT_TERMS[::-1], "terms_incomplete"),
        (tuple(replace(term, ordinal=1) for term in KENT_TERMS), [("terms_incomplete", "/terms")]),
        (changed(1, starts_on="2026-10-23"), [("terms_overlap", "/terms/1/starts_on")]),
        (changed(2, starts_on="2026-12-01"), [("terms_overlap", "/terms/2/starts_on")]),
        (changed(5, ends_on="2027-06-06"), [("term_backwards", "/terms/5/ends_on")]),
        (changed(0, starts_on="2026-08-17"), [("term_outside_year", "/terms/0/starts_on")]),
        (changed(5, starts_on="2027-07-01", ends_on="2027-09-01"), [("term_outside_year", "/terms/5/ends_on")]),
        (changed(1, starts_on="2026-10-26", ends_on="2027-01-03"), None),
        (changed(5, starts_on="2027-05-31", ends_on="2027-08-22"), None),
        (changed(5, starts_on="2027-05-31", ends_on="2027-08-23"), [("term_too_long", "/terms/5/ends_on")]),
    ],
)
def test_terms_are_six_in_order_apart_within_their_year_and_at_most_twelve_weeks_long(
    terms: tuple[Term, ...], expected: str | list[tuple[str, str]] | None
) -> None:
    match expected:
        case None:
            assert SchoolYear("2026/27", terms).terms == terms
        case str():
            assert expected in {code for code, _ in faults(terms)}
        case _:
            assert faults(terms) == expected


def test_a_year_may_begin_up_to_fourteen_days_before_september() -> None:
    terms = changed(0, starts_on="2026-08-18", ends_on="2026-10-23")
    assert SchoolYear("2026/27", terms).first_on == date(2026, 8, 18)
    assert (KENT.first_on, KENT.last_on) == (date(2026, 9, 1), date(2027, 8, 31))
    assert year_of(EARLY.terms) == academic_year(date(2027, 9, 1))
    assert EARLY.first_on == date(2027, 8, 26)


def test_every_fault_is_told_at_once() -> None:
    terms = changed(1, starts_on="2026-10-01", ends_on="2026-09-30")
    assert faults(terms, "2026-08-30", "2027-01-04", "2027-01-04") == [
        ("term_backwards", "/terms/1/ends_on"),
        ("terms_overlap", "/terms/1/starts_on"),
        ("closure_outside_term", "/closures/0/closed_on"),
        ("closure_repeated", "/closures/2/closed_on"),
    ]


@pytest.mark.parametrize("day", ["2026-08-31", "2026-10-24", "2026-11-01", "2027-07-22"])
def test_a_closure_is_a_day_of_term(day: str) -> None:
    assert faults(KENT_TERMS, day) == [("closure_outside_term", "/closures/0/closed_on")]


@pytest.mark.parametrize("day", ["2026-09-01", "2026-10-23", "2026-11-02", "2027-07-21"])
def test_the_first_and_last_days_of_a_term_belong_to_it(day: str) -> None:
    assert SchoolYear("2026/27", KENT_TERMS, closed(day)).closures[0].closed_on == date.fromisoformat(day)


def test_six_terms_are_three_in_pairs() -> None:
    assert [(each.ordinal, each.name, str(each.starts_on), str(each.ends_on)) for each in three_terms(KENT_TERMS)] == [
        (1, "Autumn", "2026-09-01", "2026-12-18"),
        (2, "Spring", "2027-01-04", "2027-03-25"),
        (3, "Summer", "2027-04-12", "2027-07-21"),
    ]


def test_the_second_half_of_a_term_begins_in_its_middle() -> None:
    assert Term(1, date(2026, 9, 1), date(2026, 9, 10)).middle_on == date(2026, 9, 6)
    assert Term(1, date(2026, 9, 1), date(2026, 9, 11)).middle_on == date(2026, 9, 6)
    assert Term(1, date(2028, 2, 21), date(2028, 3, 8)).middle_on == date(2028, 2, 29)


# --- academic years by their labels ---------------------------------------------------------------------------------


@given(st.dates(date(1900, 9, 1), date(2199, 8, 31)))
def test_a_label_names_the_year_that_it_was_made_of(on: date) -> None:
    label = academic_year_label(on)
    assert academic_year_named(label) == academic_year(on)
    assert academic_year_written(label.replace("/", "-")) == label


@pytest.mark.parametrize(
    "label",
    ["", "2026", "2026/28", "2026/26", "26/27", "2026-2027", "2026/27 ", "2026_27", "1899-00", "2199-00", "٢٠٢٦-27"],
)
def test_what_is_no_label_is_refused(label: str) -> None:
    with pytest.raises(Invalid) as refusal:
        academic_year_named(label)
    assert refusal.value.problem_code == "academic_year_invalid"


# --- a round of visits in a year that begins in August --------------------------------------------------------------


def asked(on: str, *visits: PastVisit) -> dict[str, tuple[str, str, State]]:
    """The visits that the Amber Valley round asks for in the early year."""
    found = due(
        frameworks.named("ave-qa-v8"),
        provider_from_on=date(2020, 9, 1),
        terms=EARLY_BEFORE.terms,
        visits=visits,
        regular_days=365,
        on=date.fromisoformat(on),
    )
    return {f"{each.key} {each.occurrence}": (str(each.from_on), str(each.by_on), each.state) for each in found}


def test_the_round_of_visits_starts_with_a_first_term_in_august() -> None:
    assert asked("2026-08-26")["contract-review 1"] == ("2026-08-27", "2027-07-14", State.UPCOMING)
    assert asked("2026-08-27")["contract-review 1"][2] is State.DUE
    assert asked("2026-08-27") == asked("2026-09-01")
    # The second half of 51 days; what closes with the academic year closes on 31 August.
    assert asked("2026-08-27")["learning-walk 1"][:2] == ("2026-09-21", "2026-10-16")
    assert asked("2026-08-27")["final-judgement 1"][:2] == ("2027-07-14", "2027-08-31")


def test_a_visit_in_the_last_days_of_august_settles_the_year_that_has_begun() -> None:
    def state(day: str) -> State:
        return asked("2026-09-01", PastVisit(VisitKind.CONTRACT_REVIEW, date.fromisoformat(day)))["contract-review 1"][
            2
        ]

    assert (state("2026-08-26"), state("2026-08-27"), state("2026-08-31")) == (State.DUE, State.DONE, State.DONE)


def test_a_follow_up_in_those_days_belongs_to_the_year_too() -> None:
    judged = PastVisit(VisitKind.HALF_DAY_OBSERVATION, date(2026, 7, 6), follow_up_within_days=56)
    followed = PastVisit(VisitKind.FOLLOW_UP, date(2026, 8, 28))
    assert asked("2026-09-01", judged, followed)["follow-up 1"][2] is State.DONE


@pytest.mark.parametrize("shift", [lambda day: day - 10 * DAY, lambda day: day.replace(year=day.year + 1)])
def test_terms_of_two_years_make_no_round(shift: Callable[[date], date]) -> None:
    first = EARLY_BEFORE.terms[0]
    terms = (replace(first, starts_on=shift(first.starts_on), ends_on=shift(first.ends_on)), *EARLY_BEFORE.terms[1:])
    with pytest.raises(Invalid):
        due(
            frameworks.named("ave-qa-v8"),
            provider_from_on=date(2020, 9, 1),
            terms=terms,
            visits=(),
            regular_days=365,
            on=date(2026, 9, 1),
        )
