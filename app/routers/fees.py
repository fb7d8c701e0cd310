"""Fee rates: proposed by one side, agreed by the other, read by both."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import fees
from app.db.base import Keyset
from app.db.fees import Said, Told
from app.deps import Cursor, Limit, ReadSession, Route, Today, WriteSession, made, requires, tag, versions_of
from app.domain.access import Permission
from app.shapes import PageOf, page_of
from app.shapes.calendars import AcademicYear
from app.shapes.fees import FeeRate, FeeRatePut, fee_shown

router = APIRouter(prefix="/v1/providers/{provider_id}/fees", tags=["money"], route_class=Route)

CREATED: dict[int | str, dict[str, Any]] = {201: {"model": FeeRate, "description": "The first proposal"}}
YearPath = Annotated[AcademicYear, Path(description="The academic year.", examples=["2026-27"])]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=255, description="The ETag of the rate, where there is one already."),
]


async def put(
    session: AsyncSession, place: tuple[UUID, str], said: Said, if_match: str | None, today: date
) -> tuple[Told, bool]:
    """The rate proposed, or where one is on the table answered in the version that the caller has seen."""
    known = if_match is not None or await fees.held(session, *place, said.commissioner_id) is not None
    return await fees.put(session, *place, said, expected=versions_of(if_match) if known else None, today=today)


@router.get(
    "/{academic_year}",
    operation_id="list_fee_rates",
    summary="A provider's rates for a school year, as agreed with you or proposed",
    description="For a provider one with each commissioner. `version` is the ETag that `put_fee_rate` asks for.",
    dependencies=[requires(Permission.MONEY_READ)],
)
async def list_fee_rates(
    provider_id: UUID,
    academic_year: YearPath,
    request: Request,
    response: Response,
    session: ReadSession,
    commissioner_id: Annotated[UUID | None, Query(description="Only with this commissioner.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[FeeRate]:
    keyset = Keyset(("fees", provider_id, academic_year, commissioner_id), cursor, limit)
    page = await fees.list_page(session, keyset, provider_id, academic_year, commissioner_id)
    return page_of(request, response, page, fee_shown)


@router.put(
    "/{academic_year}",
    operation_id="put_fee_rate",
    summary="Propose the rate of a school year, or agree to the other side's",
    description="Whoever names the same rate as the other side has proposed agrees to it. What was agreed holds until "
    "another rate is. A change is announced in the previous summer term (`late_notice` among the alerts otherwise).",
    dependencies=[requires(Permission.MONEY_WRITE)],
    responses=problems(409) | CREATED,
)
async def put_fee_rate(
    provider_id: UUID,
    academic_year: YearPath,
    body: FeeRatePut,
    response: Response,
    session: WriteSession,
    today: Today,
    if_match: IfMatch = None,
) -> FeeRate:
    told, new = await put(session, (provider_id, academic_year), body.said(), if_match, today)
    made(response, new)
    tag(response, told.row)
    return fee_shown(told)
