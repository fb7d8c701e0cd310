"""Pupil records: made, read, changed, looked for and merged."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.contract import problems
from app.db import merges, pupil_search, pupils
from app.db.base import Keyset
from app.deps import (
    KEYED,
    KNOWN,
    CallerDep,
    Cursor,
    ExpectedVersion,
    Limit,
    ReadSession,
    Route,
    Today,
    WriteSession,
    made,
    requires,
    tag,
)
from app.domain.access import Caller, Permission
from app.shapes import PageInfo, PageOf, page_of
from app.shapes.pupils import (
    MergeCreate,
    Pupil,
    PupilCreate,
    PupilExternalId,
    PupilPatch,
    PupilPut,
    PupilSearch,
    pupil_shown,
)
from app.shapes.words import Source, YearGroup

router = APIRouter(prefix="/v1", tags=["pupils"], route_class=Route)


def answered(row: pupils.Pupil, response: Response, caller: Caller, *, new: bool = False) -> Pupil:
    """One record as answered: with its version, if the reader is told one, and with its address, if it is new."""
    answer = pupil_shown(row, caller)
    made(response, new)
    if answer.version is not None:
        tag(response, answer)
    if new:
        response.headers["Location"] = f"/v1/pupils/{row.id}"
    return answer


@router.get(
    "/pupils",
    operation_id="list_pupils",
    summary="Pupils",
    dependencies=[requires(Permission.PUPILS_READ)],
)
async def list_pupils(
    request: Request,
    response: Response,
    session: ReadSession,
    caller: CallerDep,
    home_school_id: Annotated[UUID | None, Query(description="The school where the pupil is on roll.")] = None,
    year_group: Annotated[YearGroup | None, Query(description="Census code.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Pupil]:
    wanted = {"home_school_id": home_school_id, "year_group": year_group}
    page = await pupil_search.list_page(session, Keyset(("pupils", wanted), cursor, limit), wanted)
    return page_of(request, response, page, lambda row: pupil_shown(row, caller))


@router.post(
    "/pupils",
    status_code=201,
    operation_id="create_pupil",
    summary="Record a pupil",
    dependencies=[requires(Permission.PUPILS_WRITE), KEYED],
)
async def create_pupil(
    body: PupilCreate, response: Response, session: WriteSession, caller: CallerDep, today: Today
) -> Pupil:
    row = await pupils.add(session, body.columns(), on=today)
    return answered(row, response, caller, new=True)


@router.post(
    "/pupils/search",
    operation_id="search_pupils",
    summary="Look for a pupil by what must not stand in an address",
    dependencies=[requires(Permission.PUPILS_READ)],
)
async def search_pupils(body: PupilSearch, session: ReadSession, caller: CallerDep) -> PageOf[Pupil]:
    page = await pupil_search.list_page(session, body.keyset(), body.wanted())
    # No Link header: the next page, too, is asked for in a body.
    info = PageInfo(next_cursor=page.next_cursor, has_more=page.next_cursor is not None)
    return PageOf(data=[pupil_shown(row, caller) for row in page.rows], page=info)


@router.get(
    "/pupils/{pupil_id}",
    operation_id="get_pupil",
    summary="One pupil",
    dependencies=[requires(Permission.PUPILS_READ)],
    responses=KNOWN,
)
async def get_pupil(pupil_id: UUID, response: Response, session: ReadSession, caller: CallerDep) -> Pupil:
    return answered(await pupils.get(session, pupil_id), response, caller)


@router.patch(
    "/pupils/{pupil_id}",
    operation_id="change_pupil",
    summary="Change what a record says of a pupil",
    dependencies=[requires(Permission.PUPILS_WRITE)],
    responses=problems(409),
)
async def change_pupil(
    pupil_id: UUID,
    body: PupilPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    caller: CallerDep,
    today: Today,
) -> Pupil:
    row = await pupils.change(session, pupil_id, body.said(), expected=expected, on=today)
    return answered(row, response, caller)


@router.put(
    "/sources/{source}/pupils/{external_id}",
    operation_id="put_pupil",
    summary="Record what your own system says of a pupil, under its id there",
    dependencies=[requires(Permission.PUPILS_WRITE)],
    responses=problems(409) | {201: {"model": Pupil, "description": "The record is new."}},
)
async def put_pupil(
    source: Source,
    external_id: PupilExternalId,
    body: PupilPut,
    response: Response,
    session: WriteSession,
    caller: CallerDep,
    today: Today,
) -> Pupil:
    row, created = await pupils.upsert(session, source, external_id, body.columns(), on=today)
    return answered(row, response, caller, new=created)


@router.post(
    "/pupils/{pupil_id}/merges",
    operation_id="merge_pupil",
    summary="Make two of your records of one pupil one",
    dependencies=[requires(Permission.PUPILS_WRITE), KEYED],
)
async def merge_pupil(
    pupil_id: UUID,
    body: MergeCreate,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    caller: CallerDep,
) -> Pupil:
    row = await merges.merge(session, pupil_id, body.pupil_id, expected=expected)
    return answered(row, response, caller)
