"""Files of placements: sent whole, recorded row by row behind the scenes, faults given back by row."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from starlette.datastructures import UploadFile

from app.db import imports
from app.db.base import Keyset
from app.deps import KEYED, Cursor, Limit, ReadSession, Route, WriteSession, requires
from app.domain.access import Permission
from app.domain.placement_files import File, opened
from app.matching import media_type
from app.reports.import_faults import faults_csv
from app.shapes import PageOf, Shape, page_of
from app.shapes.words import Source

router = APIRouter(prefix="/v1/imports", tags=["placements"], route_class=Route)

CSV = "text/csv"
FORM = "multipart/form-data"
SENT = {
    "requestBody": {
        "required": True,
        "description": "A header row, then a row for each placement. Headers are the fields of `PlacementCreate` and "
        "of its pupil, or the census's names for them, in any case, with or without spaces and underscores; dates are "
        "YYYY-MM-DD or DD/MM/YYYY; `mon` to `sun` hold times as 09:30-15:00, with A or B for a week of two.",
        "content": {
            CSV: {"schema": {"type": "string"}},
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}


class PassedOver(Shape):
    """Something about the file that was passed over."""

    code: str
    detail: str


class Import(Shape):
    """A file of placements, and how far it has come. `created` to `failed` add up to `processed`."""

    id: UUID
    source: str
    status: Literal["queued", "running", "finished", "failed"]
    refusal: str | None = Field(
        description="Why it could not be finished: who sent it may no longer, or a fault of ours."
    )
    rows: int = Field(description="How many the file has.")
    processed: int = Field(validation_alias="position")
    created: int
    updated: int
    unchanged: int
    failed: int = Field(description="Rows that were refused: `/v1/imports/{id}/errors`.")
    warnings: list[PassedOver]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came, with its header read and its rows counted."""

    file: File
    rows: int


async def sent(request: Request) -> Sent:
    """The file that a request brings, read before a connection is taken.

    Raises:
        Invalid: a file that is no such file.
    """
    file = await asyncio.to_thread(opened, await _content(request))
    return Sent(file, await asyncio.to_thread(file.count))


async def _content(request: Request) -> bytes:
    """The body itself, or the part `file` of a form."""
    if media_type(request.headers.get("Content-Type")) != FORM:
        return await request.body()
    async with request.form(max_files=1, max_fields=1) as form:
        part = form.get("file")
        content = await part.read() if isinstance(part, UploadFile) else b""
    request.scope["apqa.content"] = content  # the body is spent, and an Idempotency-Key is bound to it
    return content


@router.post(
    "",
    status_code=202,
    operation_id="create_import",
    summary="Send a file of placements",
    description="Each row is taken as by `POST /v1/placements/batch`. A row is known again by its `external_id`, or "
    "without one by its pupil, provider and first day, so the same file can be sent again.",
    dependencies=[requires(Permission.PLACEMENTS_WRITE), KEYED],
    openapi_extra=SENT,
)
async def create_import(
    source: Annotated[Source, Query()], sent: Annotated[Sent, Depends(sent)], response: Response, session: WriteSession
) -> Import:
    row = await imports.receive(session, source, sent.file.content, rows=sent.rows, warnings=sent.file.warnings)
    response.headers["Location"] = f"/v1/imports/{row.id}"
    return Import.model_validate(row)


@router.get(
    "",
    operation_id="list_imports",
    summary="Files that the organisation has sent",
    dependencies=[requires(Permission.PLACEMENTS_READ)],
)
async def list_imports(
    request: Request, response: Response, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[Import]:
    page = await imports.list_page(session, Keyset("imports", cursor, limit))
    return page_of(request, response, page, Import.model_validate)


@router.get(
    "/{import_id}",
    operation_id="get_import",
    summary="How far a file has come",
    dependencies=[requires(Permission.PLACEMENTS_READ)],
)
async def get_import(import_id: UUID, session: ReadSession) -> Import:
    return Import.model_validate(await imports.get(session, import_id))


@router.get(
    "/{import_id}/errors",
    operation_id="get_import_errors",
    summary="What is wrong with which rows of a file",
    description="As CSV: `row`, `external_id`, `code`, `column`, `pointer`, `detail`. What a row says is not repeated.",
    dependencies=[requires(Permission.PLACEMENTS_READ)],
    response_class=Response,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def get_import_errors(import_id: UUID, session: ReadSession) -> Response:
    named = {"Content-Disposition": f'attachment; filename="{import_id}-errors.csv"'}
    return Response(faults_csv(await imports.faults_of(session, import_id)), media_type=CSV, headers=named)
