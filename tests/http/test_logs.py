"""The log is JSON and holds no personal data, even where somebody logs it."""

import io
import json
import logging
from typing import Any

from app import logs


def only_line(log: io.StringIO) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(log.getvalue())
    return told


def test_keys_that_name_personal_data_are_dropped_at_any_depth(log: io.StringIO) -> None:
    pupil = {"upn": "A823432123456", "Given_Name": "Mabel", "year_group": 9, "born_on": "2012-01-01"}
    logs.Log("app.test").info("seen", name="Mabel", count=1, rows=[pupil], nested={"family_name": "Fictitious"})
    line = only_line(log)
    assert line["rows"] == [{"year_group": 9}]
    assert line["nested"] == {}
    assert line["count"] == 1
    assert (line["event"], line["level"], line["logger"]) == ("seen", "info", "app.test")
    assert line["timestamp"].endswith("Z")
    for value in ("Mabel", "Fictitious", "A823432123456", "2012"):
        assert value not in log.getvalue()


def test_the_words_of_exceptions_stay_out_and_their_kinds_and_places_stay_in(log: io.StringIO) -> None:
    try:
        try:
            raise ValueError("bad UPN A823432123456")
        except ValueError as exc:
            raise KeyError("Mabel") from exc
    except KeyError:
        logs.Log("app.test").exception("failed")
    line = only_line(log)
    assert line["exception"] == ["builtins.KeyError", "builtins.ValueError"]
    assert line["stack"][0].startswith(__file__)
    assert "Mabel" not in log.getvalue()
    assert "A823432123456" not in log.getvalue()


def test_the_standard_library_and_uvicorn_write_through_it(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info('"GET /v1/pupils?upn=A823432123456"')
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/?key=s3cret")
    try:
        raise RuntimeError("Mabel")
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    line = only_line(log)
    assert (line["event"], line["logger"]) == ("Exception in ASGI application", "uvicorn.error")
    assert line["exception"] == ["builtins.RuntimeError"]
    assert "Mabel" not in log.getvalue()


def test_a_terminal_gets_lines_for_people() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    logs.configure(stream=terminal)
    logging.getLogger("app.test").warning("look")
    assert "look" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
