"""What is owed about the visits of a framework's yearly round: the visits, their notice, questionnaires with them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.domain import cycles, frameworks
from app.domain.calendar import SchoolYear
from app.domain.cycles import Due, PastVisit
from app.domain.frameworks import CycleEntry, Framework
from app.domain.obligations.agreements import Duty
from app.domain.obligations.asking import Asked, Asking, Subject
from app.domain.obligations.facts import Event, Reference, Visit
from app.domain.obligations.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class _Round:
    """Something that the round asks for, of which year (None: of no year), and the visit that it has come to."""

    due: Due
    academic_year: str | None
    visit: Visit | None

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from others, whatever happens later."""
        if self.academic_year is None:
            follows_on = self.due.follows_on
            return (self.due.key, follows_on.isoformat() if follows_on else "first")
        return (self.due.key, str(self.due.occurrence), self.academic_year)


def cycle(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """The visits of the round: those of the year, the next regular one, and follow-ups of visits that call for one.

    Days are calendar days: eight weeks that end in a holiday end there (QA policy v8, Quality Assurance Procedures).
    """
    titles = {each.key: each.title for each in _framework(asking).cycle} | {"follow-up": "Follow-up visit"}
    for each in _rounds(asking):
        met = _took_place(each.visit) if each.visit is not None else None
        subject = Subject(each.academic_year, visit_id=each.visit.visit_id if each.visit else None)
        yield Asked(
            duty,
            each.identity,
            each.due.from_on,
            each.due.by_on,
            subject,
            met,
            title=titles[each.due.key],
            source=each.due.source,
        )


def notice(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """The notice of an announced period, at least so many days before it begins.

    Until a period is set it is due when the last day of the window could still be announced. It is counted in calendar
    days, so that it may fall on a day without school: it goes by e-mail (QA policy v8, Learning Walks).
    """
    for entry, each in _of_entries(duty, asking):
        planned = each.visit or _planned(asking, each.due)
        begins_on = (planned and planned.begins_on) or each.due.by_on
        due_on = begins_on - timedelta(days=entry.notice_days_min or 0)
        told_on = planned.notified_on if planned else None
        met = None
        if planned is not None and told_on is not None and told_on <= asking.on:
            met = Event(Kind.VISIT_NOTICE, told_on, Reference("visit", planned.visit_id))
        subject = Subject(each.academic_year, visit_id=planned.visit_id if planned else None)
        opens_on = min(
            due_on, max(each.due.from_on - timedelta(days=asking.parameters["notice_opens_days"]), asking.in_use_on)
        )
        yield Asked(duty, each.identity, opens_on, due_on, subject, met)


def with_visit(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """Questionnaires that are filled in during a visit: on its day, or while it can still take place."""
    done = asking.done(duty.kind, topic=duty.topic)
    for _, each in _of_entries(duty, asking):
        due_on = each.due.done_on or each.due.by_on
        last_on = max(each.due.by_on, due_on)
        met = next((event for event in done if _belongs(event, each, last_on)), None)
        subject = Subject(each.academic_year, visit_id=each.visit.visit_id if each.visit else None)
        yield Asked(duty, each.identity, min(each.due.from_on, due_on), due_on, subject, met)


def _belongs(event: Event, asked: _Round, last_on: date) -> bool:
    if event.visit_id is not None:
        return asked.visit is not None and event.visit_id == asked.visit.visit_id
    return asked.due.from_on <= event.met_on <= last_on


# --- the round ------------------------------------------------------------------------------------------------------


def _visits(asking: Asking) -> list[Visit]:
    own = (None, asking.agreement.framework)
    return [each for each in asking.facts.visits if each.programme in own]


def _framework(asking: Asking) -> Framework:
    return frameworks.named(asking.agreement.framework)


def _of_entries(duty: Duty, asking: Asking) -> Iterator[tuple[CycleEntry, _Round]]:
    entries = {each.key: each for each in _framework(asking).cycle if each.key in duty.entries}
    return ((entries[each.due.key], each) for each in _rounds(asking) if each.due.key in entries)


def _rounds(asking: Asking) -> list[_Round]:
    """Each thing asked for once, those that are not met only while the provider is in use."""
    past = sorted(
        (each for each in _visits(asking) if each.visited_on and each.visited_on <= asking.on),
        key=lambda each: (each.visited_on, str(each.visit_id)),
    )
    found: dict[tuple[str, ...], _Round] = {}
    for due, year in (*_of_years(asking, past), *_regular(asking, past)):
        settled = min((each for each in past if each.visited_on == due.done_on), key=_nearest(due), default=None)
        each = _Round(due, year.academic_year if year else None, settled)
        if due.done_on is not None or asking.used(due.from_on, due.by_on):
            found.setdefault(each.identity, each)
    return list(found.values())


def _nearest(due: Due) -> Callable[[Visit], tuple[bool, str]]:
    """Of the visits of a day, the one of the kind that was asked for first: a follow-up may be of another kind."""
    return lambda visit: (visit.kind is not due.kind, str(visit.visit_id))


def _ask(asking: Asking, year: SchoolYear, past: Sequence[Visit]) -> tuple[Due, ...]:
    return cycles.due(
        _framework(asking),
        provider_from_on=asking.in_use_on,
        terms=year.terms,
        visits=[PastVisit(each.kind, each.visited_on, each.follow_up_within_days) for each in past if each.visited_on],
        regular_days=asking.parameters["regular_visit_days"],
        on=asking.on,
    )


def _of_years(asking: Asking, past: Sequence[Visit]) -> Iterator[tuple[Due, SchoolYear | None]]:
    """The visits of each year; follow-ups belong to none."""
    regular = {each.key for each in _framework(asking).cycle if not each.windows}
    for year in asking.years:
        for due in _ask(asking, year, past):
            if due.key not in regular:
                yield due, None if due.key == "follow-up" else year


def _regular(asking: Asking, past: Sequence[Visit]) -> Iterator[tuple[Due, None]]:
    """The regular visits: the one that each of them made due, with the day of the one that followed."""
    for entry in _framework(asking).cycle:
        if entry.windows or not asking.years:
            continue
        # Two visits of a day, as of two who use the provider, are one of the round.
        first = {each.visited_on: each for each in reversed(past) if each.kind is entry.kind}
        done = list(reversed(first.values()))
        for count in range(len(done) + 1):
            due = next(each for each in _ask(asking, asking.years[-1], done[:count]) if each.key == entry.key)
            yield _done(due, done[count].visited_on if count < len(done) else None), None


def _done(due: Due, on: date | None) -> Due:
    return replace(due, done_on=on)


def _took_place(visit: Visit) -> Event | None:
    return Event(Kind.VISIT, visit.visited_on, Reference("visit", visit.visit_id)) if visit.visited_on else None


def _planned(asking: Asking, due: Due) -> Visit | None:
    """The visit that is planned for a window, the earliest where there are several."""
    planned = [
        (each.begins_on, str(each.visit_id), each)
        for each in _visits(asking)
        if each.kind is due.kind and each.begins_on and due.from_on <= each.begins_on <= due.by_on
    ]
    return min(planned, default=(None, "", None))[2]
