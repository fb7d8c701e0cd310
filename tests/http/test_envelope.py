"""Every request has an id, a log line, a place in the metrics, and answers with safe headers."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app import metrics
from tests.http.test_problems import problem
from tests.http.tiny import client

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("path", ["/v1/things", "/v1/nowhere", "/v1/fault", "/v1/refusals/absent", "/docs"])
async def test_a_fitting_request_id_comes_back_on_every_answer(path: str) -> None:
    async with client() as c:
        assert (await c.get(path, headers={"X-Request-Id": "mis-0001.a_B"})).headers["X-Request-Id"] == "mis-0001.a_B"


@pytest.mark.parametrize("asked", ["", "short", "x" * 129, "has space", "semi;colon1", "a/b/c/d/e", "abcdefgh\t"])
async def test_an_unfitting_request_id_is_replaced(asked: str) -> None:
    async with client() as c:
        answers = [await c.get("/v1/state", headers={"X-Request-Id": asked}) for _ in range(2)]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert ids[0] != ids[1]
    assert [answer.json()["request_id"] for answer in answers] == ids
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(TRACE, TRACE), ("nonsense", None), (TRACE.replace("b7ad6b7169203331", "0" * 16), None), ("", None)],
)
async def test_a_valid_traceparent_is_passed_on(sent: str, kept: str | None) -> None:
    async with client() as c:
        assert (await c.get("/v1/state", headers={"traceparent": sent})).json()["traceparent"] == kept


@pytest.mark.parametrize("path", ["/v1/things", "/v1/nowhere", "/v1/fault"])
async def test_answers_are_not_kept_and_not_sniffed(path: str) -> None:
    async with client() as c:
        headers = (await c.get(path)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_what_is_left_of_a_rate_limit_is_told() -> None:
    async with client() as c:
        headers = (await c.get("/v1/state")).headers
    assert headers["RateLimit"] == '"read";r=599;t=1'
    assert headers["RateLimit-Policy"] == '"read";q=600;w=60'


async def test_an_unforeseen_fault_is_a_500_that_tells_nothing(log: io.StringIO) -> None:
    async with client() as c:
        answer = await c.get("/v1/fault")
    problem(answer, 500, "internal_error")
    assert "Mabel" not in answer.text + log.getvalue()
    fault, request = lines(log)
    assert (fault["event"], fault["level"]) == ("unexpected_error", "error")
    assert fault["exception"] == ["builtins.RuntimeError"]
    assert fault["stack"][-1].endswith(" fail")
    assert fault["request_id"] == request["request_id"] == answer.headers["X-Request-Id"]
    assert request["status"] == 500


async def test_a_fault_half_way_breaks_the_answer_off(log: io.StringIO) -> None:
    async with client() as c:
        with pytest.raises(AssertionError):  # httpx's complaint that the answer never ended
            await c.get("/v1/half")
    assert lines(log)[0]["exception"][0] == "builtins.RuntimeError"
    assert "Mabel" not in log.getvalue()


async def test_the_access_log_tells_the_route_and_never_its_values(log: io.StringIO) -> None:
    headers = {"traceparent": TRACE, "X-Request-Id": "12345678"}
    async with client() as c:
        await c.get("/v1/state?upn=A823432123456", headers=headers)
        await c.patch("/v1/things/424242", json={"word": "Florence"})
        await c.get("/v1/nowhere/Florence")
        await c.get("/v1/openapi.json")
    told = lines(log)
    assert [(line["method"], line["route"], line["status"]) for line in told] == [
        ("GET", "/v1/state", 200),
        ("PATCH", "/v1/things/{thing_id}", 422),
        ("GET", "unmatched", 404),
        ("GET", "other", 200),
    ]
    assert told[0]["organisation_id"] == str(UUID(int=5))
    assert told[0]["trace_id"] == TRACE.split("-")[1]
    assert told[0]["request_id"] == "12345678"
    assert told[1]["problem_code"] == "invalid_request"
    assert "trace_id" not in told[1]
    for value in ("A823432123456", "424242", "Florence"):
        assert value not in log.getvalue()


async def test_requests_are_timed_by_route_method_and_class_of_status() -> None:
    def count(method: str, route: str, status_class: str) -> float:
        labels = {"method": method, "route": route, "status_class": status_class}
        return metrics.registry.get_sample_value("http_server_request_duration_seconds_count", labels) or 0

    wanted = [("GET", "/v1/things/{thing_id}", "2xx"), ("other", "/v1/things", "4xx"), ("GET", "unmatched", "4xx")]
    before = [count(*each) for each in wanted]
    async with client() as c:
        await c.get("/v1/things/1")
        await c.request("BREW", "/v1/things")
        await c.get("/v1/Florence")
    assert [count(*each) for each in wanted] == [each + 1 for each in before]
    assert b'route="/v1/things/{thing_id}"' in metrics.render()
    assert b"Florence" not in metrics.render()


def test_workers_share_their_metrics_through_a_folder(tmp_path: Path) -> None:
    observe = "from app import metrics; metrics.REQUESTS.labels('/x', 'GET', '2xx').observe(1)"
    show = f"{observe}; print(metrics.render().decode())"
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    shown = ""
    for code in (observe, show):
        run = [sys.executable, "-c", code]
        shown = subprocess.run(run, env=environment, check=True, capture_output=True, text=True).stdout
    assert 'http_server_request_duration_seconds_count{method="GET",route="/x",status_class="2xx"} 2.0' in shown


async def test_a_request_given_up_half_way_is_counted_as_aborted(log: io.StringIO) -> None:
    async with client() as c:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(c.get("/v1/slow"), 0.05)
    (line,) = lines(log)
    assert (line["route"], line["status"]) == ("/v1/slow", None)
    assert b'method="GET",route="/v1/slow",status_class="aborted"' in metrics.render()
