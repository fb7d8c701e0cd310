"""Improvement plans: drafted from visits and audits, opened, closed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.contract import problems
from app.db import action_drafting, action_plans, rows
from app.db.action_plans import ActionPlan as Row
from app.db.base import Keyset
from app.deps import (
    KEYED,
    KNOWN,
    Cursor,
    ExpectedVersion,
    Limit,
    Now,
    ReadSession,
    Route,
    Today,
    WriteSession,
    made,
    requires,
    tag,
)
from app.domain.access import Permission
from app.domain.action_plans import PlanStatus
from app.shapes import PageOf, page_of
from app.shapes.action_plans import (
    ActionPlan,
    ActionPlanClose,
    ActionPlanCreate,
    ActionPlanDraft,
    ActionPlanPatch,
    ActionPlanReopen,
    DraftedActionPlan,
    drafted,
)

router = APIRouter(prefix="/v1", tags=["action plans"], route_class=Route)

DRAFTED: dict[int | str, dict[str, Any]] = {201: {"model": DraftedActionPlan, "description": "Actions are new in it"}}


def shown(response: Response, row: Row) -> ActionPlan:
    """A plan, with its ETag."""
    tag(response, row)
    return ActionPlan.model_validate(row)


def drafted_shown(response: Response, found: action_drafting.Drafted) -> DraftedActionPlan:
    """A plan as drafted, with its ETag; 201 where anything is new."""
    made(response, found.new > 0)
    tag(response, found.plan)
    response.headers["Location"] = f"/v1/action-plans/{found.plan.id}"
    return drafted(found)


@router.post(
    "/visits/{visit_id}/action-plan",
    operation_id="draft_action_plan_of_visit",
    summary="Draft actions from a visit",
    description="For those whose staff visit, once the draft is shared. Every action point becomes an action, and so "
    "does every criterion and section that is less than fully met where no action point says what to do, those of "
    "concern first. They go into the open plan of the organisation that leads the visit, which carries on what earlier "
    "visits left open. Asked again, it adds only what is new.",
    dependencies=[requires(Permission.ACTIONS_VERIFY), KEYED],
    responses=DRAFTED | problems(409),
)
async def draft_action_plan_of_visit(
    visit_id: UUID, body: ActionPlanDraft, response: Response, session: WriteSession, today: Today
) -> DraftedActionPlan:
    found = await action_drafting.from_visit(session, visit_id, on=today, due_on=body.due_on)
    return drafted_shown(response, found)


@router.post(
    "/audits/{audit_id}/action-plan",
    operation_id="draft_action_plan_of_audit",
    summary="Draft actions from the open recommendations of an external audit",
    description="For the organisation that recorded the audit. When such an action is verified, the recommendation is "
    "done. Asked again, it adds only what is new.",
    dependencies=[requires(Permission.ACTIONS_VERIFY), KEYED],
    responses=DRAFTED | problems(409),
)
async def draft_action_plan_of_audit(
    audit_id: UUID, body: ActionPlanDraft, response: Response, session: WriteSession, today: Today
) -> DraftedActionPlan:
    found = await action_drafting.from_audit(session, audit_id, on=today, due_on=body.due_on)
    return drafted_shown(response, found)


@router.get(
    "/action-plans",
    operation_id="list_action_plans",
    summary="Improvement plans that you may know of",
    dependencies=[requires(Permission.ACTIONS_READ)],
)
async def list_action_plans(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Annotated[UUID | None, Query()] = None,
    organisation_id: Annotated[UUID | None, Query(description="The commissioner that owns it.")] = None,
    status: Annotated[PlanStatus | None, Query(description="Whether it goes on.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ActionPlan]:
    wanted = {"provider_id": provider_id, "organisation_id": organisation_id, "status": status}
    page = await action_plans.list_page(session, Keyset(("action plans", wanted), cursor, limit), wanted=wanted)
    return page_of(request, response, page, ActionPlan.model_validate)


@router.post(
    "/action-plans",
    status_code=201,
    operation_id="create_action_plan",
    summary="Open a plan that rests on no visit",
    description="An organisation has one open plan for a provider (409 `plan_open`, with its `plan_id`).",
    dependencies=[requires(Permission.ACTIONS_VERIFY), KEYED],
    responses=problems(409),
)
async def create_action_plan(body: ActionPlanCreate, response: Response, session: WriteSession) -> ActionPlan:
    row = await action_plans.create(session, body.provider_id, body.title)
    response.headers["Location"] = f"/v1/action-plans/{row.id}"
    return shown(response, row)


@router.get(
    "/action-plans/{plan_id}",
    operation_id="get_action_plan",
    summary="One improvement plan",
    dependencies=[requires(Permission.ACTIONS_READ)],
    responses=KNOWN,
)
async def get_action_plan(plan_id: UUID, response: Response, session: ReadSession) -> ActionPlan:
    return shown(response, await rows.get(session, Row, plan_id))


@router.patch(
    "/action-plans/{plan_id}",
    operation_id="change_action_plan",
    summary="Give a plan another title",
    dependencies=[requires(Permission.ACTIONS_VERIFY)],
)
async def change_action_plan(
    plan_id: UUID, body: ActionPlanPatch, response: Response, expected: ExpectedVersion, session: WriteSession
) -> ActionPlan:
    return shown(response, await action_plans.change(session, plan_id, body.title, expected=expected))


@router.post(
    "/action-plans/{plan_id}/close",
    operation_id="close_action_plan",
    summary="Close a plan",
    description="Every action is verified by then, or cancelled with a reason (409 `actions_open`, by pointer).",
    dependencies=[requires(Permission.ACTIONS_VERIFY), KEYED],
    responses=problems(409),
)
async def close_action_plan(
    plan_id: UUID, body: ActionPlanClose, response: Response, expected: ExpectedVersion, session: WriteSession, at: Now
) -> ActionPlan:
    return shown(response, await action_plans.close(session, plan_id, body.reason, expected=expected, at=at))


@router.post(
    "/action-plans/{plan_id}/reopen",
    operation_id="reopen_action_plan",
    summary="Open a closed plan again",
    dependencies=[requires(Permission.ACTIONS_VERIFY), KEYED],
    responses=problems(409),
)
async def reopen_action_plan(
    plan_id: UUID, body: ActionPlanReopen, response: Response, expected: ExpectedVersion, session: WriteSession
) -> ActionPlan:
    return shown(response, await action_plans.reopen(session, plan_id, body.reason, expected=expected))
