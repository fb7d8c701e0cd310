"""What every rule asks of: an agreement, the facts, the school years, and the day on which it is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID

from app.domain.calendar import SchoolYear, is_school_day
from app.domain.obligations.agreements import Agreement, Duty, Point
from app.domain.obligations.facts import Event, Facts, Placement
from app.domain.obligations.vocabulary import Kind

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an obligation is about, as far as it is about such a thing."""

    academic_year: str | None = None
    term: int | None = None
    placement_id: UUID | None = None
    child_id: UUID | None = None
    site_id: UUID | None = None
    visit_id: UUID | None = None
    request_id: UUID | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An obligation before it is known how it stands. `identity` tells it from others of its duty, for good."""

    duty: Duty
    identity: tuple[str, ...]
    opens_on: date
    due_on: date
    subject: Subject
    met: Event | None = None
    missing: tuple[str, ...] = ()
    owed_by_id: UUID | None = None
    title: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """One question: what the agreement asks, by these facts and years, as known on a day."""

    agreement: Agreement
    facts: Facts
    years: Sequence[SchoolYear]
    on: date
    parameters: Mapping[str, int]

    @property
    def since_on(self) -> date:
        """Since when the agreement can ask anything."""
        return max(self.facts.from_on or date.min, self.agreement.effective_from or date.min)

    @property
    def first_placed_on(self) -> date:
        """The first day of the first placement; `date.max` where there is none."""
        known = [each.from_on for each in self.facts.placements]
        return min([*known, self.facts.first_placed_on or date.max])

    @property
    def in_use_on(self) -> date:
        """The first day on which the provider is in use under the agreement."""
        return max(self.first_placed_on, self.since_on)

    def used(self, from_on: date, to_on: date) -> list[Placement]:
        """The placements under the agreement that touch a period."""
        from_on = max(from_on, self.since_on)
        return [each for each in self.facts.placements if each.touches(from_on, to_on)] if from_on <= to_on else []

    def done(self, *kinds: Kind, topic: str | None = None) -> list[Event]:
        """What has been done by now, oldest first."""
        known = [
            each
            for each in self.facts.events
            if each.kind in kinds
            and each.met_on <= self.on
            and topic in (None, each.topic)
            and each.programme in (None, self.agreement.framework)
        ]
        return sorted(known, key=lambda each: (each.met_on, str(each.by.id)))

    def opens_on(self, duty: Duty, due_on: date) -> date:
        """When a duty opens that says how long before its due day."""
        return due_on - timedelta(days=self.parameters[duty.opens_days] if duty.opens_days else 0)

    def day(self, point: Point, year: SchoolYear) -> date:
        """The day of a year that a point names."""
        ordinal = self.parameters[point.parameter] if point.parameter else point.term
        if ordinal is None:
            return year.first_on if point.at == "start" else year.last_on
        term = year.terms[ordinal - 1]
        return {"start": term.starts_on, "middle": term.middle_on, "end": term.ends_on}[point.at.value]


@lru_cache(maxsize=256)
def school_days(year: SchoolYear, ordinal: int) -> tuple[date, ...]:
    """The school days of a term, in order."""
    term = year.terms[ordinal - 1]
    days = ((term.starts_on + timedelta(days=n)) for n in range((term.ends_on - term.starts_on).days + 1))
    return tuple(day for day in days if is_school_day(day, (year,)))


def answered(events: Iterable[Event], placements: Iterable[Placement]) -> Event | None:
    """What answers for all the placements: one answer for the provider as a whole, else the last of one for each."""
    told = list(events)
    whole = [each for each in told if each.placement_id is None]
    first: dict[UUID, Event] = {}
    for each in told:
        if each.placement_id is not None:
            first.setdefault(each.placement_id, each)
    wanted = {each.placement_id for each in placements}
    if wanted and wanted <= first.keys():
        whole.append(max((first[each] for each in wanted), key=lambda each: (each.met_on, str(each.by.id))))
    return min(whole, key=lambda each: (each.met_on, str(each.by.id)), default=None)
