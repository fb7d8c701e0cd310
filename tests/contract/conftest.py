"""The contract as the routes make it, and as it is frozen."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings

OPENAPI = Path(__file__).parents[2] / "openapi"


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The contract as the routes make it now."""
    return create_app(Settings(public_url=Settings.model_fields["public_url"].default)).openapi()


@pytest.fixture(scope="session")
def frozen() -> dict[str, Any]:
    """The contract as it is frozen."""
    read: dict[str, Any] = json.loads((OPENAPI / "v1.json").read_text(encoding="utf-8"))
    return read
