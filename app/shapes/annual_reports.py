"""Annual reports of providers on the wire."""

from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.db.annual_reports import Seen, written_of
from app.domain.annual_reports import AnnualFigures, AnnualQualification, AnnualReportStatus
from app.shapes import Body, Name, Part, Shape, Text
from app.shapes.calendars import AcademicYear

Narrative = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20_000, pattern=r"^[^\x00]+$"),
    Field(description="In paragraphs parted by empty lines. Names nobody: neither pupils nor staff."),
]
Learners = Annotated[int, Field(ge=0, le=10_000)]


class AnnualReportCreate(Body):
    """A report to be begun, or a published one to be revised."""

    academic_year: AcademicYear = Field(description="A year that has begun.", examples=["2025/26"])
    revises_id: UUID | None = Field(
        default=None, description="The version published last, which the new one supersedes once it is published."
    )


class AnnualQualificationSaid(Part):
    """A qualification that was offered in the year."""

    title: Name = Field(examples=["Motor vehicle studies"])
    level: Name | None = Field(default=None, examples=["Entry 3"])
    awarding_body: Name | None = None
    entered: Learners | None = Field(default=None, description="Learners who were entered for it.")
    achieved: Learners | None = Field(default=None, description="Learners who achieved it.")


class AnnualReportPatch(Body):
    """What changes in a draft: what is absent stays, null takes a text away, an empty list the qualifications."""

    introduction: Narrative | None = None
    qualifications: list[AnnualQualificationSaid] = Field(default=[], max_length=100, description="All of them.")
    qualifications_statement: Narrative | None = None
    outcomes_statement: Narrative | None = None
    non_accredited_statement: Narrative | None = None
    plans_following_year: Narrative | None = None
    plans_long_term: Narrative | None = None
    finances_at_year_end: Narrative | None = None
    finances_ahead: Narrative | None = None
    anything_else: Narrative | None = None


class AnnualReportPublish(Body):
    """The lead publishes."""

    names_reviewed: Text | None = Field(
        default=None, description="Why what looks like the name of a person is none; kept with the report."
    )


class AnnualReportGap(Shape):
    """Something that is missing before the report is published, by pointer into it."""

    code: str = Field(examples=["part_missing"])
    detail: str
    pointer: str | None = Field(examples=["/plans_long_term"])


class AnnualReportListed(Shape):
    """One version of a provider's report of an academic year, without what it says."""

    id: UUID
    provider_id: UUID
    academic_year: str
    number: int = Field(description="1 is the first version.")
    status: AnnualReportStatus
    revises_id: UUID | None
    superseded_by_id: UUID | None = Field(description="The published version that revises this one.")
    figures_to_on: date = Field(description="The last day of which its figures tell.")
    content_hash: str | None = Field(description="SHA-256 of the document, once published.")
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class AnnualReport(AnnualReportListed):
    """One version of a provider's report: its own words, and what the system knows of the year.

    In a published report the counts of a qualification are null where they would tell of few learners.
    """

    introduction: str | None
    qualifications: list[AnnualQualification]
    qualifications_statement: str | None
    outcomes_statement: str | None
    non_accredited_statement: str | None
    plans_following_year: str | None
    plans_long_term: str | None
    finances_at_year_end: str | None
    finances_ahead: str | None
    anything_else: str | None
    figures: AnnualFigures
    missing: list[AnnualReportGap] = Field(description="Of a draft: what is missing before it is published.")


class AnnualReportDocument(Shape):
    """A report as a document. Once published its hash is SHA-256 over `document` in its canonical spelling (RFC 8785);
    a draft has none."""

    annual_report_id: UUID
    number: int
    status: AnnualReportStatus
    content_hash: str | None
    document: dict[str, Any]


def _told(seen: Seen) -> dict[str, Any]:
    row = seen.row
    return row.model_dump() | {"superseded_by_id": seen.superseded_by_id, "figures_to_on": row.figures["to_on"]}


def listed(seen: Seen) -> AnnualReportListed:
    """A report without what it says."""
    return AnnualReportListed.model_validate(_told(seen))


def told(seen: Seen) -> AnnualReport:
    """A report with all that it says, and what is missing."""
    written = written_of(seen.row)
    said = {each.name: getattr(written, each.name) for each in fields(written)}
    return AnnualReport.model_validate(_told(seen) | said | {"missing": seen.missing})
