"""How a file that a request brings is received: to disk in bounded memory, and held to its digest."""

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from app.domain.errors import Fault, Invalid
from app.errors import MalformedBody
from app.matching import media_type

FORM = "multipart/form-data"
PART = "file"
_CHUNK = 1024 * 1024
_SHA_256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?=[;,]|$)")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came. `declared`: its media type, as sent; `name`: as a form gives it; `sha256`: hexadecimal."""

    file: BinaryIO
    declared: str
    name: str | None
    sha256: str


@asynccontextmanager
async def uploaded(request: Request, digest: str | None) -> AsyncIterator[Upload]:
    """The body of a request, or the part `file` of a form, on disk for as long as the block lasts.

    Args:
        digest: the `Content-Digest` of the whole body (RFC 9530), where there is one.

    Raises:
        Invalid: `digest_unreadable`, `digest_differs`.
        MalformedBody: it broke off, or is a broken form.
    """
    expected = None if digest is None else _expected(digest)
    seen = hashlib.sha256()
    is_form = media_type(request.headers.get("Content-Type")) == FORM
    async with (_part if is_form else _whole)(request, seen) as upload:
        if expected not in (None, seen.digest()):
            raise _misfit("digest_differs", "The body is not the one that the digest is of.")
        yield upload


def digest_of(sha256: str) -> str:
    """The value of `Content-Digest` for a hash in hexadecimal."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def _expected(digest: str) -> bytes:
    found = _SHA_256.search(digest)
    if found is None:
        raise _misfit("digest_unreadable", "Send sha-256=:…: with the SHA-256 of the body in base64.")
    return base64.b64decode(found[1])


def _misfit(code: str, detail: str) -> Invalid:
    return Invalid(detail, code=code, errors=(Fault(code, detail, header="Content-Digest"),))


@asynccontextmanager
async def _whole(request: Request, seen: "hashlib._Hash") -> AsyncIterator[Upload]:
    with TemporaryFile() as file:
        async for chunk in _stream(request, seen):
            file.write(chunk)
        file.seek(0)
        yield Upload(file, media_type(request.headers.get("Content-Type")), None, seen.hexdigest())


@asynccontextmanager
async def _part(request: Request, seen: "hashlib._Hash") -> AsyncIterator[Upload]:
    """The parser keeps on disk what is longer than a mebibyte."""
    parser = MultiPartParser(request.headers, _stream(request, seen), max_files=1, max_fields=0)
    try:
        form = await parser.parse()
        part = form.get(PART)
        if not isinstance(part, UploadFile):
            raise MalformedBody(f"The form has no file named `{PART}`.")
        sha256 = await asyncio.to_thread(sha256_of, part.file)
        request.scope["apqa.content"] = f"{part.filename} {sha256}".encode()
        yield Upload(part.file, media_type(part.content_type), part.filename, sha256)
    except MultiPartException as exc:
        raise MalformedBody(f"The body is no form of one file, named `{PART}`.") from exc
    finally:
        for each in parser._files_to_close_on_error:  # a form that breaks off tells of none of them
            each.close()


async def _stream(request: Request, seen: "hashlib._Hash") -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in request.stream():
            seen.update(chunk)
            yield chunk
    except ClientDisconnect as exc:
        raise MalformedBody("The body broke off.") from exc


def sha256_of(file: BinaryIO) -> str:
    """The SHA-256 of a file in hexadecimal; leaves it at its start."""
    told = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        told.update(chunk)
    file.seek(0)
    return told.hexdigest()
