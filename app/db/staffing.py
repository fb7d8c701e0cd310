"""Recording a provider's staff, with what a change of them leaves behind."""

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
from app.db.staff import StaffMember, changed
from app.domain.access import ensure_may_change
from app.domain.errors import NotFound
from app.domain.provider_changes import Post, StaffRole, ensure_in_order, staff_changes


async def list_page(session: AsyncSession, provider_id: UUID, keyset: Keyset) -> Page[StaffMember]:
    """The staff of one provider, by id."""
    await rows.get(session, Provider, provider_id)
    query = select(StaffMember).where(col(StaffMember.provider_id) == provider_id)
    return keyset.page((await session.execute(keyset.cut(query, col(StaffMember.id)))).scalars().all())


async def add(session: AsyncSession, provider_id: UUID, said: dict[str, Any], *, today: date) -> StaffMember:
    """Record somebody who works for a provider.

    Args:
        said: columns, as the client gave them.

    Raises:
        Invalid: `ends_before_start`.
        NotFound, Forbidden
    """
    await rows.get(session, Provider, provider_id)
    row = StaffMember(provider_id=provider_id, **said)
    ensure_may_change(caller_of(session), "provider_staff", row.model_dump())
    ensure_in_order(_post(row), pointer="/to_on")
    session.add(row)
    _write_down(session, provider_id, None, _post(row), today)
    await session.flush()
    audit(session, "create", "staff_member", row.id, provider_id=str(provider_id), role=row.role)
    return row


async def change(
    session: AsyncSession, provider_id: UUID, staff_id: UUID, said: dict[str, Any], *, expected: Versions, today: date
) -> StaffMember:
    """Change what is known of a member of staff.

    Raises:
        Invalid: `ends_before_start`.
        NotFound, Forbidden, Stale
    """
    row = await _for_change(session, provider_id, staff_id, expected)
    before = _post(row)
    for column, value in said.items():
        setattr(row, column, value)
    ensure_in_order(_post(row), pointer="/to_on" if "to_on" in said else "/from_on")
    _write_down(session, provider_id, before, _post(row), today)
    row.touch()
    audit(session, "change", "staff_member", row.id, provider_id=str(provider_id), fields=sorted(said))
    return row


async def remove(session: AsyncSession, provider_id: UUID, staff_id: UUID, *, expected: Versions, today: date) -> None:
    """Remove a member of staff from the record.

    Raises:
        NotFound, Forbidden, Stale
    """
    row = await _for_change(session, provider_id, staff_id, expected)
    _write_down(session, provider_id, _post(row), None, today)
    await session.delete(row)
    audit(session, "remove", "staff_member", row.id, provider_id=str(provider_id), role=row.role)


async def _for_change(session: AsyncSession, provider_id: UUID, staff_id: UUID, expected: Versions) -> StaffMember:
    if (await rows.get(session, StaffMember, staff_id)).provider_id != provider_id:
        raise NotFound("There is no such record, or it is not yours to see.")
    return await rows.for_change(session, StaffMember, staff_id, expected=expected)


def _post(row: StaffMember) -> Post:
    return Post(row.name, StaffRole(row.role), row.from_on, row.to_on)


def _write_down(session: AsyncSession, provider_id: UUID, before: Post | None, after: Post | None, today: date) -> None:
    for kind, on in staff_changes(before, after, today=today).items():
        changed(session, provider_id, kind, on=on)
