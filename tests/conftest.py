"""A database of one's own for each test that asks, cloned from a template, on the embedded server or any other."""

import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from app import logs
from app.db import embedded, policies
from app.db.base import new_id
from app.db.connect import runtime_url
from app.db.prepare import prepare
from app.domain.access import ROWS
from app.main import create_app
from app.settings import Settings
from tests.given import Given


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The owner's address of a server: `APQA_DATABASE_URL`, or an embedded one that all runs and workers share.

    It lies in the checkout, not in pytest's own folder: where root runs the tests, the server's user could not enter
    that, and each run would leave a server's files elsewhere.
    """
    external = os.environ.get("APQA_DATABASE_URL")
    if external:
        yield external
        return
    with embedded.embedded(Path(__file__).parents[1] / ".apqa" / "tests", fsync=False) as url:
        yield url


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests' signing key is kept."""
    return tmp_path_factory.mktemp("data")


def settings_for(url: str, database: str, data_dir: Path, **more: Any) -> Settings:
    """Settings of a service on one database of the server."""
    address = make_url(url).set(drivername="postgresql", database=database)
    given: dict[str, Any] = {"data_dir": data_dir, "dev_issuer": True, "pool_size": 8}
    given |= {"sweep_every_hours": 0, "worker": False}
    return Settings(database_url=SecretStr(address.render_as_string(hide_password=False)), **given | more)


async def admin(url: str, *statements: str) -> None:
    """Run statements as the server's owner, outside a transaction."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="session")
async def template(server_url: str, data_dir: Path) -> str:
    """The name of a database with migrations at head and nothing else. It is kept for as long as it is true."""
    name = f"apqa_template_{_digest_of_the_schema()}"
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute("SELECT pg_advisory_lock(7301)")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}_new" WITH (FORCE)')
            await connection.execute(f'CREATE DATABASE "{name}_new"')
            await prepare(settings_for(server_url, f"{name}_new", data_dir))
            await connection.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
        return name
    finally:
        await connection.close()


def _digest_of_the_schema() -> str:
    """What a database at head depends on, in short."""
    root = Path(__file__).parents[1]
    sources = [*root.glob("alembic/**/*.py"), *root.glob("app/db/*.py")]
    told = hashlib.sha256("".join(chain.from_iterable(policies.statements(each, "") for each in ROWS)).encode())
    for source in sorted(sources):
        told.update(source.read_bytes())
    return told.hexdigest()[:16]


@asynccontextmanager
async def cloned(server_url: str, template: str) -> AsyncIterator[str]:
    """A database that is a copy of the template, dropped at the end."""
    name = f"apqa_test_{new_id().hex}"
    await admin(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield name
    await admin(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[FastAPI]:
    """The service, started on a database."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture
async def settings(server_url: str, template: str, data_dir: Path) -> AsyncIterator[Settings]:
    """Settings of a service on a fresh database."""
    made = runtime_url(settings_for(server_url, f"{template}_new", data_dir))
    async with cloned(server_url, template) as name:
        # The copy grants what the template grants, so the template's role serves it.
        runtime = made.set(database=name).render_as_string(hide_password=False)
        yield settings_for(server_url, name, data_dir, runtime_database_url=SecretStr(runtime))


@pytest_asyncio.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The service on a fresh database, logging as it does when served, whatever command another test has run."""
    logs.configure("INFO")
    async with serving(settings) as app:
        yield app


@pytest_asyncio.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that service, signed in as nobody."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://apqa.test") as client:
        yield client


@pytest_asyncio.fixture
async def given(app: FastAPI, http: httpx.AsyncClient) -> Given:
    """Organisations, tokens, providers, pupils and placements for a test to begin with."""
    return Given(app, http)
