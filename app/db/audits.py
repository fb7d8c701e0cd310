"""Recording external audits of providers."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import Keyset, Page, Versions
from app.db.providers import Provider
from app.db.records import audit
from app.db.session import caller_of
from app.db.staff import ProviderAudit
from app.domain.access import ensure_may_change
from app.domain.audits import Audited, Recommendation, ensure_sound


async def list_page(session: AsyncSession, provider_id: UUID, keyset: Keyset) -> Page[ProviderAudit]:
    """The audits of one provider, as they were recorded."""
    await rows.get(session, Provider, provider_id)
    query = select(ProviderAudit).where(col(ProviderAudit.provider_id) == provider_id)
    return keyset.page((await session.execute(keyset.cut(query, col(ProviderAudit.id)))).scalars().all())


async def get(session: AsyncSession, audit_id: UUID) -> ProviderAudit:
    """One audit that the caller may know of."""
    return await rows.get(session, ProviderAudit, audit_id)


async def add(session: AsyncSession, provider_id: UUID, said: dict[str, Any], *, today: date) -> ProviderAudit:
    """Record an audit of a provider, as the caller's organisation knows of it.

    Args:
        said: columns, as the client gave them; `recommendations` as `{key, text, due_on, done_on}`, with days
            in ISO form.

    Raises:
        Invalid: `audit_invalid`.
        NotFound, Forbidden
    """
    provider = await rows.get(session, Provider, provider_id)
    row = ProviderAudit(provider_id=provider.id, organisation_id=caller_of(session).organisation, **said)
    _ensure_sound(row, said, today)
    ensure_may_change(caller_of(session), "audits", row.model_dump())
    session.add(row)
    await session.flush()
    audit(session, "create", "provider_audit", row.id, provider_id=str(provider_id))
    return row


async def change(
    session: AsyncSession, audit_id: UUID, said: dict[str, Any], *, expected: Versions, today: date
) -> ProviderAudit:
    """Change what is known of an audit. `said` is as in `add`; recommendations are replaced all together.

    Raises:
        Invalid: `audit_invalid`.
        NotFound, Forbidden, Stale
    """
    row = await rows.for_change(session, ProviderAudit, audit_id, expected=expected)
    for column, value in said.items():
        setattr(row, column, value)
    _ensure_sound(row, said, today)
    row.touch()
    audit(session, "change", "provider_audit", row.id, provider_id=str(row.provider_id), fields=sorted(said))
    return row


def _ensure_sound(row: ProviderAudit, said: dict[str, Any], today: date) -> None:
    told = [Recommendation(each["key"], _day(each["done_on"])) for each in row.recommendations]
    ensure_sound(Audited(row.audited_on, row.valid_until_on, told), sent=said.keys(), today=today)


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
