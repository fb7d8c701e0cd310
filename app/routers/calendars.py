"""Calendars: terms and closures, whose count for whom, and days counted by them."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import calendars
from app.db.base import Keyset
from app.deps import (
    KEYED,
    KNOWN,
    CallerDep,
    Cursor,
    Limit,
    ReadSession,
    Route,
    WriteSession,
    made,
    requires,
    tag,
    versions_of,
)
from app.domain import calendar
from app.domain.access import Permission
from app.domain.calendar import SchoolYear
from app.domain.errors import Fault, Invalid
from app.integrations.term_dates import from_icalendar
from app.matching import media_type
from app.shapes import PageOf, page_of
from app.shapes.calendars import (
    AcademicYear,
    Calendar,
    CalendarPut,
    DayCounts,
    EffectiveCalendar,
    calendar_shown,
    day_counts_shown,
    effective_shown,
)
from app.shapes.strict import Day

router = APIRouter(prefix="/v1/calendars", tags=["calendars"], route_class=Route)

CSV, ICALENDAR = "text/csv", "text/calendar"
READERS = {CSV: calendar.from_csv, ICALENDAR: from_icalendar}
SENT = {
    "requestBody": {
        "required": True,
        "description": "Comma-separated values: the columns `ordinal,name,starts_on,ends_on` and, for closures, "
        "`closure` (`inset`, `holiday`, `other`). A row with an ordinal is a term, one without closes the Mondays to "
        "Fridays between its dates. Or iCalendar: events of whole days named “Term 1” to “Term 6” or “Autumn 1” to "
        "“Summer 2”; those that speak of INSET, a holiday or a closure close the days of term on which they fall; "
        "other years are passed over; any other event is refused.",
        "content": {CSV: {"schema": {"type": "string"}}, ICALENDAR: {"schema": {"type": "string"}}},
    }
}
CREATED: dict[int | str, dict[str, Any]] = {201: {"model": Calendar, "description": "The calendar is new."}}

YearPath = Annotated[AcademicYear, Path(description="The academic year.", examples=["2026-27"])]
Asked = Annotated[UUID | None, Query(description="Whose; the caller's own organisation if absent.")]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=255, description="The ETag of your calendar, where you have one of the year."),
]


async def sent(request: Request, academic_year: YearPath) -> SchoolYear:
    """The school year that a file says, read before a connection is taken.

    Raises:
        Invalid: `file_unreadable`, `calendar_invalid`.
    """
    read = READERS.get(media_type(request.headers.get("Content-Type")), calendar.from_csv)
    return await asyncio.to_thread(read, await request.body(), academic_year)


async def period(
    from_on: Annotated[Day, Query(description="The first day.")],
    to_on: Annotated[Day, Query(description="The last day, which is counted, too.")],
) -> tuple[date, date]:
    """The days of a count.

    Raises:
        Invalid: `period_backwards`.
    """
    if to_on < from_on:
        fault = Fault("period_backwards", "The last day is not before the first.", parameter="to_on")
        raise Invalid("The days are in the wrong order.", code="period_backwards", errors=(fault,))
    return from_on, to_on


async def put(
    session: AsyncSession, year: SchoolYear, response: Response, *, source: str | None, if_match: str | None
) -> Calendar:
    """The caller's calendar made or, where it has one, replaced in the version that it has seen."""
    known = if_match is not None or await calendars.own(session, year.academic_year) is not None
    expected = versions_of(if_match) if known else None
    row, new = await calendars.put(session, year, source=source, expected=expected)
    made(response, new)
    tag(response, row)
    response.headers["Location"] = f"/v1/calendars/{row.academic_year.replace('/', '-')}"
    return calendar_shown(row)


@router.get(
    "",
    operation_id="list_calendars",
    summary="Calendars of every organisation that keeps its own",
    dependencies=[requires(Permission.CALENDARS_READ)],
)
async def list_calendars(
    request: Request,
    response: Response,
    session: ReadSession,
    organisation_id: Annotated[UUID | None, Query(description="Only of this organisation.")] = None,
    academic_year: Annotated[AcademicYear | None, Query(description="Only of this year.", examples=["2026-27"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Calendar]:
    keyset = Keyset(("calendars", organisation_id, academic_year), cursor, limit)
    page = await calendars.list_page(session, keyset, organisation_id=organisation_id, academic_year=academic_year)
    return page_of(request, response, page, calendar_shown)


@router.get(
    "/{academic_year}",
    operation_id="get_calendar",
    summary="The calendar that counts for an organisation",
    description="A school's own, else its partnership's, else that of its local authority; for a provider, that of "
    "the authority of its area. The answer has an ETag where the calendar is the organisation's own.",
    dependencies=[requires(Permission.CALENDARS_READ)],
    responses=KNOWN,
)
async def get_calendar(
    academic_year: YearPath, response: Response, session: ReadSession, caller: CallerDep, organisation_id: Asked = None
) -> EffectiveCalendar:
    found = await calendars.effective(session, organisation_id or caller.organisation, academic_year)
    tag_own(response, found)
    return effective_shown(found)


def tag_own(response: Response, found: calendars.Effective) -> None:
    """Set the ETag of an organisation's own calendar: the same version of another's would pass for it."""
    if found.own:
        tag(response, found.calendar)


@router.put(
    "/{academic_year}",
    operation_id="put_calendar",
    summary="Say your own terms and closures of a year",
    dependencies=[requires(Permission.CALENDARS_WRITE)],
    responses=problems(409) | CREATED,
)
async def put_calendar(
    academic_year: YearPath, body: CalendarPut, response: Response, session: WriteSession, if_match: IfMatch = None
) -> Calendar:
    return await put(session, body.school_year(academic_year), response, source=body.source, if_match=if_match)


@router.post(
    "/{academic_year}/import",
    operation_id="import_calendar",
    summary="Send your own terms and closures of a year as a file",
    description="The file says the whole year: what you had of it is replaced.",
    dependencies=[requires(Permission.CALENDARS_WRITE), KEYED],
    responses=problems(409) | CREATED,
    openapi_extra=SENT,
)
async def import_calendar(
    sent: Annotated[SchoolYear, Depends(sent)],
    response: Response,
    session: WriteSession,
    if_match: IfMatch = None,
    source: Annotated[str | None, Query(max_length=2000, description="Where the dates are published.")] = None,
) -> Calendar:
    return await put(session, sent, response, source=source, if_match=if_match)


@router.get(
    "/{academic_year}/day-counts",
    operation_id="get_day_counts",
    summary="How many calendar, working and school days lie between two dates",
    description="Both days are counted. Days outside the academic year, or after the last day until which bank "
    "holidays are known, are refused (`calendar_unknown`) rather than guessed.",
    dependencies=[requires(Permission.CALENDARS_READ)],
)
async def get_day_counts(
    academic_year: YearPath,
    period: Annotated[tuple[date, date], Depends(period)],
    session: ReadSession,
    caller: CallerDep,
    organisation_id: Asked = None,
) -> DayCounts:
    found = await calendars.effective(session, organisation_id or caller.organisation, academic_year)
    counts = calendar.day_counts(*period, [calendars.school_year(found.calendar)])
    return day_counts_shown(found, period, counts)
