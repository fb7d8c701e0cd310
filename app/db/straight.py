"""Statements of a session that go straight to its driver: where the unit of work would cost more than the work."""

from asyncio import create_task, sleep
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import cache
from typing import Any, TypeVar

import asyncpg
import orjson
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from app.db.reading import Hot, shaped
from app.db.session import caller_of

R = TypeVar("R", bound=SQLModel)
AT_ONCE = 1000  # rows
_DRIVER = "driver"


async def _driver(session: AsyncSession) -> Any:
    """The driver's connection, in the transaction of the session and under its caller's settings.

    A session begins its transaction, and sends each savepoint, when it is first asked for its connection in it.
    """
    within = session.sync_session.get_nested_transaction()
    known, driver = session.info.get(_DRIVER, (None, None))
    if driver is None or known is not within:
        raw = await (await session.connection()).get_raw_connection()
        driver = raw.driver_connection
        session.info[_DRIVER] = (within, driver)
    return driver


async def rows(session: AsyncSession, sql: str, *values: Any) -> Sequence[Any]:
    """Every row of a statement, which only the second wall narrows: for functions. Columns are attributes."""
    found: list[asyncpg.Record] = await (await _driver(session)).fetch(sql, *values)
    return shaped(found)


async def chunks(session: AsyncSession, sql: str, *values: Any) -> AsyncGenerator[Sequence[Any], None]:
    """The rows of a statement, `AT_ONCE` at a time, as `rows` gives them: they need not all be there at once.

    While some are read, the database finds the next: until this is closed nothing else may be asked in the session.
    """
    cursor = await (await _driver(session)).cursor(sql, *values)
    found = await cursor.fetch(AT_ONCE)
    while len(found) == AT_ONCE:
        coming = create_task(cursor.fetch(AT_ONCE))
        try:
            await sleep(0)  # it is asked before anything else is done
            yield shaped(found)
        finally:
            found = await coming
    if found:
        yield shaped(found)


async def each(
    session: AsyncSession, known: dict[Any, Any], sql: str, *values: Any, own: str | None = None
) -> AsyncGenerator[Any, None]:
    """The same one by one, for rows of which something is made that stays.

    Args:
        known: ids and days that were read before: what several rows have is one object.
        own: the column of the row's own id, which no other row has.
    """
    async with aclosing(chunks(session, sql, *values)) as several:
        async for found in several:
            names = enumerate(found[0]._fields)
            places = [at for at, name in names if name.endswith(("_id", "_on")) and name != own]
            for row in found:
                told = list(row)
                for at in places:
                    told[at] = known.setdefault(told[at], told[at])
                yield row._make(told)


async def seen(session: AsyncSession, hot: Hot, **values: Any) -> Sequence[asyncpg.Record]:
    """Every row of a select that the caller may see, behind both walls."""
    sql, given = hot.bound(caller_of(session), values)
    found: list[asyncpg.Record] = await (await _driver(session)).fetch(sql, *given)
    return found


def drawn(entity: type[R], columns: Mapping[str, Any]) -> R:
    """A row that is not in any session, of columns that are as they are to be: nothing is checked or derived.

    The mapper looks up every default's signature and sets each attribute by itself, which takes longer than to write
    the row.
    """
    new, nulls = _blank(entity)
    row: R = new()
    vars(row).update(nulls)
    vars(row).update(columns)
    return row


@cache
def _blank(entity: type[R]) -> tuple[Callable[[], R], Mapping[str, None]]:
    """What makes a row of an entity, and its columns, all null."""
    return inspect(entity).class_manager.new_instance, dict.fromkeys(_columns(entity))


async def add(session: AsyncSession, new: Sequence[SQLModel]) -> None:
    """Add rows of one entity, by one statement for any number of them."""
    entity = type(new[0])
    names = frozenset(_columns(entity))
    # What is not said is null: half of most rows, which would be written, sent and read for nothing.
    records = [{k: v for k, v in vars(row).items() if v is not None and k in names} for row in new]
    await (await _driver(session)).execute(adding(entity), as_json(records))


@cache
def _columns(entity: type[SQLModel]) -> tuple[str, ...]:
    return tuple(column.name for column in entity.__table__.columns)  # type: ignore[attr-defined]


@cache
def adding(entity: type[SQLModel], *, number: int = 1) -> str:
    """The statement that adds the rows of an entity, given as one JSON document.

    Args:
        number: of its parameter.
    """
    table = entity.__table__  # type: ignore[attr-defined]
    columns = ", ".join(_columns(entity))
    source = f"json_populate_recordset(NULL::{table.name}, ${number}::json)"
    return f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {source}"  # noqa: S608 - our own names


def as_json(records: Iterable[Mapping[str, Any]]) -> str:
    """Rows as the statement takes them."""
    document: bytes = orjson.dumps(list(records), default=str)
    return document.decode()
