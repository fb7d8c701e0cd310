"""How a command works on the database: as the serving role, what is refused told in one line."""

import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import uvloop
from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app import logs
from app.cli.context import fail, reachable, settings
from app.db.connect import DatabaseUnset, runtime_url
from app.db.session import Database, UnsafeRole
from app.domain.errors import DomainError
from app.settings import Settings

T = TypeVar("T")


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Settings, Database]]:
    """Settings and a database to work on, as the serving role, behind the same walls as the service."""
    with reachable(settings()) as found:
        database = Database(runtime_url(found), pool_size=2)
        try:
            await database.ensure_safe()
            yield found, database
        finally:
            await database.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what it refuses is told in one line."""
    logs.configure("WARNING", sys.stderr)
    try:
        return uvloop.run(work)
    except DomainError as error:
        for fault in error.errors:
            sys.stderr.write(f"{fault.detail}\n")
        fail(error.detail)
    except (DatabaseUnset, UnsafeRole) as error:
        fail(str(error))
    except (SQLAlchemyError, PostgresError, OSError) as error:
        told = getattr(error, "orig", None) if isinstance(error, DBAPIError) else error
        fail(f"the database: {told or error}. Did you run `apqa migrate`?")
