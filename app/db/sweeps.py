"""Sweeps: where every provider stands on a day, asked for by somebody or by the clock, and kept."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import Keyset, Page, new_id, now
from app.db.census import Line, lines
from app.db.checks import Sweep, SweepResult
from app.db.records import audit
from app.db.session import Database, caller_of
from app.domain.access import Caller

_BATCH = 1000


async def request(session: AsyncSession, *, on: date) -> Sweep:
    """Ask for a sweep; the worker makes it."""
    row = Sweep(organisation_id=caller_of(session).organisation_id, as_of_on=on)
    session.add(row)
    await session.flush()
    audit(session, "sweep", "sweep", row.id, as_of_on=on.isoformat())
    return row


async def make(database: Database, sweep_id: UUID) -> list[Line]:
    """Make a sweep that was asked for. Made twice, it is as if made once."""
    async with database.session_for(Caller.system("sweep")) as session:
        query = select(Sweep).where(col(Sweep.id) == sweep_id).with_for_update()
        row = (await session.execute(query)).scalar_one()
        if row.finished_at is not None:
            return []
        found = [line async for line in lines(session, on=row.as_of_on)]
        for start in range(0, len(found), _BATCH):
            await session.execute(insert(SweepResult), [_kept(row.id, each) for each in found[start : start + _BATCH]])
        counts: dict[str, int] = {}
        for line in found:
            counts[line.overall.value] = counts.get(line.overall.value, 0) + 1
        row.providers, row.results, row.finished_at = len(found), counts, now()
        return found


def _kept(sweep_id: UUID, line: Line) -> dict[str, Any]:
    return {
        "id": new_id(),
        "created_at": now(),
        "sweep_id": sweep_id,
        "provider_id": line.provider_id,
        "la_code": line.la_code,
        "overall": line.overall.value,
        "full_time_pupils": line.full_time_pupils,
        "rulesets": line.results,
    }


async def sweep(database: Database, caller: Caller, *, on: date) -> list[Line]:
    """Ask for a sweep and make it at once."""
    async with database.session_for(caller) as session:
        row = await request(session, on=on)
    return await make(database, row.id)


async def make_next(database: Database) -> bool:
    """Make the oldest sweep that is waiting; whether there was one."""
    async with database.session_for(Caller.system("sweep")) as session:
        query = select(col(Sweep.id)).where(col(Sweep.finished_at).is_(None)).order_by(col(Sweep.id)).limit(1)
        waiting = (await session.execute(query.with_for_update(skip_locked=True))).scalar_one_or_none()
    if waiting is None:
        return False
    await make(database, waiting)
    return True


async def list_page(session: AsyncSession, keyset: Keyset) -> Page[Sweep]:
    """Sweeps that the caller may see."""
    return keyset.page((await session.execute(keyset.cut(select(Sweep), col(Sweep.id)))).scalars().all())


async def results(session: AsyncSession, sweep_id: UUID, keyset: Keyset, *, overall: str | None) -> Page[SweepResult]:
    """A sweep's results that the caller may see."""
    await rows.get(session, Sweep, sweep_id)
    query = select(SweepResult).where(col(SweepResult.sweep_id) == sweep_id)
    if overall is not None:
        query = query.where(col(SweepResult.overall) == overall)
    return keyset.page((await session.execute(keyset.cut(query, col(SweepResult.id)))).scalars().all())


async def get(session: AsyncSession, sweep_id: UUID) -> Sweep:
    """One sweep that the caller may see."""
    return await rows.get(session, Sweep, sweep_id)
