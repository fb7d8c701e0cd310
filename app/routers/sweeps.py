"""Sweeps of the threshold engine over every provider."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from app.db import sweeps
from app.db.base import Keyset
from app.deps import KEYED, Cursor, Limit, ReadSession, Route, Today, WriteSession, requires
from app.domain.access import Permission
from app.domain.registration import Result
from app.shapes import Body, PageOf, Shape, page_of

router = APIRouter(prefix="/v1/registration-checks/sweeps", tags=["registration"], route_class=Route)


class SweepAsk(Body):
    """A sweep over every provider."""

    as_of_on: date | None = Field(default=None, ge=date(2000, 1, 1), le=date(2100, 12, 31))


class Sweep(Shape):
    """A sweep: waiting until `finished_at` is set; then how many providers came to each result."""

    id: UUID
    as_of_on: date
    created_at: datetime
    finished_at: datetime | None
    providers: int
    results: dict[str, int]


class SweepResult(Shape):
    """One provider in a sweep, and the result of each ruleset."""

    id: UUID
    provider_id: UUID
    overall: Result
    full_time_pupils: int
    rulesets: dict[str, Result]


@router.post(
    "",
    status_code=202,
    operation_id="run_sweep",
    summary="Check every provider",
    dependencies=[requires(Permission.REGISTRATION_SWEEP), KEYED],
)
async def run_sweep(body: SweepAsk, response: Response, session: WriteSession, today: Today) -> Sweep:
    row = await sweeps.request(session, on=body.as_of_on or today)
    response.headers["Location"] = f"/v1/registration-checks/sweeps/{row.id}"
    return Sweep.model_validate(row)


@router.get(
    "",
    operation_id="list_sweeps",
    summary="Sweeps",
    dependencies=[requires(Permission.REGISTRATION_SWEEP)],
)
async def list_sweeps(
    request: Request, response: Response, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[Sweep]:
    page = await sweeps.list_page(session, Keyset("sweeps", cursor, limit))
    return page_of(request, response, page, Sweep.model_validate)


@router.get(
    "/{sweep_id}",
    operation_id="get_sweep",
    summary="One sweep",
    dependencies=[requires(Permission.REGISTRATION_SWEEP)],
)
async def get_sweep(sweep_id: UUID, session: ReadSession) -> Sweep:
    return Sweep.model_validate(await sweeps.get(session, sweep_id))


@router.get(
    "/{sweep_id}/results",
    operation_id="list_sweep_results",
    summary="A sweep's results, provider by provider",
    dependencies=[requires(Permission.REGISTRATION_SWEEP)],
)
async def list_sweep_results(
    sweep_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    overall: Annotated[Result | None, Query(description="Only with this result.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[SweepResult]:
    keyset = Keyset(("sweep", sweep_id, overall), cursor, limit)
    page = await sweeps.results(session, sweep_id, keyset, overall=overall)
    return page_of(request, response, page, SweepResult.model_validate)
