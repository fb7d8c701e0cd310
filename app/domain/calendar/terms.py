"""The six terms of an academic year with the days on which a school is closed in them, and what makes them whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from app.domain.calendar.years import academic_year, academic_year_named
from app.domain.errors import Fault, Invalid

# Leicestershire's schools return in the last days of August: they are the first of the year that follows.
EARLIEST_START = timedelta(days=14)
LONGEST_TERM = timedelta(weeks=12)
_SEASONS = ("Autumn", "Spring", "Summer")


@dataclass(frozen=True, slots=True)
class Term:
    """One of the six terms (half terms) of an academic year; both days are inclusive."""

    ordinal: int
    starts_on: date
    ends_on: date
    name: str | None = None

    @property
    def middle_on(self) -> date:
        """The day on which its second half begins."""
        days = (self.ends_on - self.starts_on).days + 1
        return self.starts_on + timedelta(days=days // 2)

    def holds(self, on: date) -> bool:
        """Whether a day lies in it."""
        return self.starts_on <= on <= self.ends_on


class ClosureReason(StrEnum):
    """Why pupils do not come on a day of term."""

    INSET = "inset"
    HOLIDAY = "holiday"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Closure:
    """A day of term on which pupils do not come."""

    closed_on: date
    reason: ClosureReason
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """The terms and closures of one academic year ("2026/27").

    Raises:
        Invalid: `calendar_invalid`, each fault with its pointer into `{"terms": […], "closures": […]}`.
    """

    academic_year: str
    terms: tuple[Term, ...]
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no whole year: whoever holds one can count by it."""
        faults = (*_six(self.terms), *self._dated(), *_apart(self.terms), *_closed(self.closures, self.terms))
        if faults:
            raise Invalid("These terms and closures make no academic year.", code="calendar_invalid", errors=faults)

    @property
    def first_on(self) -> date:
        """Its first day: 1 September, or earlier where the first term begins earlier."""
        return min(academic_year_named(self.academic_year)[0], self.terms[0].starts_on)

    @property
    def last_on(self) -> date:
        """Its last day, 31 August."""
        return academic_year_named(self.academic_year)[1]

    def _dated(self) -> Iterator[Fault]:
        first, last = academic_year_named(self.academic_year)
        for at, term in enumerate(self.terms):
            for field, on in (("starts_on", term.starts_on), ("ends_on", term.ends_on)):
                if not first - EARLIEST_START <= on <= last:
                    detail = "A term lies in its academic year; it may begin up to 14 days before 1 September."
                    yield Fault("term_outside_year", detail, pointer=f"/terms/{at}/{field}")


def year_of(terms: Sequence[Term]) -> tuple[date, date]:
    """First and last day, 1 September to 31 August, of the academic year of six terms: that in which they end."""
    return academic_year(terms[-1].ends_on)


def three_terms(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Six terms as the three that they make in pairs: autumn, spring, summer."""
    pairs = zip(_SEASONS, terms[::2], terms[1::2], strict=True)
    return tuple(Term(n, one.starts_on, two.ends_on, name) for n, (name, one, two) in enumerate(pairs, start=1))


def _six(terms: Sequence[Term]) -> Iterator[Fault]:
    if [term.ordinal for term in terms] != [1, 2, 3, 4, 5, 6]:
        yield Fault("terms_incomplete", "A year has six terms, numbered 1 to 6 in their order.", pointer="/terms")


def _apart(terms: Sequence[Term]) -> Iterator[Fault]:
    for at, term in enumerate(terms):
        if term.ends_on < term.starts_on:
            yield Fault("term_backwards", "A term ends before it starts.", pointer=f"/terms/{at}/ends_on")
        elif term.ends_on - term.starts_on >= LONGEST_TERM:
            detail = "One of six terms lasts at most 12 weeks."
            yield Fault("term_too_long", detail, pointer=f"/terms/{at}/ends_on")
    for at, (one, two) in enumerate(pairwise(terms), start=1):
        if two.starts_on <= one.ends_on:
            yield Fault("terms_overlap", "A term starts after the one before has ended.", f"/terms/{at}/starts_on")


def _closed(closures: Iterable[Closure], terms: Sequence[Term]) -> Iterator[Fault]:
    seen: set[date] = set()
    for at, closure in enumerate(closures):
        pointer = f"/closures/{at}/closed_on"
        if not any(term.holds(closure.closed_on) for term in terms):
            yield Fault("closure_outside_term", "A closure is a day of one of the terms.", pointer=pointer)
        if closure.closed_on in seen:
            yield Fault("closure_repeated", "A day is closed once.", pointer=pointer)
        seen.add(closure.closed_on)
