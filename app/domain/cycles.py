"""When the visits of a framework's yearly round are due at a provider, and whether a plan keeps its notice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from app.domain.calendar import EARLIEST_START, Term, year_of
from app.domain.errors import Fault, Invalid
from app.domain.frameworks import CycleEntry, Effect, Framework, OpensAt, VisitKind, Window

__all__ = ["Due", "PastVisit", "Plan", "State", "Term", "due", "plan_faults"]


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit that took place. `follow_up_within_days` is what its ratings call for, None where they call for none."""

    kind: VisitKind
    visited_on: date
    follow_up_within_days: int | None = None


class State(StrEnum):
    """How something that is due stands on a day."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Due:
    """A visit that the round asks for, from one day to another, both inclusive.

    `occurrence` counts from 1 within an entry. `done_on` is the day of the visit that settled it, later than `by_on`
    when it was late. `follows_on`: the day of the visit whose ratings call for this one, or of the last regular visit.
    """

    key: str
    kind: VisitKind
    occurrence: int
    from_on: date
    by_on: date
    state: State
    source: str
    done_on: date | None = None
    follows_on: date | None = None
    together_with: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit being arranged: when the provider was told, the announced period (if any), the day and the length."""

    planned_on: date
    notified_on: date | None = None
    announced_from_on: date | None = None
    announced_to_on: date | None = None
    minutes: int | None = None


def due(
    framework: Framework,
    *,
    provider_from_on: date,
    terms: Sequence[Term],
    visits: Iterable[PastVisit],
    regular_days: int,
    on: date,
) -> tuple[Due, ...]:
    """What the round of one academic year asks for at a provider, by deadline, settled visits included.

    `provider_from_on` is the first day on which the provider is in use: what had closed before is not asked of it.
    `terms` are the six of the year. `regular_days` is the longest time between visits that a framework calls regular
    without a number. Visits after `on` are not known yet. An earlier debt is settled first: the first learning walk
    that takes place settles the first period, however late.

    Raises:
        Invalid: `terms_incomplete`, when the terms are not six, in order, within one academic year.
    """
    _check(terms)
    past = sorted((visit for visit in visits if visit.visited_on <= on), key=lambda visit: visit.visited_on)
    asked = _asked(framework, terms, past, provider_from_on, regular_days)
    asked += _follow_ups(framework, past, since=min(year_of(terms)[0], terms[0].starts_on))
    standing = (replace(each, state=_state(each, on)) for each in asked)
    return tuple(sorted(standing, key=lambda each: (each.by_on, each.from_on, each.key, each.occurrence)))


def _check(terms: Sequence[Term]) -> None:
    in_order = all(one.ends_on < next_.starts_on for one, next_ in pairwise(terms))
    whole = [term.ordinal for term in terms] == [1, 2, 3, 4, 5, 6] and all(t.starts_on <= t.ends_on for t in terms)
    if not whole or not in_order or terms[0].starts_on < year_of(terms)[0] - EARLIEST_START:
        fault = Fault("terms_incomplete", "Six terms, in order, within one academic year.", pointer="/terms")
        raise Invalid("The terms do not make an academic year.", code="terms_incomplete", errors=(fault,))


def _state(asked: Due, on: date) -> State:
    if asked.done_on is not None:
        return State.DONE
    if on < asked.from_on:
        return State.UPCOMING
    return State.DUE if on <= asked.by_on else State.OVERDUE


# --- what is asked for ----------------------------------------------------------------------------------------------


def _asked(
    framework: Framework, terms: Sequence[Term], past: Sequence[PastVisit], provider_from_on: date, regular_days: int
) -> list[Due]:
    """What the entries of the round ask for, their states still to be told."""
    asked: list[Due] = []
    for entry in framework.cycle:
        if entry.windows:
            asked += _yearly(entry, terms, past, provider_from_on)
        else:
            asked += _regular(entry, past, provider_from_on, regular_days)
    return [_with_companion(each, asked) for each in asked]


def _yearly(
    entry: CycleEntry, terms: Sequence[Term], past: Sequence[PastVisit], provider_from_on: date
) -> Iterable[Due]:
    """One visit per window, each settled by the earliest visit that is left from the window's first day on."""
    ends_on = year_of(terms)[1]
    left = [visit.visited_on for visit in past if visit.kind is entry.kind and visit.visited_on <= ends_on]
    for occurrence, window in enumerate(entry.windows, start=1):
        from_on, by_on = _dates(window, terms)
        # A provider that comes into use too late to be told in time is not asked for this one.
        if by_on < provider_from_on + timedelta(days=entry.notice_days_min or 0):
            continue
        from_on = max(from_on, provider_from_on)
        done_on = next((day for day in left if day >= from_on), None)
        if done_on is not None:
            left.remove(done_on)
        yield _due(entry, occurrence, from_on, by_on, done_on=done_on, together_with=entry.together_with)


def _due(entry: CycleEntry, occurrence: int, from_on: date, by_on: date, **more: Any) -> Due:
    return Due(entry.key, entry.kind, occurrence, from_on, by_on, State.UPCOMING, entry.source, **more)


def _dates(window: Window, terms: Sequence[Term]) -> tuple[date, date]:
    by_ordinal = {term.ordinal: term for term in terms}
    opens = by_ordinal[window.opens_term]
    from_on = {
        OpensAt.START: opens.starts_on,
        OpensAt.MIDDLE: opens.middle_on,
        OpensAt.END: opens.ends_on,
    }[window.opens_at]
    if window.closes_term is None:
        return from_on, year_of(terms)[1]
    return from_on, by_ordinal[window.closes_term].ends_on


def _regular(entry: CycleEntry, past: Sequence[PastVisit], provider_from_on: date, regular_days: int) -> Iterable[Due]:
    """The next visit, so many days after the last of its kind or after the provider came into use."""
    last = max((visit.visited_on for visit in past if visit.kind is entry.kind), default=None)
    since = last or provider_from_on
    by_on = since + timedelta(days=regular_days)
    from_on = since if last is None else since + timedelta(days=1)
    yield _due(entry, 1, from_on, by_on, follows_on=last)


def _with_companion(asked: Due, others: Sequence[Due]) -> Due:
    """A visit that goes with another is due by the day on which that other one took place."""
    if asked.together_with is None:
        return asked
    wanted = (asked.together_with, asked.occurrence)
    other = next((each for each in others if (each.key, each.occurrence) == wanted), None)
    if other is None or other.done_on is None:
        return asked
    return replace(asked, by_on=other.done_on)


def _follow_ups(framework: Framework, past: Sequence[PastVisit], *, since: date) -> Iterable[Due]:
    """A follow-up for each visit whose ratings call for one, settled by the next assessment; none settled before."""
    source = next((each.source for each in framework.consequences if each.effect is Effect.FOLLOW_UP), None)
    occurrence = 0
    for visit in past:
        if visit.follow_up_within_days is None:
            continue
        after = (each.visited_on for each in past if each.kind in ASSESSMENTS)
        done_on = next((day for day in after if day > visit.visited_on), None)
        if done_on is not None and done_on < since:
            continue
        occurrence += 1
        yield Due(
            "follow-up",
            VisitKind.FOLLOW_UP,
            occurrence,
            from_on=visit.visited_on + timedelta(days=1),
            by_on=visit.visited_on + timedelta(days=visit.follow_up_within_days),
            state=State.UPCOMING,
            source=source or framework.document,
            done_on=done_on,
            follows_on=visit.visited_on,
        )


# A follow-up is an assessment anew (QA policy v8, Quality Assurance Procedures); a walk or a scrutiny of work is none.
ASSESSMENTS = frozenset({VisitKind.FOLLOW_UP, VisitKind.JOINT_OBSERVATION, VisitKind.HALF_DAY_OBSERVATION})


# --- notice ---------------------------------------------------------------------------------------------------------


def plan_faults(entry: CycleEntry, plan: Plan) -> tuple[Fault, ...]:
    """How a plan breaks the notice rules of its entry, by pointer into a visit; empty when it keeps them."""
    return (*_announced(entry, plan), *_notice(entry, plan), *_length(entry, plan))


def _announced(entry: CycleEntry, plan: Plan) -> Iterable[Fault]:
    if entry.announced_days is None:
        return
    first, last = plan.announced_from_on, plan.announced_to_on
    if first is None or last is None:
        yield Fault("period_missing", "The period of the visit is announced.", pointer="/announced_from_on")
        return
    if not 0 < (last - first).days + 1 <= entry.announced_days:
        detail = f"The announced period lasts at most {entry.announced_days} days."
        yield Fault("period_too_long", detail, pointer="/announced_to_on")
    if not first <= plan.planned_on <= last:
        yield Fault("outside_period", "The visit falls within the announced period.", pointer="/planned_on")


def _notice(entry: CycleEntry, plan: Plan) -> Iterable[Fault]:
    least, most = entry.notice_days_min, entry.notice_days_max
    starts_on = plan.announced_from_on if entry.announced_days is not None else plan.planned_on
    if plan.notified_on is None:
        if least is not None:
            yield Fault("notice_missing", "The provider is told beforehand.", pointer="/notified_at")
        return
    notice_days = ((starts_on or plan.planned_on) - plan.notified_on).days
    if notice_days < (least or 0):
        yield Fault("notice_too_short", f"At least {least or 0} days' notice.", pointer="/notified_at")
    if most is not None and notice_days > most:
        yield Fault("notice_too_long", f"At most {most} days' notice.", pointer="/notified_at")


def _length(entry: CycleEntry, plan: Plan) -> Iterable[Fault]:
    if entry.max_minutes is not None and plan.minutes is not None and plan.minutes > entry.max_minutes:
        yield Fault("visit_too_long", f"At most {entry.max_minutes} minutes.", pointer="/duration_minutes")
