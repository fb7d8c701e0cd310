"""Work that is done every so often: when each job was last done, and whose turn it is among all processes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from app.db.base import instant, now
from app.db.session import Database
from app.domain.access import Caller

_TRY = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))")


class Job(SQLModel, table=True):
    """A job, and when it was last brought to its end."""

    __tablename__ = "jobs"

    name: str = Field(primary_key=True)
    finished_at: datetime = instant()


@asynccontextmanager
async def turn(database: Database, name: str, *, every: timedelta) -> AsyncIterator[bool]:
    """Whether the job is due and nobody else is at it; it stays ours until the block ends.

    A block that fails, or whose process dies, leaves the job due.
    """
    async with database.session_for(Caller.system(name)) as session:
        ours = (await session.execute(_TRY, {"key": f"job {name}"})).scalar_one()
        last = await session.get(Job, name) if ours else None
        due = ours and (last is None or last.finished_at <= now() - every)
        yield due
        if due:
            done = insert(Job).values(name=name, finished_at=now())
            done = done.on_conflict_do_update(index_elements=["name"], set_={"finished_at": done.excluded.finished_at})
            await session.execute(done)
