"""What a visit still lacks for its next step, each missing thing by its own pointer."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from app.domain.errors import Conflict, Fault, Forbidden, Invalid
from app.domain.frameworks import Answer, Framework, Phase, needs_rationale
from app.domain.visits.facts import Content, Facts
from app.domain.visits.items import OVERALL, Item, ItemKind, items
from app.domain.visits.ratings import above_ceiling, completed
from app.domain.visits.statuses import Outcome, VisitStatus

Faults = Iterator[Fault]


def missing(
    status: VisitStatus, to: VisitStatus, facts: Facts, content: Content, form: Framework, on: date
) -> tuple[Fault, ...]:
    """What a visit lacks to go from one status to another on a day, by pointer into the visit; empty when ready.

    Whether there is such a step, and whose it is, `ensure_allowed` tells.
    """
    return tuple(_lacking(status, to, facts, content, form, on))


def _lacking(status: VisitStatus, to: VisitStatus, facts: Facts, content: Content, form: Framework, on: date) -> Faults:
    match (status, to):
        case _, VisitStatus.PREPARING:
            yield from _planned(facts)
        case _, VisitStatus.WITH_PROVIDER:
            yield from _planned(facts)
            yield from _prepared(facts, content, form)
        case VisitStatus.WITH_PROVIDER, VisitStatus.VISITED:
            yield from _visited(facts, on)
        case VisitStatus.VISITED, VisitStatus.DRAFT_SHARED:
            yield from _visited(facts, on)
            yield from _written(facts, content, form)
            yield from _due(facts, on)
        case _, VisitStatus.FINALISED:
            if status is VisitStatus.DRAFT_SHARED:
                yield from _heard(facts, content, on)
            yield from _within_ceilings(content, form)
            yield from _nameless(facts, content)


def ensure_complete(
    status: VisitStatus, to: VisitStatus, facts: Facts, content: Content, form: Framework, on: date
) -> None:
    """Refuse a step for which something is missing.

    Raises:
        Conflict: `visit_incomplete`, with everything that `missing` tells.
    """
    if faults := missing(status, to, facts, content, form, on):
        detail = "Something is missing before this step."
        raise Conflict(detail, code="visit_incomplete", errors=faults)


def ensure_moderated(
    outcome: Outcome | None,
    *,
    amended: Mapping[str, str],
    judged: Mapping[str, str],
    moderator: str,
    authors: AbstractSet[str],
) -> None:
    """Refuse to end a dispute without an outcome, or by one of those whose judgements are disputed.

    `amended` and `judged` are ratings by item key; `moderator` and `authors` are principals. A second assessor decides
    (QA policy v8, Quality Assurance Procedures: another member of the team, or a head teacher).

    Raises:
        Forbidden: `moderator_not_independent`.
        Invalid: `moderation_incomplete`, pointing to "/outcome" or "/amendments".
    """
    if moderator in authors:
        detail = "Who made a judgement on this visit does not moderate it."
        raise Forbidden(detail, code="moderator_not_independent")
    if faults := tuple(_moderated(outcome, amended, judged)):
        raise Invalid("The outcome is not complete.", code="moderation_incomplete", errors=faults)


def _moderated(outcome: Outcome | None, amended: Mapping[str, str], judged: Mapping[str, str]) -> Faults:
    changes = any(judged.get(key) != rating for key, rating in amended.items())
    if outcome is None:
        yield Fault("outcome_missing", "One of: upheld, amended, set_aside.", pointer="/outcome")
    elif outcome is Outcome.AMENDED and not changes:
        yield Fault("amendments_missing", "At least one rating changes.", pointer="/amendments")
    elif outcome is not Outcome.AMENDED and amended:
        yield Fault("amendments_unexpected", "Ratings change only when the outcome is amended.", pointer="/amendments")


# --- before the visit -----------------------------------------------------------------------------------------------


def _planned(facts: Facts) -> Faults:
    if facts.planned_on is None:
        yield Fault("planned_on_missing", "The day of the visit is planned.", pointer="/planned_on")
    if facts.visitors < 1:
        yield Fault("visitors_missing", "At least one visitor is named.", pointer="/visitors")


def _prepared(facts: Facts, content: Content, form: Framework) -> Faults:
    """What the partnership completes before it shares the form (SEIP QA Visit Record, How to use this document 1)."""
    known = content.noted | _judged(content)
    for each in items(form, registered=facts.registered):
        early = each.kind is ItemKind.CRITERION and each.phase is Phase.BEFORE_VISIT
        if early and each.required and each.key not in known:
            yield _unanswered(each)


def _unanswered(item: Item) -> Fault:
    return Fault("unanswered", "This is answered first.", pointer=f"/responses/{item.key}")


# --- the visit and its draft ----------------------------------------------------------------------------------------


def _visited(facts: Facts, on: date) -> Faults:
    if facts.visited_on is None:
        yield Fault("visited_on_missing", "The day of the visit is told.", pointer="/visited_on")
    elif facts.visited_on > on:
        yield Fault("visited_on_in_future", "The visit has taken place.", pointer="/visited_on")
    if facts.duration_minutes is None:
        yield Fault("duration_missing", "The length of the visit is told.", pointer="/duration_minutes")


def _written(facts: Facts, content: Content, form: Framework) -> Faults:
    judged, answered = _judged(content), content.noted | content.answered
    for each in items(form, registered=facts.registered):
        if not each.required:
            continue
        if each.kind is ItemKind.QUESTION:
            if each.key not in answered:
                yield _unanswered(each)
        elif each.key not in judged:
            yield Fault("not_judged", "This is judged first.", pointer=f"/judgements/{each.key}")
        elif each.key not in content.rationales and _explained(each, content, form):
            yield Fault(
                "rationale_missing", "This judgement is explained.", pointer=f"/judgements/{each.key}/rationale"
            )
    yield from _observed(content, form)
    yield from _within_ceilings(content, form)


def _explained(item: Item, content: Content, form: Framework) -> bool:
    """Whether a judgement needs a rationale: a section that an assessor decides, an overall that differs."""
    if item.kind is ItemKind.OVERALL:
        return needs_rationale(form, completed(form, content.ratings))
    return item.kind is ItemKind.SECTION


def _observed(content: Content, form: Framework) -> Faults:
    """Where only what was seen is told, something was seen."""
    if not any(section.answer is Answer.IF_OBSERVED for section in form.sections):
        return
    if not any(key.startswith(f"{ItemKind.CRITERION}:") for key in content.noted | _judged(content)):
        yield Fault("nothing_observed", "At least one thing was observed.", pointer="/responses")


def _within_ceilings(content: Content, form: Framework) -> Faults:
    for key in above_ceiling(form, completed(form, content.ratings)):
        detail = "Something essential failed: nothing better than a rating of concern is open."
        yield Fault("essential_failed", detail, pointer=f"/judgements/{key}")


def _judged(content: Content) -> frozenset[str]:
    """The keys of all items that have a rating of their own."""
    ratings = content.ratings
    by_kind = (
        (ItemKind.CRITERION, ratings.criteria),
        (ItemKind.SECTION, ratings.sections),
        (ItemKind.CAVEAT, content.caveats),
    )
    overall = () if ratings.overall is None else (OVERALL,)
    return frozenset((*(f"{kind}:{key}" for kind, rated in by_kind for key in rated), *overall))


# --- the provider's say ---------------------------------------------------------------------------------------------


def _due(facts: Facts, on: date) -> Faults:
    """A day for comments that had passed before the draft was shared would leave the provider no say."""
    if facts.comments_due_on is not None and facts.comments_due_on < on:
        yield Fault("comments_due_passed", "Comments are due on a day to come.", pointer="/comments_due_on")


def _heard(facts: Facts, content: Content, on: date) -> Faults:
    """Providers scrutinise and suggest amendments first (SLA 2022, Partnerships will, Systems and Processes 7)."""
    closed = facts.comments_due_on is not None and facts.comments_due_on < on
    if not (content.concluded or closed):
        detail = "The provider concludes its comments, or their day passes."
        yield Fault("comments_open", detail, pointer="/comments_due_on")


def _nameless(facts: Facts, content: Content) -> Faults:
    """Reports do not name members of staff (QA policy v8, Quality Assurance Procedures)."""
    if not facts.reviewed_names:
        yield from content.names
