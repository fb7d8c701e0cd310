"""How the database's migrations are run."""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from alembic.config import Config
from alembic.operations import MigrateOperation, Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, NullPool, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.util import await_only

from alembic import command
from app import db
from app.db import revisions
from app.db.connect import DRIVER

# Statements prepared before a change of the schema would be refused after it.
_NOTHING_PREPARED = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}


async def upgrade(url: URL | str, revision: str = "head", *, runtime_role: str) -> None:
    """Bring a database to a revision, and at head its row policies to what the code says. Safe to repeat.

    All in one transaction, and one process at a time: a second one waits, and finds nothing left to do.

    Args:
        url: the owner's address, straight to the server (no pooler between).
        revision: where to.
        runtime_role: the role that the policies' tables are granted to. It exists already.
    """
    await _run(url, lambda config: command.upgrade(config, revision), runtime_role=runtime_role)


async def downgrade(url: URL | str, revision: str) -> None:
    """Take a database back to a revision ("base" is an empty one)."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def draft(url: URL | str, message: str) -> None:
    """Write a new migration file: what the tables in the code have and a database at head has not. For review."""
    import_tables()
    await _run(url, lambda config: command.revision(config, message, autogenerate=True))


def import_tables() -> None:
    """Import every module with tables, so that the metadata is whole."""
    for module in pkgutil.iter_modules(db.__path__, f"{db.__name__}."):
        importlib.import_module(module.name)


async def current_and_head(connection: AsyncConnection) -> tuple[str | None, str | None]:
    """The revision of a database (None before the first), and the newest one."""
    current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    return current, revisions.head()


def _config(**attributes: Any) -> Config:
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(revisions.script_location()).replace("%", "%%"))
    return config


async def _run(url: URL | str, act: Callable[[Config], object], **attributes: Any) -> None:
    address = make_url(url).set(drivername=DRIVER)
    engine = create_async_engine(address, poolclass=NullPool, connect_args=_NOTHING_PREPARED)
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: act(_config(connection=sync, **attributes)))


@Operations.register_operation("execute_script")
class ExecuteScript(MigrateOperation):
    """`op.execute_script(sql)`: several statements at once, which a prepared statement cannot hold."""

    def __init__(self, sql: str) -> None:
        self.sql = sql

    @classmethod
    def execute_script(cls, operations: Operations, sql: str) -> None:
        """Execute SQL statements separated by semicolons, without parameters, in the migration's transaction."""
        operations.invoke(cls(sql))


@Operations.implementation_for(ExecuteScript)
def _execute_script(operations: Operations, operation: ExecuteScript) -> None:
    driver: Any = operations.get_bind().connection.driver_connection
    await_only(driver.execute(operation.sql))
