"""The rules of an improvement plan, against tables written by hand."""

from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import frameworks
from app.domain.access import Caller, Grade, Role
from app.domain.action_plans import (
    ENDED,
    ActionSide,
    ActionSource,
    ActionStatus,
    Draft,
    Finding,
    HeldAction,
    PlanStatus,
    action_side,
    allowed_steps,
    area,
    asked_for,
    due_by,
    ensure_closable,
    ensure_may_say,
    ensure_not_ended,
    ensure_reviewed_on,
    ensure_step,
    is_overdue,
    still_to_draft,
)
from app.domain.calendar import Term
from app.domain.errors import Conflict, DomainError, Forbidden, Invalid
from app.domain.visits import find

# from, to, who, what it is called, reason
AGREED = """
open         in_progress  provider  started    -
open         submitted    provider  submitted  -
open         cancelled    owner     cancelled  reason
in_progress  submitted    provider  submitted  -
in_progress  cancelled    owner     cancelled  reason
submitted    verified     owner     verified   -
submitted    in_progress  owner     reopened   reason
submitted    cancelled    owner     cancelled  reason
verified     in_progress  owner     reopened   reason
"""
TABLE = {(row[0], row[1]): row[2:] for row in (line.split() for line in AGREED.strip().splitlines())}
OPEN, CLOSED = PlanStatus.OPEN, PlanStatus.CLOSED
ON = date(2026, 11, 23)
LEICS, AVE = frameworks.BY_ID["leics-seip-qa-v1"], frameworks.BY_ID["ave-qa-v8"]
HEREF, HALF_DAY = frameworks.BY_ID["herefordshire-apqa-v1"], frameworks.BY_ID["ave-half-day-v8"]
VISIT, LATER = UUID(int=1), UUID(int=2)

days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


# --- the steps ------------------------------------------------------------------------------------------------------


def refusal(
    status: ActionStatus, to: ActionStatus, side: ActionSide, plan: PlanStatus = OPEN, reason: str | None = "So."
) -> DomainError | None:
    try:
        ensure_step(status, to, side, plan, reason=reason)
    except DomainError as refused:
        return refused
    return None


def test_each_side_is_offered_and_may_take_exactly_the_agreed_steps() -> None:
    for status, to, side in product(ActionStatus, ActionStatus, ActionSide):
        who = TABLE.get((status, to), ("",))[0]
        refused = refusal(status, to, side)
        assert (to in allowed_steps(status, side, OPEN)) == (who == side), (status, to, side)
        if not who:
            assert isinstance(refused, Conflict)
            assert refused.problem_code == "transition_not_allowed"
            assert refused.facts == {"allowed": list(allowed_steps(status, side, OPEN))}
        elif who != side:
            assert isinstance(refused, Forbidden)
            assert refused.problem_code == "not_your_transition"
        else:
            assert refused is None
            assert ensure_step(status, to, side, OPEN, reason="So.").told_as == TABLE[status, to][1]


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_a_step_that_needs_a_reason_is_refused_without_one(reason: str | None) -> None:
    for (status, to), (side, _, needed) in TABLE.items():
        refused = refusal(ActionStatus(status), ActionStatus(to), ActionSide(side), reason=reason)
        assert (refused is not None) == (needed == "reason")
        if refused:
            assert [(each.code, each.pointer) for each in refused.errors] == [("reason_required", "/reason")]


def test_nothing_moves_in_a_closed_plan() -> None:
    for status, to, side in product(ActionStatus, ActionStatus, ActionSide):
        refused = refusal(status, to, side, CLOSED)
        assert refused is not None
        assert refused.problem_code == "plan_closed"
        assert allowed_steps(status, side, CLOSED) == ()


def test_what_is_cancelled_stays_so_and_only_what_was_submitted_is_verified() -> None:
    assert "cancelled" not in {here for here, _ in TABLE}
    assert {here for here, to in TABLE if to == "verified"} == {"submitted"}


@pytest.mark.parametrize(
    ("role", "organisation", "scopes", "side"),
    [
        (Role.PARTNERSHIP, 1, None, ActionSide.OWNER),
        (Role.SCHOOL, 1, frozenset({"actions:verify"}), ActionSide.OWNER),
        (Role.LOCAL_AUTHORITY, 1, frozenset({"actions:write"}), ActionSide.READER),
        (Role.PARTNERSHIP, 3, None, ActionSide.READER),
        (Role.PROVIDER, 2, None, ActionSide.PROVIDER),
        (Role.PROVIDER, 2, frozenset({"actions:read"}), ActionSide.READER),
        (Role.PROVIDER, 3, None, ActionSide.READER),
        (Role.PROVIDER, 1, None, ActionSide.READER),
    ],
)
def test_a_caller_stands_where_its_organisation_and_its_permissions_put_it(
    role: Role, organisation: int, scopes: frozenset[str] | None, side: ActionSide
) -> None:
    caller = Caller(role, Grade.CONTRIBUTOR, UUID(int=organisation), scopes=scopes)
    assert action_side(caller, provider_id=UUID(int=2), organisation_id=UUID(int=1)) is side
    viewer = Caller(role, Grade.VIEWER, UUID(int=organisation), scopes=scopes)
    assert action_side(viewer, provider_id=UUID(int=2), organisation_id=UUID(int=1)) is ActionSide.READER


@given(st.sampled_from(ActionStatus), days, days)
def test_an_action_is_overdue_from_the_day_after_its_last_until_it_has_ended(
    status: ActionStatus, due_on: date, on: date
) -> None:
    assert is_overdue(status, due_on, on) == (on > due_on and status not in ("verified", "cancelled"))


def test_a_provider_says_which_evidence_there_is_and_the_owner_everything_until_it_has_ended() -> None:
    wording = ("action", "due_on", "responsible")
    for status, side in product(ActionStatus, ActionSide):
        if status in ENDED:
            with pytest.raises(Conflict, match="ended"):
                ensure_may_say(side, status, ["evidence_ids"])
            with pytest.raises(Conflict, match="ended"):
                ensure_not_ended(status)
            continue
        ensure_not_ended(status)
        ensure_may_say(side, status, ["evidence_ids"])
        if side is ActionSide.OWNER:
            ensure_may_say(side, status, [*wording, "evidence_ids"])
            continue
        with pytest.raises(Forbidden) as refused:
            ensure_may_say(side, status, [*wording, "evidence_ids"])
        assert [each.pointer for each in refused.value.errors] == ["/action", "/due_on", "/responsible"]


def test_progress_is_reviewed_today_or_before_and_not_without_end() -> None:
    ensure_reviewed_on(ON, ON, held=199)
    with pytest.raises(Invalid, match="today"):
        ensure_reviewed_on(ON + timedelta(days=1), ON, held=0)
    with pytest.raises(Conflict, match="too often"):
        ensure_reviewed_on(ON, ON, held=200)


# --- the plan -------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(ActionStatus), max_size=6))
def test_a_plan_closes_when_every_action_is_verified_or_cancelled(statuses: list[ActionStatus]) -> None:
    actions = [(UUID(int=at), status) for at, status in enumerate(statuses)]
    still = [f"/actions/{key}" for key, status in actions if status in ("open", "in_progress", "submitted")]
    if not still:
        ensure_closable(OPEN, actions)
        return
    with pytest.raises(Conflict) as refused:
        ensure_closable(OPEN, actions)
    assert refused.value.problem_code == "actions_open"
    assert [each.pointer for each in refused.value.errors] == still


def test_a_closed_plan_is_not_closed_again() -> None:
    with pytest.raises(Conflict, match="closed"):
        ensure_closable(CLOSED, [])


# --- by when --------------------------------------------------------------------------------------------------------

TERMS = (
    Term(1, date(2026, 9, 1), date(2026, 10, 23)),
    Term(2, date(2026, 11, 2), date(2026, 12, 18)),
    Term(3, date(2027, 1, 4), date(2027, 2, 12)),
)


@pytest.mark.parametrize(
    ("on", "due"),
    [
        (date(2026, 8, 31), date(2026, 10, 23)),
        (date(2026, 9, 1), date(2026, 12, 18)),  # within the first term: the end of the second
        (date(2026, 10, 23), date(2026, 12, 18)),
        (date(2026, 10, 27), date(2026, 12, 18)),  # in the holiday before it
        (date(2026, 11, 2), date(2027, 2, 12)),
        (date(2027, 1, 4), date(2027, 3, 29)),  # no next one is known: 84 days
    ],
)
def test_what_is_no_concern_is_due_at_the_end_of_the_next_half_term(on: date, due: date) -> None:
    assert due_by(on, concern=False, terms=TERMS) == due
    assert due_by(on, concern=False, terms=TERMS[::-1]) == due


def test_a_concern_is_due_in_28_days_and_without_terms_all_else_in_84() -> None:
    assert due_by(date(2028, 2, 1), concern=True, terms=TERMS) == date(2028, 2, 29)
    assert due_by(date(2028, 2, 1), concern=False) == date(2028, 4, 25)  # across a leap day and a clock change


# --- what is asked for ----------------------------------------------------------------------------------------------


def finding(form: frameworks.Framework, key: str, rating: str, *points: str, rolled_up: bool = False) -> Finding:
    return Finding(find(form, False, key), rating, rolled_up, points)


def told(form: frameworks.Framework, *findings: Finding, programme: frameworks.Framework | None = None) -> list[str]:
    return [each.origin.partition("#")[0] for each in asked_for(form, programme or form, findings)]


@pytest.mark.parametrize(("rating", "wanting"), [("green", False), ("amber", True), ("red", True)])
def test_what_is_not_the_best_of_its_scale_asks_for_an_action(rating: str, wanting: bool) -> None:
    for key in ("criterion:safety-observed", "section:learner-safety"):
        assert told(LEICS, finding(LEICS, key, rating)) == [key] * wanting


def test_concern_comes_first_and_otherwise_the_order_of_the_form_stays() -> None:
    drafts = asked_for(
        LEICS,
        LEICS,
        [
            finding(LEICS, "criterion:lebc-compliance", "amber"),
            finding(LEICS, "criterion:safety-observed", "red", "Lock it.", "Log it."),
            finding(LEICS, "section:learner-safety", "red"),
            finding(LEICS, "criterion:safeguarding-records", "green", "Say thanks."),
        ],
    )
    assert [(each.source, each.criterion_key, each.section_key, each.concern) for each in drafts] == [
        (ActionSource.ACTION_POINT, "safety-observed", "learner-safety", True),
        (ActionSource.ACTION_POINT, "safety-observed", "learner-safety", True),
        (ActionSource.CRITERION, None, "learner-safety", True),
        (ActionSource.CRITERION, "lebc-compliance", "learner-safety", False),
        (ActionSource.ACTION_POINT, "safeguarding-records", "learner-safety", False),
    ]
    assert [each.action for each in drafts[:2]] == ["Lock it.", "Log it."]


def test_an_action_point_is_one_however_often_and_with_whatever_spaces_it_is_written() -> None:
    points = ("Lock the store.", "lock  the store. ", "Lock the gate.")
    assert len(told(LEICS, finding(LEICS, "criterion:safety-observed", "red", *points))) == 2


def test_a_section_that_sums_up_its_criteria_asks_for_nothing_of_its_own() -> None:
    both = [
        finding(HEREF, "criterion:" + HEREF.sections[0].criteria[0].key, "not_met"),
        finding(HEREF, "section:safeguarding", "not_met", rolled_up=True),
        finding(HEREF, "overall", "not_appropriate", rolled_up=True),
    ]
    assert told(HEREF, *both) == [both[0].item.key]


@pytest.mark.parametrize("rating", ["partially_met", "not_met"])
def test_partly_met_asks_for_an_action_as_not_met_does(rating: str) -> None:
    key = "criterion:" + HEREF.sections[2].criteria[0].key
    assert told(HEREF, finding(HEREF, key, rating)) == [key]


def test_the_whole_asks_for_action_points_alone() -> None:
    assert told(AVE, finding(AVE, "overall", "inadequate")) == []
    assert told(AVE, finding(AVE, "overall", "inadequate", "Appoint a head.")) == ["overall"]


@pytest.mark.parametrize("form", [AVE, HALF_DAY])
@pytest.mark.parametrize(
    ("rating", "wanting"),
    [("outstanding", False), ("good", False), ("requires_improvement", True), ("inadequate", True)],
)
def test_what_the_publisher_calls_enough_asks_for_nothing(
    form: frameworks.Framework,
    rating: str,
    wanting: bool,
) -> None:
    key = "section:" + next(each.key for each in form.sections if each.scale == "ofsted-eif-2019")
    assert told(form, finding(form, key, rating), programme=AVE) == [key] * wanting


DRAFT = Draft("criterion:x", ActionSource.CRITERION, "Meet in full: X")


@pytest.mark.parametrize(
    ("held", "drafted"),
    [
        (None, True),
        (HeldAction("criterion:y", VISIT, None), True),
        (HeldAction("criterion:x", LATER, None), False),  # by this visit already
        (HeldAction("criterion:x", LATER, date(2020, 1, 1)), False),  # whatever became of it
        (HeldAction("criterion:x", VISIT, None), False),  # still open: carried on
        (HeldAction("criterion:x", VISIT, ON), False),  # open until this visit, or done after it
        (HeldAction("criterion:x", VISIT, ON + timedelta(days=9)), False),
        (HeldAction("criterion:x", VISIT, ON - timedelta(days=1)), True),  # done, and wanting again
    ],
)
def test_a_later_visit_carries_on_what_was_open_and_asks_again_for_what_was_done(
    held: HeldAction | None,
    drafted: bool,
) -> None:
    assert bool(still_to_draft([DRAFT], [held] if held else [], LATER, ON)) == drafted


def test_an_action_names_a_theme_and_a_criterion_of_a_framework_or_stands_alone() -> None:
    assert area(None, None, None) == (None, None)
    assert area(LEICS, None, "safety-observed") == ("learner-safety", "safety-observed")
    assert area(LEICS, "learner-safety", None) == ("learner-safety", None)
    for form, section, criterion, code in (
        (None, "learner-safety", None, "framework_missing"),
        (LEICS, None, "x", "criterion_unknown"),
        (LEICS, "x", None, "section_unknown"),
        (LEICS, "learner-progress", "safety-observed", "section_unknown"),
    ):
        with pytest.raises(Invalid) as refused:
            area(form, section, criterion)
        assert refused.value.problem_code == code
