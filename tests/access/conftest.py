"""One service on one small county for each module that only looks, or takes back what it does."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import httpx
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from app.db.connect import runtime_url
from app.db.session import Database
from app.deps import Services
from tests.access.visited import FILE
from tests.access.world import World, build
from tests.conftest import cloned, serving, settings_for
from tests.given import Given


@dataclass(frozen=True, slots=True)
class County:
    """The service, its county, and a client without a token."""

    app: FastAPI
    world: World
    http: httpx.AsyncClient
    owner_url: str

    @property
    def held(self) -> Services:
        """What the service holds."""
        services: Services = self.app.state.services
        return services

    @property
    def database(self) -> Database:
        """The service's own way to the database."""
        return self.held.database

    @property
    def given(self) -> Given:
        """Tokens."""
        return Given(self.app, self.http)


@pytest_asyncio.fixture(scope="module")
async def county(server_url: str, template: str, data_dir: Path) -> AsyncIterator[County]:
    """The county, served."""
    made = runtime_url(settings_for(server_url, f"{template}_new", data_dir))
    quotas = dict.fromkeys(("rate_read", "rate_write", "rate_what_if", "rate_import"), 10**6)
    async with cloned(server_url, template) as name:
        runtime = made.set(database=name).render_as_string(hide_password=False)
        settings = settings_for(server_url, name, data_dir, runtime_database_url=SecretStr(runtime), **quotas)
        async with serving(settings) as app:
            held: Services = app.state.services
            world = await build(held.database, settings.issuer)
            await held.contents.keep(hashlib.sha256(FILE).hexdigest(), BytesIO(FILE))
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://apqa.test") as http:
                assert settings.database_url is not None
                owner = settings.database_url.get_secret_value().replace("+asyncpg", "")
                yield County(app, world, http, owner)
