"""The list of evidence types, what a record and a policy keep to, and how a charge is shared."""

from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.compliance import (
    CATALOGUE,
    DEFAULT_POLICY,
    RECORDED,
    AuditInterval,
    EvidenceBasis,
    EvidenceOwner,
    PlacementCheckKind,
    Said,
    TermModel,
    amounts,
    ensure_charged,
    ensure_policy,
    ensure_recordable,
    ensure_shares,
)
from app.domain.compliance.catalogue import months_of
from app.domain.errors import Invalid

TODAY = date(2026, 10, 5)
STAFF = UUID(int=1)


def pointers(refused: Invalid) -> set[tuple[str | None, str]]:
    return {(each.pointer, each.code) for each in refused.errors}


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_says_of_each_type_what_its_basis_needs() -> None:
    for kind in CATALOGUE.types:
        assert kind.clauses, kind.code
        assert (kind.document in CATALOGUE.editions) == (kind.basis is EvidenceBasis.PER_EDITION), kind.code
        assert bool(kind.roles) >= (kind.basis is EvidenceBasis.IN_POST), kind.code
        assert not kind.together or kind.per is EvidenceOwner.EACH, kind.code
        assert kind.per is EvidenceOwner.PROVIDER or kind.basis in RECORDED, kind.code
        assert kind.answers is None or kind.answers in CATALOGUE.codes, kind.code
        if kind.basis is EvidenceBasis.FROM_DATE and kind.interval:
            assert months_of(kind.interval) in (12, 24, 36), kind.code
    for one, two in combinations(CATALOGUE.types, 2):
        assert one.code != two.code


@pytest.mark.parametrize("interval", ["P0", "1Y", "P1W", "P1T", "P-1Y", "P١Y"])
def test_an_interval_is_of_years_or_months(interval: str) -> None:
    with pytest.raises(ValueError, match=interval):
        months_of(interval)
    assert (months_of("P3Y"), months_of("P18M")) == (36, 18)


def test_convention_is_told_from_what_a_document_states() -> None:
    verified = {each.code: each.verified for each in CATALOGUE.types}
    stated = (
        "dsl_training",
        "dsl_refresh",
        "staff_safeguarding_training",
        "kcsie_read",
        "fire_drill",
        "risk_assessments",
    )
    assert all(verified[code] for code in stated)
    convention = ("dbs_check", "prevent_training", "public_liability_insurance", "lone_working_policy")
    assert not any(verified[code] for code in convention)


def test_by_default_nothing_blocks_and_the_sources_open_questions_are_answered_as_they_say_first() -> None:
    assert (DEFAULT_POLICY.required, DEFAULT_POLICY.blocking) == (None, frozenset())
    assert (DEFAULT_POLICY.audit_interval, DEFAULT_POLICY.term_model) == (AuditInterval.ANNUAL, TermModel.THREE)
    assert DEFAULT_POLICY.placement_charge == Decimal("40.00")


# --- records --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said("fire_drill", date(2026, 10, 6)), {("/given_on", "in_the_future")}),
        (Said("fire_drill", TODAY, valid_until_on=date(2026, 10, 4)), {("/valid_until_on", "ends_before_start")}),
        (Said("fire_drill", TODAY, staff_id=STAFF), {("/staff_id", "not_personal")}),
        (Said("dsl_training", TODAY), {("/staff_id", "person_missing")}),
        (Said("dsl_training", TODAY, STAFF, edition="2026"), {("/edition", "no_editions")}),
        (Said("kcsie_read", TODAY, edition="2027"), {("/edition", "edition_unknown")}),
        (Said("external_audit", TODAY), {("/type", "evidence_type_unknown")}),
        (Said("dsl_appointed", TODAY), {("/type", "evidence_type_unknown")}),
        (Said("lebc_registered", TODAY), {("/type", "evidence_type_unknown")}),
        (Said("x", TODAY), {("/type", "evidence_type_unknown")}),
        (
            Said("dsl_training", date(2026, 10, 6), edition="2026", valid_until_on=TODAY),
            {
                ("/given_on", "in_the_future"),
                ("/valid_until_on", "ends_before_start"),
                ("/staff_id", "person_missing"),
                ("/edition", "no_editions"),
            },
        ),
    ],
)
def test_what_is_no_evidence_of_its_type_is_refused_with_every_fault(
    said: Said, expected: set[tuple[str | None, str]]
) -> None:
    with pytest.raises(Invalid) as refused:
        ensure_recordable(said, today=TODAY)
    assert pointers(refused.value) == expected


@pytest.mark.parametrize(
    "said",
    [
        Said("fire_drill", TODAY, valid_until_on=TODAY),
        Said("dsl_training", date(2020, 2, 29), STAFF),
        Said("kcsie_read", date(2026, 8, 28), edition="2026"),
        Said("kcsie_read", date(2026, 8, 28), STAFF),
        Said("first_aid_certificate", TODAY),
        Said("first_aid_certificate", TODAY, STAFF),
        Said("sla_concerns_raised", TODAY, edition="2022-03"),
    ],
)
def test_evidence_is_recorded_as_its_type_has_it(said: Said) -> None:
    ensure_recordable(said, today=TODAY)


# --- policies -------------------------------------------------------------------------------------------------------


def test_a_policy_names_what_a_provider_owes_and_blocks_by_what_it_asks_for() -> None:
    with pytest.raises(Invalid) as refused:
        ensure_policy(["dsl_training", "x", "lebc_registered"], ["fire_drill", "sla_concerns_raised"])
    assert pointers(refused.value) == {
        ("/required/1", "evidence_type_unknown"),
        ("/required/2", "evidence_type_unknown"),
        ("/blocking/0", "not_required"),
        ("/blocking/1", "evidence_type_unknown"),
    }
    with pytest.raises(Invalid) as refused:
        ensure_policy(None, ["dsl_training", "qa_policy"])
    assert pointers(refused.value) == {("/blocking/1", "not_required")}
    ensure_policy(None, ["dsl_training"])
    ensure_policy(["qa_policy"], ["qa_policy"])
    ensure_policy([], [])


# --- charges --------------------------------------------------------------------------------------------------------


def shares(*percents: str) -> list[tuple[UUID, Decimal]]:
    return [(UUID(int=n), Decimal(percent)) for n, percent in enumerate(percents)]


@pytest.mark.parametrize("percents", [("100",), (), ("50", "50.00"), ("33.33", "33.33", "33.34")])
def test_shares_are_the_whole(percents: tuple[str, ...]) -> None:
    ensure_shares(shares(*percents))


@pytest.mark.parametrize("percents", [("99.99",), ("50", "50.01"), ("33.33", "33.33", "33.33")])
def test_shares_that_are_less_or_more_are_refused(percents: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        ensure_shares(shares(*percents))
    assert pointers(refused.value) == {("/shares", "shares_invalid")}


def test_nobody_has_two_shares_and_nothing_is_charged_for_asking_about_staff() -> None:
    with pytest.raises(Invalid):
        ensure_shares([(STAFF, Decimal(50)), (STAFF, Decimal(50))])
    with pytest.raises(Invalid) as refused:
        ensure_charged(PlacementCheckKind.STAFF_CHECKS_CONFIRMED, Decimal(0), shared=False)
    assert pointers(refused.value) == {("/charge", "charge_not_due")}
    with pytest.raises(Invalid) as refused:
        ensure_charged(PlacementCheckKind.STAFF_CHECKS_CONFIRMED, None, shared=True)
    assert pointers(refused.value) == {("/shares", "charge_not_due")}
    ensure_charged(PlacementCheckKind.STAFF_CHECKS_CONFIRMED, None, shared=False)
    ensure_charged(PlacementCheckKind.LEBC_REGISTERED, Decimal("40.00"), shared=True)


@pytest.mark.parametrize(
    ("charge", "percents", "expected"),
    [
        ("40.00", ["100"], ["40.00"]),
        ("40.00", ["50", "50"], ["20.00", "20.00"]),
        ("40.00", ["33.33", "33.33", "33.34"], ["13.33", "13.33", "13.34"]),
        ("0.01", ["50", "50"], ["0.01", "0.00"]),
        ("0.05", ["33", "33", "34"], ["0.02", "0.01", "0.02"]),
        ("0.00", ["60", "40"], ["0.00", "0.00"]),
    ],
)
def test_a_charge_is_shared_to_the_penny(charge: str, percents: list[str], expected: list[str]) -> None:
    assert [str(each) for each in amounts(Decimal(charge), list(map(Decimal, percents)))] == expected


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000_000), st.lists(st.integers(0, 10_000), min_size=0, max_size=9))
def test_the_parts_of_a_charge_are_the_charge_and_each_within_a_penny_of_its_share(pence: int, cuts: list[int]) -> None:
    charge = Decimal(pence) / 100
    ends = [0, *sorted(cuts), 10_000]
    percents = [Decimal(later - sooner) / 100 for sooner, later in pairwise(ends)]
    parts = amounts(charge, percents)
    assert sum(parts) == charge
    for part, percent in zip(parts, percents, strict=True):
        assert abs(part - charge * percent / 100) < Decimal("0.01")
