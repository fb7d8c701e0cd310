"""Obligations as organisations list them, waive them, and read them in their calendars."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import owing, rows
from app.db.base import Keyset, Page
from app.db.obligation_records import ObligationFeed, ObligationWaiver
from app.db.organisations import Organisation
from app.db.owing import Owed, Undetermined
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import Database, caller_of
from app.domain.access import Caller, Grade, Role
from app.domain.errors import Conflict, Forbidden, NotFound
from app.domain.obligations import Obligation, State

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_NETWORKS = text("SELECT apqa_networks_of(:organisation)")


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of obligations, and what cannot be told."""

    page: Page[Obligation]
    undetermined: list[Undetermined]


def place(written: str) -> Any:
    """A place in the list as it stands in a cursor, for `Keyset`. Raises ValueError."""
    day, _, key = written.partition(" ")
    return f"{date.fromisoformat(day)} {UUID(key)}"


async def list_page(
    session: AsyncSession, keyset: Keyset, *, on: date, wanted: Mapping[str, Any], due: tuple[date | None, date | None]
) -> Listed:
    """What the caller's organisation owes and is owed, by due day.

    Args:
        on: the day as known on which it is told.
        wanted: attributes of an obligation and the value that each must have; None asks nothing.
        due: only what is due from the first of these days on, and before the second; None: at any time.
    """
    owed = await owing.gather(session, on=on, provider_id=wanted.get("provider_id"))
    after: Any = keyset.after or ""
    since, before = due[0] or date.min, due[1] or date.max
    found = [
        each
        for each in owed.obligations
        if each.place > after
        and since <= each.due_on < before
        and all(value is None or getattr(each, name) == value for name, value in wanted.items())
    ]
    return Listed(keyset.page(found[: keyset.limit + 1], "place"), owed.undetermined)


async def get(session: AsyncSession, key: UUID, *, on: date) -> Obligation:
    """One obligation that the caller's organisation owes or is owed, as known on a day.

    Raises:
        NotFound
    """
    owed = await owing.gather(session, on=on)
    return rows.found(next((each for each in owed.obligations if each.key == key), None))


# --- waivers --------------------------------------------------------------------------------------------------------


async def _mine(session: AsyncSession, key: UUID, on: date) -> Obligation:
    """An obligation that the caller may waive. Raises NotFound, Forbidden."""
    found = await get(session, key, on=on)
    _ensure_mine(session, found.waivable_by_id)
    return found


def _ensure_mine(session: AsyncSession, waivable_by_id: UUID) -> None:
    if waivable_by_id != caller_of(session).organisation:
        raise Forbidden("Whom it is owed to may waive it.", code="not_yours")


async def waive(session: AsyncSession, key: UUID, reason: str, *, on: date) -> Obligation:
    """Say that an obligation is not owed this once.

    Raises:
        Conflict: `obligation_settled`, it is met or waived.
        NotFound, Forbidden
    """
    await session.execute(_ONE_AT_A_TIME, {"key": f"waiver {key}"})
    waived = (await session.execute(select(ObligationWaiver).where(col(ObligationWaiver.id) == key))).first()
    if waived is not None:
        _ensure_mine(session, waived[0].organisation_id)
        raise _settled()
    found = await _mine(session, key, on)
    if found.settled:
        raise _settled()
    caller = caller_of(session)
    row = ObligationWaiver(
        id=key,
        organisation_id=caller.organisation,
        **{name: getattr(found, name) for name in ("provider_id", "owed_by_id", "owed_to_id", "agreement_id", "duty")},
        due_on=found.due_on,
        waived_on=on,
        reason=reason,
        waived_by=caller.principal,
    )
    session.add(row)
    await session.flush()
    _written(session, "waive", "obligation.waived", row)
    # Not asked for again: what is settled and older than the calendars that are known is told no more.
    return replace(found, state=State.WAIVED, waived_because=reason)


def _settled() -> Conflict:
    return Conflict("It is met or waived already.", code="obligation_settled")


async def unwaive(session: AsyncSession, key: UUID) -> None:
    """Take a waiver back. Raises NotFound, Forbidden."""
    _ensure_mine(session, (await rows.get(session, ObligationWaiver, key)).organisation_id)
    row = await rows.alone(session, ObligationWaiver, key)
    await session.delete(row)
    _written(session, "unwaive", "obligation.waiver_withdrawn", row)


def _written(session: AsyncSession, action: str, event: str, row: ObligationWaiver) -> None:
    about = {"duty": row.duty, "due_on": row.due_on.isoformat()}
    audit(session, action, "obligation_waiver", row.id, **about)
    parties = (row.owed_by_id, row.owed_to_id, row.organisation_id)
    tell(session, event, "obligation_waiver", row.id, parties, **about)


# --- feeds ----------------------------------------------------------------------------------------------------------


def hashed(secret: str) -> str:
    """A feed's secret as it is kept. It is as random as a key, so that a plain hash keeps it."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def add_feed(session: AsyncSession, secret: str) -> ObligationFeed:
    """Keep a new secret address of the caller's organisation."""
    caller = caller_of(session)
    row = ObligationFeed(organisation_id=caller.organisation, secret_hash=hashed(secret), made_by=caller.principal)
    session.add(row)
    await session.flush()
    audit(session, "create", "obligation_feed", row.id)
    return row


async def list_feeds(session: AsyncSession, keyset: Keyset) -> Page[ObligationFeed]:
    """The addresses of the caller's organisation, by id, those that are revoked included."""
    query = keyset.cut(select(ObligationFeed), col(ObligationFeed.id))
    return keyset.page((await session.execute(query)).scalars().all())


async def revoke_feed(session: AsyncSession, feed_id: UUID, *, at: datetime) -> None:
    """End an address, at once; one that has ended stays as it is. Raises NotFound."""
    row = await rows.alone(session, ObligationFeed, feed_id)
    if row.revoked_at is None:
        row.revoked_at = at
        audit(session, "revoke", "obligation_feed", row.id)
        await session.flush()


async def feed_caller(database: Database, secret: str) -> Caller:
    """Whom a secret address speaks for: its organisation, which only reads.

    Looked up by its hash, which tells nothing of how near a guess is.

    Raises:
        NotFound: unknown or revoked, indistinguishably.
    """
    async with database.session_for(Caller.system("feed"), readonly=True) as session:
        query = select(ObligationFeed, Organisation).join(
            Organisation, col(Organisation.id) == col(ObligationFeed.organisation_id)
        )
        live = query.where(col(ObligationFeed.secret_hash) == hashed(secret), col(ObligationFeed.revoked_at).is_(None))
        found = (await session.execute(live)).one_or_none()
        if found is None:
            raise NotFound("There is no such feed.")
        feed, organisation = found
        networks = (await session.execute(_NETWORKS, {"organisation": organisation.id})).scalar_one()
    return Caller(
        role=Role(organisation.kind),
        grade=Grade.VIEWER,
        organisation_id=organisation.id,
        la_code=organisation.la_code,
        partnership_id=organisation.partnership_id,
        network_ids=tuple(networks),
        subject=f"feed:{feed.id}",
    )


async def fed(database: Database, caller: Caller, *, on: date) -> tuple[Owed, dict[UUID, str]]:
    """What a feed shows: the obligations of its organisation, and the names of the providers."""
    async with database.session_for(caller, readonly=True) as session:
        owed = await owing.gather(session, on=on)
        wanted = {each.provider_id for each in owed.obligations}
        query = select(col(Provider.id), col(Provider.name)).where(col(Provider.id).in_(wanted))
        names: dict[UUID, str] = {each.id: each.name for each in await session.execute(query)}
    return owed, names
