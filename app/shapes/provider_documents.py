"""Documents between providers and commissioners on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.domain.obligations import ReportPart
from app.domain.obligations.documents import DocumentKind
from app.shapes import Body, Name, Shape, Text
from app.shapes.amendments import CorrectableRecord, CorrectionBody, RecordAmendment
from app.shapes.calendars import AcademicYear

Link = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s\x00]+$")]


class ProviderDocumentCreate(Body):
    """A document that was given. Say who the other party is."""

    kind: DocumentKind
    provider_id: UUID | None = Field(default=None, description="For a commissioner: who gave it, or was given it.")
    commissioner_id: UUID | None = Field(default=None, description="For a provider: to whom it is given.")
    academic_year: AcademicYear | None = Field(default=None, description="Of which it speaks.", examples=["2026/27"])
    given_on: date | None = Field(default=None, description="Today if absent; not in the future.")
    title: Name
    parts: list[ReportPart] = Field(default=[], max_length=5, description="Of an annual report: what it includes.")
    evidence_ids: list[UUID] = Field(default=[], max_length=50)
    url: Link | None = Field(default=None, description="Where it is published.")
    note: Text | None = None


class ProviderDocumentPatch(CorrectionBody):
    """What is put right of a document, and why it is: what is absent stays, null empties."""

    academic_year: AcademicYear | None = Field(default=None, description="Of which it speaks.", examples=["2026/27"])
    given_on: date = Field(default=date.min, description="Not in the future.")
    title: Name = ""
    parts: list[ReportPart] = Field(default=[], max_length=5, description="Of an annual report: what it includes.")
    evidence_ids: list[UUID] = Field(default=[], max_length=50)
    url: Link | None = None
    note: Text | None = None


class ProviderDocumentContent(Shape):
    """What can be put right of a document."""

    academic_year: str | None
    given_on: date
    title: str
    parts: list[ReportPart]
    evidence_ids: list[UUID]
    url: str | None
    note: str | None


class ProviderDocumentAmendment(RecordAmendment):
    """How the record of a document was put right, or taken back."""

    was: ProviderDocumentContent
    became: ProviderDocumentContent | None


class ProviderDocument(ProviderDocumentContent, CorrectableRecord):
    """A document between a provider and a commissioner; an annual report is for the commissioner's network, too."""

    id: UUID
    kind: DocumentKind
    provider_id: UUID
    commissioner_id: UUID
    organisation_id: UUID = Field(description="Who wrote it down here.")
    amendments: list[ProviderDocumentAmendment] = Field(description="Oldest first: the first `was` is the original.")
