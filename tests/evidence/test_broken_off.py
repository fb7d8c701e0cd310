"""Senders that go away, and processes that die: nothing is left over, nothing is lost, store and record agree."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import asyncpg
import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app.db import evidence
from app.db.base import new_id
from app.domain.access import Caller
from app.domain.evidence import MOST_BYTES
from app.settings import Settings
from app.worker.evidence import remove_orphans
from app.worker.loop import Worker
from tests.evidence.sending import PDF, Store, content_of, digest, kept, refusal, send
from tests.given import Api, Given

NO_TIME = timedelta(0)
REPOSITORY = Path(__file__).parents[2]
WAITING = """SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO evidence%'"""


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[int]:
    """The port at which the service answers on loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until("the service listens", lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


def head(by: Api, provider_id: str, content: bytes, *, length: int | None = None) -> bytes:
    """The head of a request that brings a file."""
    lines = [
        f"PUT /v1/evidence/{new_id()}?provider_id={provider_id} HTTP/1.1",
        "Host: apqa.test",
        f"Authorization: Bearer {by.token}",
        "Content-Type: text/plain",
        f"Content-Digest: {digest(content)}",
        "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def until(what: str, holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"never: {what}")


async def test_a_connection_that_is_cut_leaves_nothing_and_held_no_other_meanwhile(
    app: FastAPI,
    given: Given,
    provider: Api,
    provider_id: str,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = b"x" * 1_000_000
    pool = given.held.database.engine.pool
    async with listening(app) as port:
        writers = []
        for length in (len(content), None):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            size = b"" if length else b"%x\r\n" % len(content)
            writer.write(head(provider, provider_id, content, length=length) + size + content[:600_000])
            await writer.drain()
            writers.append(writer)
        await until("both bodies are coming in", lambda: _received(tmp_path) >= 2)
        assert pool.checkedout() == 0  # type: ignore[attr-defined]
        for writer in writers:
            writer.transport.abort()
        await until("both are given up", lambda: _received(tmp_path) == 0)
    assert store.files() == []
    assert (await provider.get("/v1/evidence")).json()["data"] == []


def _received(folder: Path) -> int:
    """How many files without a name this process has open in a folder."""
    links = [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return sum(str(folder) in str(each.readlink()) for each in links)


async def test_a_body_too_long_is_refused_before_it_is_read(app: FastAPI, provider: Api, provider_id: str) -> None:
    async with listening(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(provider, provider_id, b"", length=MOST_BYTES + 1))
        status = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
    assert b" 413 " in status


# --- processes that die ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def process(settings: Settings, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The service in a process of its own, which the test may kill."""
    assert settings.database_url is not None
    assert settings.runtime_database_url is not None
    told = {
        "APQA_DATABASE_URL": settings.database_url.get_secret_value(),
        "APQA_RUNTIME_DATABASE_URL": settings.runtime_database_url.get_secret_value(),
        "APQA_DATA_DIR": str(settings.data_dir),
        "APQA_WORKER": "false",
    }
    command = (sys.executable, "-m", "uvicorn", "app.cli.worker:app", "--port", str(port), "--log-level", "error")
    running = await asyncio.create_subprocess_exec(
        *command, cwd=REPOSITORY, env=os.environ | told, stdout=asyncio.subprocess.DEVNULL
    )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(300):
            try:
                if (await client.get("/livez")).status_code == 200:
                    break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def test_a_process_killed_between_content_and_record_leaves_what_is_swept_and_the_sender_tries_again(
    given: Given,
    settings: Settings,
    provider: Api,
    provider_id: str,
    store: Store,
    server_url: str,
    unused_tcp_port: int,
) -> None:
    mine, database = str(new_id()), given.held.database
    owner = await asyncpg.connect(server_url, database=database.engine.url.database)
    async with (
        process(settings, unused_tcp_port) as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as client,
        owner.transaction(),
    ):
        await owner.execute("LOCK TABLE evidence IN EXCLUSIVE MODE")  # the record waits; the content is kept before it
        there = Api(client, provider.token, provider.organisation_id)
        sending = asyncio.create_task(send(there, provider_id, evidence_id=mine))
        await until("the content is kept", lambda: store.contents() == [PDF])
        for _ in range(500):
            if await owner.fetchval(WAITING):
                break
            await asyncio.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        await running.wait()
        with pytest.raises(httpx.TransportError):
            await sending
    await owner.close()
    assert (await provider.get(f"/v1/evidence/{mine}")).status_code == 404
    assert store.contents() == [PDF]
    await remove_orphans(database, given.held.contents)
    assert store.contents() == [PDF], "another process may be about to record it"
    await remove_orphans(database, given.held.contents, older_than=NO_TIME)
    assert store.files() == []
    assert (await send(provider, provider_id, evidence_id=mine)).status_code == 201
    assert (await content_of(provider, mine)).content == PDF


async def test_the_sweep_leaves_what_has_a_record_and_takes_what_was_half_written(
    given: Given, provider: Api, provider_id: str, store: Store
) -> None:
    told = await kept(provider, provider_id)
    (path,) = store.files()
    half, written_now = (path.with_name(f"{path.name}#{number}") for number in (1, 2))
    half.write_bytes(b"half")
    os.utime(half, (0, 0))
    written_now.write_bytes(b"a part of it")
    await given.held.contents.keep("ab" * 32, BytesIO(b"x"))
    assert len(store.files()) == 4
    await remove_orphans(given.held.database, given.held.contents)
    assert len(store.files()) == 3, "what a process that died was writing"
    await remove_orphans(given.held.database, given.held.contents, older_than=NO_TIME)
    assert store.files() == [path, written_now], "somebody may be writing it"
    assert (await content_of(provider, told["id"])).content == PDF


async def test_the_worker_sweeps_by_the_hour(given: Given, settings: Settings, store: Store) -> None:
    await given.held.contents.keep("cd" * 32, BytesIO(b"x"))
    (path,) = store.files()
    os.utime(path, (0, 0))
    await Worker(given.held.database, settings).once()
    assert store.files() == []


async def test_contents_come_and_go_at_once_and_every_record_has_its_own(
    given: Given, provider: Api, provider_id: str, store: Store
) -> None:
    """Senders of one content, removers of it and a sweep without any grace, all over one another."""
    ending = asyncio.Event()

    async def sweeping() -> None:
        while not ending.is_set():
            await remove_orphans(given.held.database, given.held.contents, older_than=NO_TIME)

    async def coming_and_going() -> None:
        for _ in range(6):
            told = await kept(provider, provider_id)
            assert (await content_of(provider, told["id"])).content == PDF
            path = f"/v1/evidence/{told['id']}"
            assert (await provider.send("DELETE", path, headers={"If-Match": '"1"'})).status_code == 204

    sweeper = asyncio.create_task(sweeping())
    await asyncio.gather(*(coming_and_going() for _ in range(4)))
    last = await kept(provider, provider_id)
    ending.set()
    await sweeper
    assert (await content_of(provider, last["id"])).content == PDF
    assert store.contents() == [PDF]


async def test_a_store_that_is_away_is_told_and_nothing_is_recorded(
    given: Given, provider: Api, provider_id: str, store: Store
) -> None:
    told = await kept(provider, provider_id)
    moved = store.folder.rename(store.folder.with_name("away"))
    store.folder.write_text("no folder")
    assert refusal(await send(provider, provider_id, b"Another.")) == (503, "unavailable")
    assert refusal(await content_of(provider, told["id"])) == (503, "unavailable")
    store.folder.unlink()
    moved.rename(store.folder)
    assert [each["id"] for each in (await provider.get("/v1/evidence")).json()["data"]] == [told["id"]]
    assert (await content_of(provider, told["id"])).content == PDF


async def test_a_content_that_has_changed_in_the_store_is_not_given_out(
    provider: Api, provider_id: str, store: Store
) -> None:
    told = await kept(provider, provider_id)
    (path,) = store.files()
    path.write_bytes(PDF.replace(b"endobj", b"ENDOBJ"))
    assert refusal(await content_of(provider, told["id"])) == (503, "unavailable")


async def test_a_content_cut_short_in_the_store_is_mended_by_whoever_brings_it_again(
    provider: Api, provider_id: str, store: Store
) -> None:
    told = await kept(provider, provider_id)
    (path,) = store.files()
    path.write_bytes(PDF[:10])
    await kept(provider, provider_id)
    assert (await content_of(provider, told["id"])).content == PDF


async def test_release_waits_for_whoever_is_recording(given: Given, store: Store) -> None:
    removed: list[str] = []

    async def remove(sha256: str) -> None:
        removed.append(sha256)

    database = given.held.database
    async with database.session_for(Caller.system("test")) as session:
        await session.execute(evidence._LOCK, {"key": "evidence x"})
        releasing = asyncio.create_task(evidence.release(database, "x", remove))
        await asyncio.sleep(0.1)
        assert removed == []
    await releasing
    assert removed == ["x"]
