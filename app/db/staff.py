"""A provider's staff, its external audits, and the changes on which judgements of it may rest."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.db.base import Root, Row, document, instant, now, one_of

STAFF_ROLES = ("manager", "dsl", "deputy_dsl", "health_and_safety_lead", "proprietor", "teacher", "other")
CHANGES = ("dsl", "site", "proprietor", "registration")


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
    """A change after which what was judged before may no longer hold."""

    __tablename__ = "provider_changes"
    __table_args__ = (
        one_of("kind", CHANGES),
        Index("ix_provider_changes_provider_id_changed_at", "provider_id", "changed_at"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    kind: str
    changed_at: datetime = instant(default_factory=now)


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
