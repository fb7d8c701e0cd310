"""Versions of a visit's report: frozen when a draft is shared or the record finalised, and found again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import Keyset, Page
from app.db.session import caller_of
from app.db.visit_content import written
from app.db.visit_drawing import draw
from app.db.visits import Visit, VisitVersion, part_of
from app.domain import visit_reports as report
from app.domain.errors import NotFound
from app.domain.frameworks import Framework


async def freeze(
    session: AsyncSession, visit: Visit, form: Framework, stage: report.Stage, *, at: datetime
) -> VisitVersion:
    """Keep the report as it is now; nobody changes it from here on."""
    said = await written(session, visit.id)
    drawn = await draw(session, visit, form, said, stage, at)
    content = report.document(drawn)
    row = VisitVersion(
        **part_of(visit),
        stage=stage.value,
        number=drawn.number,
        content=content,
        content_hash=report.content_hash(content),
        made_by=caller_of(session).principal,
    )
    session.add(row)
    await session.flush()
    return row


async def version(session: AsyncSession, visit_id: UUID, number: int | None = None) -> VisitVersion:
    """A version of the report that the caller may see; the newest unless one is named.

    Raises:
        NotFound
    """
    query = select(VisitVersion).where(col(VisitVersion.visit_id) == visit_id)
    if number is not None:
        query = query.where(col(VisitVersion.number) == number)
    found = (await session.execute(query.order_by(col(VisitVersion.number).desc()).limit(1))).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such report, or it is not yours to see.")
    return found


async def by_hash(session: AsyncSession, content_hash: str) -> tuple[VisitVersion, bool]:
    """The version with a hash, and whether it is the newest of its visit.

    Raises:
        NotFound
    """
    query = select(VisitVersion).where(col(VisitVersion.content_hash) == content_hash).limit(1)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None or found.visit_id is None:
        raise NotFound("There is no report with this hash, or it is not yours to see.")
    return found, (await version(session, found.visit_id)).id == found.id


async def versions(session: AsyncSession, visit_id: UUID, keyset: Keyset) -> Page[VisitVersion]:
    """Every version of a visit's report that the caller may see, oldest first.

    Raises:
        NotFound
    """
    await rows.get(session, Visit, visit_id)
    query = select(VisitVersion).where(col(VisitVersion.visit_id) == visit_id)
    return keyset.page((await session.execute(keyset.cut(query, col(VisitVersion.id)))).scalars().all())
