"""The notice, period and length of visits in the yearly round of Amber Valley and Erewash, and of others."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain import frameworks
from app.domain.errors import Fault
from app.domain.frameworks import VisitKind
from app.domain.visits import Facts, planning_faults, telling_faults, told_afterwards

YEAR = frameworks.named("ave-qa-v8")
WALK, HALF_DAY, FOLLOW_UP = VisitKind.LEARNING_WALK, VisitKind.HALF_DAY_OBSERVATION, VisitKind.FOLLOW_UP
FIRST, LAST = date(2026, 10, 5), date(2026, 10, 18)  # two weeks, both days inclusive
DAY = date(2026, 10, 7)
WALKED = Facts(planned_on=DAY, announced_from_on=FIRST, announced_to_on=LAST, duration_minutes=90)
EARLY = date(2026, 9, 1)


def told(faults: tuple[Fault, ...]) -> set[tuple[str, str | None]]:
    return {(each.code, each.pointer) for each in faults}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (WALKED, set()),
        (replace(WALKED, planned_on=None, announced_from_on=None), set()),
        (replace(WALKED, planned_on=FIRST), set()),
        (replace(WALKED, planned_on=LAST), set()),
        (replace(WALKED, duration_minutes=None), set()),
        (replace(WALKED, planned_on=LAST + timedelta(days=1)), {("outside_period", "/planned_on")}),
        (replace(WALKED, announced_to_on=LAST + timedelta(days=1)), {("period_too_long", "/announced_to_on")}),
        (replace(WALKED, announced_from_on=None), {("period_missing", "/announced_from_on")}),
        (replace(WALKED, announced_to_on=None), {("period_missing", "/announced_from_on")}),
        (replace(WALKED, duration_minutes=91), {("visit_too_long", "/duration_minutes")}),
    ],
)
def test_a_learning_walk_is_planned_within_a_period_of_two_weeks(
    facts: Facts, expected: set[tuple[str, str | None]]
) -> None:
    assert told(planning_faults(YEAR, WALK, facts, EARLY)) == expected
    assert told(telling_faults(YEAR, WALK, facts, EARLY)) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (FIRST - timedelta(days=8), set()),
        (FIRST - timedelta(days=7), set()),
        (FIRST - timedelta(days=6), {("notice_too_short", "/notified_at")}),
        (FIRST, {("notice_too_short", "/notified_at")}),
    ],
)
def test_a_week_passes_between_the_telling_and_the_period(on: date, expected: set[tuple[str, str | None]]) -> None:
    assert told(telling_faults(YEAR, WALK, WALKED, on)) == expected
    assert planning_faults(YEAR, WALK, WALKED, on) == ()


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (DAY - timedelta(days=2), {("notice_too_long", "/notified_at")}),
        (DAY - timedelta(days=1), set()),
        (DAY, set()),
        (DAY + timedelta(days=1), {("notice_too_short", "/notified_at")}),
    ],
)
def test_a_half_day_observation_is_told_on_the_day_before_or_on_the_day(
    on: date, expected: set[tuple[str, str | None]]
) -> None:
    assert told(telling_faults(YEAR, HALF_DAY, Facts(planned_on=DAY), on)) == expected
    assert planning_faults(YEAR, HALF_DAY, Facts(planned_on=DAY), on) == ()


@pytest.mark.parametrize("framework", [each for each in frameworks.ALL if each is not YEAR], ids=lambda each: each.id)
def test_no_other_publisher_promises_a_notice(framework: frameworks.Framework) -> None:
    facts = Facts(planned_on=DAY, duration_minutes=600)
    for kind in VisitKind:
        assert telling_faults(framework, kind, facts, DAY) == ()


def test_what_a_visit_broke_is_told_afterwards() -> None:
    took_place = replace(WALKED, notified_on=FIRST - timedelta(days=7), visited_on=DAY)
    assert told_afterwards(YEAR, WALK, took_place) == ()
    late = replace(took_place, visited_on=LAST + timedelta(days=1), duration_minutes=120)
    assert told(told_afterwards(YEAR, WALK, late)) == {
        ("outside_period", "/visited_on"),
        ("visit_too_long", "/duration_minutes"),
    }
    assert told_afterwards(YEAR, WALK, replace(late, visited_on=None)) == ()


def test_a_half_day_put_off_has_lost_its_short_notice() -> None:
    put_off = Facts(planned_on=DAY, notified_on=DAY, visited_on=DAY + timedelta(days=7))
    assert told(told_afterwards(YEAR, HALF_DAY, put_off)) == {("notice_too_long", "/notified_at")}


@pytest.mark.parametrize(
    ("planned_on", "on", "late"),
    [
        (DAY, EARLY, False),
        (DAY + timedelta(days=1), EARLY, True),
        (DAY + timedelta(days=1), DAY, True),
        (DAY + timedelta(days=9), DAY + timedelta(days=1), False),
    ],
)
def test_a_follow_up_is_planned_by_its_day_while_that_can_be_kept(planned_on: date, on: date, *, late: bool) -> None:
    facts = Facts(planned_on=planned_on, due_by_on=DAY)
    expected = {("follow_up_late", "/planned_on")} if late else set()
    assert told(planning_faults(YEAR, FOLLOW_UP, facts, on)) == expected
    assert told(telling_faults(YEAR, FOLLOW_UP, facts, on)) == expected


def test_an_overdue_follow_up_is_told_as_late_once_it_took_place() -> None:
    facts = Facts(planned_on=DAY + timedelta(days=9), visited_on=DAY + timedelta(days=9), due_by_on=DAY)
    assert told(told_afterwards(YEAR, FOLLOW_UP, facts)) == {("follow_up_late", "/visited_on")}
    assert told_afterwards(YEAR, FOLLOW_UP, replace(facts, visited_on=DAY)) == ()


def test_of_several_entries_of_a_kind_a_plan_is_held_to_the_one_it_fits_best() -> None:
    walk = next(each for each in YEAR.cycle if each.kind is WALK)
    spring = replace(walk, key="spring-walk", announced_days=None, notice_days_min=2, max_minutes=None)
    twofold = replace(YEAR, cycle=(walk, spring))
    unannounced = Facts(planned_on=DAY, duration_minutes=120)
    assert planning_faults(twofold, WALK, unannounced, DAY) == ()
    assert telling_faults(twofold, WALK, unannounced, DAY - timedelta(days=2)) == ()
    assert told(telling_faults(twofold, WALK, unannounced, DAY - timedelta(days=1))) == {
        ("notice_too_short", "/notified_at")
    }
    assert telling_faults(twofold, WALK, WALKED, FIRST - timedelta(days=7)) == ()
