"""Checks of where providers stand in the register: asked for, confirmed by a person, or due after an import."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import establishments, lookup, register, rows
from app.db.base import Keyset, Page, today
from app.db.providers import Provider
from app.db.records import audit
from app.db.register import StatusCheck
from app.domain.errors import Fault, Invalid

_CHUNK = 1000


async def check_provider(
    session: AsyncSession, provider_id: UUID, *, at: datetime, confirmed_urn: int | None = None
) -> StatusCheck:
    """Look a provider up in the register now, and keep what was found.

    Args:
        confirmed_urn: the establishment that the caller knows the provider to be; it becomes the provider's URN.

    Raises:
        NotFound, Forbidden
        Invalid: `urn_unknown`.
        IntegrityError: a URN that another provider has.
    """
    provider = await rows.for_change(session, Provider, provider_id)
    if confirmed_urn is not None:
        await _ensure_present(session, confirmed_urn)
        provider.urn = confirmed_urn
        await session.flush()
    [finding] = await lookup.find(session, [provider])
    if confirmed_urn is not None:
        finding = replace(finding, matched_by="confirmed")
    [check] = await register.keep(session, [(provider, finding)], at=at)
    provider.touch()
    await session.flush()
    audit(session, "check_status", "provider", provider.id, status=check.status, urn=check.urn, confirmed=confirmed_urn)
    return check


async def list_page(session: AsyncSession, provider_id: UUID, keyset: Keyset) -> Page[StatusCheck]:
    """The history of a provider's checks, oldest first.

    Raises:
        NotFound
    """
    await rows.get(session, Provider, provider_id)
    query = select(StatusCheck).where(col(StatusCheck.provider_id) == provider_id)
    return keyset.page((await session.execute(keyset.cut(query, col(StatusCheck.id)))).scalars().all())


async def refresh(session: AsyncSession, *, at: datetime) -> None:
    """Look every provider up again after an import. A check is kept for those whose status changes."""
    extract_on = await establishments.extract_on(session)
    chunk: Sequence[Provider] = ()
    while chunk := await _after(session, chunk):
        found = list(zip(chunk, await lookup.find(session, chunk), strict=True))
        moved = [(each, finding) for each, finding in found if each.registration_status != finding.status]
        await register.keep(session, moved, at=at)
        for provider, finding in found:
            register.set_registration(provider, finding, on=today(at), extract_on=extract_on)
            provider.touch()
        await session.flush()


async def _after(session: AsyncSession, last: Sequence[Provider]) -> Sequence[Provider]:
    """The next providers, locked in the order of their ids, as everything that locks several of them does."""
    query = select(Provider).order_by(col(Provider.id)).limit(_CHUNK).with_for_update(key_share=True)
    if last:
        query = query.where(col(Provider.id) > last[-1].id)
    return (await session.execute(query)).scalars().all()


async def _ensure_present(session: AsyncSession, urn: int) -> None:
    found = (await establishments.by_urns(session, [urn])).get(urn)
    if found is None or found.vanished_on is not None:
        fault = Fault("urn_unknown", "No such establishment.", pointer="/urn")
        raise Invalid("The register has no such establishment.", code="urn_unknown", errors=(fault,))
