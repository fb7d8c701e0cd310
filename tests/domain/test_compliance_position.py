"""Where a provider stands with what is asked of it: people, records, audits, and what stands against a placement."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.compliance import (
    CATALOGUE,
    DEFAULT_POLICY,
    Catalogue,
    ComplianceStatus,
    ExternalAudit,
    Holdings,
    Item,
    Post,
    Recommended,
    Record,
    ensure_compliant,
    obstacles,
    position,
    summary,
    without_people,
)
from app.domain.errors import Conflict
from app.domain.provider_changes import StaffRole

ON = date(2026, 10, 5)
DAY = timedelta(days=1)
DSL, DEPUTY, TEACHER, OTHER = (UUID(int=n) for n in (1, 2, 3, 4))


def post(
    staff: UUID, role: str, from_on: str | None = None, to_on: str | None = None, person: UUID | None = None
) -> Post:
    days = (date.fromisoformat(each) if each else None for each in (from_on, to_on))
    return Post(staff, person or staff, StaffRole(role), *days)


def record(number: int, code: str, given_on: str, person: UUID | None = None, **more: Any) -> Record:
    return Record(UUID(int=100 + number), code, date.fromisoformat(given_on), person, **more)


STAFF = (post(DSL, "dsl"), post(DEPUTY, "deputy_dsl", "2026-01-01"), post(TEACHER, "teacher", "2026-06-01"))


def items(code: str, holdings: Holdings, on: date = ON, **policy: Any) -> list[Item]:
    """The items of one type."""
    asked = replace(DEFAULT_POLICY, **{"required": frozenset({code})} | policy)
    return list(position(CATALOGUE.on(on), holdings, asked, on=on))


def item(code: str, holdings: Holdings, on: date = ON, **policy: Any) -> Item:
    [found] = items(code, holdings, on, **policy)
    return found


def stood(found: Sequence[Item]) -> list[tuple[UUID | None, str]]:
    return [(each.staff_id, each.status.value) for each in found]


# --- of people ------------------------------------------------------------------------------------------------------


def test_the_dsl_and_every_deputy_owe_their_training_and_nobody_else() -> None:
    records = (record(1, "dsl_training", "2025-10-01", DSL), record(2, "dsl_training", "2024-10-05", DEPUTY))
    first, second = items("dsl_training", Holdings(records, STAFF))
    assert (first.staff_id, first.status, first.expires_on, first.days_left) == (
        DSL, ComplianceStatus.VALID, date(2027, 9, 30), 360,
    )  # fmt: skip
    assert (second.staff_id, second.status, second.days_left) == (DEPUTY, ComplianceStatus.EXPIRED, -1)
    assert (second.record_id, second.record_type) == (UUID(int=102), "dsl_training")
    on_its_last_day = items("dsl_training", Holdings(records, STAFF), date(2026, 10, 4))
    assert stood(on_its_last_day)[1] == (DEPUTY, "expiring")


def test_without_a_dsl_both_the_post_and_the_training_are_missing() -> None:
    left = (post(DSL, "dsl", to_on="2026-10-04"), post(TEACHER, "teacher"))
    held = Holdings((record(1, "dsl_training", "2026-09-01", DSL),), left)
    assert stood(items("dsl_training", held)) == [(None, "missing")]
    appointed = item("dsl_appointed", held)
    assert (appointed.status, appointed.days_left) == (ComplianceStatus.EXPIRED, -1)
    assert item("dsl_appointed", Holdings()).status is ComplianceStatus.MISSING
    assert item("dsl_appointed", held, ON - DAY).status is ComplianceStatus.EXPIRING
    assert item("dsl_appointed", replace(held, posts=(*left, post(OTHER, "dsl")))).status is ComplianceStatus.VALID


def test_a_training_given_to_all_together_speaks_for_those_who_were_there() -> None:
    held = Holdings((record(1, "staff_safeguarding_update", "2026-05-31"),), STAFF)
    assert stood(items("staff_safeguarding_update", held)) == [(DSL, "valid"), (DEPUTY, "valid"), (TEACHER, "missing")]
    own = record(2, "staff_safeguarding_update", "2026-06-01", TEACHER)
    assert stood(items("staff_safeguarding_update", replace(held, records=(*held.records, own))))[2] == (
        TEACHER, "valid",
    )  # fmt: skip


def test_what_is_personal_is_not_shown_by_a_record_of_nobody() -> None:
    held = Holdings((record(1, "dbs_check", "2026-05-31"),), STAFF)
    assert {each.status for each in items("dbs_check", held)} == {ComplianceStatus.MISSING}


def test_where_no_staff_are_known_nobody_is_passed_over() -> None:
    assert stood(items("kcsie_read", Holdings())) == [(None, "missing")]
    assert stood(items("kcsie_read", Holdings((record(1, "kcsie_read", "2026-09-02"),)))) == [(None, "valid")]
    assert stood(items("dbs_check", Holdings((record(1, "dbs_check", "2026-09-02"),)))) == [(None, "missing")]


def test_one_person_in_two_posts_owes_once_and_either_post_may_be_named() -> None:
    both = (post(DSL, "dsl"), post(OTHER, "teacher", person=DSL))
    held = Holdings((record(1, "dbs_check", "2025-01-01", DSL),), both)
    assert stood(items("dbs_check", held)) == [(DSL, "valid")]


def test_a_first_aider_who_has_left_is_none() -> None:
    left = (post(TEACHER, "teacher", to_on="2026-10-04"), post(DSL, "dsl"))
    held = Holdings((record(1, "first_aid_certificate", "2026-01-01", TEACHER),), left)
    assert item("first_aid_certificate", held, ON - DAY).status is ComplianceStatus.VALID
    assert item("first_aid_certificate", held).status is ComplianceStatus.MISSING
    nobodys = record(2, "first_aid_certificate", "2026-01-01")
    assert item("first_aid_certificate", Holdings((nobodys,), left)).status is ComplianceStatus.VALID


# --- of records -----------------------------------------------------------------------------------------------------


def test_the_record_that_holds_longest_counts_and_none_of_a_day_to_come() -> None:
    records = (
        record(1, "public_liability_insurance", "2026-01-01", stated=date(2027, 6, 30), evidence_ids=(OTHER,)),
        record(2, "public_liability_insurance", "2026-03-01", stated=date(2027, 2, 28)),
        record(3, "public_liability_insurance", "2026-10-06", stated=date(2030, 1, 1)),
    )
    found = item("public_liability_insurance", Holdings(records))
    assert (found.record_id, found.expires_on, found.evidence_ids) == (records[0].id, date(2027, 6, 30), (OTHER,))
    assert item("public_liability_insurance", Holdings(records), ON + DAY).record_id == records[2].id


def test_concerns_raised_about_an_agreement_answer_for_its_acceptance() -> None:
    assert item("sla_accepted", Holdings()).status is ComplianceStatus.MISSING
    found = item("sla_accepted", Holdings((record(1, "sla_concerns_raised", "2026-09-01", edition="2022-03"),)))
    assert (found.status, found.record_type) == (ComplianceStatus.VALID, "sla_concerns_raised")


def test_a_drill_says_whether_a_calendar_was_known() -> None:
    assert item("fire_drill", Holdings((record(1, "fire_drill", "2026-09-10"),))).terms_assumed
    assert not item("fire_drill", Holdings()).terms_assumed


# --- of audits ------------------------------------------------------------------------------------------------------


def audit(number: int, audited_on: str, *recommended: Recommended, stated: date | None = None) -> ExternalAudit:
    return ExternalAudit(UUID(int=200 + number), date.fromisoformat(audited_on), stated, recommended)


def test_an_audit_of_a_day_to_come_is_none() -> None:
    held = Holdings(audits=(audit(1, "2026-10-06"),))
    assert item("external_audit", held).status is ComplianceStatus.MISSING
    assert item("external_audit", held, ON + DAY).status is ComplianceStatus.VALID


@pytest.mark.parametrize(
    ("due_on", "done_on", "expected"),
    [
        (None, "2026-10-05", "valid"),
        (None, "2026-10-06", "expiring"),  # not done yet on the day that is asked about
        (None, None, "expiring"),
        ("2026-10-05", None, "expiring"),
        ("2026-10-04", None, "expired"),
        ("2027-12-31", None, "expiring"),
    ],
)
def test_recommendations_are_followed_up_by_the_day_they_name(
    due_on: str | None, done_on: str | None, expected: str
) -> None:
    told = Recommended(*(date.fromisoformat(each) if each else None for each in (due_on, done_on)))
    done = Recommended(date(2026, 1, 1), date(2026, 1, 2))
    found = item("audit_recommendations", Holdings(audits=(audit(1, "2026-09-01", told, done),)))
    assert found.status == expected


def test_without_an_audit_nothing_shows_that_its_recommendations_were_followed() -> None:
    assert item("audit_recommendations", Holdings()).status is ComplianceStatus.MISSING


# --- the whole ------------------------------------------------------------------------------------------------------


def test_a_position_has_every_type_that_is_asked_of_a_provider_by_default() -> None:
    found = position(CATALOGUE.on(ON), Holdings(), DEFAULT_POLICY, on=ON)
    asked = [each.code for each in CATALOGUE.types if each.required and each.asked_of_provider]
    assert [each.type.code for each in found] == asked
    assert summary(found) == {
        "valid": 0, "expiring": 0, "expired": 0, "missing": len(asked),
    }  # fmt: skip
    assert {"staff_checks_confirmed", "lebc_registered", "sla_concerns_raised"}.isdisjoint(asked)


def test_readers_without_leave_see_the_worst_of_each_type_and_no_person() -> None:
    records = (record(1, "dsl_training", "2025-10-01", DSL), record(2, "dsl_training", "2024-10-20", DEPUTY))
    [found] = without_people(items("dsl_training", Holdings(records, STAFF)))
    assert (found.status, found.expires_on) == (ComplianceStatus.EXPIRING, date(2026, 10, 19))
    assert (found.staff_id, found.record_id, found.evidence_ids) == (None, None, ())
    sooner = replace(records[0], given_on=date(2025, 9, 1))
    [found] = without_people(items("dsl_training", Holdings((sooner, replace(records[1], given_on=ON)), STAFF)))
    assert found.expires_on == date(2027, 8, 31)


def test_what_blocks_and_is_expired_or_missing_stands_against_a_placement_and_the_rest_warns() -> None:
    policy: dict[str, Any] = {
        "required": frozenset({"dsl_training", "risk_assessments", "fire_drill"}),
        "blocking": frozenset({"dsl_training", "fire_drill"}),
    }
    records = (record(1, "fire_drill", "2026-09-10"), record(2, "dsl_training", "2024-10-04", DSL))
    held = Holdings(records, (post(DSL, "dsl"),))
    found = obstacles(items("", held, **policy), on=ON)
    assert [each.type.code for each in found.blocking] == ["dsl_training"]
    assert [each.type.code for each in found.warning] == ["risk_assessments"]
    with pytest.raises(Conflict) as refused:
        ensure_compliant(found)
    assert refused.value.problem_code == "provider_not_compliant"
    [told] = refused.value.facts["compliance"]["items"]
    assert (told["type"], told["status"], told["expires_on"]) == ("dsl_training", "expired", "2026-10-03")
    assert {"document": "herefordshire", "clause": "1.3"} in told["clauses"]
    ensure_compliant(obstacles(items("", held, date(2026, 10, 3), **policy), on=ON))


def test_a_rule_counts_from_the_day_on_which_it_takes_effect() -> None:
    told: dict[str, Any] = {
        "documents": {"x": "X"}, "defaults": {}, "nominal_terms": {}, "editions": [],
        "types": [
            {"code": "a", "title": "A", "basis": "from_date", "interval": interval, "warn_days": 0,
             "clauses": [["x", "1"]], **days}
            for interval, days in (("P2Y", {"until_on": date(2026, 12, 31)}), ("P1Y", {"from_on": date(2027, 1, 1)}))
        ],
    }  # fmt: skip
    changed = Catalogue(told)
    asked = replace(DEFAULT_POLICY, required=frozenset({"a"}))
    held = Holdings((record(1, "a", "2025-10-01"),))
    for on, expected in ((date(2026, 12, 31), "valid"), (date(2027, 1, 1), "expired")):
        [found] = position(changed.on(on), held, asked, on=on)
        assert found.status == expected
    first, second = (changed.find("a", on) for on in (date(2026, 12, 31), date(2027, 1, 1)))
    assert first
    assert second
    assert (first.interval, second.interval) == ("P2Y", "P1Y")
    assert changed.find("b", ON) is None


RECORDED = [each.code for each in CATALOGUE.types if each.basis == "from_date" and each.per == "provider"]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(RECORDED),
    st.lists(st.dates(date(2020, 1, 1), date(2028, 12, 31)), max_size=5),
    st.dates(date(2022, 3, 1), date(2032, 12, 31)),
)
def test_one_record_more_never_makes_a_position_worse(code: str, given_on: list[date], on: date) -> None:
    order = list(ComplianceStatus)
    records = [Record(UUID(int=n), code, day) for n, day in enumerate(given_on)]
    ranks = [order.index(item(code, Holdings(records[:n]), on).status) for n in range(len(records) + 1)]
    assert ranks == sorted(ranks, reverse=True)
    found = item(code, Holdings(records), on)
    assert (found.status is ComplianceStatus.MISSING) == all(day > on for day in given_on)
    if found.expires_on is not None:
        assert found.days_left == (found.expires_on - on).days
        assert (found.days_left < 0) == (found.status is ComplianceStatus.EXPIRED)
