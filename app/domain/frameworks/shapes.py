"""What a QA framework is made of."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from app.domain.errors import Fault, Invalid, NotFound
from app.domain.frameworks.vocabulary import (
    Answer,
    Branch,
    DecidedBy,
    Effect,
    Hint,
    Level,
    OpensAt,
    Phase,
    Status,
    VisitKind,
    Voice,
)

Slug = Annotated[str, r"[a-z0-9]+(?:[-_][a-z0-9]+)*"]
"""Lower-case words and numbers joined by hyphens or underscores; stable for a framework and its successors."""


@dataclass(frozen=True, slots=True)
class Value:
    """One rating of a scale. `concern`: it is a failure, and on an essential criterion it cannot be outweighed."""

    value: Slug
    label: str
    meaning: str
    concern: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Ratings in order, best first."""

    id: Slug
    values: tuple[Value, ...]
    source: str
    verified: bool = True

    @property
    def failing(self) -> frozenset[str]:
        """The ratings that are a failure."""
        return frozenset(each.value for each in self.values if each.concern)

    def rank(self, rating: str) -> int:
        """How far from the best, which is 0.

        Raises:
            Invalid: `rating_unknown`.
        """
        for position, each in enumerate(self.values):
            if each.value == rating:
                return position
        fault = Fault("rating_unknown", f"A rating is one of: {', '.join(each.value for each in self.values)}.")
        raise Invalid("The rating is not on this scale.", code="rating_unknown", errors=(fault,))

    def worst(self, ratings: Iterable[str]) -> str:
        """The worst of some ratings, of which there must be one."""
        return max(ratings, key=self.rank)

    def at_least(self, rating: str, floor: str) -> bool:
        """Whether a rating is as good as the floor, or better."""
        return self.rank(rating) <= self.rank(floor)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to judge. `printed_ref` is the document's own number, None where it prints none (or none is known).

    `requirements` is what must be so; `prompts` is where to look and what to ask. `verified` False: the wording rests
    on accounts of the document, not on the document.
    """

    key: Slug
    title: str
    phase: Phase
    voice: tuple[Voice, ...]
    scale: Slug
    source: str
    printed_ref: str | None = None
    essential: bool = False
    requirements: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """Criteria under one heading, with the question that concludes them."""

    key: Slug
    title: str
    scale: Slug
    decided_by: DecidedBy
    criteria: tuple[Criterion, ...]
    source: str
    printed_ref: str | None = None
    essential: bool = False
    answer: Answer = Answer.REQUIRED
    guiding_principle: str | None = None
    concluding_question: str | None = None


@dataclass(frozen=True, slots=True)
class Overall:
    """The rating of the provision as a whole.

    By roll-up it is the best of its scale, or the worst as soon as one essential section fails.
    """

    decided_by: DecidedBy
    source: str
    title: str | None = None
    scale: Slug | None = None
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows a rating, at which levels, within how many calendar days (None: no time is stated)."""

    effect: Effect
    scale: Slug
    values: tuple[Slug, ...]
    levels: tuple[Level, ...]
    detail: str
    source: str
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Floor:
    """The least rating of a section (None: of the whole) at which the publisher commissions."""

    at_least: Slug
    source: str
    section: Slug | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Part of an academic year, in terms of six; without `closes_term` it lasts until 31 August."""

    opens_term: int
    opens_at: OpensAt = OpensAt.START
    closes_term: int | None = None


@dataclass(frozen=True, slots=True)
class CycleEntry:
    """One kind of visit in the yearly round: once per window, or regularly (no number stated) where there is none.

    `announced_days`: the longest period announced for it. Notice is counted in whole days before that period or, where
    none is announced, before the visit. `together_with`: the entry on whose day it takes place.
    """

    key: Slug
    title: str
    kind: VisitKind
    source: str
    windows: tuple[Window, ...] = ()
    announced_days: int | None = None
    notice_days_min: int | None = None
    notice_days_max: int | None = None
    max_minutes: int | None = None
    together_with: Slug | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Which framework version is filled in on a kind of visit."""

    kind: VisitKind
    framework_id: Slug


@dataclass(frozen=True, slots=True)
class Question:
    """Something to find out before the visit, in words; not rated."""

    key: Slug
    title: str
    source: str
    when: Branch = Branch.ALWAYS


@dataclass(frozen=True, slots=True)
class Caveat:
    """A condition for using a provider that is not registered; all of them must hold."""

    key: Slug
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class PreVisitCheck:
    """What is established about the provider, and its registration, before the visit."""

    title: str
    source: str
    questions: tuple[Question, ...]
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, slots=True)
class ImprovementPlan:
    """The plan that follows the visit, with its columns."""

    title: str
    columns: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Framework:
    """One version of a QA framework. `version` is the publisher's; `id` names this version for life."""

    id: Slug
    title: str
    publisher: str
    version: str
    document: str
    status: Status
    sections: tuple[Section, ...]
    scales: tuple[Scale, ...]
    overall: Overall
    forms: tuple[Form, ...]
    supersedes: Slug | None = None
    effective_from: date | None = None
    review_due_on: date | None = None
    note: str | None = None
    action_points: tuple[Level, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    floor: tuple[Floor, ...] = ()
    cycle: tuple[CycleEntry, ...] = ()
    pre_visit_check: PreVisitCheck | None = None
    improvement_plan: ImprovementPlan | None = None

    @property
    def verified(self) -> bool:
        """Whether every scale and criterion was read in the document itself."""
        return all(each.verified for each in self.scales) and all(each.verified for each in self.criteria)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria of all sections, in print order."""
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    @property
    def content_hash(self) -> str:
        """SHA-256, in hexadecimal, of all but the status: what a version says may not change, its standing may."""
        said = _lean(self)
        del said["status"]
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=date.isoformat)
        return hashlib.sha256(text.encode()).hexdigest()

    def scale(self, scale_id: str) -> Scale:
        """A scale by id. Raises NotFound."""
        return _named(scale_id, {each.id: each for each in self.scales})

    def section(self, key: str) -> Section:
        """A section by key. Raises NotFound."""
        return _named(key, {each.key: each for each in self.sections})

    def criterion(self, key: str) -> Criterion:
        """A criterion by key. Raises NotFound."""
        return _named(key, {each.key: each for each in self.criteria})

    def form(self, kind: VisitKind) -> str:
        """The id of the framework version that is filled in on a kind of visit. Raises NotFound."""
        return _named(kind, {each.kind: each.framework_id for each in self.forms})


Found = TypeVar("Found")


def _named(name: str, among: dict[Any, Found]) -> Found:
    if name not in among:
        raise NotFound("The framework has no such part.")
    return among[name]


def _lean(part: Any) -> Any:
    """A part without what its defaults say, so that a field added later leaves the hashes of older versions alone."""
    if isinstance(part, tuple):
        return [_lean(each) for each in part]
    if not is_dataclass(part):
        return part
    said = {each.name: getattr(part, each.name) for each in fields(part)}
    defaults = {each.name: each.default for each in fields(part) if each.default is not MISSING}
    return {name: _lean(value) for name, value in said.items() if name not in defaults or value != defaults[name]}
