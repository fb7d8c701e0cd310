"""Finding one row: absent or out of sight is 404, seen but not one's own 403, changed meanwhile 412."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import identity_key
from sqlmodel import SQLModel, col

from app.db.base import Root, Versions
from app.db.session import caller_of
from app.domain import access
from app.domain.errors import NotFound, Stale

R = TypeVar("R", bound=SQLModel)
V = TypeVar("V", bound=Root)
T = TypeVar("T")


async def get(session: AsyncSession, entity: type[R], row_id: UUID | int, *, key: str = "id") -> R:
    """The row, where the caller may know of it. What the transaction holds already is not read again.

    Raises:
        NotFound: absent or out of scope, indistinguishably.
    """
    held = session.sync_session.identity_map.get(identity_key(entity, row_id)) if key == "id" else None
    if isinstance(held, entity) and not inspect(held).expired:
        return held
    row = (await session.execute(select(entity).where(col(getattr(entity, key)) == row_id))).scalar_one_or_none()
    return found(row)


async def alone(session: AsyncSession, entity: type[R], row_id: UUID) -> R:
    """The row, where the caller may know of it, locked: of several who end it at once, one does.

    Raises:
        NotFound: absent, out of scope, or ended meanwhile.
    """
    await get(session, entity, row_id)
    query = select(entity).where(col(getattr(entity, "id")) == row_id).with_for_update()  # noqa: B009
    row = (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
    return found(row)


def found(row: T | None) -> T:
    """What was looked for.

    Raises:
        NotFound: absent or out of scope, indistinguishably.
    """
    if row is None:
        raise NotFound("There is no such record, or it is not yours to see.")
    return row


async def for_change(
    session: AsyncSession, entity: type[V], row_id: UUID, *, expected: Versions | None = None, alone: bool = False
) -> V:
    """The row, locked, where the caller may change it and has seen its newest version.

    Args:
        expected: the versions the caller may have based the change on; None where the act does not depend on it.
        alone: nobody adds a row that refers to this one until the transaction ends.

    Raises:
        NotFound, Forbidden, Stale
    """
    seen = await get(session, entity, row_id)
    access.ensure_may_change(caller_of(session), str(entity.__tablename__), seen.model_dump())
    locked = select(entity).where(col(entity.id) == row_id).with_for_update(key_share=not alone)
    row = (await session.execute(locked.execution_options(populate_existing=True))).scalar_one_or_none()
    if row is None or (expected is not None and row.version not in expected):
        raise Stale("The record has changed since you read it. Read it again.")
    return row
