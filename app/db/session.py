"""The one way to a session: one transaction, for one caller, behind both walls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import orjson
from sqlalchemy import ClauseElement, Connection, event, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from app.db import policies
from app.db.reading import Readers
from app.domain.access import Caller

_SET_CALLER = text(
    "SELECT set_config('apqa.role', :role, true), set_config('apqa.org', :org, true),"
    " set_config('apqa.la', :la, true), set_config('apqa.networks', :networks, true)"
)


class CallerSession(Session):
    """A session that carries its caller; the listeners below put both walls around every statement."""


class UnsafeRole(RuntimeError):
    """The role that the service signs in as could step over the second wall."""


class Database:
    """The engine of one process and the sessions made from it."""

    def __init__(self, url: URL | str, *, pool_size: int = 10) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=False,
            json_deserializer=orjson.loads,
            connect_args={"server_settings": {"application_name": "apqa", "jit": "off"}},
        )
        self._reading = self.engine.execution_options(postgresql_readonly=True)
        self.readers = Readers(url, pool_size)

    @asynccontextmanager
    async def session_for(self, caller: Caller, *, readonly: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction for one caller: committed on a clean exit, rolled back on any error.

        Args:
            caller: whose rows are seen and changed.
            readonly: open a READ ONLY transaction.
        """
        session = AsyncSession(
            self._reading if readonly else self.engine, sync_session_class=CallerSession, expire_on_commit=False
        )
        session.info["caller"] = caller
        async with session, session.begin():
            yield session

    async def ensure_safe(self) -> None:
        """Refuse a role that could bypass row security.

        Raises:
            UnsafeRole: superuser, BYPASSRLS, owner (or member of the owner) of a table, or a table without forced RLS.
        """
        async with self.engine.connect() as connection:
            faults = (await connection.execute(_UNSAFE)).scalars().all()
        if faults:
            raise UnsafeRole("the service will not start: " + "; ".join(faults))

    async def close(self) -> None:
        """Close every connection."""
        await self.readers.close()
        await self.engine.dispose()


_UNSAFE = text(
    """
    SELECT 'role ' || current_user || ' is a superuser' FROM pg_roles WHERE rolname = current_user AND rolsuper
    UNION ALL
    SELECT 'role ' || current_user || ' has BYPASSRLS' FROM pg_roles WHERE rolname = current_user AND rolbypassrls
    UNION ALL
    SELECT 'role ' || current_user || ' can act as ' || r.rolname || ', which could bypass row security'
      FROM pg_roles r WHERE r.rolname <> current_user AND (r.rolsuper OR r.rolbypassrls)
       AND pg_has_role(current_user, r.oid, 'MEMBER')
    UNION ALL
    SELECT 'role ' || current_user || ' owns table ' || c.relname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_has_role(current_user, c.relowner, 'MEMBER')
    UNION ALL
    SELECT 'row security is not forced on table ' || c.relname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    """
)


@event.listens_for(CallerSession, "after_begin")
def _tell_the_database(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested:  # a savepoint is under the settings of its transaction
        return
    caller: Caller = session.info["caller"]
    connection.execute(
        _SET_CALLER,
        {
            "role": caller.role.value,
            "org": str(caller.organisation_id or ""),
            "la": caller.la_code or "",
            "networks": ",".join(map(str, caller.network_ids)),
        },
    )


@event.listens_for(CallerSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Add the caller's row conditions to every SELECT, UPDATE and DELETE that names a mapped table."""
    if state.is_column_load or state.is_relationship_load:
        return
    options = policies.criteria(state.session.info["caller"], cast("ClauseElement", state.statement))
    if options:
        state.statement = state.statement.options(*options)


def caller_of(session: AsyncSession) -> Caller:
    """Whose session this is."""
    caller: Caller = session.info["caller"]
    return caller
