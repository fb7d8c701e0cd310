"""Fifty clients that send 20 MiB each at once, and fetch it again: how much memory the service needs for that."""

import asyncio
import base64
import hashlib
import os
import socket
import sys
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from time import perf_counter

import httpx
from PIL import Image
from pydantic import SecretStr

from app.db.base import new_id
from app.db.embedded import embedded
from app.db.prepare import prepare
from app.domain.evidence import MOST_BYTES
from app.main import create_app
from app.settings import Settings
from benchmarks.folder import reachable_folder
from tests.evidence.packages import WORD, content_types
from tests.given import Api, Given

CLIENTS = 50
PIECE = 64 * 1024


def text(number: int) -> bytes:
    """Plain text."""
    return (f"{number:015}\n".encode() * (MOST_BYTES // 16))[:MOST_BYTES]


def document(number: int) -> bytes:
    """A Word document of pictures, which do not compress."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        written.writestr("[Content_Types].xml", content_types(WORD))
        written.writestr("media/1.bin", noise(number, MOST_BYTES - 2000))
    return out.getvalue()


def picture(number: int) -> bytes:
    """A photograph of twelve million pixels, as a telephone takes it."""
    image = Image.frombytes("RGB", (1000, 750), noise(number, 1000 * 750 * 3)).resize((4000, 3000))
    out = BytesIO()
    image.save(out, "JPEG", quality=97)
    return out.getvalue()


def noise(number: int, length: int) -> bytes:
    """Bytes that look like chance, and are the same each time."""
    return hashlib.shake_128(str(number).encode()).digest(length)


KINDS: tuple[Callable[[int], bytes], ...] = (text, document, picture)


def main() -> None:
    """Prints what was measured."""
    with reachable_folder() as folder, embedded(folder / "data") as url:
        asyncio.run(measure(Settings(database_url=SecretStr(url), data_dir=folder, worker=False)))


async def measure(settings: Settings) -> None:
    """For each kind of file a service of its own: send, then fetch."""
    await prepare(settings)
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://apqa.test") as here,
    ):
        given = Given(app, here)
        by = await given.partnership()
        provider_id = (await given.provider(by))["id"]
        for kind in KINDS:
            await one_kind(settings, kind, by, provider_id)


async def one_kind(settings: Settings, kind: Callable[[int], bytes], by: Api, provider_id: str) -> None:
    """Print one line for each direction."""
    files = {new_id(): kind(number) for number in range(CLIENTS)}
    sizes = sum(map(len, files.values())) / 2**20
    async with (
        serving(settings) as (address, pid),
        httpx.AsyncClient(base_url=address, timeout=600, limits=httpx.Limits(max_connections=CLIENTS)) as client,
    ):
        there = Api(client, by.token, by.organisation_id)
        before = peak_mib(pid)
        sending = [put(there, f"/v1/evidence/{name}?provider_id={provider_id}", files[name]) for name in files]
        seconds = await timed(lambda: asyncio.gather(*sending))
        print(f"{kind.__name__}: sent {sizes:,.0f} MiB in {seconds:.1f} s; {peak_mib(pid):.0f} MiB at most", end="")
        print(f", {before:.0f} of them before")
        fetching = [fetched(there, f"/v1/evidence/{name}/content") for name in files]
        seconds = await timed(lambda: asyncio.gather(*fetching))
        print(f"{kind.__name__}: fetched again in {seconds:.1f} s; {peak_mib(pid):.0f} MiB at most")


async def put(by: Api, path: str, content: bytes) -> None:
    """Send a file in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]

    told = base64.b64encode(hashlib.sha256(content).digest()).decode()
    headers = {"Content-Digest": f"sha-256=:{told}:", "Content-Type": "application/octet-stream"}
    answer = await by.send("PUT", path, content=pieces(), headers=headers)
    assert answer.status_code == 201, answer.text


async def fetched(by: Api, path: str) -> None:
    """Fetch a file, and keep nothing of it."""
    async with by.http.stream("GET", path, headers={"Authorization": f"Bearer {by.token}"}) as answer:
        assert answer.status_code == 200
        told = hashlib.sha256()
        async for piece in answer.aiter_bytes():
            told.update(piece)
        expected = base64.b64encode(told.digest()).decode()
        assert answer.headers["Content-Digest"] == f"sha-256=:{expected}:"


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[str, int]]:
    """The service in a process of its own: its address and its number."""
    assert settings.database_url is not None
    told = {
        "APQA_DATABASE_URL": settings.database_url.get_secret_value(),
        "APQA_DATA_DIR": str(settings.data_dir),
        "APQA_WORKER": "false",
        "APQA_LOG_LEVEL": "ERROR",
    }
    port = free_port()
    command = (sys.executable, "-m", "uvicorn", "app.cli.worker:app", "--port", str(port), "--log-level", "error")
    running = await asyncio.create_subprocess_exec(*command, env=os.environ | told)
    address = f"http://127.0.0.1:{port}"
    await up(address)
    yield address, running.pid
    running.terminate()
    await running.wait()


def free_port() -> int:
    """A port at which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


async def up(address: str) -> None:
    """Wait until the service answers."""
    async with httpx.AsyncClient(base_url=address) as client:
        for _ in range(300):
            try:
                (await client.get("/livez")).raise_for_status()
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return


async def timed(act: Callable[[], Awaitable[object]]) -> float:
    """Seconds that it took."""
    start = perf_counter()
    await act()
    return perf_counter() - start


def peak_mib(pid: int) -> float:
    """The most memory that a process has held, as Linux tells it."""
    lines: Iterator[str] = iter(Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines())
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
