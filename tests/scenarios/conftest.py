"""One service for each file of scenarios: every scenario brings its own organisations, and asks of its own alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from app.db.connect import runtime_url
from tests.conftest import cloned, serving, settings_for
from tests.given import Given


@pytest_asyncio.fixture(scope="module")
async def shared_app(server_url: str, template: str, data_dir: Path) -> AsyncIterator[FastAPI]:
    """The service on a database that the file's scenarios share."""
    made = runtime_url(settings_for(server_url, f"{template}_new", data_dir))
    async with cloned(server_url, template) as name:
        runtime = SecretStr(made.set(database=name).render_as_string(hide_password=False))
        async with serving(settings_for(server_url, name, data_dir, runtime_database_url=runtime)) as app:
            yield app


@pytest_asyncio.fixture(scope="module")
async def given(shared_app: FastAPI) -> AsyncIterator[Given]:
    """Organisations, tokens, providers, pupils and placements for a scenario to begin with."""
    transport = httpx.ASGITransport(app=shared_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://apqa.test") as client:
        yield Given(shared_app, client)
