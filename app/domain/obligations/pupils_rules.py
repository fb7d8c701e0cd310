"""What is owed for the sake of single pupils: that each is seen, that attendance is told, that progress is reported."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.calendar import Term
from app.domain.obligations.agreements import Duty
from app.domain.obligations.asking import Asked, Asking, Subject, answered, school_days
from app.domain.obligations.facts import Event, Placement, Setting
from app.domain.obligations.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class _HalfTerm:
    """A child's half term, and who sees to it that the child is seen."""

    seen_by_id: UUID
    child_id: UUID
    academic_year: str
    term: Term


@dataclass(frozen=True, slots=True)
class _Spell:
    """The school days of a placement at a setting in a half term, and those of them on which the child attends."""

    placement: Placement
    first_on: date
    last_on: date
    attended: tuple[date, ...]


_Settings = dict[UUID | None, list[_Spell]]


def each_half_term(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """That each child is seen at each setting at least once each half term (SEIP guidance on Ofsted, 2024, 1(e)).

    It opens with the first school day of the placement in the half term, and is due by the last: the child can be seen
    on no other day. Two placements of a child at one setting are one attendance. It is asked of whoever attends on so
    many days of the half term as the parameter says.
    """
    seen: dict[UUID, list[Event]] = {}
    children = {each.placement_id: each.child_id for each in asking.facts.placements}
    for event in asking.done(Kind.WELFARE_VISIT):
        if event.placement_id in children:
            seen.setdefault(children[event.placement_id], []).append(event)
    for half_term, settings in _half_terms(asking).items():
        for site_id, spells in settings.items():
            attended = {day for spell in spells for day in spell.attended}
            if len(attended) >= asking.parameters["sight_least_days"]:
                known = seen.get(half_term.child_id, [])
                yield _sight(duty, half_term, site_id, spells, _first(known, half_term.term, site_id, len(settings)))


def _half_terms(asking: Asking) -> dict[_HalfTerm, _Settings]:
    found: dict[_HalfTerm, _Settings] = {}
    for placement in asking.facts.placements:
        for year in placement.years if placement.years is not None else asking.years:
            for term in year.terms:
                if not placement.touches(term.starts_on, term.ends_on):
                    continue
                days = school_days(year, term.ordinal)
                half_term = _HalfTerm(placement.seen_by_id, placement.child_id, year.academic_year, term)
                for setting in placement.settings:
                    if spell := _spell(placement, setting, days, asking.since_on):
                        found.setdefault(half_term, {}).setdefault(setting.site_id, []).append(spell)
    return found


def _spell(placement: Placement, setting: Setting, days: Sequence[date], since_on: date) -> _Spell | None:
    first = max(setting.from_on, placement.from_on, since_on)
    last = min(setting.to_on or date.max, placement.to_on or date.max)
    spent = days[bisect_left(days, first) : bisect_right(days, last)]
    attended = tuple(day for day in spent if not setting.weekdays or day.isoweekday() in setting.weekdays)
    return _Spell(placement, spent[0], spent[-1], attended) if attended else None


def _first(seen: Sequence[Event], term: Term, site_id: UUID | None, settings: int) -> Event | None:
    """The first visit within the half term at the setting; one that names no site will do where there is but one."""
    for event in seen:
        if term.holds(event.met_on) and (event.site_id == site_id or (event.site_id is None and settings == 1)):
            return event
    return None


def _sight(
    duty: Duty, half_term: _HalfTerm, site_id: UUID | None, spells: Sequence[_Spell], met: Event | None
) -> Asked:
    ordinal = half_term.term.ordinal
    newest = max(spells, key=lambda each: (each.last_on, each.first_on, str(each.placement.placement_id)))
    return Asked(
        duty,
        (str(half_term.seen_by_id), str(half_term.child_id), str(site_id), half_term.academic_year, str(ordinal)),
        opens_on=min(each.first_on for each in spells),
        due_on=newest.last_on,
        subject=Subject(half_term.academic_year, ordinal, newest.placement.placement_id, half_term.child_id, site_id),
        met=met,
        owed_by_id=half_term.seen_by_id,
    )


def each_school_day(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """That attendance and punctuality are reported on each school day that has come (SLA 2022, Pastoral Care 1).

    Of every pupil who attends on the day, by the calendar of whoever sees to the pupil; days of alternate weeks are
    not asked for. Only where the parties have agreed to report here.
    """
    if not asking.parameters["attendance_here"]:
        return
    reports: dict[date | None, list[Event]] = {}
    for event in asking.done(Kind.ATTENDANCE_REPORT):
        reports.setdefault(event.reported_for_on, []).append(event)
    there: dict[date, list[tuple[Placement, Subject]]] = {}
    for placement in asking.facts.placements:
        for day, subject in _attended(placement, asking):
            there.setdefault(day, []).append((placement, subject))
    for day, placed in sorted(there.items()):
        met = answered(reports.get(day, ()), [each for each, _ in placed])
        yield Asked(duty, (day.isoformat(),), day, day, placed[0][1], met)


def _attended(placement: Placement, asking: Asking) -> Iterator[tuple[date, Subject]]:
    """The school days by now on which a child surely comes, each with its term."""
    first = max(placement.from_on, asking.since_on)
    last = min(placement.to_on or date.max, asking.on)
    for year in placement.years if placement.years is not None else asking.years:
        for term in year.terms:
            days = school_days(year, term.ordinal)
            for day in days[bisect_left(days, first) : bisect_right(days, last)]:
                if any(setting.surely_on(day) for setting in placement.settings):
                    yield day, Subject(year.academic_year, term.ordinal)


def each_term_return(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """A return at the end of each of the six terms in which a pupil was placed (QA policy v8, six times a year).

    It is due on the last day of the term as the calendar has it, school day or not: staff can send it. One return for
    the provider as a whole will do, or one for each placement of the term.
    """
    returns: dict[tuple[str | None, int | None], list[Event]] = {}
    for event in asking.done(duty.kind):
        returns.setdefault((event.academic_year, event.term), []).append(event)
    for year in asking.years:
        for term in year.terms:
            placed = asking.used(term.starts_on, term.ends_on)
            if placed:
                met = answered(returns.get((year.academic_year, term.ordinal), ()), placed)
                opens_on = max(asking.opens_on(duty, term.ends_on), asking.in_use_on)
                identity = (year.academic_year, str(term.ordinal))
                yield Asked(duty, identity, opens_on, term.ends_on, Subject(year.academic_year, term.ordinal), met)


def on_request(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """An answer to each request for progress, by the day that it names (SLA 2022, Learner Progress 7)."""
    told = asking.done(duty.kind)
    for request in asking.facts.requests:
        if not asking.since_on <= request.requested_on <= asking.on:
            continue
        asked = [each for each in told if each.request_id == request.request_id]
        placed = asking.used(request.requested_on, request.requested_on)
        met = answered(asked, placed) if request.placement_id is None else next(iter(asked), None)
        subject = Subject(placement_id=request.placement_id, request_id=request.request_id)
        yield Asked(duty, (str(request.request_id),), request.requested_on, request.due_on, subject, met)
