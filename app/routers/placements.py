"""Placements: recorded singly or by another system's id, changed, ended and cancelled."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from app.contract import problems
from app.db import placements, placing, standing
from app.db.base import Keyset
from app.db.desk import Recorded
from app.db.threshold import Clock
from app.deps import (
    KEYED,
    KNOWN,
    CallerDep,
    Cursor,
    ExpectedVersion,
    Limit,
    Now,
    QuickReading,
    Route,
    Settings_,
    Today,
    WriteSession,
    etag,
    made,
    requires,
    tag,
)
from app.domain.access import Caller, Permission
from app.domain.placements import Status
from app.shapes import PageOf, page_written, written
from app.shapes.placements import (
    Placement,
    PlacementCancel,
    PlacementCreate,
    PlacementEnd,
    PlacementPatch,
    PlacementPut,
    TimetableChange,
    placement_shown,
    placement_told,
)
from app.shapes.words import ExternalId, Source

router = APIRouter(prefix="/v1", tags=["placements"], route_class=Route)


async def clock(at: Now, today: Today, settings: Settings_) -> Clock:
    """When the placements of a request are recorded."""
    return Clock(at, today, settings.session_minutes)


ClockDep = Annotated[Clock, Depends(clock)]


def answered(recorded: Recorded, response: Response, caller: Caller, clock: Clock) -> Placement:
    """A placement just recorded, as answered."""
    tag(response, recorded.row)
    mine = recorded.row.commissioner_id == caller.organisation_id
    return placement_shown(recorded.row, on=clock.today, mine=mine, alerts=recorded.alerts)


@router.get(
    "/placements",
    operation_id="list_placements",
    summary="Placements",
    response_model=PageOf[Placement],
    dependencies=[requires(Permission.PLACEMENTS_READ)],
)
async def list_placements(
    request: Request,
    reading: QuickReading,
    today: Today,
    provider_id: Annotated[UUID | None, Query()] = None,
    pupil_id: Annotated[UUID | None, Query()] = None,
    commissioner_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[Status | None, Query(description="Where it stands today.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    asked = {"provider_id": provider_id, "pupil_id": pupil_id, "commissioner_id": commissioner_id}
    keyset = Keyset(("placements", asked, status), cursor, limit)
    page = await placements.read_page(reading, keyset, on=today, status=status, wanted=asked)
    me = reading.caller.organisation_id
    return page_written(request, page, lambda row: placement_told(row, on=today, mine=row["commissioner_id"] == me))


@router.post(
    "/placements",
    status_code=201,
    operation_id="create_placement",
    summary="Record a placement",
    description="What has begun is always recorded, and what it brings about is told in `registration` and `alerts`. "
    "A plan by which the provider would meet a registration threshold that binds its commissioner is refused (409, "
    "with the check), unless the commissioner's policy is to be advised only, or a lead sends `override`. What begins "
    "under a decision that binds the commissioner and by which the provider takes no new placements is refused, too "
    "(409 `provider_suspended` or `provider_ceased`, with the `decision`), unless a lead sends `override`. So is a "
    "plan on whose first day the provider lacks evidence that the commissioner's compliance policy makes a condition "
    "(409 `provider_not_compliant`, with the items as `compliance`).",
    dependencies=[requires(Permission.PLACEMENTS_WRITE), KEYED],
    responses=problems(409),
)
async def create_placement(
    body: PlacementCreate, response: Response, session: WriteSession, caller: CallerDep, clock: ClockDep
) -> Placement:
    recorded = await placing.record(session, body.said(), clock=clock, override=body.reason, hold_id=body.hold_id)
    response.headers["Location"] = f"/v1/placements/{recorded.row.id}"
    return answered(recorded, response, caller, clock)


@router.get(
    "/placements/{placement_id}",
    operation_id="get_placement",
    summary="One placement",
    response_model=Placement,
    dependencies=[requires(Permission.PLACEMENTS_READ)],
    responses=KNOWN,
)
async def get_placement(placement_id: UUID, reading: QuickReading, today: Today) -> Response:
    row = await placements.read(reading, placement_id)
    mine = row["commissioner_id"] == reading.caller.organisation_id
    return written(placement_told(row, on=today, mine=mine), etag(row["version"]))


@router.patch(
    "/placements/{placement_id}",
    operation_id="change_placement",
    summary="Change a placement's dates and particulars",
    dependencies=[requires(Permission.PLACEMENTS_WRITE)],
    responses=problems(409),
)
async def change_placement(
    placement_id: UUID,
    body: PlacementPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    caller: CallerDep,
    clock: ClockDep,
) -> Placement:
    said = body.model_dump(exclude_unset=True, exclude={"acting_for", "override"})
    recorded = await placing.change(session, placement_id, said, expected=expected, clock=clock, override=body.reason)
    return answered(recorded, response, caller, clock)


@router.post(
    "/placements/{placement_id}/timetable",
    operation_id="change_timetable",
    summary="Give a placement another week, from a day on",
    dependencies=[requires(Permission.PLACEMENTS_WRITE), KEYED],
    responses=problems(409),
)
async def change_timetable(
    placement_id: UUID,
    body: TimetableChange,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    caller: CallerDep,
    clock: ClockDep,
) -> Placement:
    recorded = await placing.rearrange(
        session, placement_id, body.told(), from_on=body.from_on, expected=expected, clock=clock, override=body.reason
    )
    return answered(recorded, response, caller, clock)


@router.post(
    "/placements/{placement_id}/end",
    operation_id="end_placement",
    summary="End a placement",
    dependencies=[requires(Permission.PLACEMENTS_WRITE), KEYED],
    responses=problems(409),
)
async def end_placement(
    placement_id: UUID,
    body: PlacementEnd,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    caller: CallerDep,
    clock: ClockDep,
) -> Placement:
    said = {"ends_on": body.ends_on, "end_reason": body.reason, "sen_provision_leaving": body.sen_provision_leaving}
    recorded = await placing.change(session, placement_id, said, expected=expected, clock=clock)
    return answered(recorded, response, caller, clock)


@router.post(
    "/placements/{placement_id}/cancel",
    operation_id="cancel_placement",
    summary="Take back a placement that never was, or never will be",
    dependencies=[requires(Permission.PLACEMENTS_WRITE), KEYED],
    responses=problems(409),
)
async def cancel_placement(
    placement_id: UUID,
    body: PlacementCancel,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    caller: CallerDep,
    clock: ClockDep,
) -> Placement:
    recorded = await placing.cancel(session, placement_id, body.reason, expected=expected, clock=clock)
    return answered(recorded, response, caller, clock)


@router.put(
    "/sources/{source}/placements/{external_id}",
    operation_id="put_placement",
    summary="Record a placement that another system holds, or bring it up to date",
    description="Twice the same changes nothing. 201 where it is new, 200 where it was known.",
    dependencies=[requires(Permission.PLACEMENTS_WRITE)],
    responses={201: {"model": Placement, "description": "Recorded"}, **problems(409)},
)
async def put_placement(
    source: Source,
    external_id: ExternalId,
    body: PlacementPut,
    response: Response,
    session: WriteSession,
    caller: CallerDep,
    clock: ClockDep,
) -> Placement:
    recorded = await standing.put(session, source, external_id, body.said(), clock=clock, override=body.reason)
    made(response, recorded.created)
    return answered(recorded, response, caller, clock)
