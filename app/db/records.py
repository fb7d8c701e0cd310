"""What the service writes down about its own acts: audit entries, events, and answers kept for replay."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlmodel import Field, SQLModel

from app.db.base import Row, document, instant, new_id, now, uuids
from app.db.session import CallerSession, caller_of
from app.db.straight import adding, as_json


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

    kind: str
    entity: str
    entity_id: UUID | None = None
    audience: list[UUID] = uuids()
    payload: dict[str, Any] = document(default_factory=dict)


class EventReader(SQLModel, table=True):
    """Whom an event is for, once for each: behind row security no index on `audience` would serve (`app.db.ways`).

    Ids are in order of creation, so that a reader goes on where it stopped, whatever others have been told meanwhile.
    """

    __tablename__ = "event_readers"

    organisation_id: UUID = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)


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


class _Told:
    """What one transaction has told so far. It is written down as the transaction ends, all of it at once."""

    def __init__(self) -> None:
        self.audits: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []


def _told(session: AsyncSession | Session) -> _Told:
    info = session.info
    if "told" not in info:
        info["told"] = _Told()
    found: _Told = info["told"]
    return found


def so_far(session: AsyncSession) -> tuple[int, int]:
    """How much has been told, for `take_back`."""
    told = _told(session)
    return len(told.audits), len(told.events)


def take_back(session: AsyncSession, mark: tuple[int, int]) -> None:
    """Forget what has been told since: what it tells of was rolled back to a savepoint."""
    told = _told(session)
    del told.audits[mark[0] :], told.events[mark[1] :]


@event.listens_for(CallerSession, "before_commit")
def _write_down(session: Session) -> None:
    if session.in_nested_transaction():
        return
    told = _told(session)
    if told.audits or told.events:
        session.connection().exec_driver_sql(_WRITE_DOWN, (as_json(told.audits), as_json(told.events)))
        told.audits, told.events = [], []


_READERS = """INSERT INTO event_readers (organisation_id, event_id)
    SELECT reader, id FROM json_populate_recordset(NULL::events, $2::json), unnest(audience) AS reader"""
_WRITE_DOWN = f"WITH audited AS ({adding(Audit)}), told AS ({adding(Event, number=2)}) {_READERS}"


def audit(session: AsyncSession, action: str, entity: str, entity_id: UUID | None, **details: Any) -> None:
    """Write down an act of the session's caller, in its transaction.

    Args:
        action: what was done ("create", "end", "override").
        entity: the table's noun.
        details: ids, codes and dates only; never names, UPNs or birth dates.
    """
    caller = caller_of(session)
    _told(session).audits.append(
        {
            "id": new_id(),
            "created_at": now(),
            "organisation_id": caller.organisation_id,
            "principal": caller.principal,
            "acting_for": session.info.get("acting_for"),
            "action": action,
            "entity": entity,
            "entity_id": entity_id,
            "details": details,
            "request_id": session.info.get("request_id"),
        }
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
    _told(session).events.append(
        {
            "id": new_id(),
            "created_at": now(),
            "kind": kind,
            "entity": entity,
            "entity_id": entity_id,
            "audience": known,
            "payload": payload,
        }
    )
