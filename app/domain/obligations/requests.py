"""How often a commissioner may ask a provider for progress."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.calendar import SchoolYear, three_terms
from app.domain.errors import Conflict
from app.domain.obligations.facts import Request


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many requests in each of the three terms of a year, or in each half term."""

    most: int
    by_half_term: bool
    source: str


def term_of(on: date, years: Sequence[SchoolYear], *, by_half_term: bool) -> tuple[date, date]:
    """The first and the last day for which a request counts as one of the same term; a holiday is of the term before.

    Raises:
        Conflict: `calendar_missing`, where no term is known that has begun by then, in the year of the day.
    """
    starts: list[date] = []
    for year in sorted(years, key=lambda each: each.first_on):
        starts += [each.starts_on for each in (year.terms if by_half_term else three_terms(year.terms))]
    known = [each for each in years if each.first_on <= on <= each.last_on]
    begun = [each for each in starts if each <= on]
    if not known or not begun:
        raise Conflict("There is no calendar that says which term it is.", code="calendar_missing")
    later = min((each for each in starts if each > on), default=max(each.last_on for each in known) + timedelta(days=1))
    return begun[-1], later - timedelta(days=1)


def ensure_within(cap: Cap, asked: Request, before: Iterable[Request], years: Sequence[SchoolYear]) -> None:
    """Refuse one request more than the agreement allows for a pupil in a term (SLA 2022, Learner Progress 7).

    A request about the provider as a whole is one about every placement.

    Raises:
        Conflict: `progress_request_cap`, with the term's days and the limit; `calendar_missing`.
    """
    first, last = term_of(asked.requested_on, years, by_half_term=cap.by_half_term)
    within = [each for each in before if first <= each.requested_on <= last]
    whole = sum(each.placement_id is None for each in within)
    single = [each.placement_id for each in within if each.placement_id is not None]
    if asked.placement_id is not None:
        single = [each for each in single if each == asked.placement_id]
    if whole + max(map(single.count, single), default=0) >= cap.most:
        facts = {"limit": cap.most, "from_on": first.isoformat(), "to_on": last.isoformat(), "source": cap.source}
        detail = "The provider has been asked as often as is agreed this term."
        raise Conflict(detail, code="progress_request_cap", facts=facts)
