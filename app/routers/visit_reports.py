"""Reports of visits: as JSON, as a page, as a PDF, and whether a report's hash is genuine."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from app.db import report_verification, visit_reports
from app.db.base import Keyset
from app.db.visits import VisitVersion
from app.deps import KNOWN, Cursor, Limit, ReadSession, Route, requires
from app.deps.rendering import Format, Rendering, rendered, shown
from app.domain.access import Permission
from app.reports import visit
from app.shapes import PageOf, Shape, page_of
from app.shapes.visits import VisitVersionListed

router = APIRouter(prefix="/v1", tags=["visits"], route_class=Route)

ContentHash = Annotated[
    str, Path(max_length=64, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the report, as printed on it.")
]


class VisitReport(Shape):
    """A version of a visit's report. Its hash is SHA-256 over `document` in its canonical spelling (RFC 8785)."""

    visit_id: UUID
    number: int
    stage: Literal["draft", "final"]
    content_hash: str
    created_at: datetime
    document: dict[str, Any]


class ReportVerified(Shape):
    """A visit's report with this hash was made by this service. `is_newest`: no later version of it has been made."""

    content_hash: str
    visit_id: UUID
    provider_id: UUID
    number: int
    stage: Literal["draft", "final"]
    created_at: datetime
    is_newest: bool
    visit_status: str


class ReportVerification(Shape):
    """A report with this hash was made by this service, of a visit or of a provider's year.

    `made_at`: when it was frozen, or published. `is_newest`: no later version of it can be seen.
    """

    kind: Literal["visit_report", "annual_report"]
    content_hash: str
    provider_id: UUID
    visit_id: UUID | None = Field(description="Of a visit's report.")
    annual_report_id: UUID | None = Field(description="Of an annual report.")
    academic_year: str | None = Field(description="Of an annual report.", examples=["2025/26"])
    number: int = Field(description="1 is the first version.")
    stage: Literal["draft", "final"]
    made_at: datetime
    is_newest: bool


VISIT = Rendering(visit.html, visit.pdf)


async def answered(row: VisitVersion, wanted: str) -> Response:
    """A version in the form that is wanted."""
    answer = VisitReport.model_validate(row.model_dump() | {"document": row.content})
    name = f"visit-{row.visit_id}-v{row.number}"
    return await rendered(wanted, answer, VISIT, row.content, row.content_hash, tag=row.content_hash[:32], name=name)


@router.get(
    "/visits/{visit_id}/report",
    operation_id="get_visit_report",
    summary="The report of a visit",
    description="The newest version that you may see: a draft while the visit is being commented on, then the final "
    "one. JSON holds the whole document; HTML and PDF are for people. Drafts are marked as such on every page.",
    dependencies=[requires(Permission.VISITS_READ)],
    responses=shown(VisitReport) | KNOWN,
    response_class=Response,
)
async def get_visit_report(
    visit_id: UUID,
    session: ReadSession,
    format: Format = "json",  # noqa: A002 - the word a client expects
    version: Annotated[int | None, Query(ge=1, le=10_000, description="Its number; the newest where absent.")] = None,
) -> Response:
    return await answered(await visit_reports.version(session, visit_id, version), format)


@router.get(
    "/visits/{visit_id}/versions",
    operation_id="list_visit_versions",
    summary="Every version of a visit's report that you may see",
    dependencies=[requires(Permission.VISITS_READ)],
)
async def list_visit_versions(
    visit_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[VisitVersionListed]:
    page = await visit_reports.versions(session, visit_id, Keyset(("versions", visit_id), cursor, limit))
    return page_of(request, response, page, VisitVersionListed.model_validate)


@router.get(
    "/reports/{content_hash}",
    operation_id="verify_report",
    summary="Whether a visit's report is genuine, and the newest",
    description="Of visits alone: `/v1/reports/{content_hash}/verification` answers for annual reports, too.",
    dependencies=[requires(Permission.VISITS_READ)],
)
async def verify_report(content_hash: ContentHash, session: ReadSession) -> ReportVerified:
    row, newest = await visit_reports.by_hash(session, content_hash)
    return ReportVerified.model_validate(row.model_dump() | {"is_newest": newest})


@router.get(
    "/reports/{content_hash}/verification",
    operation_id="get_report_verification",
    summary="Whether a report is genuine, of what kind it is, and whether it is the newest",
    description="For whoever holds a paper with a hash, be it the report of a visit or a provider's annual report.",
    dependencies=[requires(Permission.REPORTS_VERIFY)],
)
async def get_report_verification(content_hash: ContentHash, session: ReadSession) -> ReportVerification:
    return ReportVerification.model_validate(await report_verification.by_hash(session, content_hash))
