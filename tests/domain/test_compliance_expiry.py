"""Until when evidence holds, and what it is on each day about that."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import SchoolYear, months_after
from app.domain.compliance import (
    CATALOGUE,
    DEFAULT_POLICY,
    AuditInterval,
    EvidenceType,
    TermModel,
    edition_of,
    expiry,
    nominal_terms,
    status,
    term_after,
    terms_known,
    years_about,
)
from app.domain.errors import Invalid
from tests.domain.years import EARLY, EARLY_BEFORE, KENT

DAY = timedelta(days=1)
SIX = replace(DEFAULT_POLICY, term_model=TermModel.SIX)
BIENNIAL = replace(DEFAULT_POLICY, audit_interval=AuditInterval.BIENNIAL)


def kind(code: str) -> EvidenceType:
    """The type of that code."""
    return next(each for each in CATALOGUE.types if each.code == code)


def on(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("code", "given_on", "expected"),
    [
        ("dsl_training", "2026-09-01", "2028-08-31"),  # HEREF 1.3: two years
        ("dsl_training", "2024-02-29", "2026-02-27"),  # two years from 29 February is 28 February; its eve
        ("dsl_training", "2024-03-01", "2026-02-28"),
        ("dsl_training", "2026-03-01", "2028-02-29"),  # the eve falls on the leap day
        ("dsl_refresh", "2028-02-29", "2029-02-27"),
        ("dsl_refresh", "2027-02-28", "2028-02-27"),
        ("dsl_refresh", "2027-03-01", "2028-02-29"),
        ("staff_safeguarding_training", "2028-02-29", "2031-02-27"),  # three years
        ("staff_safeguarding_training", "2025-12-31", "2028-12-30"),
        ("first_aid_certificate", "2026-01-01", "2028-12-31"),
        ("iosh_training", "2026-01-01", None),  # no interval in any document
    ],
)
def test_an_interval_ends_on_the_eve_of_the_anniversary(code: str, given_on: str, expected: str | None) -> None:
    assert expiry(kind(code), on(given_on), policy=DEFAULT_POLICY) == (on(expected) if expected else None)


def test_an_audit_is_due_after_one_year_or_two_as_the_policy_says_unless_it_states_its_last_day() -> None:
    audit = kind("external_audit")
    assert expiry(audit, on("2024-02-29"), policy=DEFAULT_POLICY) == on("2025-02-27")
    assert expiry(audit, on("2024-02-29"), policy=BIENNIAL) == on("2026-02-27")
    assert expiry(audit, on("2026-01-05"), policy=BIENNIAL, stated=on("2029-01-01")) == on("2029-01-01")


@pytest.mark.parametrize(
    ("code", "stated", "expected"),
    [
        ("public_liability_insurance", "2026-06-30", "2026-06-30"),  # a certificate states its own last day
        ("public_liability_insurance", "2027-12-31", "2027-12-31"),
        ("dsl_training", "2027-01-01", "2027-01-01"),
        ("dsl_training", "2031-01-01", "2027-12-31"),  # nobody states a statutory interval longer
        ("iosh_training", "2030-01-01", "2030-01-01"),
    ],
)
def test_evidence_that_states_its_last_day_is_taken_at_its_word_as_far_as_its_type_allows(
    code: str, stated: str, expected: str
) -> None:
    assert expiry(kind(code), on("2026-01-01"), policy=DEFAULT_POLICY, stated=on(stated)) == on(expected)


@pytest.mark.parametrize(
    ("expires_on", "day", "warn_days", "expected"),
    [
        (None, "2026-01-01", 30, "valid"),
        ("2026-03-31", "2026-02-28", 30, "valid"),
        ("2026-03-31", "2026-03-01", 30, "expiring"),
        ("2026-03-31", "2026-03-31", 30, "expiring"),
        ("2026-03-31", "2026-04-01", 30, "expired"),
        ("2026-03-31", "2026-03-31", 0, "expiring"),
        ("2026-03-31", "2026-03-30", 0, "valid"),
    ],
)
def test_evidence_holds_through_its_last_day(expires_on: str | None, day: str, warn_days: int, expected: str) -> None:
    assert status(on(expires_on) if expires_on else None, on=on(day), warn_days=warn_days) == expected


# --- editions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_on", "edition", "expected"),
    [
        ("2025-09-01", None, "2026-08-31"),
        ("2025-08-31", None, "2025-08-31"),  # the edition of 2024, on its last day
        ("2024-09-01", None, "2024-09-01"),  # that year's edition came on Monday 2 September
        ("2024-09-02", None, "2025-08-31"),
        ("2026-08-28", "2026", "2027-08-31"),  # read before term, in the edition that is about to count
        ("2026-08-28", None, "2026-08-31"),
        ("2031-10-01", None, "2032-08-31"),  # editions to come are taken to be of 1 September
        ("2026-10-01", "2024", "2025-08-31"),  # an old edition read late
    ],
)
def test_a_reading_holds_until_the_next_edition(given_on: str, edition: str | None, expected: str) -> None:
    read = kind("kcsie_read")
    assert expiry(read, on(given_on), policy=DEFAULT_POLICY, edition=edition) == on(expected)


def test_an_agreement_holds_until_there_is_another() -> None:
    accepted = kind("sla_accepted")
    assert expiry(accepted, on("2022-03-01"), policy=DEFAULT_POLICY) is None
    assert edition_of(accepted, on("2026-01-01"), None).name == "2022-03"


@pytest.mark.parametrize(
    ("code", "given_on", "edition"),
    [
        ("kcsie_read", "2026-08-28", "2027"),
        ("kcsie_read", "2026-08-28", "September"),
        ("sla_accepted", "2022-02-28", "2022-03"),
        ("sla_accepted", "2022-02-28", None),
        ("sla_accepted", "2026-01-01", "2024-03"),
    ],
)
def test_an_edition_that_was_not_out_cannot_have_been_read(code: str, given_on: str, edition: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        edition_of(kind(code), on(given_on), edition)
    assert refused.value.problem_code == "edition_unknown"


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2000, 1, 1), date(2190, 12, 31)))
def test_each_day_is_of_one_edition_of_kcsie(day: date) -> None:
    held = expiry(kind("kcsie_read"), day, policy=DEFAULT_POLICY)
    assert held is not None
    assert day <= held < months_after(day, 13)
    follows = CATALOGUE.editions["kcsie"].on(held + DAY)
    assert follows is not None
    assert follows.from_on == held + DAY


# --- terms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_on", "six", "three"),
    [
        ("2026-09-01", "2026-12-18", "2027-03-25"),  # the first day of term 1
        ("2026-10-23", "2026-12-18", "2027-03-25"),
        ("2026-10-28", "2026-12-18", "2027-03-25"),  # half term: of the term before it
        ("2026-11-02", "2027-02-12", "2027-03-25"),
        ("2026-12-25", "2027-02-12", "2027-03-25"),  # a drill in the holidays is no drill of the spring
        ("2027-01-04", "2027-03-25", "2027-07-21"),
        ("2027-05-28", "2027-07-21", "2027-12-17"),  # the terms of the next year begin in August
        ("2027-07-21", "2027-10-15", "2027-12-17"),
        ("2027-08-25", "2027-10-15", "2027-12-17"),
        ("2027-08-26", "2027-12-17", "2028-03-31"),
    ],
)
def test_what_is_owed_each_term_holds_through_the_next_one(given_on: str, six: str, three: str) -> None:
    drill, years = kind("fire_drill"), (EARLY, KENT)
    assert expiry(drill, on(given_on), policy=SIX, years=years) == on(six)
    assert expiry(drill, on(given_on), policy=DEFAULT_POLICY, years=years) == on(three)


def test_without_a_calendar_the_nominal_terms_stand_in_and_that_is_told() -> None:
    drill = kind("fire_drill")
    assert expiry(drill, on("2028-02-29"), policy=SIX) == on("2028-05-31")
    assert expiry(drill, on("2026-09-15"), policy=DEFAULT_POLICY) == on("2027-03-31")
    assert not terms_known(on("2026-09-15"), (), TermModel.THREE)
    assert terms_known(on("2026-09-15"), (KENT,), TermModel.THREE)
    # Known is the term that decides: the autumn after next is not.
    assert not terms_known(on("2027-07-01"), (KENT,), TermModel.THREE)
    assert terms_known(on("2027-07-01"), (KENT, EARLY), TermModel.THREE)


@settings(max_examples=200, deadline=None)
@given(
    st.dates(date(2025, 1, 1), date(2029, 12, 31)),
    st.sampled_from([(), (KENT,), (EARLY_BEFORE, EARLY), (EARLY,)]),
    st.sampled_from(TermModel),
)
def test_there_is_always_a_next_term_and_it_is_the_first_to_begin_later(
    day: date, years: tuple[SchoolYear, ...], model: TermModel
) -> None:
    found = term_after(day, years, model)
    assert found.starts_on > day
    assert found.ends_on > found.starts_on
    assert term_after(found.starts_on - DAY, years, model) == found
    assert term_after(found.starts_on, years, model).starts_on > found.ends_on
    assert (found.starts_on - day).days < 200


def test_the_nominal_terms_are_six_in_order() -> None:
    for year in (2026, 2027):
        assert SchoolYear(f"{year}/{year % 100 + 1}", nominal_terms(year)).first_on == date(year, 9, 1)


def test_the_years_about_a_day_are_the_one_before_its_own_and_the_next() -> None:
    assert years_about(on("2026-08-31")) == ("2024/25", "2025/26", "2026/27")
    assert years_about(on("2026-09-01")) == ("2025/26", "2026/27", "2027/28")
