"""A route reads only bodies that it declares: of its types and within its limit."""

from collections.abc import AsyncIterator

import pytest

from app.middleware import BATCH_LIMIT, BODY_LIMIT, IMPORT_LIMIT, MIB, body_limit
from tests.http.test_problems import problem
from tests.http.tiny import client

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv"}


async def chunks(size: int, of: int = 65_536) -> AsyncIterator[bytes]:
    """A body whose length nobody knows beforehand."""
    for start in range(0, size, of):
        yield b" " * min(of, size - start)


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/v1/things", MIB),
        ("/v1/things/batch", 5 * MIB),
        ("/v1/imports", 64 * MIB),
        ("/v1/imports/7/file", 64 * MIB),
        ("/oauth/token", MIB),
    ],
)
def test_each_path_has_its_limit(path: str, limit: int) -> None:
    assert body_limit(path) == limit


@pytest.mark.parametrize(("path", "limit"), [("/v1/things", BODY_LIMIT), ("/v1/things/batch", BATCH_LIMIT)])
async def test_json_is_refused_beyond_the_limit_however_it_is_sent(path: str, limit: int) -> None:
    async with client() as c:
        announced = await c.post(path, content=b" " * (limit + 1), headers=JSON)
        chunked = await c.post(path, content=chunks(limit + 1), headers=JSON)
    for answer in (announced, chunked):
        assert str(limit) in problem(answer, 413, "payload_too_large")["detail"]


async def test_a_body_of_exactly_the_limit_is_read() -> None:
    body = b'{"word":"ok"}'
    async with client() as c:
        announced = await c.post("/v1/things", content=body.rjust(BODY_LIMIT), headers=JSON)
    assert announced.status_code == 201


async def test_a_stream_is_cut_off_where_it_passes_the_limit() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 65_536
            yield b" " * 65_536

    async with client() as c:
        problem(await c.put("/v1/stream", content=endless(), headers=CSV), 413, "payload_too_large")
        assert (await c.put("/v1/stream", content=chunks(MIB), headers=CSV)).json() == {"bytes": MIB}
    assert read == BODY_LIMIT + 65_536


async def test_files_to_import_may_be_large() -> None:
    async with client() as c:
        answer = await c.post("/v1/imports", files={"file": b" " * (6 * MIB)})
        assert answer.json() == {"bytes": 6 * MIB}
        announced = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(IMPORT_LIMIT + 1)}
        problem(await c.post("/v1/imports", content=b"", headers=announced), 413, "payload_too_large")


@pytest.mark.parametrize(
    ("method", "path", "sent", "accepted"),
    [
        ("POST", "/v1/things", "text/plain", "application/json"),
        ("POST", "/v1/things", "application/merge-patch+json", "application/json"),
        ("POST", "/v1/things", "", "application/json"),
        ("PATCH", "/v1/things/1", "text/json", "application/json, application/merge-patch+json"),
        ("PUT", "/v1/stream", "application/json", "text/csv"),
        ("POST", "/v1/imports", "application/json", "multipart/form-data"),
        ("POST", "/oauth/token", "application/json", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_type_that_the_route_does_not_declare_is_a_415(
    method: str, path: str, sent: str, accepted: str
) -> None:
    async with client() as c:
        answer = await c.request(method, path, content=b"{}", headers={"Content-Type": sent} if sent else {})
    told = problem(answer, 415, "unsupported_media_type")
    assert told["errors"][0]["header"] == "Content-Type"
    assert answer.headers["Accept"] == accepted


@pytest.mark.parametrize(
    "sent", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
)
async def test_patch_takes_json_and_merge_patch(sent: str) -> None:
    headers = {"Content-Type": sent, "If-Match": '"1"'}
    async with client() as c:
        assert (await c.patch("/v1/things/1", content=b"{}", headers=headers)).status_code == 200


async def test_the_token_endpoint_takes_a_form() -> None:
    async with client() as c:
        assert (await c.post("/oauth/token", data={"grant_type": "x"})).json() == {"token": "x"}


async def test_a_wrong_path_or_method_is_told_before_the_body() -> None:
    huge = {"Content-Type": "text/plain", "Content-Length": str(IMPORT_LIMIT * 2)}
    async with client() as c:
        problem(await c.post("/v1/nowhere", content=b"", headers=huge), 404, "unknown_path")
        problem(await c.put("/v1/things", content=b"", headers=huge), 405, "method_not_allowed")


async def test_a_missing_body_is_a_fault_of_the_request() -> None:
    async with client() as c:
        told = problem(await c.post("/v1/things"), 422, "invalid_request")
    assert told["errors"] == [{"code": "missing", "detail": "Field required", "pointer": ""}]
