"""The state machine of a visit, by brute force against the agreed table and by random walks."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Conflict, DomainError, Forbidden, Invalid
from app.domain.visits import statuses
from app.domain.visits.statuses import Side, VisitStatus, allowed, ensure_allowed

# from, to, who, least grade, reason
AGREED = """
planned       preparing      lead            contributor  -
planned       cancelled      lead            contributor  reason
preparing     with_provider  lead            contributor  -
preparing     cancelled      lead            contributor  reason
with_provider visited        lead,team       contributor  -
with_provider cancelled      lead            contributor  reason
visited       draft_shared   lead            contributor  -
draft_shared  visited        lead            contributor  reason
draft_shared  finalised      lead            lead         -
draft_shared  disputed       provider,lead   lead         reason
disputed      draft_shared   provider        lead         reason
disputed      finalised      lead,team       lead         reason
"""
TABLE = {(row[0], row[1]): row[2:] for row in (line.split() for line in AGREED.strip().splitlines())}
GRADES = ("viewer", "contributor", "lead")
EVERY_CASE = tuple(product(VisitStatus, VisitStatus, Side, GRADES))


def may(status: VisitStatus, to: VisitStatus, side: Side, grade: str) -> bool:
    sides, least, _ = TABLE.get((status, to), ("", "lead", "-"))
    return side in sides.split(",") and GRADES.index(grade) >= GRADES.index(least)


def grades(grade: str) -> dict[str, bool]:
    return {"lead_grade": grade == "lead", "contributor": grade != "viewer"}


def refusal(status: VisitStatus, to: VisitStatus, side: Side, grade: str, reason: str | None) -> DomainError | None:
    try:
        ensure_allowed(status, to, side, **grades(grade), reason=reason)
    except DomainError as refused:
        return refused
    return None


@pytest.mark.parametrize("status", VisitStatus)
def test_each_side_and_grade_is_offered_exactly_the_agreed_steps(status: VisitStatus) -> None:
    for side, grade in product(Side, GRADES):
        told = allowed(status, side, **grades(grade))
        assert set(told) == {to for to in VisitStatus if may(status, to, side, grade)}, (side, grade)
        assert len(set(told)) == len(told)


def test_each_step_is_refused_as_agreed_to_each_side_and_grade() -> None:
    for status, to, side, grade in EVERY_CASE:
        refused = refusal(status, to, side, grade, "A reason")
        case = (status, to, side, grade)
        if (status, to) not in TABLE:
            assert isinstance(refused, Conflict), case
            assert refused.problem_code == "transition_not_allowed"
            assert refused.facts == {"allowed": list(allowed(status, side, **grades(grade)))}
        elif not may(status, to, side, grade):
            assert isinstance(refused, Forbidden), case
            assert refused.problem_code == "not_your_transition"
        else:
            assert refused is None, case


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_a_step_that_needs_a_reason_is_refused_without_one(reason: str | None) -> None:
    for status, to, side, grade in EVERY_CASE:
        if may(status, to, side, grade):
            refused = refusal(status, to, side, grade, reason)
            assert (refused is not None) == (TABLE[status, to][2] == "reason"), (status, to)
            if refused:
                assert isinstance(refused, Invalid)
                assert [(each.code, each.pointer) for each in refused.errors] == [("reason_required", "/reason")]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(VisitStatus), st.sampled_from(Side), st.sampled_from(GRADES)), max_size=60))
def test_nothing_leaves_an_end_whatever_is_tried(attempts: list[tuple[VisitStatus, Side, str]]) -> None:
    status, ended = VisitStatus.PLANNED, False
    for to, side, grade in attempts:
        if refusal(status, to, side, grade, "A reason") is None:
            assert not ended
            status, ended = to, to in (VisitStatus.FINALISED, VisitStatus.CANCELLED)


def test_every_status_can_be_reached_and_every_other_than_an_end_be_left() -> None:
    reached, left = {"planned"} | {to for _, to in TABLE}, {status for status, _ in TABLE}
    assert reached == set(VisitStatus)
    assert set(VisitStatus) - left == {"finalised", "cancelled"}


def test_what_a_status_opens_is_told_once() -> None:
    assert statuses.SHARED_WITH_PROVIDER == ("with_provider", "visited", "draft_shared", "disputed", "finalised")
    assert statuses.DRAFT_SHARED == ("draft_shared", "disputed", "finalised")
    assert statuses.OPEN_FOR_NOTES == ("preparing", "with_provider", "visited")
    assert statuses.OPEN_FOR_ANSWERS == ("with_provider", "visited")
    assert statuses.OPEN_FOR_COMMENTS == ("draft_shared", "disputed")


def test_nothing_is_written_on_a_draft_that_is_shared() -> None:
    assert not {*statuses.OPEN_FOR_NOTES, *statuses.OPEN_FOR_ANSWERS} & set(statuses.DRAFT_SHARED)
