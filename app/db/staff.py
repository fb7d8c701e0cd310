"""A provider's staff, its external audits, and the changes on which judgements of it may rest."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field

from app.db.base import Root, Row, document, one_of
from app.domain.judgements import ProviderChangeKind
from app.domain.provider_changes import StaffRole

STAFF_ROLES = tuple(role.value for role in StaffRole)
CHANGES = tuple(kind.value for kind in ProviderChangeKind)


class StaffMember(Root, table=True):
    """Somebody who works for a provider. Names are used to keep reports free of them."""

    __tablename__ = "provider_staff"
    __table_args__ = (one_of("role", STAFF_ROLES), Index("ix_provider_staff_provider_id_id", "provider_id", "id"))

    provider_id: UUID = Field(foreign_key="providers.id")
    name: str
    role: str
    from_on: date | None = None
    to_on: date | None = None


class ProviderChange(Row, table=True):
    """A change after which what was judged before may no longer hold; recorded at `created_at`."""

    __tablename__ = "provider_changes"
    __table_args__ = (
        one_of("kind", CHANGES),
        Index("ix_provider_changes_provider_id_changed_on", "provider_id", "changed_on"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    kind: str
    changed_on: date


class ProviderAudit(Root, table=True):
    """An external audit of a provider (in Leicestershire that of LEBC), with what it recommends."""

    __tablename__ = "audits"
    __table_args__ = (Index("ix_audits_provider_id_id", "provider_id", "id"),)

    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    body: str
    audited_on: date
    valid_until_on: date | None = None
    outcome: str | None = None
    recommendations: list[dict[str, Any]] = document(default_factory=list)


def changed(session: AsyncSession, provider_id: UUID, kind: ProviderChangeKind, *, on: date) -> None:
    """Write down that something changed on which judgements rest, in the transaction of the act that changes it."""
    session.add(ProviderChange(provider_id=provider_id, kind=kind.value, changed_on=on))
