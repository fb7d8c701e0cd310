"""The log is JSON and holds no personal data, even where somebody logs it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    written = io.StringIO()
    logs.configure("debug", written)
    yield written
    root.handlers = before
    root.setLevel(level)


def only_line(stream: io.StringIO) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(stream.getvalue())
    return told


def test_keys_that_name_personal_data_are_dropped_at_any_depth(stream: io.StringIO) -> None:
    pupil = {"upn": "A823432123456", "Given_Name": "Mabel", "year_group": 9, "born_on": "2012-01-01"}
    structlog.get_logger("app.test").info(
        "seen", name="Mabel", count=1, rows=[pupil], nested={"family_name": "Fictitious"}
    )
    line = only_line(stream)
    assert line["rows"] == [{"year_group": 9}]
    assert line["nested"] == {}
    assert line["count"] == 1
    assert (line["event"], line["level"], line["logger"]) == ("seen", "info", "app.test")
    assert line["timestamp"].endswith("Z")
    for value in ("Mabel", "Fictitious", "A823432123456", "2012"):
        assert value not in stream.getvalue()


def test_the_words_of_exceptions_stay_out_and_their_kinds_and_places_stay_in(stream: io.StringIO) -> None:
    try:
        try:
            raise ValueError("bad UPN A823432123456")
        except ValueError as exc:
            raise KeyError("Mabel") from exc
    except KeyError:
        structlog.get_logger("app.test").exception("failed")
    line = only_line(stream)
    assert line["exception"] == ["builtins.KeyError", "builtins.ValueError"]
    assert line["stack"][0].startswith(__file__)
    assert "Mabel" not in stream.getvalue()
    assert "A823432123456" not in stream.getvalue()


def test_the_standard_library_and_uvicorn_write_through_it(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info('"GET /v1/pupils?upn=A823432123456"')
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/?key=s3cret")
    try:
        raise RuntimeError("Mabel")
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    line = only_line(stream)
    assert (line["event"], line["logger"]) == ("Exception in ASGI application", "uvicorn.error")
    assert line["exception"] == ["builtins.RuntimeError"]
    assert "Mabel" not in stream.getvalue()


def test_a_terminal_gets_lines_for_people() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    root = logging.getLogger()
    before, level = root.handlers, root.level
    terminal = Terminal()
    logs.configure(stream=terminal)
    logging.getLogger("app.test").warning("look")
    root.handlers = before
    root.setLevel(level)
    assert "look" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
