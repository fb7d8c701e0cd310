"""The object store: contents under their own hash, in a local folder or with a cloud."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

from app.logs import Log
from app.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

PART = 5 * 1024 * 1024  # S3 takes no smaller part of an upload
CHUNK = 512 * 1024
WRITTEN_AT_ONCE = 4
_LISTED = 1000
_GIVEN_UP = timedelta(hours=1)  # no writer takes as long over one content
_PREFIX = "sha256/"

log = Log("app.storage")


class StoreAway(ConnectionError):
    """The object store does not answer, or not with what was put there."""


class Contents:
    """Contents by the SHA-256 of their bytes (64 hexadecimal digits): equal ones are one object.

    Args:
        open_store: makes the store, when the first content is put there or read.
        folder: where it keeps them, if that is a local folder.
    """

    def __init__(self, open_store: "Callable[[], ObjectStore]", folder: Path | None) -> None:
        self._open_store = open_store
        self._folder = folder
        self._turns = asyncio.Semaphore(WRITTEN_AT_ONCE)  # each holds one part in memory

    @cached_property
    def _store(self) -> "ObjectStore":
        return self._open_store()

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
                await self._store.put_async(_path(sha256), file, chunk_size=PART, max_concurrency=1)

    async def _size(self, sha256: str) -> int | None:
        with _reached("look"):
            try:
                return (await self._store.head_async(_path(sha256)))["size"]
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
                chunk = bytes(await self._store.get_range_async(_path(sha256), start=start, length=CHUNK))
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
                await self._store.delete_async(_path(sha256))
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
            if self._folder is not None:
                given_up = min(before, now - _GIVEN_UP)
                for some in await asyncio.to_thread(list, self._folder.glob(f"{_PREFIX}*")):
                    yield await asyncio.to_thread(_in_folder, some, before, given_up)
                return
            async for listed in self._store.list(_PREFIX, chunk_size=_LISTED):
                yield [_hash(each["path"]) for each in listed if each["last_modified"] < before]


def _in_folder(folder: Path, before: datetime, given_up: datetime) -> list[str]:
    """The hashes of the contents in a folder that were put there before an instant.

    What a process that died was writing, and nobody writes any more, is removed on the way. A bucket needs a rule of
    its own that ends uploads which were never completed.
    """
    found = []
    for each in folder.iterdir():
        with suppress(FileNotFoundError):  # written to its end, or removed, meanwhile
            put_at = each.stat().st_mtime
            if "#" not in each.name and put_at < before.timestamp():
                found.append(each.name)
            elif "#" in each.name and put_at < given_up.timestamp():
                each.unlink()
    return found


def contents(settings: Settings) -> Contents:
    """The object store that the settings name. A cloud is spoken to only when something is put there or read.

    Credentials and the endpoint come from the environment, by the names that the cloud's own tools use.
    """
    if settings.evidence_url is None:
        folder = settings.data_dir / "evidence"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Contents(partial(_local, folder), folder)
    address = urlsplit(settings.evidence_url)
    if address.scheme == "file":
        folder = Path(unquote(address.path))
        return Contents(partial(_local, folder), folder)
    cloud = _cloud(settings.evidence_url)  # at once: what is wrong with its address is told at the start
    return Contents(lambda: cloud, None)


def _local(folder: Path) -> "ObjectStore":
    from obstore.store import LocalStore  # noqa: PLC0415 - six megabytes, and threads, of which many processes need none

    return LocalStore(prefix=folder)


def _cloud(address: str) -> "ObjectStore":
    from obstore.store import from_url  # noqa: PLC0415 - as above

    # Without TLS only to an endpoint that the operator names so.
    ways: ClientConfig = {"timeout": "30s", "connect_timeout": "5s", "allow_http": True}
    retries: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
    return from_url(address, client_options=ways, retry_config=retries)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _path(sha256: str) -> str:
    return f"{_PREFIX}{sha256[:2]}/{sha256}"


def _hash(path: str) -> str:
    return path.rpartition("/")[2]


@contextmanager
def _reached(act: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and not _of_store(error):
            raise
        log.warning("object_store_away", act=act, reason=str(error).partition("\n")[0], exc_info=error)
        raise StoreAway from error


def _of_store(error: Exception) -> bool:
    from obstore.exceptions import BaseError  # noqa: PLC0415 - as above

    return isinstance(error, BaseError)
