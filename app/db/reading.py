"""Reading at the driver's own speed: READ ONLY transactions for one caller, behind both walls."""

import asyncio
from collections import namedtuple
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache, lru_cache
from typing import Any, TypeAlias, cast

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import ARRAY, Select, String, Table, Uuid, bindparam, make_url, select
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.engine import URL

from app.db import policies, ways
from app.domain import access
from app.domain.access import Any_, Caller, Role

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]
_NOT_THE_DRIVERS = ("prepared_statement_cache_size", "prepared_statement_name_func")


class _BoundCaller:
    """The caller's values as parameters, so that a statement is the same for every caller of a role."""

    organisation_id = bindparam("caller_organisation", None, Uuid())
    la_code = bindparam("caller_la", None, String())
    network_ids = bindparam("caller_networks", None, ARRAY(Uuid()))


class Hot:
    """A select that is compiled once for each role, with the row conditions of that role, and run by the driver.

    It is built from the tables' columns like any other; its parameters are named by `bindparam`; its rows are answered
    as they are.

    Args:
        by_ways: it is a page of one long table, which is read reason by reason (`app.db.ways`).
    """

    def __init__(self, statement: Select[Any], *, by_ways: bool = False) -> None:
        self.statement = statement
        self.by_ways = by_ways
        self._compiled: dict[Role, tuple[str, tuple[tuple[str, Any], ...]]] = {}

    def compiled(self, role: Role) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """The SQL for a role, behind the first wall, and its parameters in order, with the values they have already."""
        if role not in self._compiled:
            narrowed = self.statement
            for table in self.statement.get_final_froms():
                narrowed = self._seen(narrowed, cast("Table", table), role)
            told = narrowed.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
            self._compiled[role] = str(told), tuple((name, told.params.get(name)) for name in told.positiontup or ())
        return self._compiled[role]

    def _seen(self, statement: Select[Any], table: Table, role: Role) -> Select[Any]:
        see = access.policy(table.name, role).see
        if not (self.by_ways and isinstance(see, Any_)):
            return statement.where(policies.where(see, table.c, _BoundCaller))
        ids = ways.first(statement.with_only_columns(table.c.id), table, see, _BoundCaller)
        return select(*statement.selected_columns).where(table.c.id.in_(ids)).order_by(table.c.id)

    def bound(self, caller: Caller, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The SQL for a caller, and the values of its parameters in order."""
        sql, parameters = self.compiled(caller.role)
        known = {**values, **_values(caller)}
        return sql, [known.get(name, fixed) for name, fixed in parameters]


def shaped(found: Sequence[asyncpg.Record]) -> Sequence[Any]:
    """Rows of one statement with their columns as attributes."""
    return [*map(_shape(*found[0].keys()), found)] if found else ()


@cache
def _shape(*columns: str) -> Callable[[Iterable[Any]], Any]:
    """How a record becomes a row with these columns: looking one up by its name costs a record more than to be read."""
    row: Any = namedtuple("Row", columns)  # type: ignore[misc]  # noqa: PYI024 - only the database knows the columns
    made: Callable[[Iterable[Any]], Any] = row._make
    return made


class Together:
    """What one caller may read in one READ ONLY transaction; columns are attributes."""

    def __init__(self, connection: Connection, caller: Caller) -> None:
        self._connection, self._caller = connection, caller

    async def row(self, hot: Hot, **values: Any) -> Any:
        """The first row of a select that the caller may see, or None."""
        sql, given = hot.bound(self._caller, values)
        found = shaped(await self._connection.fetch(sql, *given))
        return found[0] if found else None

    async def ask(self, sql: str, *values: Any) -> Sequence[Any]:
        """Every row of a statement, which only the second wall narrows: for functions."""
        return shaped(await self._connection.fetch(sql, *values))


class Reading:
    """What one caller may read, each time in a READ ONLY transaction of its own."""

    def __init__(self, readers: "Readers", caller: Caller) -> None:
        self.caller = caller
        self._readers = readers

    async def rows(self, hot: Hot, **values: Any) -> list[asyncpg.Record]:
        """Every row of a select that the caller may see."""
        sql, given = hot.bound(self.caller, values)
        async with self._readers.transaction(self.caller, by_ways=hot.by_ways) as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql, *given)
            return found

    @asynccontextmanager
    async def together(self) -> AsyncIterator[Together]:
        """Several reads in one transaction."""
        async with self._readers.transaction(self.caller) as connection:
            yield Together(connection, self.caller)

    async def row(self, hot: Hot, **values: Any) -> asyncpg.Record | None:
        """The first row of a select that the caller may see."""
        found = await self.rows(hot, **values)
        return found[0] if found else None


class Readers:
    """Connections for reading, made when first needed; who waits longest is served first."""

    def __init__(self, url: URL | str, size: int) -> None:
        _, told = _DIALECT.create_connect_args(make_url(url))  # type: ignore[no-untyped-call]
        self._told = {name: value for name, value in told.items() if name not in _NOT_THE_DRIVERS}
        self._size = size
        # The pool serves whoever comes while a connection is free; in front of it everybody waits in line.
        self._line = asyncio.Semaphore(size)
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection outside any transaction, for what answers before a caller is known."""
        pool = self._pool or await self._open()
        async with self._line, pool.acquire() as connection:
            yield connection

    def for_caller(self, caller: Caller) -> Reading:
        """What a caller may read."""
        return Reading(self, caller)

    @asynccontextmanager
    async def transaction(self, caller: Caller, *, by_ways: bool = False) -> AsyncIterator[Connection]:
        """A READ ONLY transaction for a caller: told to the database in one round trip."""
        async with self.connection() as connection:
            await connection.execute(_begin(caller) + (ways.IN_ORDER if by_ways else ""))
            try:
                yield connection
            finally:
                await connection.execute("ROLLBACK")

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    async def _open(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                settings = {"application_name": "apqa reading", "jit": "off"}
                self._pool = await asyncpg.create_pool(
                    **self._told, min_size=0, max_size=self._size, server_settings=settings, init=_init, reset=_reset
                )
        return self._pool


async def _init(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_encode, decoder=orjson.loads)


def _encode(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _reset(connection: Connection) -> None:
    """Every setting ends with its transaction; one that was broken off ends here."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


def _values(caller: Caller) -> dict[str, Any]:
    return {
        "caller_organisation": caller.organisation_id,
        "caller_la": caller.la_code,
        "caller_networks": caller.network_ids,
    }


@lru_cache(maxsize=4096)
def _begin(caller: Caller) -> str:
    told = {
        "role": caller.role.value,
        "org": str(caller.organisation_id or ""),
        "la": caller.la_code or "",
        "networks": ",".join(map(str, caller.network_ids)),
    }
    return "BEGIN READ ONLY;" + "".join(f"SET LOCAL apqa.{name} = {_quoted(said)};" for name, said in told.items())


def _quoted(text: str) -> str:
    """A literal. `standard_conforming_strings` is on in every server that the service supports."""
    return "'" + text.replace("'", "''") + "'"
