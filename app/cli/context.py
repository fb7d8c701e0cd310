"""What every command needs: the settings, a database that is there, and errors in one line."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NoReturn, TypeVar

import typer
from asyncpg import PostgresError
from pydantic import SecretStr, ValidationError
from rich.console import Console
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app import logs
from app.db.connect import DatabaseUnset, runtime_url
from app.db.embedded import EmbeddedUnavailable, embedded
from app.db.session import Database, UnsafeRole
from app.domain.errors import DomainError
from app.settings import Settings

T = TypeVar("T")
console = Console()
problems = Console(stderr=True)


def settings() -> Settings:
    """The settings, or a plain sentence about the one that cannot be."""
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        fail(f"APQA_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}")


def fail(message: str) -> NoReturn:
    """End the command with a sentence."""
    problems.print(f"[red]error:[/red] {message}", highlight=False, soft_wrap=True)
    raise typer.Exit(1)


@contextmanager
def reachable(found: Settings) -> Iterator[Settings]:
    """The settings with a database address: the operator's, or the embedded server's, which runs meanwhile."""
    if found.database_url is not None:
        yield found
        return
    try:
        with embedded(found.data_dir) as url:
            yield found.model_copy(update={"database_url": SecretStr(url)})
    except EmbeddedUnavailable as error:
        fail(str(error))


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
        return asyncio.run(work)
    except DomainError as error:
        for fault in error.errors:
            problems.print(fault.detail, highlight=False, soft_wrap=True)
        fail(error.detail)
    except (DatabaseUnset, UnsafeRole) as error:
        fail(str(error))
    except (SQLAlchemyError, PostgresError, OSError) as error:
        told = getattr(error, "orig", None) if isinstance(error, DBAPIError) else error
        fail(f"the database: {told or error}. Did you run `apqa migrate`?")
