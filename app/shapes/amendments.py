"""Records that are put right or taken back, on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.db.amending import Correction
from app.db.base import Versions
from app.domain.amendments import RecordState
from app.shapes import Body, Shape, Text

CORRECTION = (
    "By whoever wrote it down, or a lead of that organisation. What it said before stays with it, with the reason, the "
    "time and who (`amendments`); what is owed follows from what it says now. Whose it is, its kind and what it is "
    "about are not put right: take it back, and record it anew."
)
WITHDRAWAL = (
    "By whoever wrote it down, or a lead of that organisation. It stays to be read, and what it met is owed again."
)


class CorrectionBody(Body):
    """What is put right of a record, and why it is: what is absent stays, null empties."""

    reason: Text = Field(description="It stays with what the record said before.")

    def correction(self, expected: Versions) -> Correction:
        """What is said, by somebody who has read a version."""
        said = self.model_dump(exclude_unset=True, exclude={"acting_for", "reason"})
        return Correction(said, self.reason, expected)


class Withdrawal(Body):
    """Why what was written down no longer counts."""

    reason: Text


class RecordAmendment(Shape):
    """How a record was put right or, where `became` is null, taken back: why, when and by whom."""

    amended_at: datetime
    organisation_id: UUID
    amended_by: str | None = Field(description="As the amending system asserts; the audit trail knows the identity.")
    reason: str | None = Field(description="Null for those who are not told what was noted.")


class CorrectableRecord(Shape):
    """What every record says that can be put right."""

    state: RecordState = Field(description="A withdrawn record stays to be read, and meets nothing.")
    withdrawn_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
