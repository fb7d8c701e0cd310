"""Agreements, what they oblige to, and the calendars in which that is read."""

import secrets
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.contract import problems
from app.db import obligations
from app.db.base import Keyset
from app.deps import (
    KEYED,
    OPEN,
    Cursor,
    Limit,
    Now,
    ReadSession,
    Route,
    Services_,
    Settings_,
    Today,
    WriteSession,
    requires,
)
from app.domain import obligations as rules
from app.domain.access import Permission
from app.domain.obligations import Kind, State
from app.integrations.obligation_feed import to_icalendar
from app.shapes import PageInfo, PageOf, page_of
from app.shapes.obligations import (
    Agreement,
    NewObligationFeed,
    Obligation,
    ObligationFeed,
    ObligationPage,
    ObligationWaive,
    obligation_shown,
    obligations_shown,
)
from app.shapes.strict import Day

router = APIRouter(tags=["obligations"], route_class=Route)

ObligationKey = Annotated[UUID, Path(description="The key of the obligation, the same for as long as it stands.")]

FEED = "/feeds/obligations/"
FED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}}


@router.get(
    "/v1/agreements",
    operation_id="list_agreements",
    summary="Agreements that organisations can adopt, with their clauses",
    dependencies=[requires(Permission.OBLIGATIONS_READ)],
)
async def list_agreements() -> PageOf[Agreement]:
    listed = [Agreement.model_validate(each) for each in rules.ALL]
    return PageOf(data=listed, page=PageInfo(next_cursor=None, has_more=False))


@router.get(
    "/v1/obligations",
    operation_id="list_obligations",
    summary="What your organisation owes and is owed, by due day",
    description="By the agreements that commissioners have adopted (`PATCH /v1/organisations/{id}`), for the academic "
    "year and those before and after it, of providers in use. Where a calendar is missing, `cannot_determine` says so.",
    dependencies=[requires(Permission.OBLIGATIONS_READ)],
)
async def list_obligations(
    request: Request,
    response: Response,
    session: ReadSession,
    today: Today,
    *,
    provider_id: Annotated[UUID | None, Query(description="Only of this provider.")] = None,
    owed_by: Annotated[UUID | None, Query(description="Only what this organisation owes.")] = None,
    owed_to: Annotated[UUID | None, Query(description="Only what this organisation is owed.")] = None,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    state: Annotated[State | None, Query(description="Only what stands so today.")] = None,
    due_since: Annotated[Day | None, Query(description="Only what is due on this day or later.")] = None,
    due_before: Annotated[Day | None, Query(description="Only what is due before this day.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ObligationPage:
    wanted = {"provider_id": provider_id, "owed_by_id": owed_by, "owed_to_id": owed_to, "kind": kind, "state": state}
    due = (due_since, due_before)
    keyset = Keyset(("obligations", *wanted.values(), *due), cursor, limit, key=obligations.place)
    listed = await obligations.list_page(session, keyset, on=today, wanted=wanted, due=due)
    return obligations_shown(request, response, listed)


@router.post(
    "/v1/obligations/{key}/waive",
    status_code=201,
    operation_id="waive_obligation",
    summary="Say that an obligation is not owed this once",
    dependencies=[requires(Permission.OBLIGATIONS_WRITE), KEYED],
    responses=problems(409),
)
async def waive_obligation(
    key: ObligationKey, body: ObligationWaive, session: WriteSession, today: Today
) -> Obligation:
    return obligation_shown(await obligations.waive(session, key, body.reason, on=today))


@router.delete(
    "/v1/obligations/{key}/waive",
    status_code=204,
    operation_id="unwaive_obligation",
    summary="Take a waiver back",
    dependencies=[requires(Permission.OBLIGATIONS_WRITE)],
)
async def unwaive_obligation(key: ObligationKey, session: WriteSession) -> None:
    await obligations.unwaive(session, key)


@router.get(
    "/v1/obligations/feeds",
    operation_id="list_obligation_feeds",
    summary="Secret addresses of your organisation for calendars",
    dependencies=[requires(Permission.OBLIGATIONS_WRITE)],
)
async def list_obligation_feeds(
    request: Request, response: Response, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[ObligationFeed]:
    page = await obligations.list_feeds(session, Keyset("obligation-feeds", cursor, limit))
    return page_of(request, response, page, ObligationFeed.model_validate)


@router.get(
    "/v1/obligations/{key}",
    operation_id="get_obligation",
    summary="One obligation, as it stands today",
    description="To whom `GET /v1/obligations` tells it. One that is no longer asked for (404) is another's, too old, "
    "or what asked for it has changed.",
    dependencies=[requires(Permission.OBLIGATIONS_READ)],
)
async def get_obligation(key: ObligationKey, session: ReadSession, today: Today) -> Obligation:
    return obligation_shown(await obligations.get(session, key, on=today))


@router.post(
    "/v1/obligations/feeds",
    status_code=201,
    operation_id="create_obligation_feed",
    summary="Make a secret address at which calendars read your obligations",
    description="The address is told this once. Whoever has it reads, without signing in, what is still to be done: "
    "no names of children, placements by id.",
    dependencies=[requires(Permission.OBLIGATIONS_WRITE), KEYED],
)
async def create_obligation_feed(session: WriteSession, settings: Settings_) -> NewObligationFeed:
    secret = secrets.token_urlsafe(32)
    row = await obligations.add_feed(session, secret)
    url = f"{settings.public_url.rstrip('/')}{FEED}{secret}.ics"
    return NewObligationFeed(id=row.id, url=url, created_at=row.created_at)


@router.delete(
    "/v1/obligations/feeds/{feed_id}",
    status_code=204,
    operation_id="revoke_obligation_feed",
    summary="End a secret address, at once",
    dependencies=[requires(Permission.OBLIGATIONS_WRITE)],
)
async def revoke_obligation_feed(feed_id: UUID, session: WriteSession, at: Now) -> None:
    await obligations.revoke_feed(session, feed_id, at=at)


@router.get(
    FEED + "{secret}.ics",
    operation_id="get_obligation_feed",
    summary="Obligations in iCalendar, at a secret address",
    response_class=Response,
    responses=FED | problems(404, 429),
    openapi_extra=OPEN,
)
async def get_obligation_feed(
    secret: Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9_-]+$", description="The secret.")],
    request: Request,
    held: Services_,
    at: Now,
    today: Today,
) -> Response:
    caller = await obligations.feed_caller(held.database, secret)
    held.limiter.spend(request, caller)
    owed, names = await obligations.fed(held.database, caller, on=today)
    content = to_icalendar(owed.obligations, names, at=at)
    return Response(content, media_type="text/calendar; charset=utf-8")
