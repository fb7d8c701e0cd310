"""Evidence: files sent as they are, kept by their content, and given out only to those who may see them."""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.contract import problems
from app.db import evidence
from app.db.base import Keyset, new_id
from app.deps import (
    KEYED,
    KNOWN,
    Cursor,
    ExpectedVersion,
    Limit,
    ReadSession,
    Route,
    Services_,
    WriteSession,
    made,
    requires,
    tag,
)
from app.domain.access import Permission
from app.domain.evidence import TYPES, UNTOLD, content_disposition, ensure_as_declared, ensure_safe, file_name, title_of
from app.integrations.intake import Ready
from app.shapes import Name, PageOf, page_of
from app.shapes.evidence import Evidence, ItemKey
from app.uploads import FORM, PART, digest_of, uploaded

router = APIRouter(prefix="/v1/evidence", tags=["evidence"], route_class=Route)

BYTES = {"schema": {"type": "string", "format": "binary"}}
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself, at most 20 MiB. Its type is told by its content; a `Content-Type` that says "
        f"otherwise is refused, and `{UNTOLD}` says nothing.",
        "content": dict.fromkeys((UNTOLD, *TYPES), BYTES),
    }
}
FORM_OF_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A form with one file, at most 20 MiB. Its type is told by its content, whatever the form says.",
        "content": {
            FORM: {"schema": {"type": "object", "properties": {PART: BYTES["schema"]}, "required": [PART]}},
        },
    }
}
CONTENT: dict[int | str, dict[str, Any]] = {200: {"content": dict.fromkeys(TYPES, BYTES)}, **problems(409)}


@dataclass(frozen=True, slots=True)
class About:
    """What a file is about."""

    provider_id: UUID
    visit_id: UUID | None
    item_key: str | None
    title: str | None


async def about(
    provider_id: Annotated[UUID, Query(description="The provider that it is about.")],
    visit_id: Annotated[UUID | None, Query(description="The visit that it is for.")] = None,
    item_key: Annotated[ItemKey | None, Query(description="The item of the visit that it shows.")] = None,
    title: Annotated[
        Name | None,
        Query(description="What it is called. No name of a child: an address is written down on its way."),
    ] = None,
) -> About:
    """What a file is about."""
    return About(provider_id, visit_id, item_key, title)


async def loose(held: Services_) -> AsyncIterator[set[str]]:
    """Hashes of contents that nobody may have when the request is done; what is nobody's then is removed."""
    hashes: set[str] = set()
    try:
        yield hashes
    finally:
        for each in hashes:
            await evidence.release(held.database, each, held.contents.remove)


Loose = Annotated[set[str], Depends(loose, scope="function")]


class Sent:
    """A file that was sent, ready to be recorded: its content is in the object store."""

    def __init__(self, ready: Ready, sent_sha256: str, name: str | None, held: Services_) -> None:
        self.ready = ready
        self.name = name
        self.held = held
        self.columns = {name: getattr(ready, name) for name in ("media_type", "size", "sha256")}
        self.columns |= {"sent_sha256": sent_sha256, "scan": ready.scan.value}

    async def keep(self) -> None:
        """See that the content is in the object store."""
        await self.held.contents.keep(self.ready.sha256, self.ready.file)


async def sent_file(
    request: Request,
    held: Services_,
    loose: Loose,
    content_digest: Annotated[
        str,
        Header(
            alias="Content-Digest",
            max_length=1000,
            description="`sha-256=:…:`, the SHA-256 of the body in base64 (RFC 9530).",
            examples=["sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"],
        ),
    ],
) -> AsyncIterator[Sent]:
    """The body as a file. No connection to the database is held while it comes in and is looked at."""
    async with uploaded(request, content_digest) as upload, held.intake.ready(upload.file, upload.declared) as ready:
        ensure_as_declared(ready.media_type, upload.declared)
        yield await _kept(Sent(ready, upload.sha256, None, held), loose)


async def sent_form(
    request: Request,
    held: Services_,
    loose: Loose,
    content_digest: Annotated[
        str | None, Header(alias="Content-Digest", max_length=1000, description="Of the whole form, if sent.")
    ] = None,
) -> AsyncIterator[Sent]:
    """The file of a form, whose type a browser guesses by its name."""
    async with uploaded(request, content_digest) as upload, held.intake.ready(upload.file, upload.declared) as ready:
        yield await _kept(Sent(ready, upload.sha256, upload.name, held), loose)


async def _kept(sent: Sent, loose: set[str]) -> Sent:
    loose.add(sent.ready.sha256)
    await sent.keep()
    return sent


def shown(row: evidence.Evidence) -> Evidence:
    """A file as answered."""
    named = {"file_name": file_name(row.title, row.media_type), "frozen": row.frozen}
    return Evidence.model_validate(row.model_dump() | named)


@router.put(
    "/{evidence_id}",
    operation_id="put_evidence",
    summary="Send a file, under an id of your own",
    description="Sent again, the same file for the same purpose is what it was; another one is refused.",
    dependencies=[requires(Permission.EVIDENCE_WRITE)],
    responses={200: {"description": "It was there."}, 201: {"description": "It is new.", "model": Evidence}},
    openapi_extra=FILE,
)
async def put_evidence(
    evidence_id: UUID,
    about: Annotated[About, Depends(about)],
    sent: Annotated[Sent, Depends(sent_file, scope="function")],
    response: Response,
    session: WriteSession,
) -> Evidence:
    row, new = await evidence.put(session, evidence_id, asdict(about), sent.columns, keep=sent.keep)
    tag(response, row)
    made(response, new)
    return shown(row)


@router.post(
    "",
    status_code=201,
    operation_id="create_evidence",
    summary="Send a file as a form",
    description="The title, where none is given, is the name that the form gives to the file.",
    dependencies=[requires(Permission.EVIDENCE_WRITE), KEYED],
    openapi_extra=FORM_OF_FILE,
)
async def create_evidence(
    about: Annotated[About, Depends(about)],
    sent: Annotated[Sent, Depends(sent_form, scope="function")],
    response: Response,
    session: WriteSession,
) -> Evidence:
    named = asdict(about) | {"title": about.title or title_of(sent.name or "")}
    row, _ = await evidence.put(session, new_id(), named, sent.columns, keep=sent.keep)
    tag(response, row)
    response.headers["Location"] = f"/v1/evidence/{row.id}"
    return shown(row)


@router.get(
    "",
    operation_id="list_evidence",
    summary="Files that the caller may see",
    dependencies=[requires(Permission.EVIDENCE_READ)],
)
async def list_evidence(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: UUID | None = None,
    visit_id: UUID | None = None,
    item_key: Annotated[ItemKey | None, Query(description="The item of the visit that it shows.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Evidence]:
    asked = {"provider_id": provider_id, "visit_id": visit_id, "item_key": item_key}
    page = await evidence.list_page(session, Keyset(("evidence", asked), cursor, limit), **asked)
    return page_of(request, response, page, shown)


@router.get(
    "/{evidence_id}",
    operation_id="get_evidence",
    summary="What is known of a file",
    dependencies=[requires(Permission.EVIDENCE_READ)],
    responses=KNOWN,
)
async def get_evidence(evidence_id: UUID, response: Response, session: ReadSession) -> Evidence:
    row = await evidence.get(session, evidence_id)
    tag(response, row)
    return shown(row)


@router.get(
    "/{evidence_id}/content",
    operation_id="download_evidence",
    summary="The file itself",
    description="Always to be saved, never to be shown by a browser in the name of this service. A file in which "
    "malware was found is given to nobody.",
    dependencies=[requires(Permission.EVIDENCE_READ)],
    response_class=Response,
    responses=CONTENT,
)
async def download_evidence(evidence_id: UUID, held: Services_, session: ReadSession) -> Response:
    row = await evidence.get(session, evidence_id)
    ensure_safe(row.scan)
    headers = {
        "Content-Disposition": content_disposition(file_name(row.title, row.media_type)),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Length": str(row.size),
        "Content-Digest": digest_of(row.sha256),
    }
    content = await held.contents.opened(row.sha256, row.size)
    return StreamingResponse(content, media_type=row.media_type, headers=headers)


@router.delete(
    "/{evidence_id}",
    status_code=204,
    operation_id="delete_evidence",
    summary="Remove a file that the organisation has sent",
    dependencies=[requires(Permission.EVIDENCE_WRITE)],
)
async def delete_evidence(evidence_id: UUID, expected: ExpectedVersion, loose: Loose, session: WriteSession) -> None:
    loose.add(await evidence.remove(session, evidence_id, expected=expected))
