"""Statements of a session that go straight to its driver: where the unit of work would cost more than the work."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from app.db.reading import Hot
from app.db.session import caller_of

_DRIVER = "driver"


class Named(asyncpg.Record):  # type: ignore[misc]
    """A row whose columns are attributes, as those of the object mapper are."""

    def __getattr__(self, name: str) -> Any:
        """A column."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


async def _driver(session: AsyncSession) -> Any:
    """The driver's connection, in the transaction of the session and under its caller's settings."""
    if _DRIVER not in session.info:
        raw = await (await session.connection()).get_raw_connection()
        session.info[_DRIVER] = raw.driver_connection
    return session.info[_DRIVER]


async def rows(session: AsyncSession, sql: str, *values: Any) -> Sequence[Any]:
    """Every row of a statement, which only the second wall narrows: for functions."""
    found: list[Named] = await (await _driver(session)).fetch(sql, *values, record_class=Named)
    return found


async def seen(session: AsyncSession, hot: Hot, **values: Any) -> Sequence[Any]:
    """Every row of a select that the caller may see, behind both walls."""
    sql, given = hot.bound(caller_of(session), values)
    return await rows(session, sql, *given)


async def add(session: AsyncSession, entity: type[SQLModel], records: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, by one statement for any number of them."""
    await (await _driver(session)).execute(adding(entity), as_json(records))


@cache
def adding(entity: type[SQLModel], *, number: int = 1) -> str:
    """The statement that adds the rows of an entity, given as one JSON document.

    Args:
        number: of its parameter.
    """
    table = entity.__table__  # type: ignore[attr-defined]
    columns = ", ".join(column.name for column in table.columns)
    source = f"json_populate_recordset(NULL::{table.name}, ${number}::json)"
    return f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {source}"  # noqa: S608 - our own names


def as_json(records: Iterable[Mapping[str, Any]]) -> str:
    """Rows as the statement takes them."""
    return orjson.dumps(list(records), default=str).decode()
