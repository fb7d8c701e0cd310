"""The malware scanner: clamd, spoken to over TCP or a Unix socket."""

import asyncio
import re
import struct
from typing import BinaryIO
from urllib.parse import urlsplit

from app.domain.evidence import Scan
from app.logs import Log

PATIENCE_S = 60.0
_CHUNK = 64 * 1024
_VERDICT = re.compile(rb"stream: (OK|.+ FOUND)\x00")

log = Log("app.scanning")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class ScannerAway(ConnectionError):
    """The scanner does not answer, or not with a verdict."""


class Scanner:
    """Scans files, where a scanner is configured.

    Args:
        address: `tcp://host:port` or `unix:///path`; None: every file stays unscanned.
    """

    def __init__(self, address: str | None) -> None:
        self.address = address

    async def scan(self, file: BinaryIO) -> Scan:
        """What clamd finds in a file. Leaves it anywhere.

        Raises:
            ScannerAway: there is one and it gives no verdict: what was not scanned is not passed for scanned.
        """
        if self.address is None:
            return Scan.UNSCANNED
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await _asked(await _connected(self.address), file)
        except (OSError, EOFError) as error:
            log.warning("scanner_away", exc_info=error)
            raise ScannerAway from error
        verdict = _VERDICT.fullmatch(answer)
        if verdict is None:
            log.warning("scanner_gave_no_verdict", answer=answer[:200].decode("latin-1"))
            raise ScannerAway
        return Scan.CLEAN if verdict[1] == b"OK" else Scan.INFECTED


async def _connected(address: str) -> Streams:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return await asyncio.open_unix_connection(parts.path)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def _asked(streams: Streams, file: BinaryIO) -> bytes:
    """clamd's answer to `INSTREAM` (clamd(8)): chunks with their lengths before them, none to end."""
    reader, writer = streams
    try:
        writer.write(b"zINSTREAM\0")
        file.seek(0)
        while chunk := file.read(_CHUNK):
            writer.write(struct.pack("!I", len(chunk)) + chunk)
            await writer.drain()
        writer.write(struct.pack("!I", 0))
        await writer.drain()
        return await reader.readuntil(b"\0")
    finally:
        writer.close()
