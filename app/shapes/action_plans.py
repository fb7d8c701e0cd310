"""Improvement plans and their actions on the wire."""

import hashlib
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.db.action_drafting import Drafted
from app.db.actions import Seen
from app.domain.access import Caller
from app.domain.action_plans import (
    ActionSource,
    ActionStatus,
    PlanStatus,
    action_side,
    allowed_steps,
    is_overdue,
)
from app.shapes import Body, Name, Shape, Text
from app.shapes.visits import FrameworkId

Key = Annotated[str, Field(max_length=120, pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")]
EvidenceIds = Annotated[list[UUID], Field(max_length=50)]


class ActionPlanDraft(Body):
    """How to draft. All may be left out."""

    due_on: date | None = Field(
        default=None,
        description="When all of it is due. Else what is of concern is due in 28 days, and the rest at the end of the "
        "next half term, or in 84 days where the terms are not known.",
    )


class ActionPlanCreate(Body):
    """A plan that rests on no visit."""

    provider_id: UUID
    title: Name = "Action plan"


class ActionPlanPatch(Body):
    """Changes to a plan: what is absent stays."""

    title: Name


class ActionPlanClose(Body):
    """How a plan ends."""

    reason: Text | None = None


class ActionPlanReopen(Body):
    """Why a plan is opened again."""

    reason: Text


class ActionPlan(Shape):
    """What a provider is to improve, as one commissioner has asked. Its actions are at `/v1/actions?plan_id=`."""

    id: UUID
    provider_id: UUID
    organisation_id: UUID = Field(description="The commissioner that owns it.")
    visit_id: UUID | None = Field(description="The visit that opened it; later visits add to it.")
    title: str
    status: PlanStatus
    closed_at: datetime | None
    closed_because: str | None
    reopened_because: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class DraftedActionPlan(ActionPlan):
    """The plan that holds what a visit or an audit asks for."""

    drafted: int = Field(description="How many actions are new in it; 0 where all were there before.")


def drafted(found: Drafted) -> DraftedActionPlan:
    """A plan, and how many actions are new in it, as answered."""
    return DraftedActionPlan.model_validate(found.plan.model_dump() | {"drafted": found.new})


# --- actions --------------------------------------------------------------------------------------------------------


class ActionCreate(Body):
    """An action of your own, for a theme and criterion of a framework or standing alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "plan_id": "01990000-0000-7000-8000-000000000001",
                    "action": "Keep a key log for the tool store.",
                    "framework_id": "leics-seip-qa-v1",
                    "criterion_key": "safety-observed",
                    "due_on": "2026-12-18",
                    "responsible": "Ada Invented",
                }
            ]
        }
    )

    plan_id: UUID
    visit_id: UUID | None = Field(
        default=None, description="The visit that it comes from, and whose readers read it; its draft is shared."
    )
    framework_id: FrameworkId | None = Field(default=None, description="Whose keys follow; the visit's form with one.")
    section_key: Key | None = None
    criterion_key: Key | None = None
    action: Text
    due_on: date | None = Field(default=None, description="By rule where absent.")
    responsible: Name | None = Field(default=None, description="Who at the provider sees to it.")
    evidence_ids: EvidenceIds = Field(default=[])


class ActionPatch(Body):
    """Changes to an action: what is absent stays. A provider says only which evidence shows its progress."""

    action: Text = ""
    due_on: date = date.max
    responsible: Name | None = None
    evidence_ids: EvidenceIds = Field(default=[])

    def said(self) -> dict[str, Any]:
        """What was told."""
        return self.model_dump(exclude_unset=True, exclude={"acting_for"})


class ActionReviewCreate(Body):
    """Progress, as it is on a day."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"progress": "The log is kept.", "reviewed_by": "Ada Invented"}]}
    )

    progress: Text
    reviewed_on: date | None = Field(default=None, description="Today where absent; not in the future.")
    reviewed_by: Name | None = Field(default=None, description="Who says so.")


class ActionTransition(Body):
    """A step of an action. Its `allowed_transitions` says which are open to you."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "submitted"}]})

    to: ActionStatus
    reason: Text | None = Field(default=None, description="Asked for by a cancellation, and by opening it again.")


class ActionReview(Shape):
    """Progress, as it was on a day."""

    reviewed_on: date
    progress: str
    reviewed_by: str | None
    organisation_id: UUID
    recorded_at: datetime


class Action(Shape):
    """One thing that a provider is to do."""

    id: UUID
    plan_id: UUID
    provider_id: UUID
    organisation_id: UUID = Field(description="The commissioner that owns the plan, and verifies.")
    visit_id: UUID | None
    audit_id: UUID | None
    source: ActionSource
    framework_id: str | None
    section_key: str | None
    criterion_key: str | None
    action: str
    due_on: date
    responsible: str | None
    status: ActionStatus
    is_overdue: bool = Field(description="Its last day has passed in England, and it is not verified or cancelled.")
    ended_on: date | None = Field(description="When it was verified or cancelled.")
    cancelled_because: str | None
    reopened_because: str | None
    reviews: list[ActionReview] = Field(description="Oldest first; they are only added to.")
    evidence_ids: list[UUID]
    allowed_transitions: list[ActionStatus]
    version: int
    created_at: datetime
    updated_at: datetime


def action_shown(seen: Seen, caller: Caller, on: date) -> Action:
    """An action as this caller is answered on a day."""
    row, status = seen.action, ActionStatus(seen.action.status)
    side = action_side(caller, provider_id=row.provider_id, organisation_id=row.organisation_id)
    return Action.model_validate(
        row.model_dump()
        | {
            "is_overdue": is_overdue(status, row.due_on, on),
            "allowed_transitions": allowed_steps(status, side, seen.plan),
        }
    )


def view_of(action: Action) -> str:
    """What tells apart two answers about one version of an action: the day, the plan and the reader have a part."""
    told = (action.is_overdue, action.allowed_transitions)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
