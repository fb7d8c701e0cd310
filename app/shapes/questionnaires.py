"""Questionnaires on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.domain.questionnaires import Audience, QuestionKind, QuestionnaireStatus
from app.shapes import Body, Name, Part, Shape, Slug, Text

Value = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
LeastGroup = Annotated[int, Field(ge=5, le=100, description="The fewest answers, and the smallest count, told.")]


class QuestionSaid(Part):
    """One question."""

    key: Slug = Field(examples=["feels-safe"])
    kind: QuestionKind
    text: Text = Field(examples=["Do you feel safe here?"])
    values: list[Value] = Field(default=[], max_length=20, description="Of a scale, in order, or a choice.")
    required: bool = True


Questions = Annotated[list[QuestionSaid], Field(min_length=1, max_length=50)]


class QuestionnaireCreate(Body):
    """A questionnaire on a visit, or under a programme about a provider."""

    visit_id: UUID | None = None
    programme_id: Annotated[Slug | None, Field(description="The framework whose round it serves.")] = None
    provider_id: UUID | None = Field(default=None, description="With a programme: about whom.")
    title: Name
    audience: Audience
    questions: Questions
    least_group: LeastGroup = 5


class QuestionnairePatch(Body):
    """What changes in a draft: what is absent stays."""

    title: Name = Field(default="")
    audience: Audience = Field(default=Audience.PUPILS)
    questions: Questions = Field(default=[])
    least_group: LeastGroup = Field(default=5)


class QuestionnaireStepTake(Body):
    """The next status: what is open can be answered, what is closed has results."""

    to: Literal[QuestionnaireStatus.OPEN, QuestionnaireStatus.CLOSED]


class QuestionnaireShare(Body):
    """What of the results the provider reads."""

    texts: bool = Field(default=False, description="Whether free texts are shared: somebody may know a hand in them.")


class QuestionnaireLinksCreate(Body):
    """Links for so many people, or for those of a sample: none is bound to anybody."""

    count: int | None = Field(default=None, ge=1, le=500)
    sample_id: UUID | None = Field(default=None, description="As many links as were drawn.")
    uses: int = Field(default=1, ge=1, le=500, description="Answer sets that each link takes.")
    expires_at: datetime = Field(description="Within a year.")


class QuestionnaireSampleDraw(Body):
    """A random sample of those placed with the provider on the visit's day."""

    visit_id: UUID
    size: int = Field(ge=1, le=500)
    seed: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = Field(
        default=None, description="Draws the same sample of the same placements; made up if absent."
    )


class QuestionnaireAnswerGive(Part):
    """One answer set, by the keys of the questions. Nothing of who gave it is kept."""

    answers: Annotated[dict[Annotated[str, StringConstraints(max_length=80)], Text], Field(max_length=50)]


class AskedQuestion(Shape):
    """One question. `values`: what can be answered; none for a text."""

    key: str
    kind: QuestionKind
    text: str
    values: list[str]
    required: bool


class AskedQuestionnaire(Shape):
    """What a link asks."""

    title: str
    audience: Audience
    questions: list[AskedQuestion] = Field(validation_alias="asked")


class Questionnaire(Shape):
    """A questionnaire and where it stands."""

    id: UUID
    organisation_id: UUID = Field(description="Who asks.")
    provider_id: UUID
    visit_id: UUID | None
    programme_id: str | None
    title: str
    audience: Audience
    status: QuestionnaireStatus
    questions: list[AskedQuestion] = Field(validation_alias="asked")
    least_group: int
    opened_at: datetime | None = Field(description="Since when it could be answered.")
    answered: int = Field(description="Answer sets taken.")
    shared_at: datetime | None = Field(description="When the results were shared with the provider.")
    version: int
    created_at: datetime
    updated_at: datetime


class QuestionnaireLinks(Shape):
    """New links. They are told this once."""

    urls: list[str]
    uses: int
    expires_at: datetime


class QuestionnaireSample(Shape):
    """A sample: the first of the frame by SHA-256 of "seed:placement id", one placement of each child."""

    id: UUID
    questionnaire_id: UUID
    visit_id: UUID
    seed: str
    as_of_on: date
    frame_size: int = Field(description="From how many it was drawn.")
    placement_ids: list[UUID]
    created_at: datetime


class ValueCount(Shape):
    """How many gave an answer; null where that is not told."""

    value: str
    count: int | None


class QuestionResult(Shape):
    """What may be told of the answers to one question."""

    key: str
    kind: QuestionKind
    text: str
    suppressed: bool = Field(description="Whether something is not told, lest somebody be known by it.")
    counts: list[ValueCount]
    unanswered: int | None
    texts: list[str] = Field(description="In no order of arrival.")


class QuestionnaireResults(Shape):
    """What may be told of the answers. Below the least group nothing is."""

    suppressed: bool
    answered: int | None
    least_group: int
    questions: list[QuestionResult]
