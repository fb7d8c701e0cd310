"""Visits as assurance: recent ones that others may rely on, and what the yearly round still asks for."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from app.contract import problems
from app.db import assurance, cycles
from app.db.assurance import position_key
from app.db.base import Keyset
from app.db.cycles import Year
from app.deps import KEYED, Cursor, Limit, ReadSession, Route, Settings_, Today, WriteSession, requires
from app.domain.access import Permission
from app.domain.cycles import State
from app.shapes import PageOf, page_of
from app.shapes.assurance import (
    QaCycle,
    RecentAssurance,
    Reliance,
    RelianceCreate,
    assurance_shown,
    qa_cycle_shown,
)
from app.shapes.calendars import AcademicYear

router = APIRouter(prefix="/v1", tags=["visits"], route_class=Route)

Programme = Annotated[str, Query(max_length=120, description="A framework with a cycle.", examples=["ave-qa-v8"])]
Within = Annotated[int, Query(ge=1, le=3660, description="Visits that took place within so many days.")]


async def qa_year(
    programme_id: Programme,
    academic_year: Annotated[AcademicYear, Query(description="The academic year.", examples=["2026-27"])],
    session: ReadSession,
    settings: Settings_,
    today: Today,
) -> Year:
    """The round that is asked about."""
    regular_days = settings.regular_visit_days
    return await cycles.year_of(session, programme_id, academic_year, regular_days=regular_days, on=today)


Asked = Annotated[Year, Depends(qa_year)]


@router.get(
    "/providers/{provider_id}/recent-assurance",
    operation_id="list_recent_assurance",
    summary="Recent visits to a provider",
    description="Finalised visits that you may read, newest first: what they found, whether it still stands, and "
    "whether you rely on them already. So that no provider is visited twice for the same purpose.",
    dependencies=[requires(Permission.VISITS_READ)],
)
async def list_recent_assurance(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    today: Today,
    within_days: Within = 365,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[RecentAssurance]:
    keyset = Keyset(("recent assurance", provider_id, within_days), cursor, limit, key=position_key)
    since = today - timedelta(days=within_days)
    page = await assurance.recent(session, provider_id, keyset, since=since, on=today)
    return page_of(request, response, page, assurance_shown)


@router.post(
    "/visits/{visit_id}/reliance",
    status_code=201,
    operation_id="rely_on_visit",
    summary="Rely on another organisation's visit",
    description="Instead of making your own: it counts in your round, and whoever led it is told. Refused where "
    "nothing that it found still stands (409 `judgements_not_current`).",
    dependencies=[requires(Permission.VISITS_WRITE), KEYED],
    responses=problems(409),
)
async def rely_on_visit(
    visit_id: UUID, body: RelianceCreate, session: WriteSession, today: Today, settings: Settings_
) -> Reliance:
    months = settings.judgement_months
    row = await assurance.rely(session, visit_id, reason=body.reason, on=today, months=months)
    return Reliance.model_validate(row)


@router.delete(
    "/visits/{visit_id}/reliance",
    status_code=204,
    operation_id="stop_relying_on_visit",
    summary="Rely on a visit no longer",
    dependencies=[requires(Permission.VISITS_WRITE)],
)
async def stop_relying_on_visit(visit_id: UUID, session: WriteSession, today: Today) -> None:
    await assurance.stop_relying(session, visit_id, on=today)


@router.get(
    "/reliances",
    operation_id="list_reliances",
    summary="Whose visits you rely on, and who relies on yours",
    dependencies=[requires(Permission.VISITS_READ)],
)
async def list_reliances(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Annotated[UUID | None, Query()] = None,
    visit_id: Annotated[UUID | None, Query()] = None,
    organisation_id: Annotated[UUID | None, Query(description="Who relies.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Reliance]:
    wanted = {"provider_id": provider_id, "visit_id": visit_id, "organisation_id": organisation_id}
    page = await assurance.list_reliances(session, Keyset(("reliances", wanted), cursor, limit), wanted=wanted)
    return page_of(request, response, page, Reliance.model_validate)


@router.get(
    "/providers/{provider_id}/qa-cycle",
    operation_id="get_qa_cycle",
    summary="What your round asks for at a provider",
    description="Settled by visits of the programme that your staff made and by those that you rely on; an earlier "
    "debt first. Without the terms of the year nothing can be said (409 `calendar_missing`).",
    dependencies=[requires(Permission.VISITS_READ)],
    responses=problems(409),
)
async def get_qa_cycle(provider_id: UUID, session: ReadSession, year: Asked) -> QaCycle:
    return qa_cycle_shown(await cycles.at_provider(session, provider_id, year))


@router.get(
    "/qa-cycle",
    operation_id="list_qa_cycles",
    summary="What your round asks for at every provider",
    description="At those where you have placements or visits of the programme in the year. With `state` a page may "
    "hold fewer providers than its limit, or none, before the last.",
    dependencies=[requires(Permission.VISITS_READ)],
    responses=problems(404, 409),
)
async def list_qa_cycles(
    request: Request,
    response: Response,
    session: ReadSession,
    year: Asked,
    state: Annotated[Literal["overdue", "due"] | None, Query(description="Only what is so today.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[QaCycle]:
    keyset = Keyset(("qa-cycle", year.programme.id, year.school_year.academic_year, state), cursor, limit)
    page = await cycles.list_page(session, keyset, year, state=state and State(state))
    return page_of(request, response, page, qa_cycle_shown)
