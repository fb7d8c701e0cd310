"""Fetching a large public file to disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from tempfile import TemporaryFile
from typing import IO

import httpx

from app.domain.errors import Invalid

_BYTES_LIMIT = 512 << 20
_SECONDS_LIMIT = 900


class DownloadRefused(Invalid):
    """An address that is not fetched from: neither https nor, on this machine, http."""

    code = "download_refused"
    title = "Address refused"


class DownloadFailed(Invalid):
    """A file that could not be had whole: no answer, not 200, cut short, too large or too slow."""

    code = "download_failed"
    title = "Download failed"


@asynccontextmanager
async def downloaded(url: str) -> AsyncIterator[IO[bytes]]:
    """A file at an address, whole and at its start, on disk until the block ends; at most 512 MiB in 15 minutes.

    Only https, or http from this machine; a redirection is not followed, for it could lead elsewhere. Raises
    DownloadRefused or DownloadFailed, in words without the address, which may hold a secret.
    """
    with TemporaryFile() as file:
        try:
            address = httpx.URL(url)
            if not _may_fetch(address):
                raise DownloadRefused("Only https addresses, or http on this machine, are fetched from.")
            async with asyncio.timeout(_SECONDS_LIMIT):
                await _fetch(address, file)
        except httpx.InvalidURL:
            raise DownloadRefused("This is not an address.") from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise DownloadFailed(f"The file could not be had: {type(error).__name__}.") from error
        file.seek(0)
        yield file


async def _fetch(address: httpx.URL, file: IO[bytes]) -> None:
    # A proxy may stand between this service and the world, never between it and its own machine.
    async with (
        httpx.AsyncClient(trust_env=address.scheme == "https", timeout=30) as client,
        client.stream("GET", address) as response,
    ):
        response.raise_for_status()
        async for chunk in response.aiter_bytes():
            file.write(chunk)
            if file.tell() > _BYTES_LIMIT:
                raise DownloadFailed("The file is larger than 512 MiB.")


def _may_fetch(address: httpx.URL) -> bool:
    return bool(address.host) and (
        address.scheme == "https" or (address.scheme == "http" and _is_loopback(address.host))
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
