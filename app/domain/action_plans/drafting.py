"""What a visit asks a provider to put right, by when, and what of it a plan holds already."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from app.domain.calendar import Term
from app.domain.errors import Fault, Invalid
from app.domain.frameworks import Framework, Scale
from app.domain.visits import Item, ItemKind, scale_of


class ActionSource(StrEnum):
    """What an action came from."""

    ACTION_POINT = "action_point"
    CRITERION = "criterion"
    AUDIT = "audit"
    OWN = "own"


# --- by when --------------------------------------------------------------------------------------------------------

# The documents leave the days to whoever writes the plan. Ours, where nothing is said: a cause for concern cannot wait
# for a term to end; for all else there is the next half term, or the twelve weeks that one with its holiday takes.
CONCERN_DAYS = 28
OTHERWISE_DAYS = 84


def due_by(on: date, *, concern: bool, terms: Iterable[Term] = ()) -> date:
    """The day by which something found is to be put right, where nobody says another.

    Args:
        on: the day on which the plan is drafted.
        concern: a rating of concern calls for it.
        terms: the six terms of this academic year, and of the next where they are known; none where this year's are
            not.
    """
    if concern:
        return on + timedelta(days=CONCERN_DAYS)
    following = min((each for each in terms if each.starts_on > on), key=lambda each: each.starts_on, default=None)
    return following.ends_on if following else on + timedelta(days=OTHERWISE_DAYS)


# --- what is asked for ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """What was agreed on one item of a visit: its rating, and what is to be done about it in the visitors' words."""

    item: Item
    rating: str
    rolled_up: bool = False
    action_points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An action to be. `origin` tells it from every other that the same visit or audit asks for."""

    origin: str
    source: ActionSource
    action: str
    section_key: str | None = None
    criterion_key: str | None = None
    concern: bool = False
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class HeldAction:
    """An action that there is already: from which visit, and the day on which it was verified or cancelled."""

    origin: str
    visit_id: UUID | None
    ended_on: date | None


def asked_for(form: Framework, programme: Framework, findings: Iterable[Finding]) -> tuple[Draft, ...]:
    """The actions that the findings of a visit ask for, those of concern first, else in the order given.

    Every action point is one. A criterion or section that is less than fully met asks for one even where nobody has
    written what to do; a section that only sums up its criteria asks for nothing of its own.
    """
    met = _enough(form) | _enough(programme)
    found = {each.origin: each for finding in findings for each in _drafts(form, met, finding)}
    return tuple(sorted(found.values(), key=lambda each: not each.concern))


def still_to_draft(
    drafts: Iterable[Draft], held: Collection[HeldAction], visit_id: UUID, visited_on: date | None
) -> list[Draft]:
    """The drafts that the provider's plans do not hold yet.

    What the same visit has asked for is never drafted twice. What an earlier visit asked for, and was not done when
    this one took place, is carried on as it is.
    """

    def holds(draft: Draft, each: HeldAction) -> bool:
        open_then = each.ended_on is None or (visited_on is not None and each.ended_on >= visited_on)
        return each.origin == draft.origin and (each.visit_id == visit_id or open_then)

    return [draft for draft in drafts if not any(holds(draft, each) for each in held)]


def area(form: Framework | None, section_key: str | None, criterion_key: str | None) -> tuple[str | None, str | None]:
    """The theme and the criterion that an action names; a criterion brings its section.

    Raises:
        Invalid: `framework_missing`, keys of no framework; `criterion_unknown`, `section_unknown`, by pointer.
    """
    if section_key is None and criterion_key is None:
        return None, None
    if form is None:
        raise _unnamed("framework_missing", "Say which framework has it.", "/framework_id")
    sections = {each.key: each.key for each in form.sections}
    of_criteria = {criterion.key: each.key for each in form.sections for criterion in each.criteria}
    if criterion_key is not None and criterion_key not in of_criteria:
        raise _unnamed("criterion_unknown", "The framework has no such criterion.", "/criterion_key")
    found = of_criteria.get(criterion_key or "") or sections.get(section_key or "")
    if found is None or section_key not in (None, found):
        raise _unnamed("section_unknown", "The framework has no such section, or not with it.", "/section_key")
    return found, criterion_key


def _unnamed(code: str, detail: str, pointer: str) -> Invalid:
    return Invalid(detail, code=code, errors=(Fault(code, detail, pointer=pointer),))


def _enough(framework: Framework) -> dict[str, str]:
    """By scale, the rating that its publisher calls enough: QA policy v8 commissions what is good, if not better."""
    return {_floor_scale(framework, each.section): each.at_least for each in framework.floor}


def _floor_scale(framework: Framework, section: str | None) -> str:
    return framework.overall.scale or "" if section is None else framework.section(section).scale


def _drafts(form: Framework, met: Mapping[str, str], finding: Finding) -> Iterator[Draft]:
    item, scale = finding.item, scale_of(form, finding.item)
    concern = scale is not None and finding.rating in scale.failing

    def draft(origin: str, source: ActionSource, action: str) -> Draft:
        return Draft(origin, source, action, item.section_key, _criterion(item), concern)

    for point in finding.action_points:
        digest = hashlib.sha256(" ".join(point.split()).casefold().encode()).hexdigest()[:16]
        yield draft(f"{item.key}#{digest}", ActionSource.ACTION_POINT, point)
    rated = item.kind in (ItemKind.CRITERION, ItemKind.SECTION) and not finding.rolled_up
    if rated and scale and not finding.action_points and not _is_met(scale, finding.rating, met):
        yield draft(item.key, ActionSource.CRITERION, f"Meet in full: {item.title}")


def _criterion(item: Item) -> str | None:
    return item.key.partition(":")[2] if item.kind is ItemKind.CRITERION else None


def _is_met(scale: Scale, rating: str, met: Mapping[str, str]) -> bool:
    return scale.at_least(rating, met.get(scale.id, scale.values[0].value))
