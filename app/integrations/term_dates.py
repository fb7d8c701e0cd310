"""Term dates as councils and schools publish them in iCalendar (RFC 5545), read strictly into a school year."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from app.domain.calendar import EARLIEST_START, Closure, ClosureReason, SchoolYear, Term, academic_year_named
from app.domain.errors import Fault, Invalid

if TYPE_CHECKING:
    import icalendar

MAX_EVENTS = 500
_DAY = timedelta(days=1)
_SEASONS = {"autumn": 0, "spring": 1, "summer": 2}
_TERM = re.compile(r"(?:school )?term ([1-6])")
_HALF = re.compile(r"(autumn|spring|summer)(?: term)?[ ,:–-]*(?:(1|first|1st)|2|second|2nd)(?: half(?: term)?)?")
# The first that fits decides.
_REASONS = (
    (ClosureReason.INSET, re.compile(r"\binset\b|\b(in-service|training|non[- ]pupil|staff( development)?) days?\b")),
    (
        ClosureReason.HOLIDAY,
        re.compile(r"\b(holidays?|half[- ]term)\b|\b(autumn|christmas|winter|easter|spring|summer) break\b"),
    ),
    (ClosureReason.OTHER, re.compile(r"\b(closed|closure)\b")),
)


@dataclass(frozen=True, slots=True)
class _Event:
    """An event of whole days, both inclusive; `at` counts the file's events from 0."""

    at: int
    summary: str
    starts_on: date
    ends_on: date


class _Unreadable(ValueError):
    """An event that cannot be read: its property, then the code and the words of the fault."""


def from_icalendar(content: bytes, academic_year: str) -> SchoolYear:
    """The school year that a calendar's events of whole days say.

    An event named "Term 1" to "Term 6", or "Autumn 1" to "Summer 2", is a term. One that speaks of INSET, a holiday or
    a closure closes the days of term, Monday to Friday, on which it falls. What lies in other years is passed over;
    any other event is refused, since nobody knows whether pupils come.

    Raises:
        Invalid: `file_unreadable`, with faults that point to "/events/3/summary", or `calendar_invalid`.
    """
    first, last = academic_year_named(academic_year)
    events, faults = _events(content, first - EARLIEST_START, last)
    told = [(event, _ordinal(event.summary), _reason(event.summary)) for event in events]
    faults += [_unknown(event) for event, ordinal, reason in told if ordinal is None and reason is None]
    if faults:
        raise Invalid("Some events cannot be read.", code="file_unreadable", errors=tuple(faults))
    within = ((event, ordinal) for event, ordinal, _ in told if first - EARLIEST_START <= event.starts_on)
    terms = [Term(n, each.starts_on, each.ends_on, each.summary) for each, n in within if n and each.ends_on <= last]
    closed = [(event, reason) for event, ordinal, reason in told if ordinal is None and reason is not None]
    terms.sort(key=lambda term: term.starts_on)
    return SchoolYear(academic_year, tuple(terms), tuple(_closures(closed, terms)))


def _events(content: bytes, from_on: date, to_on: date) -> tuple[list[_Event], list[Fault]]:
    """The events that touch a period, and the faults of those that cannot be read."""
    events: list[_Event] = []
    faults: list[Fault] = []
    for at, component in enumerate(_components(content)):
        if component.get("STATUS") == "CANCELLED":
            continue
        try:
            event = _event(at, component)
        except _Unreadable as unreadable:
            name, code, detail = unreadable.args
            faults.append(Fault(code, f"Event {at + 1}: {detail}", pointer=f"/events/{at}/{name}"))
        else:
            if event.ends_on >= from_on and event.starts_on <= to_on:
                events.append(event)
    return events, faults


def _components(content: bytes) -> Sequence["icalendar.Event"]:
    import icalendar  # noqa: PLC0415 - four megabytes that most processes never need

    try:
        found = icalendar.Calendar.from_ical(content.decode()).walk("VEVENT")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _refused("icalendar_malformed", "This is not one calendar in iCalendar (RFC 5545, UTF-8).") from error
    if len(found) > MAX_EVENTS:
        raise _refused("file_too_long", f"At most {MAX_EVENTS} events.")
    return [each for each in found if isinstance(each, icalendar.Event)]


def _event(at: int, component: "icalendar.Event") -> _Event:
    if "RRULE" in component or "RDATE" in component:
        raise _Unreadable("rrule", "event_repeats", "Write every event out: none may repeat.")
    try:
        starts_on, until = component.start, component.end
        # DTEND is the day after the last (RFC 5545, 3.6.1); some write the first day for an event of one day.
        ends_on = starts_on if until == starts_on else until - _DAY
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise _Unreadable("dtstart", "date_invalid", "It has no first and last day that can be read.") from error
    if isinstance(starts_on, datetime) or isinstance(ends_on, datetime):
        raise _Unreadable("dtstart", "event_not_all_day", "Write whole days, without times.")
    if ends_on < starts_on:
        raise _Unreadable("dtend", "event_backwards", "It ends before it starts.")
    summary = " ".join(str(component.get("SUMMARY", "")).split())
    if not 1 <= len(summary) <= 200 or not summary.isprintable():
        raise _Unreadable("summary", "name_invalid", "It has a name of at most 200 characters.")
    return _Event(at, summary, starts_on, ends_on)


def _ordinal(summary: str) -> int | None:
    """Which of the six terms an event is by its name."""
    name = summary.casefold()
    if told := _TERM.fullmatch(name):
        return int(told[1])
    if told := _HALF.fullmatch(name):
        return 2 * _SEASONS[told[1]] + (1 if told[2] else 2)
    return None


def _reason(summary: str) -> ClosureReason | None:
    """Why an event closes a school, by its name."""
    return next((reason for reason, words in _REASONS if words.search(summary.casefold())), None)


def _closures(told: Sequence[tuple[_Event, ClosureReason]], terms: Sequence[Term]) -> Iterator[Closure]:
    """The closed days of term in their order, each once: as the first event that names it says."""
    closed: dict[date, Closure] = {}
    for event, reason in told:
        for term in terms:
            on, until = max(event.starts_on, term.starts_on), min(event.ends_on, term.ends_on)
            while on <= until:
                if on.weekday() < 5:
                    closed.setdefault(on, Closure(on, reason, event.summary))
                on += _DAY
    return (closed[on] for on in sorted(closed))


def _unknown(event: _Event) -> Fault:
    detail = (
        "It is no term (“Term 1” to “Term 6”, “Autumn 1” to “Summer 2”), INSET day, holiday or closure by its name."
    )
    return Fault("event_unknown", f"Event {event.at + 1}: {detail}", pointer=f"/events/{event.at}/summary")


def _refused(code: str, detail: str) -> Invalid:
    return Invalid("The file cannot be read.", code="file_unreadable", errors=(Fault(code, detail, pointer=""),))
