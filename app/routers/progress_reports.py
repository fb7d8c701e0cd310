"""Reports of progress, and requests for them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.contract import problems
from app.db import progress_reports
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
    requires,
    tag,
)
from app.domain.access import Permission
from app.shapes import PageOf, page_of
from app.shapes.amendments import CORRECTION, WITHDRAWAL, Withdrawal
from app.shapes.calendars import AcademicYear
from app.shapes.progress_reports import (
    ProgressReport,
    ProgressReportCreate,
    ProgressReportPatch,
    ProgressRequest,
    ProgressRequestCreate,
    ReportKind,
)

router = APIRouter(prefix="/v1", tags=["obligations"], route_class=Route)

Provider = Annotated[UUID | None, Query(description="Only of this provider.")]
Placement = Annotated[UUID | None, Query(description="Only of this placement.")]


@router.get(
    "/progress-requests",
    operation_id="list_progress_requests",
    summary="Requests for reports of progress",
    dependencies=[requires(Permission.PROGRESS_READ)],
)
async def list_progress_requests(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Provider = None,
    placement_id: Placement = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ProgressRequest]:
    wanted = {"provider_id": provider_id, "placement_id": placement_id}
    keyset = Keyset(("progress-requests", *wanted.values()), cursor, limit)
    page = await progress_reports.list_requests(session, keyset, wanted=wanted)
    return page_of(request, response, page, ProgressRequest.model_validate)


@router.post(
    "/progress-requests",
    status_code=201,
    operation_id="request_progress",
    summary="Ask a provider for a report of progress",
    description="At most as often in a term as the agreements that your organisation has adopted allow "
    "(`progress_request_cap`); a holiday counts with the term before it.",
    dependencies=[requires(Permission.PROGRESS_REQUEST), KEYED],
    responses=problems(409),
)
async def request_progress(body: ProgressRequestCreate, session: WriteSession, today: Today) -> ProgressRequest:
    row = await progress_reports.ask(session, body.model_dump(exclude={"acting_for"}), today=today)
    return ProgressRequest.model_validate(row)


@router.get(
    "/progress-reports",
    operation_id="list_progress_reports",
    summary="Reports of progress",
    dependencies=[requires(Permission.PROGRESS_READ)],
)
async def list_progress_reports(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Provider = None,
    placement_id: Placement = None,
    kind: Annotated[ReportKind | None, Query(description="Only of this kind.")] = None,
    academic_year: Annotated[AcademicYear | None, Query(description="Only of this year.", examples=["2026-27"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ProgressReport]:
    wanted = {"provider_id": provider_id, "placement_id": placement_id, "kind": kind, "academic_year": academic_year}
    keyset = Keyset(("progress-reports", *wanted.values()), cursor, limit)
    page = await progress_reports.list_page(session, keyset, wanted=wanted)
    return page_of(request, response, page, ProgressReport.model_validate)


@router.post(
    "/progress-reports",
    status_code=201,
    operation_id="record_progress_report",
    summary="Report progress",
    description="By the provider, or by its commissioner that writes down what it was given.",
    dependencies=[requires(Permission.PROGRESS_WRITE), KEYED],
)
async def record_progress_report(
    body: ProgressReportCreate, response: Response, session: WriteSession, today: Today
) -> ProgressReport:
    row = await progress_reports.record(session, body.model_dump(exclude={"acting_for"}), today=today)
    tag(response, row)
    response.headers["Location"] = f"/v1/progress-reports/{row.id}"
    return ProgressReport.model_validate(row)


@router.get(
    "/progress-reports/{progress_report_id}",
    operation_id="get_progress_report",
    summary="One report of progress",
    dependencies=[requires(Permission.PROGRESS_READ)],
    responses=KNOWN,
)
async def get_progress_report(progress_report_id: UUID, response: Response, session: ReadSession) -> ProgressReport:
    row = await progress_reports.get(session, progress_report_id)
    tag(response, row)
    return ProgressReport.model_validate(row)


@router.patch(
    "/progress-reports/{progress_report_id}",
    operation_id="correct_progress_report",
    summary="Put right a report of progress",
    description=CORRECTION,
    dependencies=[requires(Permission.PROGRESS_WRITE)],
    responses=problems(409),
)
async def correct_progress_report(
    progress_report_id: UUID,
    body: ProgressReportPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    at: Now,
    today: Today,
) -> ProgressReport:
    row = await progress_reports.correct(session, progress_report_id, body.correction(expected), at=at, today=today)
    tag(response, row)
    return ProgressReport.model_validate(row)


@router.post(
    "/progress-reports/{progress_report_id}/withdraw",
    operation_id="withdraw_progress_report",
    summary="Take back a report of progress",
    description=WITHDRAWAL,
    dependencies=[requires(Permission.PROGRESS_WRITE), KEYED],
    responses=problems(409),
)
async def withdraw_progress_report(
    progress_report_id: UUID,
    body: Withdrawal,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    at: Now,
) -> ProgressReport:
    row = await progress_reports.withdraw(session, progress_report_id, body.reason, expected=expected, at=at)
    tag(response, row)
    return ProgressReport.model_validate(row)
