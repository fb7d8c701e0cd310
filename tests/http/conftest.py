"""The log, configured as in service and kept from the other tests."""

import io
import logging
from collections.abc import Iterator

import pytest

from app import logs


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """What the service writes to its log while a test runs."""
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers, root.level
    logs.configure("debug", stream)
    yield stream
    root.handlers = before
    root.setLevel(level)
