"""What the report of a visit says."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.domain.establishments import RegistrationStatus
from app.domain.frameworks import Answer, DecidedBy, Phase, Scale, VisitKind
from app.domain.registration.results import Result


class Stage(StrEnum):
    """Whether a version was frozen for comment, or to stay."""

    DRAFT = "draft"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating with all that is needed to read it: `rank` 0 is the best of `of` values."""

    value: str
    label: str
    meaning: str
    concern: bool
    rank: int
    of: int


@dataclass(frozen=True, slots=True)
class Named:
    """An organisation, by id and name."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Previous:
    """The version of the same visit that this one follows, by its own hash: each version vouches for the last."""

    stage: Stage
    number: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Visit:
    """The visit itself. `joint`: the organisations that visited together with the one that leads."""

    id: UUID
    kind: VisitKind
    planned_on: date
    notified_at: datetime | None = None
    visited_on: date | None = None
    duration_minutes: int | None = None
    joint: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """Who was visited."""

    id: UUID
    name: str
    legal_name: str | None = None
    urn: int | None = None
    dfe_number: str | None = None
    company_number: str | None = None
    postcode: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Where, when the visit was of one site."""

    name: str
    address: str | None = None
    postcode: str | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who visited."""

    name: str
    organisation: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class FrameworkVersion:
    """The framework version filled in, with the scales that it judges on."""

    id: str
    title: str
    publisher: str
    version: str
    document: str
    content_hash: str
    verified: bool
    scales: tuple[Scale, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """The latest registration check: its overall word alone, since counts would tell of other schools' children."""

    id: UUID
    as_of_on: date
    overall: Result


@dataclass(frozen=True, slots=True)
class Said:
    """What one organisation said. `by`: provider or visitor."""

    by: str
    organisation: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the pre-visit check, with its answers."""

    key: str
    title: str
    answers: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Caveat:
    """A condition for using an unregistered provider, met or not met."""

    key: str
    title: str
    rating: Rating | None = None
    rationale: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What was established about registration. `urn`: the register's entry that was found."""

    status: RegistrationStatus
    checked_on: date | None = None
    gias_extract_on: date | None = None
    urn: int | None = None
    check: Check | None = None
    questions: tuple[Question, ...] = ()
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """The limiting judgement shown to the assessor: the weakest section rating, and the titles of those sections."""

    rating: Rating
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overall:
    """The judgement of the whole."""

    title: str
    decided_by: DecidedBy
    rating: Rating | None = None
    rationale: str | None = None
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class ProviderEvidence:
    """What the provider put forward for an item, with the titles of what it attached."""

    text: str
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObserverNote:
    """What a visitor noted of an item."""

    organisation: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A criterion, and what was found."""

    key: str
    printed_ref: str | None
    title: str
    phase: Phase
    essential: bool
    rating: Rating | None = None
    rationale: str | None = None
    action_points: tuple[str, ...] = ()
    provider_evidence: tuple[ProviderEvidence, ...] = ()
    observer_notes: tuple[ObserverNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section, and what was concluded. `answer` says whether an item without a rating lacks one."""

    key: str
    title: str
    printed_ref: str | None
    essential: bool
    decided_by: DecidedBy
    answer: Answer
    items: tuple[Item, ...]
    guiding_principle: str | None = None
    concluding_question: str | None = None
    rating: Rating | None = None
    rationale: str | None = None
    action_points: tuple[str, ...] = ()
    notes: tuple[ObserverNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """What the provider, or the team in reply, said of a shared draft.

    `by`: provider or visitor. `kind`: comment, amendment or conclusion. `suggested`: the rating label or the wording
    that an amendment asks for. Without an item it is about the whole draft.
    """

    by: str
    kind: str
    text: str
    item_key: str | None = None
    item_title: str | None = None
    suggested: str | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute. `outcome`: upheld, amended, set_aside, or None while open; `how`: second assessor or joint visit."""

    raised_on: date
    reason: str
    outcome: str | None = None
    outcome_reason: str | None = None
    moderated_on: date | None = None
    moderated_by_organisation: str | None = None
    how: str | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern that a rating raised: where, with which label, what follows, and by which source."""

    title: str
    rating: str
    detail: str
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """One version of a visit's report, complete in itself. It never names a member of the provider's staff."""

    stage: Stage
    number: int
    made_at: datetime
    visit: Visit
    provider: Provider
    lead_organisation: Named
    framework: FrameworkVersion
    sections: tuple[Section, ...]
    site: Site | None = None
    visitors: tuple[Visitor, ...] = ()
    registration: Registration | None = None
    overall: Overall | None = None
    comments: tuple[Comment, ...] = ()
    dispute: Dispute | None = None
    concerns: tuple[Concern, ...] = ()
    follow_up_due_on: date | None = None
    previous: Previous | None = None
