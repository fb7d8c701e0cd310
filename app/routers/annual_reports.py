"""Annual reports of providers: begun, assembled, written, published, read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.contract import problems
from app.db import annual_publishing, annual_reports
from app.db.annual_report_rows import AnnualReportRow
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
from app.deps.rendering import Format, Rendering, rendered
from app.deps.rendering import shown as forms
from app.domain.access import Permission
from app.domain.annual_reports import AnnualReportStatus
from app.reports import annual
from app.shapes import PageOf, page_of
from app.shapes.annual_reports import (
    AnnualReport,
    AnnualReportCreate,
    AnnualReportDocument,
    AnnualReportListed,
    AnnualReportPatch,
    AnnualReportPublish,
    listed,
    told,
)
from app.shapes.calendars import AcademicYear
from app.shapes.strict import Flag

router = APIRouter(prefix="/v1/annual-reports", tags=["annual reports"], route_class=Route)

ANNUAL = Rendering(annual.html, annual.pdf)


def shown(response: Response, seen: annual_reports.Seen) -> AnnualReport:
    """A report, with its ETag."""
    tag(response, seen.row, seen.view)
    return told(seen)


@router.get(
    "",
    operation_id="list_annual_reports",
    summary="Annual reports that you may know of",
    description="A provider sees its own, drafts too. A published report is for those who had a placement there in its "
    "year, or keep the pupil's record, for their partnerships and networks, and for the authority of the area. By "
    "`content_hash` it can be told whether a report is genuine, and by `superseded_by_id` whether it is the newest.",
    dependencies=[requires(Permission.ANNUAL_REPORTS_READ)],
)
async def list_annual_reports(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Annotated[UUID | None, Query(description="Only of this provider.")] = None,
    academic_year: Annotated[AcademicYear | None, Query(description="Only of this year.", examples=["2025-26"])] = None,
    status: Annotated[AnnualReportStatus | None, Query(description="Only drafts, or only what is published.")] = None,
    content_hash: Annotated[
        str | None, Query(max_length=64, pattern=r"^[0-9a-f]{64}$", description="SHA-256, as printed on the report.")
    ] = None,
    superseded: Annotated[Flag | None, Query(description="Only those that a later version supersedes, or not.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[AnnualReportListed]:
    wanted = {"provider_id": provider_id, "academic_year": academic_year, "status": status}
    wanted["content_hash"] = content_hash
    keyset = Keyset(("annual reports", *wanted.values(), superseded), cursor, limit)
    page = await annual_reports.list_page(session, keyset, wanted=wanted, superseded=superseded)
    return page_of(request, response, page, listed)


@router.post(
    "",
    status_code=201,
    operation_id="create_annual_report",
    summary="Begin the report of a year, or the revision of one",
    description="For providers. The draft is assembled at once from what the system knows. There is one report for a "
    "provider and a year (409 `annual_report_exists`, with its `annual_report_id`); what is published is revised by "
    "naming it in `revises_id`.",
    dependencies=[requires(Permission.ANNUAL_REPORTS_WRITE), KEYED],
    responses=problems(409),
)
async def create_annual_report(
    body: AnnualReportCreate, response: Response, session: WriteSession, on: Today, at: Now
) -> AnnualReport:
    row = await annual_reports.start(session, body.academic_year, body.revises_id, on=on, at=at)
    response.headers["Location"] = f"/v1/annual-reports/{row.id}"
    return shown(response, await annual_reports.get(session, row.id, on=on))


@router.get(
    "/{report_id}",
    operation_id="get_annual_report",
    summary="One annual report",
    dependencies=[requires(Permission.ANNUAL_REPORTS_READ)],
    responses=KNOWN,
)
async def get_annual_report(report_id: UUID, response: Response, session: ReadSession, on: Today) -> AnnualReport:
    return shown(response, await annual_reports.get(session, report_id, on=on))


@router.patch(
    "/{report_id}",
    operation_id="change_annual_report",
    summary="Write in a draft",
    dependencies=[requires(Permission.ANNUAL_REPORTS_WRITE)],
    responses=problems(409),
)
async def change_annual_report(
    report_id: UUID,
    body: AnnualReportPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    on: Today,
) -> AnnualReport:
    said = body.model_dump(exclude_unset=True, exclude={"acting_for"})
    row = await annual_reports.write(session, report_id, said, expected=expected)
    return shown(response, await annual_reports.get(session, row.id, on=on))


@router.delete(
    "/{report_id}",
    status_code=204,
    operation_id="discard_annual_report",
    summary="Throw a draft away",
    dependencies=[requires(Permission.ANNUAL_REPORTS_WRITE)],
    responses=problems(409),
)
async def discard_annual_report(report_id: UUID, expected: ExpectedVersion, session: WriteSession) -> None:
    await annual_reports.discard(session, report_id, expected=expected)


@router.post(
    "/{report_id}/assemble",
    operation_id="assemble_annual_report",
    summary="Bring the figures of a draft up to date",
    description="Counts of fewer than five children are not told. What a revision would tell otherwise of fewer than "
    "five children than the version before it, it tells as that one did.",
    dependencies=[requires(Permission.ANNUAL_REPORTS_WRITE), KEYED],
    responses=problems(409),
)
async def assemble_annual_report(
    report_id: UUID, response: Response, expected: ExpectedVersion, session: WriteSession, on: Today, at: Now
) -> AnnualReport:
    row = await annual_reports.assemble(session, report_id, expected=expected, on=on, at=at)
    return shown(response, await annual_reports.get(session, row.id, on=on))


@router.post(
    "/{report_id}/publish",
    operation_id="publish_annual_report",
    summary="Publish a draft, for good",
    description="By a lead, when nothing is missing any more (409 `annual_report_incomplete`, by pointer). From then "
    "on nothing in it changes, and it is what the agreement asks for, towards every commissioner.",
    dependencies=[requires(Permission.ANNUAL_REPORTS_PUBLISH), KEYED],
    responses=problems(409),
)
async def publish_annual_report(
    report_id: UUID,
    body: AnnualReportPublish,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    on: Today,
    at: Now,
) -> AnnualReport:
    row = await annual_publishing.publish(session, report_id, body.names_reviewed, expected=expected, on=on, at=at)
    return shown(response, await annual_reports.get(session, row.id, on=on))


@router.get(
    "/{report_id}/document",
    operation_id="get_annual_report_document",
    summary="An annual report as a document",
    description="JSON holds the whole document; HTML and PDF are for people. A draft is marked as such on every page.",
    dependencies=[requires(Permission.ANNUAL_REPORTS_READ)],
    responses=forms(AnnualReportDocument) | KNOWN,
    response_class=Response,
)
async def get_annual_report_document(
    report_id: UUID,
    session: ReadSession,
    format: Format = "json",  # noqa: A002 - the word a client expects
) -> Response:
    row, document = await annual_reports.document_of(session, report_id)
    return await answered(row, document, format)


async def answered(row: AnnualReportRow, document: dict[str, object], wanted: str) -> Response:
    """A report in the form that is wanted."""
    name = f"annual-report-{row.academic_year.replace('/', '-')}-v{row.number}"
    answer = AnnualReportDocument.model_validate(row.model_dump() | {"annual_report_id": row.id, "document": document})
    seal = row.content_hash or ""
    made = f"{row.id}.{row.version}"
    return await rendered(wanted, answer, ANNUAL, document, seal, tag=seal[:32] or made, name=name)
