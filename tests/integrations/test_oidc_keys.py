"""Keys of foreign issuers: fetched when needed, kept through outages, never a flood."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from app.integrations.oidc import OidcIssuer, OidcKeys
from tests.integrations.forge import AT, AUDIENCE, FOREIGN, ec_key, public_jwk, rsa_key

URL = f"{FOREIGN}/keys"
DISCOVERY = f"{FOREIGN}/.well-known/openid-configuration"
CONFIGURED = OidcIssuer(FOREIGN, AUDIENCE, URL)
OLD, NEW = public_jwk(rsa_key(), "old"), public_jwk(rsa_key("new"), "new")


def after(**stretch: float) -> datetime:
    return AT + timedelta(**stretch)


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What the operator is told of issuers."""
    return [{"event": each.getMessage(), **vars(each)["told"]} for each in caplog.records if each.name == "app.oidc"]


def answer(*keys: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"keys": keys})


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def keys(client: httpx.AsyncClient) -> OidcKeys:
    return OidcKeys(CONFIGURED, client)


async def known(keys: OidcKeys, kid: str, at: datetime = AT) -> set[str]:
    return set((await keys.known(kid, at=at)).keys)


@respx.mock
async def test_keys_are_fetched_once_and_kept_for_ten_minutes(keys: OidcKeys) -> None:
    route = respx.get(URL).mock(return_value=answer(OLD, NEW))
    for at in (AT, after(minutes=1), after(minutes=9, seconds=59)):
        assert await known(keys, "old", at) == {"old", "new"}
        assert await known(keys, "new", at) == {"old", "new"}
    assert route.call_count == 1
    await known(keys, "old", after(minutes=10))
    assert route.call_count == 2


@respx.mock
async def test_the_issuer_is_known_as_configured(client: httpx.AsyncClient) -> None:
    respx.get(URL).mock(return_value=answer(OLD, public_jwk(ec_key(), "ec")))
    issuer = await OidcKeys(OidcIssuer(FOREIGN, AUDIENCE, URL, frozenset({"ES256"}), requires_nbf=False), client).known(
        "ec", at=AT
    )
    assert (issuer.name, issuer.audience, issuer.own, issuer.requires_nbf) == (FOREIGN, AUDIENCE, False, False)
    assert set(issuer.keys) == {"ec"}


@respx.mock
async def test_a_new_key_is_found_at_once_and_one_taken_away_is_forgotten(keys: OidcKeys) -> None:
    route = respx.get(URL).mock(side_effect=[answer(OLD), answer(OLD, NEW), answer(NEW)])
    assert await known(keys, "old") == {"old"}
    assert await known(keys, "new", after(seconds=1)) == {"old", "new"}
    assert await known(keys, "old", after(minutes=11)) == {"new"}
    assert route.call_count == 3


@respx.mock
async def test_made_up_names_of_keys_cause_one_fetch_in_30_seconds(keys: OidcKeys) -> None:
    route = respx.get(URL).mock(return_value=answer(OLD))
    await known(keys, "old")
    for n in range(50):
        await known(keys, f"made up {n}", after(seconds=n / 2))
    assert route.call_count == 2
    assert await known(keys, "old", after(seconds=29)) == {"old"}
    await known(keys, "made up", after(seconds=30))
    assert route.call_count == 3


@respx.mock
async def test_keys_outlive_an_outage_by_24_hours_and_no_more(keys: OidcKeys, caplog: pytest.LogCaptureFixture) -> None:
    route = respx.get(URL).mock(side_effect=[answer(OLD), *[httpx.ConnectError("down")] * 10])
    await known(keys, "old")
    assert await known(keys, "old", after(minutes=10)) == {"old"}
    assert await known(keys, "old", after(minutes=10, seconds=29)) == {"old"}
    assert route.call_count == 2
    assert [(line["event"], line["issuer"]) for line in logged(caplog)] == [("oidc_keys_unavailable", FOREIGN)]
    assert await known(keys, "old", after(hours=23, minutes=59)) == {"old"}
    assert await known(keys, "old", after(hours=24)) == set()
    respx.get(URL).mock(return_value=answer(NEW))
    assert await known(keys, "new", after(hours=24, seconds=30)) == {"new"}


@respx.mock
async def test_an_issuer_down_from_the_start_is_asked_again_after_30_seconds(keys: OidcKeys) -> None:
    route = respx.get(URL).mock(side_effect=[httpx.ReadTimeout("slow"), answer(OLD)])
    assert await known(keys, "old") == set()
    assert await known(keys, "old", after(seconds=29)) == set()
    assert route.call_count == 1
    assert await known(keys, "old", after(seconds=30)) == {"old"}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(httpx.Response(500), id="500"),
        pytest.param(httpx.Response(404, json={"keys": [NEW]}), id="404"),
        pytest.param(httpx.Response(204), id="204"),
        pytest.param(httpx.Response(302, headers={"location": "https://login.example/other"}), id="redirect"),
        pytest.param(httpx.Response(200, text="<html>"), id="HTML"),
        pytest.param(httpx.Response(200, content=b""), id="nothing"),
        pytest.param(httpx.Response(200, json=[NEW]), id="a list"),
        pytest.param(httpx.Response(200, json={"keys": {"new": NEW}}), id="keys not a list"),
        pytest.param(httpx.Response(200, content=b"\xff\xfe{}"), id="not UTF-8"),
        pytest.param(httpx.Response(200, content=b"[" * 100_000), id="deep"),
        pytest.param(httpx.Response(200, content=b'{"keys": [NaN]}'), id="NaN"),
        pytest.param(
            httpx.Response(200, content=f'{{"keys": [], "keys": [{json.dumps(NEW)}]}}'.encode()), id="keys told twice"
        ),
        pytest.param(
            httpx.Response(200, json={"keys": [OLD, NEW], "more": "x" * 1_000_000}), id="more than a megabyte"
        ),
        pytest.param(
            httpx.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(answer(OLD, NEW).content)),
            id="compressed, though asked not to be",
        ),
        pytest.param(httpx.ConnectTimeout("slow"), id="connection not answered"),
        pytest.param(httpx.RemoteProtocolError("rubbish"), id="not HTTP"),
        pytest.param(OSError("no network"), id="no network"),
    ],
)
@respx.mock
async def test_an_answer_that_is_no_set_of_keys_leaves_the_old_ones(
    keys: OidcKeys, reply: httpx.Response | Exception
) -> None:
    route = respx.get(URL).mock(side_effect=[answer(OLD), reply])
    elsewhere = respx.get("https://login.example/other").mock(return_value=answer(NEW))
    await known(keys, "old")
    assert await known(keys, "new", after(seconds=1)) == {"old"}
    assert (route.call_count, elsewhere.call_count) == (2, 0)
    assert route.calls.last.request.headers["accept-encoding"] == "identity"


@respx.mock
async def test_rubbish_among_the_keys_does_not_spoil_the_rest(keys: OidcKeys) -> None:
    weak = public_jwk(rsa_key("weak", 1024), "weak")
    respx.get(URL).mock(return_value=answer(weak, public_jwk(ec_key(), "ec"), {"kty": "oct"}, {"kid": "new"}, OLD))
    assert await known(keys, "old") == {"old"}


@respx.mock
async def test_an_issuer_with_no_usable_key_is_believed_in_nothing_and_the_operator_is_told(
    keys: OidcKeys, caplog: pytest.LogCaptureFixture
) -> None:
    respx.get(URL).mock(side_effect=[answer(OLD), answer()])
    await known(keys, "old")
    assert await known(keys, "old", after(minutes=10)) == set()
    assert [line["event"] for line in logged(caplog)] == ["oidc_keys_unusable"]


@respx.mock
async def test_many_requests_at_once_cause_one_fetch(keys: OidcKeys) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(_: httpx.Request) -> httpx.Response:
        asked.set()
        await go.wait()
        return answer(OLD)

    route = respx.get(URL).mock(side_effect=slow)
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(known(keys, kid)) for kid in ["old", "made up"] * 50]
        await asked.wait()
        go.set()
    assert all(task.result() == {"old"} for task in waiting)
    # The first brings "old"; the made-up name has one more fetch of its own, which bars the rest.
    assert route.call_count == 2


@respx.mock
async def test_nobody_waits_for_a_slow_issuer_while_an_older_key_will_do(keys: OidcKeys) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(_: httpx.Request) -> httpx.Response:
        asked.set()
        await go.wait()
        return answer(OLD, NEW)

    route = respx.get(URL).mock(return_value=answer(OLD))
    await known(keys, "old")
    route.mock(side_effect=slow)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(known(keys, "old", after(minutes=10)))
        await asked.wait()
        assert await asyncio.wait_for(known(keys, "old", after(minutes=10)), 1) == {"old"}
        go.set()
    assert first.result() == {"old", "new"}


@respx.mock
async def test_a_request_that_is_given_up_counts_as_one_fetch_and_blocks_nobody(keys: OidcKeys) -> None:
    asked = asyncio.Event()

    async def never(_: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    route = respx.get(URL).mock(side_effect=never)
    task = asyncio.create_task(known(keys, "old"))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    route.mock(side_effect=[answer(OLD)])
    assert await asyncio.wait_for(known(keys, "old", after(seconds=29)), 1) == set()
    assert await known(keys, "old", after(seconds=30)) == {"old"}


async def test_an_answer_that_drips_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.integrations.oidc.SECONDS", 0.05)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(1000):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient(trust_env=False) as client:
        keys = OidcKeys(OidcIssuer(FOREIGN, AUDIENCE, f"http://127.0.0.1:{port}/keys"), client)
        assert await asyncio.wait_for(known(keys, "old"), 2) == set()
    assert "TimeoutError" in logged(caplog)[0]["error"]
