"""Whether the database is reached and its migrations are at head."""

import asyncio

from asyncpg import InterfaceError, PostgresError

from app.db.revisions import head
from app.db.session import Database

PATIENCE = 3.0


async def unready(database: Database) -> list[str]:
    """What keeps the service from serving, in plain words; nothing where it is ready."""
    try:
        async with asyncio.timeout(PATIENCE), database.readers.connection() as connection:
            at = await connection.fetchval("SELECT version_num FROM alembic_version")
    except (PostgresError, InterfaceError, OSError, TimeoutError):
        return ["the database cannot be reached"]
    return [] if at == head() else ["the database's migrations are not at head: run `apqa migrate`"]
