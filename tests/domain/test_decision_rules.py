"""What each kind of decision must say, what status follows from several, and which placements they refuse."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid5

import pytest

from app.domain.access import Caller, Role
from app.domain.decisions import (
    SUSPENDING,
    WITHDRAWING,
    CommissioningStatus,
    DecisionKind,
    Span,
    Standing,
    bearing,
    check_decision,
    check_leaving,
    status_of,
    strictest,
)
from app.domain.errors import Invalid

TODAY = date(2026, 11, 20)
SPACE = UUID(int=7)
K = DecisionKind


def named(name: str) -> UUID:
    """An id."""
    return uuid5(SPACE, name)


def day(days: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=days)


def span(first: int, last: int | None = None) -> Span:
    """Days of a placement, counted from today."""
    return Span(day(first), None if last is None else day(last))


HELD = Standing(named("d"), K.SUSPEND_NEW_PLACEMENTS, named("east"), frozenset({named("county")}), TODAY)
LEAST: dict[DecisionKind, dict[str, Any]] = {
    K.CONTINUE: {},
    K.CONTINUE_WITH_CONDITIONS: {"conditions": ["Guards are fitted."]},
    K.SUSPEND_NEW_PLACEMENTS: {},
    K.WITHDRAW_PUPILS: {"withdraw_by_on": day(30)},
    K.CEASE: {},
}


def faults(kind: DecisionKind, **said: Any) -> set[tuple[str, str | None]]:
    """What is wrong with a decision."""
    whole: dict[str, Any] = {"conditions": [], "effective_on": TODAY, "withdraw_by_on": None, "review_on": None}
    try:
        check_decision(kind, **(whole | said), on=TODAY)
    except Invalid as refusal:
        return {(each.code, each.pointer) for each in refusal.errors}
    return set()


# --- what a decision says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", K)
def test_each_kind_is_taken_with_the_least_that_it_needs(kind: DecisionKind) -> None:
    assert faults(kind, **LEAST[kind]) == set()


def test_conditions_belong_to_one_kind_alone() -> None:
    assert faults(K.CONTINUE_WITH_CONDITIONS) == {("conditions_missing", "/conditions")}
    for kind in set(K) - {K.CONTINUE_WITH_CONDITIONS}:
        said = LEAST[kind] | {"conditions": ["x"]}
        assert faults(kind, **said) == {("conditions_not_for_kind", "/conditions")}


def test_a_day_to_leave_by_belongs_to_the_kinds_under_which_pupils_leave() -> None:
    assert faults(K.WITHDRAW_PUPILS) == {("withdraw_by_missing", "/withdraw_by_on")}
    assert faults(K.CEASE, withdraw_by_on=day(1)) == set()
    for kind in set(K) - WITHDRAWING:
        said = LEAST[kind] | {"withdraw_by_on": day(9)}
        assert faults(kind, **said) == {("withdraw_by_not_for_kind", "/withdraw_by_on")}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"effective_on": day(-1)}, {("effective_in_the_past", "/effective_on")}),
        ({"effective_on": day(0), "withdraw_by_on": day(1)}, set()),
        ({"withdraw_by_on": day(0)}, {("withdraw_by_too_early", "/withdraw_by_on")}),
        ({"effective_on": day(5), "withdraw_by_on": day(5)}, {("withdraw_by_too_early", "/withdraw_by_on")}),
        ({"effective_on": day(5), "withdraw_by_on": day(6)}, set()),
        ({"review_on": day(0)}, {("review_too_early", "/review_on")}),
        ({"review_on": day(1)}, set()),
    ],
)
def test_the_days_of_a_decision_come_one_after_the_other(said: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert faults(K.WITHDRAW_PUPILS, **({"withdraw_by_on": day(30)} | said)) == expected


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = faults(K.CONTINUE, conditions=["x"], effective_on=day(-1), withdraw_by_on=day(-2), review_on=day(-3))
    assert {pointer for _, pointer in told} == {"/conditions", "/effective_on", "/withdraw_by_on", "/review_on"}


def test_a_pupil_leaves_on_the_day_decided_at_the_latest() -> None:
    check_leaving(day(9), day(9))
    check_leaving(day(999), None)
    with pytest.raises(Invalid) as refused:
        check_leaving(day(10), day(9))
    assert [(each.code, each.pointer) for each in refused.value.errors] == [("leaves_too_late", "/leave_by_on")]


# --- several decisions ----------------------------------------------------------------------------------------------


def test_the_strictest_of_the_decisions_in_force_decides_in_any_order() -> None:
    expected = {
        (): CommissioningStatus.OPEN,
        (K.CONTINUE, K.CONTINUE_WITH_CONDITIONS): CommissioningStatus.OPEN,
        (K.CONTINUE, K.SUSPEND_NEW_PLACEMENTS): CommissioningStatus.SUSPENDED,
        (K.CONTINUE_WITH_CONDITIONS, K.WITHDRAW_PUPILS): CommissioningStatus.SUSPENDED,
        (K.CEASE, K.SUSPEND_NEW_PLACEMENTS, K.CONTINUE): CommissioningStatus.CEASED,
    }
    for kinds, status in expected.items():
        assert {status_of(each) for each in permutations(kinds)} == {status}


def test_the_decision_that_is_named_is_the_strictest_and_of_these_the_first() -> None:
    later = replace(HELD, id=named("later"), effective_on=day(3))
    ceased = replace(later, id=named("ceased"), kind=K.CEASE)
    assert strictest([]) is None
    assert strictest([later, HELD]) == HELD
    assert strictest([HELD, ceased, later]) == ceased


def test_a_decision_binds_its_maker_its_schools_and_its_network_and_nobody_else() -> None:
    def caller(name: str, partnership: str | None = None, *networks: str) -> Caller:
        above = named(partnership) if partnership else None
        return Caller(
            Role.SCHOOL, organisation_id=named(name), partnership_id=above, network_ids=tuple(map(named, networks))
        )

    assert HELD.binds(caller("east"))
    assert HELD.binds(caller("oak", "east"))
    assert HELD.binds(caller("west", None, "border", "county"))
    assert not HELD.binds(caller("ash", "west", "border"))
    assert not HELD.binds(caller("ash"))
    assert not replace(HELD, network_ids=frozenset()).binds(caller("west", None, "county"))


# --- placements -----------------------------------------------------------------------------------------------------

SOON = replace(HELD, effective_on=day(10))
UNTIL = replace(HELD, ended_on=day(20))


@pytest.mark.parametrize(
    ("held", "now", "before", "refused"),
    [
        (HELD, span(0), None, True),
        (HELD, span(30, 40), None, True),
        (HELD, span(-1), None, False),
        (HELD, span(-90, -60), None, False),
        (SOON, span(9), None, False),
        (SOON, span(10), None, True),
        (UNTIL, span(19), None, True),
        (UNTIL, span(20), None, False),
        # One that is there is ended, or corrected where the days before the decision are concerned.
        (HELD, span(-9, 5), span(-9), False),
        (HELD, span(-9, 5), span(-9, 30), False),
        (HELD, span(-30, 9), span(-20, 9), False),
        (HELD, span(-9, -1), span(-9, -5), False),
        # It is not kept on.
        (HELD, span(-9, 6), span(-9, 5), True),
        (HELD, span(-9), span(-9, 5), True),
        (HELD, span(-9), span(-9, -5), True),
        (SOON, span(-9, 9), span(-9, 5), False),
        (SOON, span(-9, 10), span(-9, 5), True),
        (UNTIL, span(-9, 40), span(-9, 19), False),
        (UNTIL, span(-9, 40), span(-9, 18), True),
        # One that was to begin under it may begin later, or before the decision; not sooner, nor one from before later.
        (HELD, span(12, 20), span(10, 20), False),
        (HELD, span(8, 20), span(10, 20), True),
        (HELD, span(5, 20), span(-5, 20), True),
        (HELD, span(-5, 20), span(10, 20), False),
        (UNTIL, span(25), span(10), False),
    ],
)
def test_a_placement_is_neither_made_nor_brought_forward_nor_kept_on_under_a_suspending_decision(
    held: Standing, now: Span, before: Span | None, *, refused: bool
) -> None:
    for kind in K:
        assert replace(held, kind=kind).refuses(now, before) == (refused and kind in SUSPENDING), kind


def test_nothing_is_refused_that_leaves_the_days_of_a_placement_as_they_are() -> None:
    for held in (HELD, SOON, UNTIL):
        for first, last in ((-9, None), (-9, 5), (0, None), (0, 3), (15, 16), (25, None)):
            assert not held.refuses(span(first, last), span(first, last))


def test_what_is_told_of_is_every_decision_against_new_placements_that_holds_meanwhile() -> None:
    mild = replace(HELD, kind=K.CONTINUE_WITH_CONDITIONS)
    assert bearing([HELD, mild, SOON], span(-5, 3)) == [HELD]
    assert bearing([HELD, SOON], span(-5)) == [HELD, SOON]
    assert bearing([HELD, UNTIL], span(-5, -1)) == []
    assert bearing([UNTIL], span(20)) == []
