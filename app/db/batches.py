"""Many placements in one transaction, under the guards of every provider that they name."""

from asyncio import sleep
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import ground, standing
from app.db.desk import Desk, Recorded, Told, Undo
from app.db.ground import Ground
from app.db.records import so_far, take_back
from app.db.threshold import Clock
from app.domain.errors import DomainError

Refusal: TypeAlias = DomainError | DBAPIError | PostgresError
T = TypeVar("T")
_AT_A_STRETCH = 10  # items are decided from memory: others, too, want to be served


async def record(session: AsyncSession, items: Sequence[Told | Refusal], *, clock: Clock) -> list[Recorded | Refusal]:
    """Record what can be recorded, in the order given; an item with an id of another system is brought up to date.

    Args:
        items: what is told, or why it cannot be read, which is passed on.

    Returns:
        For each item what became of it: what is refused has left nothing behind.
    """
    for_all = session.info.get("acting_for")
    told = [each for each in items if isinstance(each, Told)]
    if for_all is not None:
        told = [each if each.acting_for else replace(each, acting_for=for_all) for each in told]
    outcomes = iter(await _in_savepoint(await ground.taken(session, [each.said for each in told], clock), told))
    session.info["acting_for"] = for_all
    return [next(outcomes) if isinstance(item, Told) else item for item in items]


async def _in_savepoint(ground: Ground, items: Sequence[Told]) -> list[Recorded | Refusal]:
    """Items in one savepoint. Where one of them fails in the database, or is refused after something of it had been
    written, it is looked for by halves, so that it alone leaves nothing behind."""
    session = ground.session
    mark, desk = so_far(session), Desk(ground)
    try:
        async with session.begin_nested():
            with session.no_autoflush:  # each step writes down itself what the next one reads
                outcomes = await _recorded(desk, items)
        desk.keep()
        return outcomes
    except (Undo, DBAPIError, PostgresError) as failure:
        if isinstance(failure, DBAPIError) and failure.connection_invalidated:
            raise
        take_back(session, mark)
        if len(items) == 1:
            return [failure.refusal if isinstance(failure, Undo) else failure]
    half = len(items) // 2
    return [*await _in_savepoint(ground, items[:half]), *await _in_savepoint(ground, items[half:])]


async def _recorded(desk: Desk, items: Sequence[Told]) -> list[Recorded | Refusal]:
    """First whom each item is about, then each in its turn, at last all that is to be written."""
    named = [await _named(desk, item) for item in items]
    sources = await standing.sources_of(desk.session, [said for said, _ in named if not isinstance(said, DomainError)])
    outcomes: list[Recorded | Refusal] = []
    for item, (said, wrote) in zip(items, named, strict=True):
        taken = said if isinstance(said, DomainError) else standing.take(desk, sources, item, said)
        found = taken if isinstance(taken, DomainError) else await _tried(desk, item, taken, wrote)
        outcomes.append(found.let_go() if isinstance(found, Recorded) else found)
        if len(outcomes) % _AT_A_STRETCH == 0:
            await sleep(0)
    await desk.write()
    return outcomes


async def _named(desk: Desk, item: Told) -> tuple[dict[str, Any] | DomainError, bool]:
    """The item by our ids, or why that cannot be, and whether something was written for it."""
    return await _tried(desk, item, desk.resolved(item.said), False), desk.wrote


async def _tried(desk: Desk, item: Told, act: Awaitable[T], wrote: bool) -> T | DomainError:
    """What an act on an item gives, or why it is refused, which leaves nothing behind.

    Args:
        wrote: something of the item has been written before.

    Raises:
        Undo: it has to be rolled back.
    """
    session, desk.wrote = desk.session, wrote
    session.info["acting_for"] = item.acting_for
    mark = so_far(session)
    try:
        return await act
    except DomainError as refusal:
        if desk.wrote:
            raise Undo(refusal) from refusal
        take_back(session, mark)
        return refusal
