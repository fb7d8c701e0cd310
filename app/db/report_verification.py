"""Which report of the service has a hash, of whatever kind it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import annual_reports, visit_reports
from app.db.base import Keyset


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A report that the service made; the ids of the other kind are None. `is_newest`: none later can be seen."""

    kind: Literal["visit_report", "annual_report"]
    content_hash: str
    provider_id: UUID
    visit_id: UUID | None = None
    annual_report_id: UUID | None = None
    academic_year: str | None = None
    number: int
    stage: Literal["draft", "final"]
    made_at: datetime
    is_newest: bool


async def by_hash(session: AsyncSession, content_hash: str) -> Verified:
    """The report with a hash.

    Raises:
        NotFound: there is none, or none that the caller may see.
    """
    return await _annual(session, content_hash) or await _of_visit(session, content_hash)


async def _annual(session: AsyncSession, content_hash: str) -> Verified | None:
    wanted = {"content_hash": content_hash}
    for each in (await annual_reports.list_page(session, Keyset((), None, 1), wanted=wanted)).rows:
        row = each.row
        assert row.published_at is not None  # nothing else has a hash: the table holds them together
        return Verified(
            kind="annual_report",
            content_hash=content_hash,
            provider_id=row.provider_id,
            annual_report_id=row.id,
            academic_year=row.academic_year,
            number=row.number,
            stage="final",
            made_at=row.published_at,
            is_newest=each.superseded_by_id is None,
        )
    return None


async def _of_visit(session: AsyncSession, content_hash: str) -> Verified:
    row, newest = await visit_reports.by_hash(session, content_hash)
    return Verified(
        kind="visit_report",
        content_hash=content_hash,
        provider_id=row.provider_id,
        visit_id=row.visit_id,
        number=row.number,
        stage="final" if row.stage == "final" else "draft",
        made_at=row.created_at,
        is_newest=newest,
    )
