"""A placement's week on the wire."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.shapes import Part, Shape

ClockTime = Annotated[str, StringConstraints(max_length=5, pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
HoursBasis = Literal["timetable", "declared", "estimated"]
Weeks = Literal["every", "a", "b"]


class SlotSaid(Part):
    """Time at the provider on one weekday, breaks included."""

    weekday: int = Field(ge=1, le=7, description="1 Monday to 7 Sunday.")
    starts_at: ClockTime = Field(examples=["09:30"])
    ends_at: ClockTime = Field(examples=["15:00"])
    weeks: Weeks = "every"
    site_id: UUID | None = None

    def kept(self) -> dict[str, Any]:
        """The slot as it is kept."""
        return self.model_dump(mode="json")


class Week(Part):
    """A placement's week: a timetable, or failing that what is declared or estimated of it."""

    timetable: list[SlotSaid] = Field(default=[], max_length=60)
    weekly_minutes: int | None = Field(default=None, ge=1, le=7 * 24 * 60, description="Hours a week, in minutes.")
    days_per_week: float | None = Field(default=None, gt=0, le=7, multiple_of=0.5)
    sessions_per_week: int | None = Field(default=None, ge=1, le=14, description="Census sessions a week.")
    hours_basis: HoursBasis | None = None

    def told(self) -> dict[str, Any]:
        """The week as the rules take it."""
        names = ("weekly_minutes", "days_per_week", "sessions_per_week", "hours_basis")
        return {name: getattr(self, name) for name in names} | {
            "timetable": tuple(each.kept() for each in self.timetable)
        }


class Slot(Shape):
    """Time at the provider on one weekday, breaks included."""

    weekday: int = Field(description="1 Monday to 7 Sunday.")
    starts_at: str = Field(examples=["09:30"])
    ends_at: str = Field(examples=["15:00"])
    weeks: Weeks
    site_id: UUID | None


class Arrangement(Shape):
    """A placement's week from a day until the next one."""

    from_on: date
    timetable: list[Slot]
    weekly_minutes: int | None
    days_per_week: float | None
    sessions_per_week: int | None
    hours_basis: HoursBasis | None
