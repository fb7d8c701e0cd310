"""Making a database ready to serve: the role that serves, and the migrations."""

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.db import migrations
from app.db.connect import owner_url, runtime_password, runtime_role
from app.settings import Settings


async def prepare(settings: Settings) -> None:
    """Bring a database to where the service can start on it. Safe to repeat, and to run from several hosts at once."""
    owner = owner_url(settings)
    role = runtime_role(settings)
    engine = create_async_engine(owner, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('apqa roles'))"))
        if settings.runtime_database_url is None:
            await _make_role(connection, role, runtime_password(settings))
        await connection.execute(text(f'GRANT CONNECT, TEMPORARY ON DATABASE "{owner.database}" TO "{role}"'))
    await migrations.upgrade(owner, runtime_role=role)


async def _make_role(connection: AsyncConnection, role: str, password: str) -> None:
    known = await connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    if known.scalar_one_or_none() is None:
        await connection.execute(text(f'CREATE ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS'))
    # The password is hexadecimal, and a role's name is the database's: neither can close its quotes.
    await connection.execute(text(f"ALTER ROLE \"{role}\" PASSWORD '{password}'"))
