"""Attendance: reported by session, amended, read, summed up."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from app.contract import problems
from app.db import attendance, attendance_summary
from app.db.base import Keyset
from app.deps import KEYED, Cursor, Limit, Now, ReadSession, Route, Today, WriteSession, made, requires, tag
from app.domain.access import Permission
from app.domain.errors import DomainError
from app.errors import Problem, problem_of, read
from app.shapes import PageOf, Shape, page_of
from app.shapes.attendance import (
    AttendanceBatch,
    AttendanceMark,
    AttendancePut,
    AttendanceSaid,
    AttendanceSummary,
    batch_told,
    summary_shown,
)
from app.shapes.strict import Day
from app.shapes.words import ExternalId, Source

router = APIRouter(prefix="/v1", tags=["attendance"], route_class=Route)


class AttendanceResult(Shape):
    """What became of one item."""

    index: int = Field(description="Its place among the items, from 0.")
    status: int = Field(description="As if it had been sent alone: 201 new, 200 known already, else refused.")
    id: UUID | None = Field(description="The mark; null where it is refused.")
    amended: bool = Field(description="The register said otherwise before, and keeps that.")
    problem: Problem | None


class AttendanceResults(Shape):
    """What became of each item, in their order."""

    results: list[AttendanceResult]


def answered(outcomes: Iterable[attendance.Kept | DomainError]) -> AttendanceResults:
    """A batch as answered."""
    return AttendanceResults(results=[_result(index, outcome) for index, outcome in enumerate(outcomes)])


def _result(index: int, outcome: attendance.Kept | DomainError) -> AttendanceResult:
    if isinstance(outcome, DomainError):
        problem = problem_of(outcome)
        return AttendanceResult(index=index, status=problem.status, id=None, amended=False, problem=problem)
    status = HTTPStatus.CREATED if outcome.created else HTTPStatus.OK
    return AttendanceResult(index=index, status=status, id=outcome.row.id, amended=outcome.amended, problem=None)


@router.post(
    "/attendance",
    status_code=207,
    operation_id="record_attendance",
    summary="Mark up to 500 sessions",
    description="One mark for each placement, day and session, by the provider or whoever commissioned the placement. "
    "The same again changes nothing; another amends the register, which asks for a `reason` (409 `mark_exists`) and "
    "keeps what it said before. What is refused is told by item, the others stand.",
    dependencies=[requires(Permission.ATTENDANCE_WRITE), KEYED],
)
async def record_attendance(body: AttendanceBatch, session: WriteSession, at: Now, today: Today) -> AttendanceResults:
    items = [batch_told(read(AttendanceSaid, each)) for each in body.items]
    return answered(await attendance.record(session, items, at=at, today=today))


@router.put(
    "/sources/{source}/attendance/{external_id}",
    operation_id="put_attendance",
    summary="Record a mark that another system holds, or bring it up to date",
    description="Twice the same changes nothing. 201 where it is new, 200 where the session was marked already.",
    dependencies=[requires(Permission.ATTENDANCE_WRITE)],
    responses={201: {"model": AttendanceMark, "description": "Recorded"}, **problems(409)},
)
async def put_attendance(
    source: Source,
    external_id: ExternalId,
    body: AttendancePut,
    response: Response,
    session: WriteSession,
    at: Now,
    today: Today,
) -> AttendanceMark:
    kept = await attendance.put(session, body.from_source(source, external_id), at=at, today=today)
    made(response, kept.created)
    tag(response, kept.row)
    return AttendanceMark.model_validate(kept.row)


@router.get(
    "/attendance",
    operation_id="list_attendance",
    summary="Marks that you may know of",
    dependencies=[requires(Permission.ATTENDANCE_READ)],
)
async def list_attendance(
    request: Request,
    response: Response,
    session: ReadSession,
    placement_id: Annotated[UUID | None, Query(description="Only of this placement.")] = None,
    provider_id: Annotated[UUID | None, Query(description="Only at this provider.")] = None,
    from_on: Annotated[Day | None, Query(description="Only sessions of this day or later.")] = None,
    to_on: Annotated[Day | None, Query(description="Only sessions of this day or earlier.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[AttendanceMark]:
    wanted = {"placement_id": placement_id, "provider_id": provider_id}
    keyset = Keyset(("attendance", wanted, from_on, to_on), cursor, limit)
    page = await attendance.list_page(session, keyset, wanted=wanted, from_on=from_on, to_on=to_on)
    return page_of(request, response, page, AttendanceMark.model_validate)


@router.get(
    "/placements/{placement_id}/attendance-summary",
    operation_id="get_attendance_summary",
    summary="What a placement's register comes to",
    description="By the calendar that counts for the home school, else for the commissioner.",
    dependencies=[requires(Permission.ATTENDANCE_READ)],
)
async def get_attendance_summary(
    placement_id: UUID,
    session: ReadSession,
    today: Today,
    from_on: Annotated[
        Day | None, Query(description="Where absent, the first day of the academic year or, if later, the placement's.")
    ] = None,
    to_on: Annotated[Day | None, Query(description="Where absent, today or the placement's last day.")] = None,
) -> AttendanceSummary:
    found = await attendance_summary.summary(session, placement_id, from_on=from_on, to_on=to_on, today=today)
    return summary_shown(found)
