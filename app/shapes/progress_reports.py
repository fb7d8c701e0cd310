"""Requests for reports of progress, and the reports, on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.shapes import Body, Part, Shape, Text
from app.shapes.amendments import CorrectableRecord, CorrectionBody, RecordAmendment
from app.shapes.calendars import AcademicYear

ReportKind = Annotated[
    Literal["tracking", "progress"],
    Field(description="A return at the end of a term, or an answer to a request."),
]
Term = Annotated[int, Field(ge=1, le=6, description="One of the six terms of the year.")]
EvidenceIds = Annotated[list[UUID], Field(max_length=50)]


class ProgressRequestCreate(Body):
    """A request for a report of progress."""

    provider_id: UUID
    placement_id: UUID | None = Field(default=None, description="Null: of all that you have with the provider.")
    due_on: date = Field(description="The day by which it is asked for, today or later.")
    note: Text | None = None


class ProgressRequest(Shape):
    """A commissioner's request for a report of progress."""

    id: UUID
    provider_id: UUID
    commissioner_id: UUID
    placement_id: UUID | None
    requested_on: date
    due_on: date
    note: str | None
    created_at: datetime


class ProgressTargetSaid(Part):
    """A target, and how far it is reached."""

    target: Text
    progress: Text | None = None
    met: bool | None = None


class ProgressTarget(Shape):
    """A target, and how far it is reached."""

    target: str
    progress: str | None
    met: bool | None


class ProgressReportCreate(Body):
    """A report of progress in a term."""

    kind: ReportKind
    placement_id: UUID | None = Field(default=None, description="Null: of all that the commissioner has placed.")
    provider_id: UUID | None = Field(default=None, description="For a commissioner that writes down what it was given.")
    commissioner_id: UUID | None = Field(default=None, description="For a provider: to whom, without a placement.")
    academic_year: AcademicYear = Field(examples=["2026/27"])
    term: Term
    submitted_on: date | None = Field(default=None, description="Today if absent; not in the future.")
    summary: Text
    targets: list[ProgressTargetSaid] = Field(default=[], max_length=50)
    evidence_ids: EvidenceIds = Field(default=[])
    request_id: UUID | None = Field(default=None, description="The request that it answers; then its kind is progress.")


class ProgressReportPatch(CorrectionBody):
    """What is put right of a report, and why it is: what is absent stays, null empties."""

    academic_year: AcademicYear = Field(default="2026/27", examples=["2026/27"])
    term: Term = 1
    submitted_on: date = Field(default=date.min, description="Not in the future.")
    summary: Text = ""
    targets: list[ProgressTargetSaid] = Field(default=[], max_length=50)
    evidence_ids: EvidenceIds = Field(default=[])
    request_id: UUID | None = Field(default=None, description="The request that it answers; then its kind is progress.")


class ProgressReportContent(Shape):
    """What can be put right of a report."""

    academic_year: str
    term: int
    submitted_on: date
    summary: str
    targets: list[ProgressTarget]
    evidence_ids: list[UUID]
    request_id: UUID | None


class ProgressReportAmendment(RecordAmendment):
    """How a report was put right, or taken back."""

    was: ProgressReportContent
    became: ProgressReportContent | None


class ProgressReport(ProgressReportContent, CorrectableRecord):
    """A provider's report of progress in a term."""

    id: UUID
    kind: ReportKind
    placement_id: UUID | None
    provider_id: UUID
    commissioner_id: UUID
    organisation_id: UUID = Field(description="Who wrote it down here.")
    amendments: list[ProgressReportAmendment] = Field(description="Oldest first: the first `was` is the original.")
