"""A stand-in for clamd that speaks its protocol over a real socket, and finds what the EICAR file begins with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

Verdict = Callable[[bytes], bytes | None]


def by_signature(content: bytes) -> bytes:
    """What clamd answers."""
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR[:20] in content else b"stream: OK\0"


@asynccontextmanager
async def clamd(verdict: Verdict = by_signature, *, path: Path | None = None) -> AsyncIterator[str]:
    """The address of the stand-in; a verdict of None hangs up instead."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(length)
        told = verdict(content)
        writer.write(told or b"")
        await writer.drain()
        writer.close()

    if path is not None:
        async with await asyncio.start_unix_server(answer, path):
            yield f"unix://{path}"
        return
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
