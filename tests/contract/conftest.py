"""The contract as the routes make it and as it is frozen, and one small world for all of its tests."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from app.db.connect import runtime_url
from app.main import create_app
from app.settings import Settings
from tests.conftest import cloned, serving, settings_for
from tests.contract.world import World, settled
from tests.given import Given

OPENAPI = Path(__file__).parents[2] / "openapi"
UNLIMITED = {f"rate_{each}": 10_000_000 for each in ("read", "write", "what_if", "import", "sign_in")}


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The contract as the routes make it now."""
    return create_app(Settings(public_url=Settings.model_fields["public_url"].default)).openapi()


@pytest.fixture(scope="session")
def frozen() -> dict[str, Any]:
    """The contract as it is frozen."""
    read: dict[str, Any] = json.loads((OPENAPI / "v1.json").read_text(encoding="utf-8"))
    return read


@pytest_asyncio.fixture(scope="session")
async def world(server_url: str, template: str, data_dir: Path) -> AsyncIterator[World]:
    """The service on a database of its own, in which every path leads to a row."""
    made = runtime_url(settings_for(server_url, f"{template}_new", data_dir))
    async with cloned(server_url, template) as name:
        runtime = SecretStr(made.set(database=name).render_as_string(hide_password=False))
        settings = settings_for(server_url, name, data_dir, runtime_database_url=runtime, **UNLIMITED)
        async with serving(settings) as app:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://apqa.test") as client:
                yield await settled(settings, Given(app, client))
