"""Quality assurance visits: planning, the steps of their life, and who may see them when."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import rows, visit_steps, visiting
from app.db.base import Keyset
from app.db.session import caller_of
from app.db.visit_content import Written, item_of, written
from app.db.visiting import Clock
from app.db.visits import Judgement
from app.db.visits import Visit as Row
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
    Settings_,
    Today,
    WriteSession,
    requires,
    tag,
)
from app.domain.access import Permission
from app.domain.errors import Fault
from app.domain.frameworks import VisitKind
from app.domain.visits import VisitStatus
from app.shapes import PageOf, page_of
from app.shapes.visits import (
    TransitionSaid,
    Visit,
    VisitCreate,
    VisitJudgement,
    VisitListed,
    VisitPatch,
    VisitResponse,
    VisitVersionListed,
    alerts_shown,
    listed,
)

router = APIRouter(prefix="/v1", tags=["visits"], route_class=Route)


async def visit_clock(at: Now, today: Today, settings: Settings_) -> Clock:
    """When something is done to a visit."""
    return Clock(at, today, settings.judgement_months, settings.comment_days)


VisitClock = Annotated[Clock, Depends(visit_clock)]


async def shown(session: AsyncSession, row: Row, response: Response, alerts: Sequence[Fault] = ()) -> Visit:
    """A visit with what its reader may see of the form, and an ETag for just that."""
    said = await written(session, row.id)
    tag(response, row, _view(said))
    return Visit.model_validate(
        listed(row, caller_of(session))
        | {
            "responses": [VisitResponse.model_validate(each) for each in said.responses],
            "judgements": [_judgement(each) for each in said.judgements],
            "versions": [VisitVersionListed.model_validate(each) for each in said.versions],
            "alerts": alerts_shown(alerts),
        }
    )


def _judgement(row: Judgement) -> VisitJudgement:
    return VisitJudgement.model_validate(row.model_dump() | {"item_key": item_of(row), "made_by": row.made_by_name})


def _view(said: Written) -> str:
    told = [(each.id, each.version) for each in said.responses] + [(each.id, each.version) for each in said.judgements]
    return hashlib.sha256(repr([*told, len(said.versions)]).encode()).hexdigest()[:16]


@router.get(
    "/visits",
    operation_id="list_visits",
    summary="Visits that you may know of",
    description="Before a draft is shared, those who visit see the whole record, and the provider its own part of it. "
    "A finalised record is read by the whole network, and by the authority of the area.",
    dependencies=[requires(Permission.VISITS_READ)],
)
async def list_visits(
    request: Request,
    response: Response,
    session: ReadSession,
    caller: CallerDep,
    provider_id: Annotated[UUID | None, Query()] = None,
    programme_id: Annotated[str | None, Query(max_length=120)] = None,
    kind: Annotated[VisitKind | None, Query(description="Visits of this kind alone.")] = None,
    status: Annotated[VisitStatus | None, Query(description="Where they stand.")] = None,
    lead_organisation_id: Annotated[UUID | None, Query()] = None,
    visited_since: Annotated[date | None, Query(description="Visits that took place on or after this day.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[VisitListed]:
    wanted = {"provider_id": provider_id, "programme_id": programme_id, "lead_organisation_id": lead_organisation_id}
    wanted |= {"kind": kind, "status": status}
    keyset = Keyset(("visits", wanted, visited_since), cursor, limit)
    page = await visiting.list_page(session, keyset, wanted=wanted, since=visited_since)
    return page_of(request, response, page, lambda row: VisitListed.model_validate(listed(row, caller)))


@router.post(
    "/visits",
    status_code=201,
    operation_id="plan_visit",
    summary="Plan a visit",
    description="Your organisation leads it. The plan keeps the notice rules of the framework's yearly round (409 "
    "`notice_not_kept`, by pointer), unless a lead sends `override`.",
    dependencies=[requires(Permission.VISITS_WRITE), KEYED],
    responses=problems(409),
)
async def plan_visit(body: VisitCreate, response: Response, session: WriteSession, today: Today) -> Visit:
    row = await visiting.plan(session, body.said(), on=today, override=body.reason)
    response.headers["Location"] = f"/v1/visits/{row.id}"
    return await shown(session, row, response)


@router.get(
    "/visits/{visit_id}",
    operation_id="get_visit",
    summary="One visit, with what you may see of its form",
    dependencies=[requires(Permission.VISITS_READ)],
    responses=KNOWN,
)
async def get_visit(visit_id: UUID, response: Response, session: ReadSession) -> Visit:
    return await shown(session, await rows.get(session, Row, visit_id), response)


@router.patch(
    "/visits/{visit_id}",
    operation_id="change_visit",
    summary="Change a plan, or who visits",
    dependencies=[requires(Permission.VISITS_WRITE)],
    responses=problems(409),
)
async def change_visit(
    visit_id: UUID, body: VisitPatch, response: Response, expected: ExpectedVersion, session: WriteSession, today: Today
) -> Visit:
    row = await visiting.change(session, visit_id, body.said(), expected=expected, on=today, override=body.reason)
    return await shown(session, row, response)


@router.post(
    "/visits/{visit_id}/transitions",
    operation_id="take_visit_step",
    summary="Take a visit to its next status",
    description="planned → preparing → with_provider → visited → draft_shared → finalised, or disputed in between; "
    "cancelled before the visit. What is missing is told by pointer (409 `visit_incomplete`).",
    dependencies=[requires(Permission.VISITS_WRITE), KEYED],
    responses=problems(409),
)
async def take_visit_step(
    visit_id: UUID,
    body: TransitionSaid,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    clock: VisitClock,
) -> Visit:
    row, alerts = await visit_steps.take(session, visit_id, body.to, body.said(), expected=expected, clock=clock)
    return await shown(session, row, response, alerts)
