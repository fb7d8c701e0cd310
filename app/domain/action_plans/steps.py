"""The steps of an action in an improvement plan, and when the plan may close."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.domain.access import Caller, Permission
from app.domain.errors import Conflict, Fault, Forbidden, Invalid


class ActionStatus(StrEnum):
    """Where an action stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    CANCELLED = "cancelled"


class PlanStatus(StrEnum):
    """Whether a plan still takes and moves actions."""

    OPEN = "open"
    CLOSED = "closed"


class ActionSide(StrEnum):
    """Where a caller stands towards an action: owns the plan, is the provider that acts, or may only read it."""

    OWNER = "owner"
    PROVIDER = "provider"
    READER = "reader"


ENDED = frozenset({ActionStatus.VERIFIED, ActionStatus.CANCELLED})


# --- the steps ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ActionStep:
    """Who takes a step, whether it needs a reason, and what it is called when it is told."""

    side: ActionSide
    told_as: str
    needs_reason: bool = False


_OWNER, _PROVIDER = ActionSide.OWNER, ActionSide.PROVIDER
_CANCEL = ActionStep(_OWNER, "cancelled", needs_reason=True)
_REOPEN = ActionStep(_OWNER, "reopened", needs_reason=True)

# The provider reports, who commissions it verifies (Herefordshire framework, Provider Improvement Plan: date and review
# of progress). What was verified and proves not to hold is reopened; what is cancelled stays so.
ACTION_STEPS: Mapping[tuple[ActionStatus, ActionStatus], ActionStep] = {
    (ActionStatus.OPEN, ActionStatus.IN_PROGRESS): ActionStep(_PROVIDER, "started"),
    (ActionStatus.OPEN, ActionStatus.SUBMITTED): ActionStep(_PROVIDER, "submitted"),
    (ActionStatus.OPEN, ActionStatus.CANCELLED): _CANCEL,
    (ActionStatus.IN_PROGRESS, ActionStatus.SUBMITTED): ActionStep(_PROVIDER, "submitted"),
    (ActionStatus.IN_PROGRESS, ActionStatus.CANCELLED): _CANCEL,
    (ActionStatus.SUBMITTED, ActionStatus.VERIFIED): ActionStep(_OWNER, "verified"),
    (ActionStatus.SUBMITTED, ActionStatus.IN_PROGRESS): _REOPEN,
    (ActionStatus.SUBMITTED, ActionStatus.CANCELLED): _CANCEL,
    (ActionStatus.VERIFIED, ActionStatus.IN_PROGRESS): _REOPEN,
}


def action_side(caller: Caller, *, provider_id: UUID, organisation_id: UUID) -> ActionSide:
    """Where a caller, with the permissions that it has, stands towards the actions of a plan."""
    if caller.organisation_id == organisation_id and caller.may(Permission.ACTIONS_VERIFY):
        return ActionSide.OWNER
    if caller.organisation_id == provider_id and caller.may(Permission.ACTIONS_WRITE):
        return ActionSide.PROVIDER
    return ActionSide.READER


def allowed_steps(status: ActionStatus, side: ActionSide, plan: PlanStatus) -> tuple[ActionStatus, ...]:
    """Where a caller of this side may take an action from here. In a closed plan nothing moves."""
    if plan is PlanStatus.CLOSED:
        return ()
    return tuple(to for (here, to), step in ACTION_STEPS.items() if here is status and step.side is side)


def ensure_step(
    status: ActionStatus, to: ActionStatus, side: ActionSide, plan: PlanStatus, *, reason: str | None
) -> ActionStep:
    """The step, unless it does not exist, is not this caller's, or lacks its reason.

    Raises:
        Conflict: `plan_closed`; `transition_not_allowed`, no such step from here, with `allowed` among the facts.
        Forbidden: `not_your_transition`, a step of the other side.
        Invalid: `reason_required`, by the pointer "/reason".
    """
    ensure_open(plan)
    step = ACTION_STEPS.get((status, to))
    if step is None:
        possible = [each.value for each in allowed_steps(status, side, plan)]
        detail = f"An action does not go from {status} to {to}."
        raise Conflict(detail, code="transition_not_allowed", facts={"allowed": possible})
    if step.side is not side:
        raise Forbidden("This step is another's to take.", code="not_your_transition")
    if step.needs_reason and not (reason and reason.strip()):
        fault = Fault("reason_required", "This step needs a reason.", pointer="/reason")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))
    return step


def is_overdue(status: ActionStatus, due_on: date, on: date) -> bool:
    """Whether the last day of an action has passed and it is neither verified nor cancelled."""
    return due_on < on and status not in ENDED


# What a provider says of an action; what is to be done, and by when, is for the plan's owner to say.
REPORTED = frozenset({"evidence_ids"})


def ensure_may_say(side: ActionSide, status: ActionStatus, fields: Collection[str]) -> None:
    """Refuse a change of the wording by anybody but the plan's owner, and any change of an action that has ended.

    Raises:
        Forbidden: `wording_not_yours`, by pointer.
        Conflict: `action_ended`.
    """
    anothers = sorted(set(fields) - REPORTED) if side is not ActionSide.OWNER else []
    if anothers:
        faults = tuple(
            Fault("wording_not_yours", "The plan's owner says this.", pointer=f"/{each}") for each in anothers
        )
        raise Forbidden("You report on the action: its wording is another's.", code="wording_not_yours", errors=faults)
    ensure_not_ended(status)


def ensure_not_ended(status: ActionStatus) -> None:
    """Refuse to add to an action that is verified or cancelled. Raises Conflict: `action_ended`."""
    if status in ENDED:
        raise Conflict("The action has ended: reopen it first, or add another.", code="action_ended")


MOST_REVIEWS = 200


def ensure_reviewed_on(reviewed_on: date, on: date, *, held: int) -> None:
    """Refuse a review of a day to come, and more reviews of one action than anybody reads.

    Raises:
        Invalid: `in_the_future`, by the pointer "/reviewed_on".
        Conflict: `too_many_reviews`.
    """
    if reviewed_on > on:
        fault = Fault("in_the_future", "Progress is reviewed today or before.", pointer="/reviewed_on")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))
    if held >= MOST_REVIEWS:
        raise Conflict("The action has been reviewed too often: add another action.", code="too_many_reviews")


# --- the plan -------------------------------------------------------------------------------------------------------


def ensure_open(plan: PlanStatus) -> None:
    """Refuse to add to a closed plan or to move in it. Raises Conflict: `plan_closed`."""
    if plan is PlanStatus.CLOSED:
        raise Conflict("The plan is closed: reopen it first.", code="plan_closed")


def ensure_closable(plan: PlanStatus, actions: Iterable[tuple[UUID, ActionStatus]]) -> None:
    """Refuse to close a plan of which an action is neither verified nor cancelled (each cancelled with a reason).

    Raises:
        Conflict: `plan_closed`; `actions_open`, with the first hundred by the pointer "/actions/{id}".
    """
    ensure_open(plan)
    still = [action_id for action_id, status in actions if status not in ENDED]
    if still:
        detail = "Verify it, or cancel it with a reason."
        faults = tuple(Fault("action_open", detail, pointer=f"/actions/{each}") for each in still[:100])
        raise Conflict(f"Still open in the plan: {len(still)}.", code="actions_open", errors=faults)
