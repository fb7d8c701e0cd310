"""Decisions on a provider's future use, who has read them, and how pupils leave."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import affected, decisions, exit_plans
from app.db.base import Keyset
from app.db.concerns import ExitPlan as Row
from app.deps import (
    KEYED,
    Cursor,
    Limit,
    Now,
    ReadSession,
    Route,
    Today,
    WriteSession,
    made,
    requires,
    tag,
    versions_of,
)
from app.domain.access import Permission
from app.domain.decisions import DecisionKind
from app.shapes import PageOf, page_of
from app.shapes.decisions import (
    Acknowledgement,
    Decision,
    DecisionCreate,
    DecisionDetail,
    ExitPlan,
    ExitPlanPut,
    decision_shown,
    detail_shown,
    seen_shown,
)
from app.shapes.strict import Flag

router = APIRouter(prefix="/v1/decisions", tags=["decisions"], route_class=Route)

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=255, description="The ETag of the plan, where there is one already."),
]


def new(shape: type, what: str) -> dict[int | str, dict[str, Any]]:
    """What a route answers where it makes what another time it finds."""
    return {201: {"model": shape, "description": what}}


@router.get(
    "",
    operation_id="list_decisions",
    summary="Decisions on the future use of providers",
    dependencies=[requires(Permission.DECISIONS_READ)],
)
async def list_decisions(
    request: Request,
    response: Response,
    session: ReadSession,
    at: Now,
    today: Today,
    provider_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[DecisionKind | None, Query(description="Only of this kind.")] = None,
    in_force: Annotated[Flag | None, Query(description="Only those that hold today, or only others.")] = None,
    unread: Annotated[Flag | None, Query(description="Others' that your organisation has yet to confirm.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Decision]:
    asked = {"provider_id": provider_id, "kind": kind}
    keyset = Keyset(("decisions", asked, in_force, unread), cursor, limit)
    page = await decisions.list_page(session, keyset, at=at, wanted=asked, holding=in_force, unread=unread)
    return page_of(request, response, page, lambda seen: seen_shown(seen, at=at, on=today))


@router.post(
    "",
    status_code=201,
    operation_id="create_decision",
    summary="Decide on a provider's future use",
    description="It binds the organisation, its schools and its network, each of which is told (`decision.made`) and "
    "confirms that it has read it. While it is `suspend_new_placements`, `withdraw_pupils` or `cease`, they place "
    "nobody new with the provider (409 `provider_suspended` or `provider_ceased`). It ends the organisation's earlier "
    "decision on the provider.",
    dependencies=[requires(Permission.DECISIONS_WRITE), KEYED],
)
async def create_decision(
    body: DecisionCreate, response: Response, session: WriteSession, at: Now, today: Today
) -> Decision:
    row = await decisions.make(session, body.model_dump(exclude={"acting_for"}), at=at)
    response.headers["Location"] = f"/v1/decisions/{row.id}"
    return decision_shown(row, None, at=at, on=today)


@router.get(
    "/{decision_id}",
    operation_id="get_decision",
    summary="One decision, with your own affected placements",
    dependencies=[requires(Permission.DECISIONS_READ)],
)
async def get_decision(decision_id: UUID, session: ReadSession, at: Now, today: Today) -> DecisionDetail:
    return detail_shown(await affected.detail(session, decision_id, at=at), at=at, on=today)


@router.post(
    "/{decision_id}/acknowledgement",
    operation_id="acknowledge_decision",
    summary="Confirm that your organisation has read a decision",
    description="201 the first time, 200 after that.",
    dependencies=[requires(Permission.DECISIONS_ACKNOWLEDGE), KEYED],
    responses=new(Acknowledgement, "Confirmed"),
)
async def acknowledge_decision(
    decision_id: UUID, response: Response, session: WriteSession, at: Now
) -> Acknowledgement:
    row, first = await decisions.acknowledge(session, decision_id, at=at)
    made(response, first)
    return Acknowledgement.model_validate(row)


@router.get(
    "/{decision_id}/exit-plans",
    operation_id="list_exit_plans",
    summary="How pupils leave the provider",
    description="A commissioner reads its own plans; the provider those for its pupils.",
    dependencies=[requires(Permission.DECISIONS_READ)],
)
async def list_exit_plans(
    decision_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ExitPlan]:
    page = await exit_plans.list_page(session, decision_id, Keyset(("exit plans", decision_id), cursor, limit))
    return page_of(request, response, page, ExitPlan.model_validate)


async def put(
    session: AsyncSession, ids: tuple[UUID, UUID], body: ExitPlanPut, if_match: str | None, at: datetime
) -> tuple[Row, bool]:
    """The plan made or, where there is one, replaced in the version that the caller has seen."""
    known = if_match is not None or await exit_plans.held(session, *ids) is not None
    expected = versions_of(if_match) if known else None
    return await exit_plans.put(session, *ids, body.model_dump(exclude={"acting_for"}), expected=expected, at=at)


@router.put(
    "/{decision_id}/exit-plans/{placement_id}",
    operation_id="put_exit_plan",
    summary="Plan how one of your pupils leaves the provider",
    dependencies=[requires(Permission.PLACEMENTS_WRITE)],
    responses=new(ExitPlan, "Planned") | problems(409),
)
async def put_exit_plan(
    decision_id: UUID,
    placement_id: UUID,
    body: ExitPlanPut,
    response: Response,
    session: WriteSession,
    at: Now,
    if_match: IfMatch = None,
) -> ExitPlan:
    row, first = await put(session, (decision_id, placement_id), body, if_match, at)
    tag(response, row)
    made(response, first)
    return ExitPlan.model_validate(row)
