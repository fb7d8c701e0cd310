"""Concerns, decisions and exit plans on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.db.affected import Detail
from app.db.concerns import Decision as Row
from app.db.decisions import Seen
from app.domain.decisions import DecisionKind
from app.shapes import Body, Ids, Name, Shape, Text

ConcernStatus = Literal["open", "decided", "withdrawn"]
ExitStatus = Literal["open", "done"]


class ConcernCreate(Body):
    """A cause for concern about a provider, in the organisation's own words."""

    provider_id: UUID
    visit_id: UUID | None = Field(default=None, description="A visit on which the organisation works.")
    title: Name = Field(examples=["Machinery without guards"])
    detail: Text = Field(description="What was seen or heard. No name of a child.")


class ConcernWithdrawal(Body):
    """Why a concern is withdrawn."""

    reason: Text


class Concern(Shape):
    """A cause for concern: raised by a rating (then with its level, key, rating and scale), or in own words."""

    id: UUID
    provider_id: UUID
    visit_id: UUID | None
    organisation_id: UUID
    level: str | None
    key: str | None
    title: str
    rating: str | None
    scale: str | None
    detail: str
    source: str | None
    status: ConcernStatus
    withdrawn_because: str | None
    decision_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


class DecisionCreate(Body):
    """A decision on a provider's future use. It ends what the organisation has decided on the provider before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "provider_id": "0192d3a0-5b1c-7c3e-9a51-0c4d1d1f6a01",
                    "kind": "withdraw_pupils",
                    "reason": "The safeguarding record is not kept.",
                    "withdraw_by_on": "2027-02-12",
                }
            ]
        }
    )

    provider_id: UUID
    visit_id: UUID | None = Field(default=None, description="The visit on which it rests, which has taken place.")
    concern_ids: Ids = Field(default=[], description="The concerns that it answers: those open become decided.")
    kind: DecisionKind
    reason: Text
    conditions: list[Text] = Field(default=[], max_length=50, description="For `continue_with_conditions`.")
    effective_on: date | None = Field(default=None, description="Today where absent; not in the past.")
    withdraw_by_on: date | None = Field(
        default=None, description="By when pupils leave: with `withdraw_pupils`; with `cease` if you wish."
    )
    review_on: date | None = None


class Decision(Shape):
    """What a partnership or an authority has decided on a provider's future use.

    `ended_at`: when it gives way to the organisation's later decision `ended_by_id`, perhaps on a day to come.
    """

    id: UUID
    provider_id: UUID
    organisation_id: UUID
    visit_id: UUID | None
    kind: DecisionKind
    reason: str
    conditions: list[str]
    effective_on: date
    withdraw_by_on: date | None
    review_on: date | None
    in_force: bool
    ended_at: datetime | None
    ended_by_id: UUID | None
    acknowledged_at: datetime | None = Field(description="When your organisation has confirmed that it has read it.")
    created_at: datetime
    updated_at: datetime


class Acknowledgement(Shape):
    """An organisation's word that it has read a decision."""

    decision_id: UUID
    organisation_id: UUID
    acknowledged_at: datetime


class AffectedPlacement(Shape):
    """A placement of a reader's, current or to come, at the provider decided on."""

    placement_id: UUID
    pupil_id: UUID
    commissioner_id: UUID
    starts_on: date
    ends_on: date | None
    exit_plan_id: UUID | None


class DecisionFollowUp(Shape):
    """For the maker of a decision: who has confirmed it, who has still to, and how far the exits are planned."""

    acknowledgements: list[Acknowledgement]
    awaited_ids: list[UUID] = Field(description="Organisations whom it binds and that have not confirmed it.")
    affected_placements: int = Field(description="Current and coming placements of those whom it binds.")
    without_exit_plan: int | None = Field(description="How many of them have no plan; null where no pupil leaves.")


class DecisionDetail(Decision):
    """A decision, with what the reader may know of what it rests on and of what follows."""

    concern_ids: list[UUID]
    affected_placements: list[AffectedPlacement] = Field(description="The reader's own: the first 200.")
    affected_placements_has_more: bool = Field(description="Whether there are more: list the placements.")
    follow_up: DecisionFollowUp | None = Field(description="For the maker alone.")


class ExitPlanPut(Body):
    """How a pupil leaves the provider."""

    leave_by_on: date = Field(description="At the latest the decision's `withdraw_by_on`.")
    plan: Text
    next_provision: Annotated[str, Field(max_length=500)] | None = None
    status: ExitStatus = "open"


class ExitPlan(Shape):
    """How a pupil leaves the provider, as the pupil's commissioner plans it."""

    id: UUID
    decision_id: UUID
    placement_id: UUID
    provider_id: UUID
    organisation_id: UUID
    leave_by_on: date
    plan: str
    next_provision: str | None
    status: ExitStatus
    version: int
    created_at: datetime
    updated_at: datetime


def decision_shown(row: Row, acknowledged_at: datetime | None, *, at: datetime, on: date) -> Decision:
    """A decision as answered.

    Args:
        acknowledged_at: when the reader's organisation confirmed it.
        at, on: the present instant and day.
    """
    ended = row.ended_at is not None and row.ended_at <= at
    told = {"in_force": row.effective_on <= on and not ended, "acknowledged_at": acknowledged_at}
    return Decision.model_validate(row.model_dump() | told)


def seen_shown(seen: Seen, *, at: datetime, on: date) -> Decision:
    """A decision of a list as answered."""
    return decision_shown(seen.decision, seen.acknowledged_at, at=at, on=on)


def detail_shown(found: Detail, *, at: datetime, on: date) -> DecisionDetail:
    """One decision as answered."""
    placements = [
        AffectedPlacement(placement_id=row.id, **{k: v for k, v in row._mapping.items() if k != "id"})
        for row in found.placements
    ]
    followed = found.followed and DecisionFollowUp(
        acknowledgements=[Acknowledgement.model_validate(each) for each in found.followed.acknowledgements],
        awaited_ids=found.followed.awaited_ids,
        affected_placements=found.followed.affected,
        without_exit_plan=found.followed.without_plan,
    )
    return DecisionDetail(
        **decision_shown(found.decision, found.acknowledged_at, at=at, on=on).model_dump(),
        concern_ids=list(found.concern_ids),
        affected_placements=placements,
        affected_placements_has_more=found.more,
        follow_up=followed,
    )
