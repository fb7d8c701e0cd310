"""Children seen at the settings where they are placed."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.contract import problems
from app.db import welfare_visits
from app.db.base import Keyset
from app.deps import (
    KEYED,
    KNOWN,
    CallerDep,
    Cursor,
    ExpectedVersion,
    Limit,
    Now,
    ReadSession,
    Route,
    Today,
    WriteSession,
    requires,
    tag,
)
from app.domain.access import Permission, Role
from app.shapes import PageOf, page_of
from app.shapes.amendments import CORRECTION, WITHDRAWAL, Withdrawal
from app.shapes.strict import Day
from app.shapes.welfare_visits import WelfareVisit, WelfareVisitCreate, WelfareVisitPatch, welfare_visit_shown

router = APIRouter(prefix="/v1/welfare-visits", tags=["obligations"], route_class=Route)


@router.get(
    "",
    operation_id="list_welfare_visits",
    summary="When children were seen at their settings",
    dependencies=[requires(Permission.WELFARE_VISITS_READ)],
)
async def list_welfare_visits(
    request: Request,
    response: Response,
    caller: CallerDep,
    session: ReadSession,
    placement_id: Annotated[UUID | None, Query(description="Only of this placement.")] = None,
    provider_id: Annotated[UUID | None, Query(description="Only at this provider.")] = None,
    seen_since_on: Annotated[Day | None, Query(description="Only on this day or later.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[WelfareVisit]:
    wanted = {"placement_id": placement_id, "provider_id": provider_id}
    since: date | None = seen_since_on
    keyset = Keyset(("welfare-visits", *wanted.values(), since), cursor, limit)
    page = await welfare_visits.list_page(session, keyset, wanted=wanted, since=since)
    to_provider = caller.role is Role.PROVIDER
    return page_of(request, response, page, lambda row: welfare_visit_shown(row, to_provider=to_provider))


@router.post(
    "",
    status_code=201,
    operation_id="record_welfare_visit",
    summary="Write down that a child was seen at a setting",
    description="By whoever commissions the placement, the school that keeps the pupil's record, or an authority that "
    "reads the placement. It is a check on the child, not a visit to assure quality.",
    dependencies=[requires(Permission.WELFARE_VISITS_WRITE), KEYED],
    responses=problems(409),
)
async def record_welfare_visit(
    body: WelfareVisitCreate, response: Response, session: WriteSession, today: Today
) -> WelfareVisit:
    row = await welfare_visits.record(session, body.model_dump(exclude={"acting_for"}), today=today)
    tag(response, row)
    response.headers["Location"] = f"/v1/welfare-visits/{row.id}"
    return welfare_visit_shown(row, to_provider=False)


@router.get(
    "/{welfare_visit_id}",
    operation_id="get_welfare_visit",
    summary="One visit to a child",
    dependencies=[requires(Permission.WELFARE_VISITS_READ)],
    responses=KNOWN,
)
async def get_welfare_visit(
    welfare_visit_id: UUID, response: Response, caller: CallerDep, session: ReadSession
) -> WelfareVisit:
    row = await welfare_visits.get(session, welfare_visit_id)
    tag(response, row)
    return welfare_visit_shown(row, to_provider=caller.role is Role.PROVIDER)


@router.patch(
    "/{welfare_visit_id}",
    operation_id="correct_welfare_visit",
    summary="Put right what was written down of a visit to a child",
    description=CORRECTION,
    dependencies=[requires(Permission.WELFARE_VISITS_WRITE)],
    responses=problems(409),
)
async def correct_welfare_visit(
    welfare_visit_id: UUID,
    body: WelfareVisitPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    at: Now,
    today: Today,
) -> WelfareVisit:
    row = await welfare_visits.correct(session, welfare_visit_id, body.correction(expected), at=at, today=today)
    tag(response, row)
    return welfare_visit_shown(row, to_provider=False)


@router.post(
    "/{welfare_visit_id}/withdraw",
    operation_id="withdraw_welfare_visit",
    summary="Take back what was written down of a visit to a child",
    description=WITHDRAWAL,
    dependencies=[requires(Permission.WELFARE_VISITS_WRITE), KEYED],
    responses=problems(409),
)
async def withdraw_welfare_visit(
    welfare_visit_id: UUID,
    body: Withdrawal,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    at: Now,
) -> WelfareVisit:
    row = await welfare_visits.withdraw(session, welfare_visit_id, body.reason, expected=expected, at=at)
    tag(response, row)
    return welfare_visit_shown(row, to_provider=False)
