"""Reading at the driver's own speed: READ ONLY transactions for one caller, behind both walls."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, TypeAlias

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import ARRAY, Select, String, Uuid, bindparam, make_url
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.engine import URL

from app.db import policies
from app.domain import access
from app.domain.access import Caller, Role

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
        few_for: roles who see few rows of the table. Theirs are gathered by index and then sorted: the planner, who
            expects equally many for each of them, would go through the table in the order of the page until it is full.
    """

    def __init__(self, statement: Select[Any], *, few_for: Collection[Role] = ()) -> None:
        self.statement = statement
        self.few_for = few_for
        self._compiled: dict[Role, tuple[str, tuple[tuple[str, Any], ...]]] = {}

    def compiled(self, role: Role) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """The SQL for a role, behind the first wall, and its parameters in order, with the values they have already."""
        if role not in self._compiled:
            narrowed = self.statement
            for table in self.statement.get_final_froms():
                see = access.policy(table.name, role).see  # type: ignore[attr-defined]
                narrowed = narrowed.where(policies.where(see, table.c, _BoundCaller))
            told = narrowed.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
            self._compiled[role] = str(told), tuple((name, told.params.get(name)) for name in told.positiontup or ())
        return self._compiled[role]

    def bound(self, caller: Caller, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The SQL for a caller, and the values of its parameters in order."""
        sql, parameters = self.compiled(caller.role)
        known = {**values, **_values(caller)}
        return sql, [known.get(name, fixed) for name, fixed in parameters]


class Named(asyncpg.Record):  # type: ignore[misc]
    """A row whose columns are attributes, too, as those of the object mapper are."""

    def __getattr__(self, name: str) -> Any:
        """A column."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Together:
    """What one caller may read in one READ ONLY transaction, whose rows have attributes."""

    def __init__(self, connection: Connection, caller: Caller) -> None:
        self._connection, self._caller = connection, caller

    async def row(self, hot: Hot, **values: Any) -> Any:
        """The first row of a select that the caller may see, or None."""
        sql, given = hot.bound(self._caller, values)
        return await self._connection.fetchrow(sql, *given, record_class=Named)

    async def ask(self, sql: str, *values: Any) -> Sequence[Any]:
        """Every row of a statement, which only the second wall narrows: for functions."""
        found: list[Named] = await self._connection.fetch(sql, *values, record_class=Named)
        return found


class Reading:
    """What one caller may read, each time in a READ ONLY transaction of its own."""

    def __init__(self, readers: "Readers", caller: Caller) -> None:
        self.caller = caller
        self._readers = readers

    async def rows(self, hot: Hot, **values: Any) -> list[asyncpg.Record]:
        """Every row of a select that the caller may see."""
        sql, given = hot.bound(self.caller, values)
        few = self.caller.role in hot.few_for
        async with self._readers.transaction(self.caller, few=few) as connection:
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
    async def transaction(self, caller: Caller, *, few: bool = False) -> AsyncIterator[Connection]:
        """A READ ONLY transaction for a caller: told to the database in one round trip."""
        async with self.connection() as connection:
            await connection.execute(_begin(caller) + (_GATHER if few else ""))
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


_GATHER = "SET LOCAL enable_indexscan = off; SET LOCAL enable_seqscan = off;"


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
