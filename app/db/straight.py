"""Statements of a session that go straight to its driver: where the unit of work would cost more than the work."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import orjson
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from app.db.reading import Hot, Named
from app.db.session import caller_of

R = TypeVar("R", bound=SQLModel)
AT_ONCE = 2000
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
    """Every row of a statement, which only the second wall narrows: for functions."""
    found: list[Named] = await (await _driver(session)).fetch(sql, *values, record_class=Named)
    return found


async def stream(session: AsyncSession, sql: str, *values: Any) -> AsyncIterator[Sequence[Any]]:
    """The rows of a statement, `AT_ONCE` at a time, which only the second wall narrows; columns by key or attribute."""
    cursor = await (await _driver(session)).cursor(sql, *values, record_class=Named)
    while found := await cursor.fetch(AT_ONCE):
        yield found


async def seen(session: AsyncSession, hot: Hot, **values: Any) -> Sequence[Any]:
    """Every row of a select that the caller may see, behind both walls."""
    sql, given = hot.bound(caller_of(session), values)
    return await rows(session, sql, *given)


def drawn(entity: type[R], columns: Mapping[str, Any]) -> R:
    """A row that is not in any session, of columns that are as they are to be: nothing is checked or derived.

    The mapper looks up every default's signature and sets each attribute by itself, which takes longer than to write
    the row.
    """
    row: R = inspect(entity).class_manager.new_instance()
    vars(row).update(dict.fromkeys(_columns(entity)), **columns)
    return row


async def add(session: AsyncSession, new: Sequence[SQLModel]) -> None:
    """Add rows of one entity, by one statement for any number of them."""
    columns = _columns(type(new[0]))
    records = [{name: known[name] for name in columns} for known in map(vars, new)]
    await (await _driver(session)).execute(adding(type(new[0])), as_json(records))


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
