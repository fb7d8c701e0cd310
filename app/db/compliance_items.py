"""Records of the evidence that a provider owes: added, and withdrawn by whoever added them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import rows
from app.db.base import Keyset, Page, Root, Versions, instant, uuids
from app.db.evidence import Evidence
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.staff import StaffMember
from app.domain.access import ensure_may_change
from app.domain.compliance import Said, ensure_recordable
from app.domain.errors import Conflict, Fault, Invalid


class ComplianceItem(Root, table=True):
    """A piece of evidence of one type. `staff_id` outlives the member of staff, who may be removed from the record."""

    __tablename__ = "compliance_items"
    __table_args__ = (Index("ix_compliance_items_provider_id_id", "provider_id", "id"),)

    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    type: str
    given_on: date
    valid_until_on: date | None = None
    edition: str | None = None
    staff_id: UUID | None = None
    reference: str | None = None
    note: str | None = None
    evidence_ids: list[UUID] = uuids()
    recorded_by: str
    withdrawn_at: datetime | None = instant(default=None)
    withdrawn_because: str | None = None


async def list_page(
    session: AsyncSession, provider_id: UUID, keyset: Keyset, *, kind: str | None = None
) -> Page[ComplianceItem]:
    """What is recorded of one provider, withdrawn or not, by id."""
    await rows.get(session, Provider, provider_id)
    query = select(ComplianceItem).where(col(ComplianceItem.provider_id) == provider_id)
    if kind is not None:
        query = query.where(col(ComplianceItem.type) == kind)
    return keyset.page((await session.execute(keyset.cut(query, col(ComplianceItem.id)))).scalars().all())


async def get(session: AsyncSession, item_id: UUID) -> ComplianceItem:
    """One record that the caller may know of."""
    return await rows.get(session, ComplianceItem, item_id)


async def add(session: AsyncSession, provider_id: UUID, said: Mapping[str, Any], *, today: date) -> ComplianceItem:
    """Record a piece of evidence.

    Args:
        said: columns, as the client gave them.

    Raises:
        Invalid: `ensure_recordable`, `staff_unknown`, `evidence_unknown`.
        NotFound, Forbidden
    """
    provider, caller = await rows.get(session, Provider, provider_id), caller_of(session)
    names = ("type", "given_on", "staff_id", "edition", "valid_until_on")
    ensure_recordable(Said(**{name: said[name] for name in names}), today=today)
    row = ComplianceItem(
        **said, provider_id=provider.id, organisation_id=caller.organisation, recorded_by=caller.principal
    )
    ensure_may_change(caller, "compliance_items", row.model_dump())
    await _check_staff(session, row)
    await _check_evidence(session, row.provider_id, row.evidence_ids)
    session.add(row)
    await session.flush()
    _written(session, row, "create", "recorded")
    return row


async def withdraw(
    session: AsyncSession, item_id: UUID, reason: str, *, expected: Versions, at: datetime
) -> ComplianceItem:
    """Take back a record, as whoever made it. It stays on record, and counts for nothing.

    Raises:
        Conflict: `withdrawn_already`.
        NotFound, Forbidden, Stale
    """
    row = await rows.for_change(session, ComplianceItem, item_id, expected=expected)
    if row.withdrawn_at is not None:
        raise Conflict("It is withdrawn already.", code="withdrawn_already")
    row.withdrawn_at, row.withdrawn_because = at, reason
    row.touch()
    _written(session, row, "withdraw", "withdrawn")
    return row


def _written(session: AsyncSession, row: ComplianceItem, action: str, told: str) -> None:
    said = {"provider_id": str(row.provider_id), "type": row.type}
    audit(session, action, "compliance_item", row.id, **said)
    tell(session, f"compliance.{told}", "compliance_item", row.id, {row.organisation_id, row.provider_id}, **said)


async def _check_staff(session: AsyncSession, row: ComplianceItem) -> None:
    if row.staff_id is None:
        return
    query = select(col(StaffMember.id)).where(
        col(StaffMember.id) == row.staff_id, col(StaffMember.provider_id) == row.provider_id
    )
    if (await session.execute(query)).scalar_one_or_none() is None:
        fault = Fault("staff_unknown", "Name a member of this provider's staff.", pointer="/staff_id")
        raise Invalid("There is no such member of staff.", code="staff_unknown", errors=(fault,))


async def _check_evidence(session: AsyncSession, provider_id: UUID, named: Sequence[UUID]) -> None:
    if not named:
        return
    query = select(col(Evidence.id)).where(col(Evidence.id).in_(named), col(Evidence.provider_id) == provider_id)
    known = set((await session.execute(query)).scalars())
    faults = tuple(
        Fault("evidence_unknown", "There is no such evidence of this provider.", pointer=f"/evidence_ids/{at}")
        for at, each in enumerate(named)
        if each not in known
    )
    if faults:
        raise Invalid("The record names unknown evidence.", code="evidence_unknown", errors=faults)
