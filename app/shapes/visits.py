"""Visits on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.db.visiting import side_of
from app.db.visits import Visit as Row
from app.domain.access import Caller, Grade, Permission
from app.domain.errors import Fault
from app.domain.frameworks import VisitKind
from app.domain.registration import Result
from app.domain.visits import Outcome, Side, VisitStatus, allowed
from app.shapes import Body, Name, Part, Shape, Text
from app.shapes.placements import Override

FrameworkId = Annotated[str, Field(max_length=120, pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")]
ItemKey = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^((criterion|section|question|caveat):[a-z0-9]+(?:[-_][a-z0-9]+)*|overall)$",
        examples=["criterion:lebc-compliance"],
        description="`criterion:<key>`, `section:<key>`, `question:<key>`, `caveat:<key>` or `overall`.",
    ),
]
Rating = Annotated[str, Field(min_length=1, max_length=80, examples=["green"])]
Minutes = Annotated[int, Field(ge=1, le=1440)]


class VisitorSaid(Part):
    """Who visits. Of the organisation that leads, unless another is named."""

    name: Name
    organisation_id: UUID | None = None
    role: Name | None = None


class VisitPlan(Part):
    """What is planned. A learning walk has an announced period; of the day in it the provider is not told."""

    planned_on: date | None = None
    planned_minutes: Minutes | None = None
    announced_from_on: date | None = None
    announced_to_on: date | None = None
    site_id: UUID | None = None
    visitors: list[VisitorSaid] = Field(default=[], max_length=50)
    team_ids: list[UUID] = Field(
        default=[], max_length=50, description="Further organisations whose staff visit; they work on the same record."
    )
    override: Override | None = Field(default=None, description="A lead's reason not to keep the notice rules.")

    @property
    def reason(self) -> str | None:
        """The reason for an override, where one is sent."""
        return self.override.reason if self.override else None


class VisitCreate(VisitPlan, Body):
    """A new visit, led by the caller's organisation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "provider_id": "01990000-0000-7000-8000-000000000001",
                    "framework_id": "leics-seip-qa-v1",
                    "kind": "qa_visit",
                    "planned_on": "2026-12-08",
                    "visitors": [{"name": "Ayesha Grant", "role": "Partnership coordinator"}],
                }
            ]
        }
    )

    provider_id: UUID
    framework_id: FrameworkId = Field(
        description="The form, or the framework that has a form for this kind (`ave-qa-v8` for a learning walk)."
    )
    kind: VisitKind
    follows_visit_id: UUID | None = Field(default=None, description="The visit that called for this follow-up.")
    due_by_on: date | None = Field(default=None, description="The last day on which it may take place.")

    def said(self) -> dict[str, Any]:
        """What was told, visitors as JSON."""
        told = self.model_dump(exclude={"acting_for", "override", "visitors"})
        return told | {"kind": self.kind.value, "visitors": [each.model_dump(mode="json") for each in self.visitors]}


class VisitPatch(VisitPlan, Body):
    """Changes to a plan: what is absent stays."""

    def said(self) -> dict[str, Any]:
        """What was told, visitors as JSON."""
        told = self.model_dump(exclude_unset=True, exclude={"acting_for", "override", "visitors"})
        if "visitors" in self.model_fields_set:
            told["visitors"] = [each.model_dump(mode="json") for each in self.visitors]
        return told


class Amendment(Part):
    """A judgement as the moderation of a dispute leaves it."""

    item_key: ItemKey
    rating: Rating
    rationale: Text | None = None


class TransitionSaid(Body):
    """A step, with what it needs. `allowed_transitions` of the visit says which are open to you."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "visited", "visited_on": "2026-12-08", "duration_minutes": 180}]}
    )

    to: VisitStatus
    reason: Text | None = Field(default=None, description="Asked for by a cancellation, a dispute, a step back.")
    visited_on: date | None = Field(default=None, description="`visited`: the day of the visit.")
    duration_minutes: Minutes | None = Field(default=None, description="`visited`: how long it took.")
    comments_due_on: date | None = Field(default=None, description="`draft_shared`: the last day for comments.")
    names_reviewed: Text | None = Field(
        default=None, description="`finalised`: why texts that seem to name the provider's staff may stand."
    )
    override: Override | None = Field(default=None, description="`with_provider`: why the notice rules are not kept.")
    outcome: Outcome | None = Field(default=None, description="`finalised`, of a dispute.")
    how: Literal["second_assessor", "joint_visit"] | None = Field(default=None, description="How it was moderated.")
    amendments: list[Amendment] = Field(default=[], max_length=500)

    def said(self) -> dict[str, Any]:
        """What was told."""
        told = self.model_dump(exclude={"acting_for", "override", "to", "outcome"})
        outcome = self.outcome.value if self.outcome else None
        return told | {"outcome": outcome, "override": self.override.reason if self.override else None}


# --- answers --------------------------------------------------------------------------------------------------------


class Visitor(Shape):
    """Who visits."""

    name: str
    organisation_id: UUID | None
    role: str | None


class VisitAudit(Shape):
    """The newest external audit, when the visit was prepared."""

    id: UUID
    body: str
    audited_on: date
    valid_until_on: date | None
    is_current: bool
    open_recommendations: int


class VisitRegistration(Shape):
    """Where the provider stood when the visit was prepared: in the register, and by the thresholds in one word."""

    status: str
    checked_on: date | None
    gias_extract_on: date | None
    urn: int | None
    as_of_on: date
    overall: Result
    audit: VisitAudit | None


class VisitAlert(Shape):
    """Something that whoever leads the visit should know."""

    code: str
    detail: str
    pointer: str | None


class VisitListed(Shape):
    """One visit, without what was written on its form."""

    id: UUID
    provider_id: UUID
    site_id: UUID | None
    framework_id: str = Field(description="The version of the form that is filled in, for life.")
    programme_id: str = Field(description="The framework whose yearly round the visit belongs to.")
    kind: VisitKind
    status: VisitStatus
    lead_organisation_id: UUID
    team_ids: list[UUID]
    visitors: list[Visitor]
    planned_on: date | None
    planned_minutes: int | None
    announced_from_on: date | None
    announced_to_on: date | None
    due_by_on: date | None
    notified_at: datetime | None
    visited_on: date | None
    duration_minutes: int | None
    registration_check_id: UUID | None
    registration: VisitRegistration | None
    follows_visit_id: UUID | None
    comments_due_on: date | None
    cancelled_because: str | None
    disputed_at: datetime | None
    disputed_because: str | None
    outcome: Outcome | None
    outcome_because: str | None
    moderated_how: str | None
    finalised_at: datetime | None
    allowed_transitions: list[VisitStatus] = Field(description="The steps that are open to you, for your buttons.")
    version: int
    created_at: datetime
    updated_at: datetime


class VisitResponse(Shape):
    """A visitor's note on an item, or the provider's answer to it."""

    id: UUID
    visit_id: UUID
    side: Literal["observer", "provider"]
    item_key: str
    organisation_id: UUID
    author_name: str | None
    text: str
    rating: str | None = Field(description="The visitor's own view; what is agreed is a judgement.")
    noted_at: datetime | None = Field(description="When it was written, where the client was offline.")
    evidence_ids: list[UUID]
    version: int
    created_at: datetime
    updated_at: datetime


class VisitJudgement(Shape):
    """What the visitors agree on an item."""

    id: UUID
    item_key: str
    section_key: str | None
    rating: str | None = Field(description="Null where a section has priorities and no rating (yet).")
    scale: str
    decided_by: Literal["assessor", "rollup", "none"]
    rationale: str | None
    action_points: list[str]
    made_by: str | None = Field(description="The name asserted by the client, where it gave one.")
    made_at: datetime
    valid_until_on: date | None
    set_aside: bool
    version: int


class VisitVersionListed(Shape):
    """A version of the report."""

    number: int
    stage: Literal["draft", "final"]
    content_hash: str
    created_at: datetime


class Visit(VisitListed):
    """One visit, with what the reader may see of its form."""

    responses: list[VisitResponse]
    judgements: list[VisitJudgement]
    versions: list[VisitVersionListed]
    alerts: list[VisitAlert]


def listed(row: Row, caller: Caller) -> dict[str, Any]:
    """The visit's own fields, as this caller may see them."""
    side, lead = side_of(caller, row), caller.grade is Grade.LEAD
    told = row.model_dump(exclude={"names_reviewed", "network_ids", "moderated_by_id"})
    if side is Side.PROVIDER and row.announced_from_on is not None and row.visited_on is None:
        told["planned_on"] = None  # the provider is told of the period alone
    steps = allowed(VisitStatus(row.status), side, lead_grade=lead) if caller.may(Permission.VISITS_WRITE) else ()
    return told | {"allowed_transitions": list(steps)}


def alerts_shown(faults: Sequence[Fault]) -> list[VisitAlert]:
    """What the lead should know, as answered."""
    return [VisitAlert(code=each.code, detail=each.detail, pointer=each.pointer) for each in faults]
