"""What becomes of a file between its arrival and its keeping: its type told, itself scanned, an image made bare."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from app.domain.evidence import IMAGES, Scan, media_type_of
from app.integrations.images import without_metadata
from app.integrations.scanning import Scanner

IMAGES_AT_ONCE = 1  # each is decoded whole
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that can be kept, open at any place. `size` in bytes; `sha256` of these bytes, in hexadecimal."""

    file: BinaryIO
    media_type: str
    size: int
    sha256: str
    scan: Scan


class Intake:
    """Makes files ready, within bounds of memory, whoever sends how many at once."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self._turns = asyncio.Semaphore(IMAGES_AT_ONCE)

    @asynccontextmanager
    async def ready(self, file: BinaryIO, declared: str) -> AsyncIterator[Ready]:
        """A file made ready.

        Args:
            declared: the media type that it is said to have, which tells CSV from other text.

        Raises:
            Invalid: not of a type that is taken, or harmful to unpack or decode.
            ScannerAway
        """
        media_type = await asyncio.to_thread(media_type_of, file, declared)
        scan = await self.scanner.scan(file)
        if media_type not in IMAGES:
            yield await asyncio.to_thread(_ready, file, media_type, scan)
            return
        async with self._turns:
            bare = await asyncio.to_thread(without_metadata, file, media_type)
        with bare:
            yield await asyncio.to_thread(_ready, bare, media_type, scan)


def _ready(file: BinaryIO, media_type: str, scan: Scan) -> Ready:
    told, size = hashlib.sha256(), file.seek(0, 2)
    file.seek(0)
    while chunk := file.read(_CHUNK):
        told.update(chunk)
    return Ready(file, media_type, size, told.hexdigest(), scan)
