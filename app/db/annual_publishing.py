"""How an annual report is published: complete, frozen, and open to those whom it concerns."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import compliance_items, facts, rows
from app.db.annual_report_rows import PUBLISHED, AnnualReportRow
from app.db.annual_reports import draft_of, drawn, missing_of, superseded, written_of
from app.db.annual_standing import OWN_EVIDENCE
from app.db.base import Versions
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain import annual_reports as rules
from app.domain.annual_reports import AnnualReportStatus
from app.domain.calendar import academic_year_named
from app.domain.documents import content_hash, plain

_READERS = text("SELECT reader_ids, network_ids FROM apqa_annual_report_readers(:provider, :academic_year)")


async def publish(
    session: AsyncSession, report_id: UUID, names_reviewed: str | None, *, expected: Versions, on: date, at: datetime
) -> AnnualReportRow:
    """Publish a draft of which nothing is missing. It gives way to a row that nobody changes or removes.

    Args:
        names_reviewed: why what looks like the name of a person is none.

    Raises:
        Conflict: `annual_report_incomplete`, by pointer; `annual_report_published`.
        NotFound, Stale
    """
    draft = await draft_of(session, report_id, expected)
    rules.ensure_complete(await missing_of(session, draft, on, reviewed=names_reviewed is not None))
    await facts.lock(session, [draft.provider_id])  # so that no placement is recorded meanwhile, whose readers it lacks
    frozen = draft.model_dump() | await _frozen(session, draft, at) | await _readers(session, draft)
    row = AnnualReportRow(**frozen | {"names_reviewed": names_reviewed})
    await session.delete(draft)
    await session.flush()
    session.add(row)
    await session.flush()
    await _show(session, row, on)
    audit(session, "publish", "annual_report", row.id, number=row.number, names_reviewed=names_reviewed is not None)
    about = {"provider_id": str(row.provider_id), "academic_year": row.academic_year}
    tell(session, "annual_report.published", "annual_report", row.id, (row.provider_id, *row.reader_ids), **about)
    return row


async def _show(session: AsyncSession, row: AnnualReportRow, on: date) -> None:
    """Let the first report of the past year be the evidence that one was published, where compliance asks for it."""
    if row.revises_id is None and academic_year_named(row.academic_year)[1] > on - timedelta(days=365):
        said = {"type": OWN_EVIDENCE, "given_on": on, "note": f"Annual report {row.academic_year}"}
        unsaid = dict.fromkeys(("staff_id", "edition", "valid_until_on"))
        await compliance_items.add(session, row.provider_id, unsaid | said, today=on)


async def _frozen(session: AsyncSession, draft: AnnualReportRow, at: datetime) -> dict[str, Any]:
    """What a published row says otherwise than its draft: counts of few learners are in none of its columns."""
    content = rules.document(replace(await drawn(session, draft, at=at), stage=AnnualReportStatus.PUBLISHED))
    return {
        "status": PUBLISHED,
        "written": plain(rules.published(written_of(draft))),
        "content": content,
        "content_hash": content_hash(content),
        "published_at": at,
        "published_by": caller_of(session).principal,
        "updated_at": at,
        "version": draft.version + 1,
    }


async def _readers(session: AsyncSession, draft: AnnualReportRow) -> dict[str, Any]:
    """Who reads a report, and whoever reads the one that it supersedes, too."""
    asked = {"provider": draft.provider_id, "academic_year": draft.academic_year}
    found = (await session.execute(_READERS, asked)).one()
    before = await superseded(session, draft)
    return {
        "reader_ids": sorted({*found.reader_ids, *(before.reader_ids if before else ())}),
        "network_ids": sorted({*found.network_ids, *(before.network_ids if before else ())}),
        "la_code": (await rows.get(session, Provider, draft.provider_id)).la_code,
    }
