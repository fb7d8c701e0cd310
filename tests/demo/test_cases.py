"""Every case among the demo county's providers is what its story promises, whatever day it is."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import pytest

from app.demo.county import County, county
from app.demo.days import Days
from app.demo.shapes import Placement, Week
from app.domain.registration import Assessment, Result, RulesetOutcome, assess
from tests.demo.facts import facts, id_of

MET, EXCEEDED = Result.THRESHOLD_MET, Result.LIMIT_EXCEEDED
CLEAR, AT_RISK, UNKNOWN = Result.CLEAR_ON_KNOWN_DATA, Result.AT_RISK, Result.CANNOT_DETERMINE
NATIONAL, ADVICE = "eng-s463", "dfe-registration-2019"
SLA, SEIP, HEREFORDSHIRE = "leics-seip-sla-2022-03", "leics-seip-ofsted-2024-08", "herefordshire-apqa"


@lru_cache
def _made(today: date) -> County:
    return county(today)


@pytest.fixture(
    params=[
        date(2026, 11, 22),
        date(2027, 6, 25),  # the last Friday in June
        date(2027, 6, 26),
        date(2027, 8, 10),
        date(2027, 12, 27),
        date(2028, 2, 29),
    ],
    ids=str,
)
def here(request: pytest.FixtureRequest) -> County:
    made: County = _made(request.param)
    return made


def check(here: County, *keys: str) -> Assessment:
    return assess(facts(here, *keys), on=here.today)


def outcome(assessment: Assessment, ruleset_id: str) -> RulesetOutcome:
    return next(each for each in assessment.rulesets if each.ruleset_id == ruleset_id)


def results(assessment: Assessment, *ruleset_ids: str) -> list[Result]:
    return [outcome(assessment, each).result for each in ruleset_ids]


def fired(assessment: Assessment, ruleset_id: str) -> set[str]:
    return {each.code for each in outcome(assessment, ruleset_id).tests if each.fired}


def placed(here: County, key: str) -> list[Placement]:
    return [each for each in here.placements if each.provider == key]


def test_five_pupils_full_time_meet_the_national_limit_by_their_number_alone(here: County) -> None:
    found = check(here, "over-national-five")
    assert results(found, NATIONAL, ADVICE, SLA) == [MET, MET, MET]
    assert fired(found, NATIONAL) == {"five_full_time"}


def test_four_pupils_full_time_meet_the_sla_and_are_one_below_the_national_limit(here: County) -> None:
    found = check(here, "over-sla-four")
    assert results(found, SLA, NATIONAL, ADVICE) == [MET, AT_RISK, AT_RISK]
    assert fired(found, SLA) == {"four_substantial"}


def test_one_looked_after_child_full_time_meets_the_national_limit_and_not_the_sla(here: County) -> None:
    found = check(here, "one-looked-after")
    assert results(found, NATIONAL, SLA) == [MET, CLEAR]
    assert fired(found, NATIONAL) == {"one_full_time_looked_after_or_ehcp"}


def test_a_plan_at_exactly_eighteen_hours_meets_the_sla_and_not_the_national_limit(here: County) -> None:
    found = check(here, "ehcp-at-eighteen-hours")
    assert results(found, SLA, NATIONAL, ADVICE) == [MET, AT_RISK, AT_RISK]
    assert fired(found, SLA) == {"one_substantial_ehcp"}


def test_three_short_days_exceed_the_partnerships_cap_and_nothing_else(here: County) -> None:
    found = check(here, "three-days")
    assert results(found, SEIP, NATIONAL, SLA) == [EXCEEDED, CLEAR, CLEAR]
    assert fired(found, SEIP) == {"three_days"}
    assert found.overall is EXCEEDED


def test_two_providers_that_are_clear_alone_exceed_ten_hours_together(here: County) -> None:
    for key in ("ten-hours-first", "ten-hours-second"):
        found = check(here, key)
        assert found.overall is CLEAR
        assert fired(found, HEREFORDSHIRE) == {"ten_hours_unregistered"}
        assert next(test.observed for test in outcome(found, HEREFORDSHIRE).tests if test.fired) == 11 * 60
        assert len(outcome(found, HEREFORDSHIRE).tests[-1].contributing_placement_ids) == 2


def test_one_placement_without_hours_leaves_nothing_determined(here: County) -> None:
    found = check(here, "hours-missing")
    assert found.overall is UNKNOWN
    assert results(found, NATIONAL, SLA, SEIP) == [UNKNOWN, UNKNOWN, UNKNOWN]
    untold = {id_of(each.key) for each in placed(here, "hours-missing") if each.week == Week()}
    assert {each.placement_id for each in outcome(found, NATIONAL).missing} == untold


def test_a_planned_start_will_meet_the_threshold_in_a_month_or_after_the_holiday(here: County) -> None:
    found = check(here, "about-to-meet")
    start = next(each.starts_on for each in placed(here, "about-to-meet") if each.override)
    assert found.overall is CLEAR
    assert (found.projection.next_change_on, found.projection.result) == (start, MET)
    assert timedelta(days=28) <= start - here.today < timedelta(days=28 + 50)


def test_the_one_in_year_11_drops_out_after_the_last_friday_in_june(here: County) -> None:
    found = check(here, "leaves-in-june")
    assert results(found, NATIONAL, SLA) == [MET, CLEAR]
    day_after = Days(here.today).leaving_on + timedelta(days=1)
    assert (found.projection.next_change_on, found.projection.result) == (day_after, CLEAR)


def test_the_renamed_provider_first_met_the_threshold_under_its_old_name(here: County) -> None:
    before = min(each.starts_on for each in placed(here, "renamed-from"))
    found = check(here, "renamed", "renamed-from")
    assert outcome(found, NATIONAL).result is MET
    assert outcome(found, NATIONAL).first_met_on == before
    assert outcome(check(here, "renamed"), NATIONAL).first_met_on != before
    assert check(here, "renamed-from").overall is CLEAR


def test_two_linked_companies_are_clear_alone_and_over_the_limit_together(here: County) -> None:
    assert check(here, "linked-first").overall is CLEAR
    assert check(here, "linked-second").overall is CLEAR
    together = check(here, "linked-first", "linked-second")
    assert results(together, NATIONAL, SLA) == [MET, MET]
    assert fired(together, NATIONAL) == {"five_full_time"}


def test_sole_provision_below_the_limit_is_left_to_a_person(here: County) -> None:
    found = check(here, "sole-provision")
    assert found.overall is AT_RISK
    assert results(found, NATIONAL, SLA) == [AT_RISK, CLEAR]


def test_no_ruleset_applies_to_a_registered_school(here: County) -> None:
    for key in ("registered", "independent-special", "state-ap"):
        assert {each.result for each in check(here, key).rulesets} == {Result.NOT_APPLICABLE}
    assert len(placed(here, "registered")) >= 6


def test_every_other_provider_is_clear_under_every_ruleset(here: County) -> None:
    others = set(_ordinary(here))
    assert len(others) == 16
    for key in others:
        found = check(here, key)
        wrong = {each.ruleset_id: each.result for each in found.rulesets} | {"overall": found.overall}
        assert set(wrong.values()) <= {CLEAR, Result.NOT_APPLICABLE}, (key, wrong)
        assert found.overall is CLEAR


def _ordinary(here: County) -> Iterator[str]:
    prefixes = ("other-", "tuition-", "work-", "further-education", "college", "training-", "online", "deregistered")
    return (each.key for each in here.providers if each.key.startswith(prefixes))
