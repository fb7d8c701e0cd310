"""Concerns that organisations raise in their own words, and how any concern is read and withdrawn."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import Keyset, Page, Versions
from app.db.concerns import Concern
from app.db.concluding import raise_concern
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.visits import Visit, part_of
from app.domain.access import Caller, ensure_may_change
from app.domain.errors import Conflict, Fault, Forbidden, Invalid


async def list_page(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any]) -> Page[Concern]:
    """Concerns that the caller may know of, by id.

    Args:
        wanted: columns by value; None where every value will do.
    """
    query = select(Concern).where(*(getattr(Concern, name) == value for name, value in wanted.items() if value))
    return keyset.page((await session.execute(keyset.cut(query, col(Concern.id)))).scalars().all())


async def get(session: AsyncSession, concern_id: UUID) -> Concern:
    """One concern that the caller may know of."""
    return await rows.get(session, Concern, concern_id)


async def add(session: AsyncSession, said: Mapping[str, Any]) -> Concern:
    """Raise a concern about a provider, or about a visit on which the caller's organisation works.

    Args:
        said: `provider_id`, `visit_id`, `title`, `detail`.

    Raises:
        Forbidden: `not_yours`, others' visit.
        Invalid: `visit_of_another_provider`.
        NotFound
    """
    caller, provider = caller_of(session), await rows.get(session, Provider, said["provider_id"])
    part = _apart(caller, provider.id) if said["visit_id"] is None else await _of_visit(session, said["visit_id"])
    if part["provider_id"] != provider.id:
        fault = Fault("visit_of_another_provider", "Name a visit of this provider.", "/visit_id")
        raise Invalid("The visit is of another provider.", code="visit_of_another_provider", errors=(fault,))
    row = Concern(
        **part,
        title=said["title"],
        detail=said["detail"],
        organisation_id=caller.organisation,
        raised_by=caller.principal,
    )
    ensure_may_change(caller, "concerns", row.model_dump())
    raise_concern(session, row)
    await session.flush()
    return row


def _apart(caller: Caller, provider_id: UUID) -> dict[str, Any]:
    """Apart from any visit it is for the raiser and its partnership, whose chair decides what follows."""
    team = [each for each in (caller.organisation, caller.partnership_id) if each is not None]
    return {"visit_id": None, "provider_id": provider_id, "visit_status": "", "team_ids": team}


async def _of_visit(session: AsyncSession, visit_id: UUID) -> dict[str, Any]:
    return part_of(await rows.get(session, Visit, visit_id))


async def withdraw(session: AsyncSession, concern_id: UUID, reason: str, *, expected: Versions) -> Concern:
    """Take back an open concern, as its raiser, or as whoever leads the visit; apart from any visit, its partnership.

    Raises:
        Conflict: `concern_not_open`.
        Forbidden: `not_yours`.
        NotFound, Stale
    """
    row = await rows.for_change(session, Concern, concern_id, expected=expected)
    me = caller_of(session).organisation
    if row.visit_id is not None and row.organisation_id != me:
        visit = await rows.get(session, Visit, row.visit_id)
        if visit.lead_organisation_id != me:
            raise Forbidden("Its raiser or whoever leads the visit may withdraw it.", code="not_yours")
    if row.status != "open":
        raise Conflict("The concern is decided or withdrawn already.", code="concern_not_open")
    row.status, row.withdrawn_because = "withdrawn", reason
    row.touch()
    audit(session, "withdraw", "concern", row.id, provider_id=str(row.provider_id))
    tell(session, "concern.withdrawn", "concern", row.id, row.team_ids, provider_id=str(row.provider_id))
    return row
