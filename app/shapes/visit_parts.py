"""What is written on a visit's form, on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from app.domain.visits import VisitStatus
from app.shapes import Body, Part, Shape, Text
from app.shapes.visits import ItemKey, Rating, VisitAlert

Note = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"^[^\x00]+$")]


class ResponseSaid(Part):
    """One note or answer. With an id of your own a repeat is known, so that what was written offline is sent safely."""

    id: UUID | None = Field(default=None, description="Minted by you, a UUID; ours where absent.")
    item_key: ItemKey
    text: Note
    rating: Rating | None = Field(default=None, description="A visitor's own view of the rating.")
    noted_at: datetime | None = Field(default=None, description="When it was written.")
    evidence_ids: list[UUID] = Field(default=[], max_length=50)
    version: int | None = Field(default=None, ge=1, lt=10**9, description="Of your own response that you change.")


class ResponsesSave(Body):
    """Up to 500 notes or answers; each is saved for itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [{"item_key": "criterion:safeguarding-records", "text": "Single central record seen."}]}
            ]
        }
    )

    items: list[ResponseSaid] = Field(min_length=1, max_length=500)


class JudgementSaid(Part):
    """What is agreed on one item."""

    item_key: ItemKey
    rating: Rating | None = Field(
        default=None, description="Absent for the priorities of a section that nobody rates, or that is rolled up."
    )
    rationale: Text | None = None
    action_points: list[Text] = Field(default=[], max_length=50)
    version: int | None = Field(default=None, ge=1, lt=10**9, description="Of the judgement that you change.")


class JudgementsSave(Body):
    """Up to 500 judgements; each is saved for itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [{"item_key": "criterion:safety-observed", "rating": "amber", "rationale": "Untidy store."}]}
            ]
        }
    )

    items: list[JudgementSaid] = Field(min_length=1, max_length=500)


class CommentCreate(Body):
    """Something said of a shared draft. `conclusion`: the provider has no more to say."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "conclusion", "text": "We agree with the draft."}]}
    )

    kind: Literal["comment", "amendment", "conclusion"]
    text: Note
    item_key: ItemKey | None = None
    suggested_rating: Rating | None = Field(default=None, description="Of an amendment: the rating that it asks for.")


class VisitComment(Shape):
    """Something said of a shared draft."""

    id: UUID
    visit_id: UUID
    organisation_id: UUID
    author_name: str | None
    kind: Literal["comment", "amendment", "conclusion"]
    text: str
    item_key: str | None
    suggested_rating: str | None
    created_at: datetime


class FormItem(Shape):
    """One item of the form."""

    item_key: str
    kind: Literal["criterion", "section", "overall", "question", "caveat"]
    title: str
    section_key: str | None
    printed_ref: str | None
    phase: Literal["before_visit", "at_visit"]
    essential: bool
    required: bool
    prompts: list[str]
    values: list[str] = Field(description="The ratings of its scale, best first; empty where it is not rated.")


class NextStep(Shape):
    """A step that is open to you, and what is missing before it; empty when it may be taken."""

    to: VisitStatus
    missing: list[VisitAlert]


class VisitForm(Shape):
    """The items of a visit's form in print order, and what is missing before each step that is open to you."""

    items: list[FormItem]
    next_steps: list[NextStep]
