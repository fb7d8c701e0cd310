"""What providers declare of their pupils who are not in the service."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import facts, rows
from app.db.base import Keyset, Page
from app.db.providers import Declaration, Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.access import ensure_may_change
from app.domain.errors import Fault, Invalid


async def declare(
    session: AsyncSession,
    provider_id: UUID,
    *,
    declared_on: date,
    groups: Sequence[dict[str, Any]],
    good_for_days: int,
    today: date,
) -> Declaration:
    """Record a declaration. It replaces the provider's earlier ones from its day on; none is ever changed.

    Args:
        groups: `[{count, weekly_minutes, days_per_week, compulsory_school_age, ehcp, looked_after, sen_support,
            sole_provision}]`, like pupils together; empty: there are no others.
        good_for_days: after so many days it is stale.

    Raises:
        Invalid: a day to come.
        NotFound, Forbidden
    """
    if declared_on > today:
        fault = Fault("in_the_future", "Declare what is, not what will be.", pointer="/declared_on")
        raise Invalid("A declaration cannot be of a day to come.", code="in_the_future", errors=(fault,))
    await rows.get(session, Provider, provider_id)
    row = Declaration(
        provider_id=provider_id,
        declared_on=declared_on,
        stale_from_on=declared_on + timedelta(days=good_for_days),
        declared_by=caller_of(session).principal,
        groups=list(groups),
    )
    ensure_may_change(caller_of(session), "declarations", row.model_dump())
    await facts.lock(session, [provider_id])
    session.add(row)
    await session.flush()
    audit(session, "create", "declaration", row.id, declared_on=declared_on.isoformat())
    tell(session, "declaration.created", "declaration", row.id, {provider_id}, declared_on=declared_on.isoformat())
    return row


async def list_page(session: AsyncSession, provider_id: UUID, keyset: Keyset) -> Page[Declaration]:
    """A provider's declarations, oldest first."""
    await rows.get(session, Provider, provider_id)
    query = select(Declaration).where(col(Declaration.provider_id) == provider_id)
    return keyset.page((await session.execute(keyset.cut(query, col(Declaration.id)))).scalars().all())
