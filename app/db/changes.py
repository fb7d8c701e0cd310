"""What has happened that the caller may know, and what was done in its organisation."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.base import Keyset, Page, least_id
from app.db.records import Audit, Event, EventReader
from app.db.session import caller_of

_MARGIN = timedelta(minutes=1)  # an id is made a moment before the instant that is written beside it


async def list_events(
    session: AsyncSession, keyset: Keyset, *, since: datetime | None, kind: str | None
) -> Page[Event]:
    """Events, oldest first, so that a reader goes on where it stopped."""
    told = col(EventReader.event_id)
    query = select(Event).join(EventReader, told == col(Event.id))
    query = query.where(col(EventReader.organisation_id) == caller_of(session).organisation)
    if since is not None:
        # Ids are in order of creation, so that the index leads to the day that is asked for.
        query = query.where(col(Event.created_at) >= since, told > least_id(since - _MARGIN))
    if kind is not None:
        query = query.where(col(Event.kind) == kind)
    return keyset.page((await session.execute(keyset.cut(query, told))).scalars().all())


async def list_audit(session: AsyncSession, keyset: Keyset, *, entity_id: UUID | None) -> Page[Audit]:
    """Entries of the organisation's audit trail, oldest first."""
    query = select(Audit)
    if entity_id is not None:
        query = query.where(col(Audit.entity_id) == entity_id)
    return keyset.page((await session.execute(keyset.cut(query, col(Audit.id)))).scalars().all())
