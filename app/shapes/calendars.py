"""Calendars on the wire."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.db import calendars
from app.domain import calendar
from app.domain.calendar import ClosureReason, SchoolYear, bank_holidays
from app.shapes import Body, Name, Part, Shape, Text, checked

AcademicYear = Annotated[
    str,
    StringConstraints(max_length=7, pattern=r"^[0-9]{4}[-/][0-9]{2}$"),
    checked(calendar.academic_year_written),
]

# Six terms as a council publishes them.
_TERMS = [
    {"ordinal": 1, "name": "Autumn 1", "starts_on": "2026-08-27", "ends_on": "2026-10-16"},
    {"ordinal": 2, "name": "Autumn 2", "starts_on": "2026-10-26", "ends_on": "2026-12-18"},
    {"ordinal": 3, "name": "Spring 1", "starts_on": "2027-01-04", "ends_on": "2027-02-12"},
    {"ordinal": 4, "name": "Spring 2", "starts_on": "2027-02-22", "ends_on": "2027-03-25"},
    {"ordinal": 5, "name": "Summer 1", "starts_on": "2027-04-12", "ends_on": "2027-05-28"},
    {"ordinal": 6, "name": "Summer 2", "starts_on": "2027-06-07", "ends_on": "2027-07-13"},
]


class TermPut(Part):
    """One of the six terms; both days are inclusive."""

    ordinal: int = Field(ge=1, le=6)
    name: Name | None = None
    starts_on: date
    ends_on: date


class ClosurePut(Part):
    """A day of term on which pupils do not come. Bank holidays need none: they are known."""

    closed_on: date = Field(examples=["2026-08-27"])
    reason: ClosureReason
    name: Name | None = None


class CalendarPut(Body):
    """The six terms of the year, in their order, and the closures in them."""

    terms: list[TermPut] = Field(min_length=6, max_length=6, examples=[_TERMS])
    closures: list[ClosurePut] = Field(default=[], max_length=100)
    source: Text | None = Field(default=None, description="Where the dates are published.")

    def school_year(self, academic_year: str) -> SchoolYear:
        """What is said, as the rules read it.

        Raises:
            Invalid: `calendar_invalid`.
        """
        terms = tuple(calendar.Term(**each.model_dump()) for each in self.terms)
        return SchoolYear(academic_year, terms, tuple(calendar.Closure(**each.model_dump()) for each in self.closures))


class Term(Shape):
    """A term; both days are inclusive."""

    ordinal: int
    name: str | None
    starts_on: date
    ends_on: date


class Closure(Shape):
    """A day of term on which pupils do not come."""

    closed_on: date
    reason: ClosureReason
    name: str | None


class BankHoliday(Shape):
    """A bank holiday of England and Wales."""

    holiday_on: date
    name: str


class Calendar(Shape):
    """One organisation's academic year. School days are the Mondays to Fridays of its terms, without its closures and
    bank holidays."""

    id: UUID
    organisation_id: UUID
    academic_year: str = Field(description="As 2026/27; in an address as 2026-27.")
    starts_on: date = Field(description="1 September, or the first day of the first term where that is earlier.")
    ends_on: date
    terms: list[Term]
    three_terms: list[Term] = Field(description="Autumn, spring and summer: the six terms in pairs.")
    closures: list[Closure]
    bank_holidays: list[BankHoliday] = Field(description="Those of the year that are known.")
    bank_holidays_known_to_on: date = Field(description="No working or school day after this is counted.")
    source: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class EffectiveCalendar(Calendar):
    """The calendar that counts for an organisation: its own, its partnership's or that of its local authority."""

    resolved_from: Literal["partnership", "school", "local_authority"] = Field(
        description="The kind of the organisation whose calendar it is, which `organisation_id` names."
    )


class DayCounts(Shape):
    """How many days of each kind lie between two dates, both inclusive."""

    organisation_id: UUID = Field(description="Whose calendar was counted by.")
    from_on: date
    to_on: date
    calendar_days: int
    working_days: int = Field(description="Mondays to Fridays that are no bank holidays.")
    school_days: int = Field(description="Working days of a term on which the school is not closed.")


def calendar_shown(row: calendars.Calendar) -> Calendar:
    """A calendar as answered."""
    return Calendar.model_validate(_told(row))


def effective_shown(found: calendars.Effective) -> EffectiveCalendar:
    """The calendar that counts, as answered."""
    return EffectiveCalendar.model_validate(_told(found.calendar) | {"resolved_from": found.resolved_from.value})


def day_counts_shown(found: calendars.Effective, period: tuple[date, date], counts: calendar.DayCounts) -> DayCounts:
    """What was counted, as answered."""
    from_on, to_on = period
    said = {"organisation_id": found.calendar.organisation_id, "from_on": from_on, "to_on": to_on}
    return DayCounts(**said, **asdict(counts))


def _told(row: calendars.Calendar) -> dict[str, Any]:
    year = calendars.school_year(row)
    return row.model_dump() | {
        "starts_on": year.first_on,
        "ends_on": year.last_on,
        "three_terms": calendar.three_terms(year.terms),
        "bank_holidays": bank_holidays.known_between(year.first_on, year.last_on),
        "bank_holidays_known_to_on": bank_holidays.KNOWN_TO_ON,
    }
