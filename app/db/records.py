"""What the service writes down about its own acts: audit entries, events, and answers kept for replay."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel

from app.db.base import Row, document, instant, now, uuids
from app.db.session import caller_of


class Audit(Row, table=True):
    """Who did what, to which record, when: never what it said of a child."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_organisation_id_id", "organisation_id", "id"),
        Index("ix_audit_entity_id_id", "entity_id", "id"),
    )

    organisation_id: UUID | None = None
    principal: str
    acting_for: dict[str, Any] | None = document(default=None)
    action: str
    entity: str
    entity_id: UUID | None = None
    details: dict[str, Any] = document(default_factory=dict)
    request_id: str | None = None


class Event(Row, table=True):
    """Something that others need to know, for the organisations that may know it."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_audience", "audience", postgresql_using="gin"),)

    kind: str
    entity: str
    entity_id: UUID | None = None
    audience: list[UUID] = uuids()
    payload: dict[str, Any] = document(default_factory=dict)


class IdempotencyKey(SQLModel, table=True):
    """The first answer to a key, kept for its replay."""

    __tablename__ = "idempotency_keys"

    organisation_id: UUID = Field(primary_key=True)
    principal: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    status: int | None = None
    headers: dict[str, Any] = document(default_factory=dict)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: datetime = instant(default_factory=now, index=True)


def audit(session: AsyncSession, action: str, entity: str, entity_id: UUID | None, **details: Any) -> None:
    """Write down an act of the session's caller, in its transaction.

    Args:
        action: what was done ("create", "end", "override").
        entity: the table's noun.
        details: ids, codes and dates only; never names, UPNs or birth dates.
    """
    caller = caller_of(session)
    session.add(
        Audit(
            organisation_id=caller.organisation_id,
            principal=caller.principal,
            acting_for=session.info.get("acting_for"),
            action=action,
            entity=entity,
            entity_id=entity_id,
            details=details,
            request_id=session.info.get("request_id"),
        )
    )


def tell(
    session: AsyncSession, kind: str, entity: str, entity_id: UUID, audience: Iterable[UUID | None], **payload: Any
) -> None:
    """Put an event before the organisations that may know it, in the transaction of what it tells.

    Args:
        kind: "placement.created", "registration.overridden" and so on.
        audience: organisation ids; None is passed over.
        payload: ids, codes and dates only.
    """
    known = sorted({each for each in audience if each is not None})
    session.add(Event(kind=kind, entity=entity, entity_id=entity_id, audience=known, payload=payload))
