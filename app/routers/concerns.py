"""Concerns: raised by ratings or in an organisation's own words, read, and withdrawn."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.contract import problems
from app.db import raising
from app.db.base import Keyset
from app.deps import KEYED, KNOWN, Cursor, ExpectedVersion, Limit, ReadSession, Route, WriteSession, requires, tag
from app.domain.access import Permission
from app.shapes import PageOf, page_of
from app.shapes.decisions import Concern, ConcernCreate, ConcernStatus, ConcernWithdrawal

router = APIRouter(prefix="/v1/concerns", tags=["decisions"], route_class=Route)


@router.get(
    "",
    operation_id="list_concerns",
    summary="Concerns",
    dependencies=[requires(Permission.CONCERNS_READ)],
)
async def list_concerns(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Annotated[UUID | None, Query()] = None,
    visit_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[ConcernStatus | None, Query(description="Only where it stands so.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Concern]:
    asked = {"provider_id": provider_id, "visit_id": visit_id, "status": status}
    page = await raising.list_page(session, Keyset(("concerns", asked), cursor, limit), wanted=asked)
    return page_of(request, response, page, Concern.model_validate)


@router.post(
    "",
    status_code=201,
    operation_id="create_concern",
    summary="Raise a concern in your own words",
    description="About a visit on which the organisation works, it is for those who work on it. Apart from any visit, "
    "it is for the organisation and its partnership, whose chair is alerted by the event `concern.raised`.",
    dependencies=[requires(Permission.CONCERNS_WRITE), KEYED],
)
async def create_concern(body: ConcernCreate, response: Response, session: WriteSession) -> Concern:
    row = await raising.add(session, body.model_dump(exclude={"acting_for"}))
    tag(response, row)
    response.headers["Location"] = f"/v1/concerns/{row.id}"
    return Concern.model_validate(row)


@router.get(
    "/{concern_id}",
    operation_id="get_concern",
    summary="One concern",
    dependencies=[requires(Permission.CONCERNS_READ)],
    responses=KNOWN,
)
async def get_concern(concern_id: UUID, response: Response, session: ReadSession) -> Concern:
    row = await raising.get(session, concern_id)
    tag(response, row)
    return Concern.model_validate(row)


@router.post(
    "/{concern_id}/withdraw",
    operation_id="withdraw_concern",
    summary="Withdraw an open concern",
    dependencies=[requires(Permission.CONCERNS_WRITE), KEYED],
    responses=problems(409),
)
async def withdraw_concern(
    concern_id: UUID,
    body: ConcernWithdrawal,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
) -> Concern:
    row = await raising.withdraw(session, concern_id, body.reason, expected=expected)
    tag(response, row)
    return Concern.model_validate(row)
