"""The object store: contents under their own hash, in a local folder or with a cloud."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from app.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

PART = 5 * 1024 * 1024  # S3 takes no smaller part of an upload
CHUNK = 512 * 1024
WRITTEN_AT_ONCE = 4
_LISTED = 1000
_GIVEN_UP = timedelta(hours=1)  # no writer takes as long over one content
_PREFIX = "sha256/"

log = structlog.get_logger("app.storage")


class StoreAway(ConnectionError):
    """The object store does not answer, or not with what was put there."""


class Contents:
    """Contents by the SHA-256 of their bytes (64 hexadecimal digits): equal ones are one object."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._turns = asyncio.Semaphore(WRITTEN_AT_ONCE)  # each holds one part in memory

    async def keep(self, sha256: str, file: BinaryIO) -> None:
        """Put a content there, unless it is there already; nobody sees a part of it.

        Raises:
            StoreAway
        """
        if await self._size(sha256) == file.seek(0, 2):
            return
        async with self._turns:
            file.seek(0)
            with _reached("keep"):
                await obstore.put_async(self._store, _path(sha256), file, chunk_size=PART, max_concurrency=1)

    async def _size(self, sha256: str) -> int | None:
        with _reached("look"):
            try:
                return (await obstore.head_async(self._store, _path(sha256)))["size"]
            except FileNotFoundError:
                return None

    async def opened(self, sha256: str, size: int) -> AsyncIterator[bytes]:
        """A content of `size` bytes, a chunk at a time, the first of which has been read.

        Raises:
            StoreAway: at once or before the last chunk, so that nobody takes for whole what is not as it was put there.
        """
        chunks = self._chunks(sha256, size)
        first = await anext(chunks)
        return _after(first, chunks)

    async def _chunks(self, sha256: str, size: int) -> AsyncIterator[bytes]:
        """By ranges: one request for all would be cut off while a slow client reads."""
        seen = hashlib.sha256()
        for start in range(0, size, CHUNK):
            with _reached("read"):
                chunk = bytes(await obstore.get_range_async(self._store, _path(sha256), start=start, length=CHUNK))
            seen.update(chunk)
            if start + CHUNK >= size and seen.hexdigest() != sha256:
                log.error("content_changed", sha256=sha256)
                raise StoreAway
            yield chunk

    async def remove(self, sha256: str) -> None:
        """Take a content away, if it is there.

        Raises:
            StoreAway
        """
        with _reached("remove"):
            try:
                await obstore.delete_async(self._store, _path(sha256))
            except FileNotFoundError:
                return

    async def older_than(self, age: timedelta) -> AsyncIterator[list[str]]:
        """The hashes of contents that were put there longer ago than this, some at a time.

        Raises:
            StoreAway
        """
        now = datetime.now(UTC)  # noqa: TID251 - against the clock of the store
        before = now - age
        with _reached("list"):
            self._tidy(min(before, now - _GIVEN_UP))
            async for found in obstore.list(self._store, _PREFIX, chunk_size=_LISTED):
                yield [each["path"].rpartition("/")[2] for each in found if each["last_modified"] < before]

    def _tidy(self, before: datetime) -> None:
        """Remove what a process that died was writing: a local store lists such files to nobody.

        A bucket needs a rule of its own that ends uploads which were never completed.
        """
        if isinstance(self._store, LocalStore) and self._store.prefix is not None:
            for half in Path(self._store.prefix).glob(f"{_PREFIX}*/*#*"):
                with suppress(FileNotFoundError):  # written to its end meanwhile
                    if half.stat().st_mtime < before.timestamp():
                        half.unlink()


def contents(settings: Settings) -> Contents:
    """The object store that the settings name. A cloud is spoken to only when something is put there or read.

    Credentials and the endpoint come from the environment, by the names that the cloud's own tools use.
    """
    if settings.evidence_url is None:
        folder = settings.data_dir / "evidence"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Contents(LocalStore(prefix=folder))
    # Without TLS only to an endpoint that the operator names so.
    ways: ClientConfig = {"timeout": "30s", "connect_timeout": "5s", "allow_http": True}
    retries: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
    return Contents(from_url(settings.evidence_url, client_options=ways, retry_config=retries))


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _path(sha256: str) -> str:
    return f"{_PREFIX}{sha256[:2]}/{sha256}"


@contextmanager
def _reached(act: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        log.warning("object_store_away", act=act, reason=str(error).partition("\n")[0], exc_info=error)
        raise StoreAway from error
