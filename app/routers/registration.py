"""Must this provider register: now, next, and with one placement more?"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator, Field

from app.contract import problems
from app.db import planning, positions, registration
from app.db.base import Keyset
from app.db.planning import WhatIf as Planned
from app.db.positions import Asked
from app.db.registration import Check
from app.db.threshold import Clock
from app.deps import (
    KEYED,
    Cursor,
    Limit,
    Now,
    QuickReading,
    ReadSession,
    Route,
    Services_,
    Settings_,
    Today,
    WriteSession,
    requires,
)
from app.domain.access import Permission
from app.domain.registration import Result
from app.shapes import Body, PageOf, Shape, page_of
from app.shapes.placements import PlacementAlert, PlacementPlan
from app.shapes.registration import CheckSummary, RegistrationCheck, check_dated, check_shown, check_written
from app.shapes.strict import day

router = APIRouter(prefix="/v1", tags=["registration"], route_class=Route)

AsOfDay = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31)), BeforeValidator(day)]
AsOf = Annotated[AsOfDay | None, Query(description="The day asked about, from 2000 to 2100; today if absent.")]
Horizon = Annotated[int, Query(ge=0, le=1830, description="How many days ahead to look for the next change.")]


class CheckRun(Body):
    """A check to be kept as evidence."""

    provider_id: UUID
    as_of_on: date | None = Field(default=None, ge=date(2000, 1, 1), le=date(2100, 12, 31))


class WhatIfAsk(Body):
    """What if these placements were made?"""

    provider_id: UUID
    placements: list[PlacementPlan] = Field(min_length=1, max_length=50)
    as_of_on: date | None = Field(default=None, ge=date(2000, 1, 1), le=date(2100, 12, 31))
    hold_minutes: int | None = Field(default=None, ge=1, le=1440, description="Keep the room for so long.")


class MinutesLeft(Shape):
    """How many more minutes a week the child may have here; null where the ruleset sets no bound."""

    ruleset_id: str
    before_full_time: int | None
    before_total_cap: int | None


class WhatIf(Shape):
    """Before and after. `headroom` holds, for each placement asked about, the minutes left for its pupil before it.

    `alerts` tell of decisions against new placements there.
    """

    before: RegistrationCheck
    after: RegistrationCheck
    changed: bool
    headroom: list[list[MinutesLeft]]
    alerts: list[PlacementAlert]
    hold_id: UUID | None
    hold_expires_at: datetime | None


class Hold(Shape):
    """Room kept at a provider."""

    id: UUID
    provider_id: UUID
    organisation_id: UUID
    expires_at: datetime
    created_at: datetime


def what_if_shown(found: Planned, at: datetime) -> WhatIf:
    """A what-if as answered."""
    return WhatIf(
        before=check_shown(found.before.shown(), check_id=None, created_at=at),
        after=check_shown(found.after.shown(), check_id=None, created_at=at),
        changed=found.changed,
        headroom=[[MinutesLeft.model_validate(each) for each in child] for child in found.minutes_left],
        alerts=[PlacementAlert.model_validate(each) for each in found.alerts],
        hold_id=found.hold.id if found.hold else None,
        hold_expires_at=found.hold.expires_at if found.hold else None,
    )


def _written(check: Check) -> bytes:
    return check_written(check.shown())


@router.get(
    "/providers/{provider_id}/registration-status",
    operation_id="get_registration_status",
    summary="Does the provider meet a registration threshold on a day, and when does that change?",
    response_model=RegistrationCheck,
    dependencies=[requires(Permission.REGISTRATION_READ)],
)
async def get_registration_status(
    provider_id: UUID,
    reading: QuickReading,
    held: Services_,
    at: Now,
    today: Today,
    as_of_on: AsOf = None,
    horizon_days: Horizon = 731,
) -> Response:
    asked = Asked(provider_id, as_of_on or today, horizon_days)
    told = await positions.told(reading, held.positions, _written, asked, at)
    return Response(check_dated(told, at), media_type="application/json")


@router.get(
    "/registration-checks",
    operation_id="list_registration_checks",
    summary="Kept checks",
    dependencies=[requires(Permission.REGISTRATION_READ)],
)
async def list_registration_checks(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Annotated[UUID | None, Query()] = None,
    overall: Annotated[Result | None, Query(description="Only with this result.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[CheckSummary]:
    keyset = Keyset(("checks", provider_id, overall), cursor, limit)
    page = await registration.list_page(session, keyset, provider_id=provider_id, overall=overall)
    return page_of(request, response, page, CheckSummary.model_validate)


@router.post(
    "/registration-checks",
    status_code=201,
    operation_id="run_registration_check",
    summary="Run a check and keep it as evidence",
    dependencies=[requires(Permission.REGISTRATION_CHECK), KEYED],
    responses=problems(404),
)
async def run_registration_check(
    body: CheckRun, response: Response, session: WriteSession, at: Now, today: Today
) -> RegistrationCheck:
    row, document = await registration.run(session, body.provider_id, on=body.as_of_on or today, at=at)
    response.headers["Location"] = f"/v1/registration-checks/{row.id}"
    return check_shown(document, check_id=row.id, created_at=row.created_at)


@router.post(
    "/registration-checks/what-if",
    operation_id="check_registration_what_if",
    summary="What if these placements were made?",
    dependencies=[requires(Permission.REGISTRATION_CHECK), KEYED],
    responses=problems(404, 409),
)
async def check_registration_what_if(
    body: WhatIfAsk, session: WriteSession, at: Now, today: Today, settings: Settings_
) -> WhatIf:
    found = await planning.what_if(
        session,
        body.provider_id,
        [each.plan() for each in body.placements],
        on=body.as_of_on,
        hold_minutes=body.hold_minutes,
        clock=Clock(at, today, settings.session_minutes),
    )
    return what_if_shown(found, at)


@router.get(
    "/registration-checks/holds",
    operation_id="list_holds",
    summary="Room that the organisation keeps",
    dependencies=[requires(Permission.REGISTRATION_READ)],
)
async def list_holds(
    request: Request, response: Response, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[Hold]:
    page = await planning.list_holds(session, Keyset("holds", cursor, limit))
    return page_of(request, response, page, Hold.model_validate)


@router.delete(
    "/registration-checks/holds/{hold_id}",
    status_code=204,
    operation_id="release_hold",
    summary="Give up a hold",
    dependencies=[requires(Permission.REGISTRATION_CHECK)],
)
async def release_hold(hold_id: UUID, session: WriteSession) -> None:
    await planning.release(session, hold_id)


@router.get(
    "/registration-checks/{check_id}",
    operation_id="get_registration_check",
    summary="One kept check",
    dependencies=[requires(Permission.REGISTRATION_READ)],
)
async def get_registration_check(check_id: UUID, session: ReadSession) -> RegistrationCheck:
    row, document = await registration.get(session, check_id)
    return check_shown(document, check_id=row.id, created_at=row.created_at)
