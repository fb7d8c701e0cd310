"""The table of annual reports, and what of them meets an obligation."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db.base import Root, document, instant, one_of, today, uuids
from app.domain.annual_reports import AnnualReportStatus
from app.domain.obligations import Event, Kind, Reference, ReportPart

DRAFT, PUBLISHED = AnnualReportStatus.DRAFT.value, AnnualReportStatus.PUBLISHED.value


class AnnualReportRow(Root, table=True):
    """One version of a provider's report of an academic year. Once published, only its readers become more.

    `written` and `figures` as `rules.Written` and `rules.AnnualFigures`; `content`: the document, once published.
    `reader_ids`: whoever had to do with a placement in the year, and their partnerships.
    """

    __tablename__ = "annual_reports"
    __table_args__ = (
        one_of("status", (DRAFT, PUBLISHED)),
        CheckConstraint(
            "num_nonnulls(content, content_hash, published_at, published_by)"
            " = CASE status WHEN 'published' THEN 4 ELSE 0 END",
            name="published",
        ),
        UniqueConstraint("provider_id", "academic_year", "number"),
        Index(
            "uq_annual_reports_one_draft",
            "provider_id",
            "academic_year",
            unique=True,
            postgresql_where=text("status = 'draft'"),
        ),
        Index("ix_annual_reports_provider_id_id", "provider_id", "id"),
        Index("ix_annual_reports_content_hash", "content_hash"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    academic_year: str
    number: int = 1
    status: str = DRAFT
    revises_id: UUID | None = Field(default=None, foreign_key="annual_reports.id", index=True)
    written: dict[str, Any] = document(default_factory=dict)
    figures: dict[str, Any] = document(default_factory=dict)
    names_reviewed: str | None = None
    content: dict[str, Any] | None = document(default=None)
    content_hash: str | None = None
    published_at: datetime | None = instant(default=None)
    published_by: str | None = None
    reader_ids: list[UUID] = uuids()
    network_ids: list[UUID] = uuids()
    la_code: str | None = None


async def published(session: AsyncSession, provider_ids: Collection[UUID]) -> Mapping[UUID, list[Event]]:
    """That providers have published reports, all parts of them, each when its first version was."""
    names = ("id", "provider_id", "academic_year", "published_at")
    query = select(*(getattr(AnnualReportRow, name) for name in names)).where(
        col(AnnualReportRow.provider_id).in_(provider_ids),
        col(AnnualReportRow.status) == PUBLISHED,
        col(AnnualReportRow.revises_id).is_(None),
    )
    found: dict[UUID, list[Event]] = defaultdict(list)
    for row in await session.execute(query):
        by, parts = Reference("annual_report", row.id), frozenset(each.value for each in ReportPart)
        event = Event(Kind.ANNUAL_REPORT, today(row.published_at), by, academic_year=row.academic_year, parts=parts)
        found[row.provider_id].append(event)
    return found
