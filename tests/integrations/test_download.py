"""Downloads from a server on this machine, whole or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import respx

from app.integrations.download import DownloadFailed, DownloadRefused, downloaded


@asynccontextmanager
async def serving(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that gives every caller the same bytes."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/edubasealldata20250422.csv"


async def test_a_file_on_this_machine_is_fetched_whole() -> None:
    body = b"URN\r\n" + b"100000\r\n" * 50_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with serving(answer) as url, downloaded(url) as file:
        assert file.read() == body


@respx.mock
async def test_a_file_elsewhere_is_fetched_over_https() -> None:
    respx.get("https://files.example/a.csv").mock(httpx.Response(200, content=b"URN"))
    async with downloaded("https://files.example/a.csv") as file:
        assert file.read() == b"URN"


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/a.csv",
        "http://127.0.0.1.files.example/a.csv",
        "http://localhost.files.example/a.csv",
        "http://10.0.0.1/a.csv",
        "file:///etc/passwd",
        "ftp://files.example/a.csv",
        "https:///a.csv",
        "edubasealldata.csv",
        "https://[::1/a.csv",
    ],
)
async def test_other_addresses_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(DownloadRefused) as refused:
        async with downloaded(url):
            pass
    assert url not in refused.value.detail


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nURN\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
    ids=["cut short", "sent elsewhere", "absent", "not HTTP"],
)
async def test_what_cannot_be_had_whole_is_not_had(answer: bytes) -> None:
    async with serving(answer) as url:
        with pytest.raises(DownloadFailed):
            async with downloaded(url):
                pass
