"""Actions of improvement plans: added, reported on, verified."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import actions
from app.db.base import Keyset
from app.db.session import caller_of
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
    requires,
    tag,
)
from app.domain.access import Permission
from app.domain.action_plans import ActionStatus
from app.shapes import PageOf, page_of
from app.shapes.action_plans import (
    Action,
    ActionCreate,
    ActionPatch,
    ActionReviewCreate,
    ActionTransition,
    action_shown,
    view_of,
)
from app.shapes.strict import Flag

router = APIRouter(prefix="/v1/actions", tags=["action plans"], route_class=Route)


def shown(session: AsyncSession, response: Response, seen: actions.Seen, on: date) -> Action:
    """An action as its reader is answered today, with an ETag for just that."""
    told = action_shown(seen, caller_of(session), on)
    tag(response, seen.action, view_of(told))
    return told


@router.get(
    "",
    operation_id="list_actions",
    summary="Actions that you may know of",
    description="What a visit asks for is read by its team, and by the provider while the draft is shared; by the "
    "network and the authority of the area once it is finalised. What rests on no visit they read at once.",
    dependencies=[requires(Permission.ACTIONS_READ)],
)
async def list_actions(
    request: Request,
    response: Response,
    session: ReadSession,
    today: Today,
    plan_id: Annotated[UUID | None, Query()] = None,
    provider_id: Annotated[UUID | None, Query()] = None,
    organisation_id: Annotated[UUID | None, Query(description="The commissioner that owns the plan.")] = None,
    visit_id: Annotated[UUID | None, Query(description="The visit that asks for it.")] = None,
    status: Annotated[ActionStatus | None, Query(description="Where the action stands.")] = None,
    overdue: Annotated[Flag | None, Query(description="Only those that are overdue today, or only others.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Action]:
    wanted = {"plan_id": plan_id, "provider_id": provider_id, "visit_id": visit_id, "status": status}
    wanted |= {"organisation_id": organisation_id}
    keyset = Keyset(("actions", wanted, overdue), cursor, limit)
    page = await actions.list_page(session, keyset, wanted=wanted, overdue=overdue, on=today)
    return page_of(request, response, page, lambda seen: action_shown(seen, caller_of(session), today))


@router.post(
    "",
    status_code=201,
    operation_id="create_action",
    summary="Add an action to a plan of your organisation",
    dependencies=[requires(Permission.ACTIONS_VERIFY), KEYED],
    responses=problems(409),
)
async def create_action(body: ActionCreate, response: Response, session: WriteSession, today: Today) -> Action:
    seen = await actions.add(session, body.model_dump(exclude={"acting_for"}), on=today)
    response.headers["Location"] = f"/v1/actions/{seen.id}"
    return shown(session, response, seen, today)


@router.get(
    "/{action_id}",
    operation_id="get_action",
    summary="One action",
    dependencies=[requires(Permission.ACTIONS_READ)],
    responses=KNOWN,
)
async def get_action(action_id: UUID, response: Response, session: ReadSession, today: Today) -> Action:
    return shown(session, response, await actions.get(session, action_id), today)


@router.patch(
    "/{action_id}",
    operation_id="change_action",
    summary="Change an action",
    description="The plan's owner says what is to be done, by whom, by when. The provider says which evidence shows "
    "its progress (403 `wording_not_yours` for all else).",
    dependencies=[requires(Permission.ACTIONS_WRITE)],
    responses=problems(409),
)
async def change_action(
    action_id: UUID,
    body: ActionPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    today: Today,
) -> Action:
    seen = await actions.change(session, action_id, body.said(), expected=expected)
    return shown(session, response, seen, today)


@router.post(
    "/{action_id}/reviews",
    status_code=201,
    operation_id="review_action",
    summary="Say how far an action has come",
    description="For the provider and the plan's owner. Reviews are only added to.",
    dependencies=[requires(Permission.ACTIONS_WRITE), KEYED],
    responses=problems(409),
)
async def review_action(
    action_id: UUID, body: ActionReviewCreate, response: Response, session: WriteSession, at: Now, today: Today
) -> Action:
    seen = await actions.review(session, action_id, body.model_dump(exclude={"acting_for"}), at=at, on=today)
    return shown(session, response, seen, today)


@router.post(
    "/{action_id}/transitions",
    operation_id="take_action_step",
    summary="Take an action to its next status",
    description="The provider starts and submits; the plan's owner verifies what was submitted, opens it again or "
    "cancels it, the last two with a reason.",
    dependencies=[requires(Permission.ACTIONS_WRITE), KEYED],
    responses=problems(409),
)
async def take_action_step(
    action_id: UUID,
    body: ActionTransition,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    today: Today,
) -> Action:
    seen = await actions.step(session, action_id, body.to, body.reason, expected=expected, on=today)
    return shown(session, response, seen, today)
