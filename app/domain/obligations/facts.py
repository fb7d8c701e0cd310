"""What is known of one provider's dealings with one commissioner, as the rules of their agreement read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.domain.calendar import SchoolYear
from app.domain.frameworks import VisitKind
from app.domain.obligations.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a child is taught on some weekdays (1 Monday … 7 Sunday; empty: not known), from one day to another.

    `alternate` are those of them on which it comes every other week; nobody says which week is which.
    """

    site_id: UUID | None
    from_on: date
    to_on: date | None = None
    weekdays: frozenset[int] = frozenset()
    alternate: frozenset[int] = frozenset()

    def surely_on(self, day: date) -> bool:
        """Whether the child comes on a day that is a school day."""
        named = not self.weekdays or day.isoweekday() in self.weekdays
        return self.from_on <= day <= (self.to_on or date.max) and named and day.isoweekday() not in self.alternate


@dataclass(frozen=True, slots=True)
class Placement:
    """One child's placement; `seen_by_id` is the home school, or whoever else sees to it that the child is seen.

    `years` are the calendar of that organisation; None: the commissioner's.
    """

    placement_id: UUID
    child_id: UUID
    from_on: date
    to_on: date | None
    settings: tuple[Setting, ...]
    seen_by_id: UUID
    years: tuple[SchoolYear, ...] | None = None

    def touches(self, from_on: date, to_on: date) -> bool:
        """Whether it lasts on at least one day from one to another."""
        return self.from_on <= to_on and (self.to_on is None or self.to_on >= from_on)


@dataclass(frozen=True, slots=True)
class Reference:
    """A record of the service, by its noun and id."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done on a day, with what it was done for, as far as it says.

    `programme`: the framework whose yearly round it serves; None: whichever asks for it.
    """

    kind: Kind
    met_on: date
    by: Reference
    placement_id: UUID | None = None
    site_id: UUID | None = None
    academic_year: str | None = None
    term: int | None = None
    request_id: UUID | None = None
    visit_id: UUID | None = None
    reported_for_on: date | None = None
    valid_until_on: date | None = None
    topic: str | None = None
    programme: str | None = None
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """A commissioner's request for progress: of one placement, or (None) of all that it has with the provider."""

    request_id: UUID
    requested_on: date
    due_on: date
    placement_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that is planned or has taken place; none that was cancelled. Days are None while they are not known.

    `programme`: the framework whose yearly round it serves; None: that of the agreement.
    """

    visit_id: UUID
    kind: VisitKind
    planned_on: date | None = None
    announced_from_on: date | None = None
    notified_on: date | None = None
    visited_on: date | None = None
    follow_up_within_days: int | None = None
    programme: str | None = None

    @property
    def begins_on(self) -> date | None:
        """The first day on which it may take place, as far as it is planned."""
        return self.announced_from_on or self.planned_on or self.visited_on


@dataclass(frozen=True, slots=True)
class Waiver:
    """That an obligation is not owed, as an organisation said on a day."""

    key: UUID
    by_id: UUID
    waived_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one provider and one commissioner.

    `first_placed_on` is the first day of their first placement ever, None where that is among `placements`. `from_on`
    is the day since which the agreement counts between them.
    """

    provider_id: UUID
    commissioner_id: UUID
    placements: tuple[Placement, ...]
    events: tuple[Event, ...] = ()
    visits: tuple[Visit, ...] = ()
    requests: tuple[Request, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    first_placed_on: date | None = None
    from_on: date | None = None
