"""Answers kept by Idempotency-Key, in the transaction of their effect."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.base import now
from app.db.records import IdempotencyKey
from app.db.session import caller_of
from app.domain.errors import Conflict, Fault, Invalid

KEPT = timedelta(days=7)
_WAIT = text("SET LOCAL lock_timeout = '2s'")
_WAIT_AS_BEFORE = text("SET LOCAL lock_timeout = DEFAULT")


@dataclass(frozen=True, slots=True)
class Answer:
    """A first answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Replay(Exception):
    """The key was answered before: this is the answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def _mine(session: AsyncSession, key: str) -> tuple[Any, ...]:
    caller = caller_of(session)
    return (
        col(IdempotencyKey.organisation_id) == caller.organisation,
        col(IdempotencyKey.principal) == caller.principal,
        col(IdempotencyKey.key) == key,
    )


async def claim(session: AsyncSession, key: str, fingerprint: str) -> None:
    """Take the key for this transaction.

    Args:
        fingerprint: digest of method, path, query and body.

    Raises:
        Replay: the key has its answer.
        Invalid: `idempotency_key_reused`, the key was used for something else.
        Conflict: `idempotency_key_in_flight`, the first request is not finished.
    """
    caller = caller_of(session)
    await session.execute(
        delete(IdempotencyKey).where(*_mine(session, key), col(IdempotencyKey.created_at) < now() - KEPT)
    )
    values = {"organisation_id": caller.organisation, "principal": caller.principal, "key": key}
    taken = insert(IdempotencyKey).values(**values, fingerprint=fingerprint, headers={}, created_at=now())
    try:
        await session.execute(_WAIT)
        result = await session.execute(taken.on_conflict_do_nothing())
    except DBAPIError as error:
        raise Conflict(
            "The first request with this key is still being answered.", code="idempotency_key_in_flight"
        ) from error
    await session.execute(_WAIT_AS_BEFORE)
    if result.rowcount:  # type: ignore[attr-defined]
        return
    kept = (await session.execute(select(IdempotencyKey).where(*_mine(session, key)))).scalar_one()
    if kept.fingerprint != fingerprint:
        raise Invalid(
            "This key was used for another request.",
            code="idempotency_key_reused",
            errors=(Fault("idempotency_key_reused", "Use a new key.", header="Idempotency-Key"),),
        )
    raise Replay(Answer(kept.status or 200, dict(kept.headers), kept.body or b""))


async def keep(session: AsyncSession, key: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Keep the answer with its effect."""
    await session.execute(
        update(IdempotencyKey).where(*_mine(session, key)).values(status=status, headers=headers, body=body)
    )


async def purge(session: AsyncSession) -> None:
    """Forget answers that are past their keeping. For the scheduled work."""
    await session.execute(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now() - KEPT))
