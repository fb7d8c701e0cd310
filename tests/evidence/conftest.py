"""Files to send, and what is left of them in the store."""

from pathlib import Path

import pytest

from app.settings import Settings
from tests.evidence.sending import Store
from tests.given import Api, Given


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The service with a data folder of the test's own: what one test keeps is no leftover to another."""
    return settings.model_copy(update={"data_dir": tmp_path})


@pytest.fixture
def store(settings: Settings) -> Store:
    """The object store of the service: a local folder."""
    return Store(settings.data_dir / "evidence")


@pytest.fixture
async def partnership(given: Given) -> Api:
    """Whoever assures quality."""
    return await given.partnership()


@pytest.fixture
async def provider_id(given: Given, partnership: Api) -> str:
    """The provider that the files are about."""
    return str((await given.provider(partnership))["id"])


@pytest.fixture
async def provider(given: Given, provider_id: str) -> Api:
    """The provider itself."""
    return await given.api(provider_id)
