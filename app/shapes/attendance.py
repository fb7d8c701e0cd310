"""Attendance on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, SkipValidation, StringConstraints

from app.db.attendance import Told
from app.db.attendance_summary import Summary
from app.domain.attendance import Entry, Mark, Session
from app.domain.errors import Invalid
from app.shapes import Body, Part, Shape, Text

Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2),
    Field(description="A code of the reference list `attendance-codes`.", examples=["/"]),
]


class AttendanceSaid(Part):
    """What is said of one session."""

    placement_id: UUID
    session_on: date = Field(description="A day of the placement; not in the future.", examples=["2026-09-07"])
    session: Session
    code: Code
    minutes_late: int | None = Field(default=None, ge=0, le=600, description="Of a pupil who came.")
    nature: Text | None = Field(default=None, description="Of the activity or cause; asked for with `Y7`.")
    comment: Text | None = None
    reported_at: datetime | None = Field(default=None, description="When it was reported; now where absent.")
    reason: Text | None = Field(default=None, description="Why the register is amended, where it said otherwise.")

    def told(self, **source: str) -> Told:
        """What was told."""
        entry = Entry(self.code, self.minutes_late, self.nature, self.comment)
        mark = Mark(self.session_on, self.session, entry)
        return Told(self.placement_id, mark, self.reported_at, self.reason, **source)


class AttendanceBatch(Body):
    """Up to 500 marks, each for itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "placement_id": "0197f3a0-0000-7000-8000-000000000000",
                            "session_on": "2026-09-07",
                            "session": "AM",
                            "code": "L",
                            "minutes_late": 20,
                        }
                    ]
                }
            ]
        }
    )

    # Each is read by itself, so that a malformed one is refused alone.
    items: list[Annotated[AttendanceSaid, SkipValidation]] = Field(min_length=1, max_length=500)


class AttendancePut(AttendanceSaid, Body):
    """A mark as another system holds it."""

    def from_source(self, source: str, external_id: str) -> Told:
        """What was told. A system that amends its register has its reasons: where it names none, it is named."""
        said = self if self.reason else self.model_copy(update={"reason": f"Amended in {source}."})
        return said.told(source=source, external_id=external_id)


def batch_told(item: AttendanceSaid | Invalid) -> Told | Invalid:
    """One mark of several, or why it could not be read."""
    return item if isinstance(item, Invalid) else item.told()


class AttendanceEntry(Shape):
    """What the register said of a session."""

    code: str
    minutes_late: int | None
    nature: str | None
    comment: str | None
    reported_at: datetime


class AttendanceAmendment(Shape):
    """How the register was amended, why, when and by whom."""

    amended_at: datetime
    organisation_id: UUID
    amended_by: str | None = Field(description="As the amending system asserts; the audit trail knows the identity.")
    reason: str
    was: AttendanceEntry
    became: AttendanceEntry


class AttendanceMark(AttendanceEntry):
    """What the register says of one session."""

    id: UUID
    placement_id: UUID
    provider_id: UUID
    commissioner_id: UUID
    organisation_id: UUID = Field(description="Who marked it first.")
    source: str | None
    external_id: str | None
    session_on: date
    session: Session
    amendments: list[AttendanceAmendment] = Field(description="Oldest first: the first `was` is the original entry.")
    version: int
    created_at: datetime
    updated_at: datetime


class AttendanceSummary(Shape):
    """What the register of a placement comes to, in sessions. `late` are among those present or, after the register
    closed, absent."""

    placement_id: UUID
    from_on: date
    to_on: date
    sessions: int
    present: int
    absent: int
    authorised_absences: int
    unauthorised_absences: int
    not_possible: int = Field(description="Sessions that the department does not count as possible.")
    late: int
    percent: str | None = Field(description="Attended among those possible, to one decimal place.", examples=["93.5"])
    awaiting_reason: int = Field(description="Marked N.")
    reasons_overdue: int | None = Field(
        description="Marked N more than five school days ago; null where no calendar tells."
    )
    unreported_on: list[date] | None = Field(
        description="School days of the timetable that have passed without a mark; null where no calendar or no "
        "timetable tells. Days of alternate weeks are not asked for."
    )


def summary_shown(found: Summary) -> AttendanceSummary:
    """A summary as answered."""
    told: dict[str, Any] = {name: getattr(found.tally, name) for name in _COUNTED}
    percent: Decimal | None = found.tally.percent
    told["percent"] = None if percent is None else str(percent)
    days = None if found.unreported_on is None else list(found.unreported_on)
    return AttendanceSummary(
        placement_id=found.placement_id,
        from_on=found.from_on,
        to_on=found.to_on,
        reasons_overdue=found.reasons_overdue,
        unreported_on=days,
        **told,
    )


_COUNTED = (
    *("sessions", "present", "absent", "authorised_absences", "unauthorised_absences"),
    *("not_possible", "late", "awaiting_reason"),
)
