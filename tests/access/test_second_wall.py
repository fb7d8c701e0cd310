"""The database's own wall: on every table, as the code says, and no way over it for the role that serves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asyncpg import InsufficientPrivilegeError
from pydantic import SecretStr
from sqlalchemy import URL, Connection, NullPool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.db import policies
from app.db.base import new_id
from app.db.connect import DRIVER, runtime_role
from app.db.session import Database, UnsafeRole
from app.domain import access
from tests.access.conftest import County
from tests.conftest import admin, serving

PRESENT = text(
    "SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies"
    " WHERE schemaname = 'public' ORDER BY 1, 2"
)
ACTS = {"see": "SELECT", "add": "INSERT", "amend": "UPDATE", "remove": "DELETE"}


async def owned(county: County) -> AsyncIterator[AsyncConnection]:
    """The owner's connection to the county; what it does is rolled back."""
    engine = create_async_engine(make_url(county.owner_url).set(drivername=DRIVER), poolclass=NullPool)
    async with engine.connect() as connection:
        yield connection
        await connection.rollback()


connected = pytest.fixture(name="connected")(owned)


def present(connection: Connection) -> list[tuple[object, ...]]:
    """The policies in the database."""
    return [tuple(row) for row in connection.execute(PRESENT)]


def declared(connection: Connection, role: str) -> list[tuple[object, ...]]:
    """The policies in the database, brought to what the code says."""
    policies.apply(connection, role)
    return present(connection)


async def test_every_table_of_the_database_is_mapped_and_its_row_security_is_forced(county: County) -> None:
    query = text(
        "SELECT relname, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')"
    )
    async with county.database.engine.connect() as connection:
        found = {row.relname: row.forced for row in await connection.execute(query)}
    assert found.pop("alembic_version") is False
    assert found == dict.fromkeys(access.ROWS, True)


async def test_every_table_has_one_policy_for_each_act_and_none_besides(connected: AsyncConnection) -> None:
    found = await connected.run_sync(present)
    expected = [
        (table, name, "PERMISSIVE", ["public"], ACTS[name]) for table in sorted(access.ROWS) for name in sorted(ACTS)
    ]
    assert [row[:5] for row in found] == expected


async def test_the_policies_of_the_database_are_those_of_the_code(county: County, connected: AsyncConnection) -> None:
    role = runtime_role(county.held.settings)
    found = await connected.run_sync(present)
    assert found == await connected.run_sync(declared, role)
    await connected.execute(text("DROP POLICY see ON pupils"))
    await connected.execute(text("CREATE POLICY see ON pupils FOR SELECT USING (true)"))
    assert await connected.run_sync(present) != found
    assert await connected.run_sync(declared, role) == found


async def test_the_role_that_serves_has_no_more_than_the_four_acts(county: County) -> None:
    query = text(
        "SELECT DISTINCT privilege_type FROM information_schema.table_privileges"
        " WHERE table_schema = 'public' AND grantee = current_user AND table_name <> 'alembic_version'"
    )
    async with county.database.engine.connect() as connection:
        assert set((await connection.execute(query)).scalars()) == set(ACTS.values())
        assert not (await connection.execute(text("SELECT has_schema_privilege('public', 'CREATE')"))).scalar_one()


@asynccontextmanager
async def role(county: County, *attributes: str) -> AsyncIterator[tuple[str, URL]]:
    """A role of the server with these attributes, and the address by which it signs in; gone at the end."""
    owner = make_url(county.owner_url)
    name = f"apqa_test_{new_id().hex}"
    try:
        await admin(county.owner_url, f"CREATE ROLE {name} LOGIN PASSWORD 'x' {' '.join(attributes)}")
    except InsufficientPrivilegeError:
        pytest.skip("the owner of this server may not make such a role")
    try:
        yield name, owner.set(drivername=DRIVER, username=name, password="x")
    finally:
        await admin(county.owner_url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


async def faults(url: URL) -> str:
    """Why the service will not start as a role; empty where it will."""
    database = Database(url, pool_size=1)
    try:
        await database.ensure_safe()
    except UnsafeRole as unsafe:
        return str(unsafe)
    finally:
        await database.close()
    return ""


async def test_the_service_starts_as_a_role_that_can_do_nothing_but_serve(county: County) -> None:
    async with role(county) as (_, url):
        assert await faults(url) == ""


@pytest.mark.parametrize(("attribute", "why"), [("SUPERUSER", "is a superuser"), ("BYPASSRLS", "has BYPASSRLS")])
async def test_the_service_refuses_a_role_that_row_security_does_not_bind(
    county: County, attribute: str, why: str
) -> None:
    async with role(county, attribute) as (name, url):
        assert f"role {name} {why}" in await faults(url)


async def test_an_unsafe_role_ends_the_start_of_the_service(county: County) -> None:
    async with role(county, "BYPASSRLS") as (_, url):
        told = {"runtime_database_url": SecretStr(url.render_as_string(hide_password=False))}
        with pytest.raises(UnsafeRole, match="the service will not start"):
            async with serving(county.held.settings.model_copy(update=told)):
                pass


@pytest.mark.parametrize("attribute", ["SUPERUSER", "BYPASSRLS"])
async def test_the_service_refuses_a_role_that_can_become_such_a_one(county: County, attribute: str) -> None:
    async with role(county, attribute) as (mighty, _), role(county, f"IN ROLE {mighty}") as (name, url):
        assert f"role {name} can act as {mighty}" in await faults(url)


async def test_the_service_refuses_the_owner_of_a_table_and_whoever_can_become_the_owner(county: County) -> None:
    async with role(county) as (owner, owners), role(county, f"IN ROLE {owner}") as (member, members):
        await admin(county.owner_url, f"ALTER TABLE sites OWNER TO {owner}")
        try:
            assert f"role {owner} owns table sites" in await faults(owners)
            assert f"role {member} owns table sites" in await faults(members)
        finally:
            await admin(county.owner_url, "ALTER TABLE sites OWNER TO current_user")


@pytest.mark.parametrize("weakened", ["NO FORCE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"])
async def test_the_service_refuses_a_table_whose_row_security_is_not_forced(county: County, weakened: str) -> None:
    whole = ("ENABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY")
    async with role(county) as (_, url):
        await admin(county.owner_url, f"ALTER TABLE sites {weakened}")
        try:
            assert "row security is not forced on table sites" in await faults(url)
        finally:
            await admin(county.owner_url, *(f"ALTER TABLE sites {each}" for each in whole))
