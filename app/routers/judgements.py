"""Judgements: what visits have found, whether it still stands, and how it has changed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from app.db import judgements
from app.db.base import Keyset
from app.db.judgements import Found, Sought, position_key
from app.deps import KNOWN, Cursor, Limit, ReadSession, Route, Today, requires, tag
from app.domain.access import Permission
from app.domain.judgements import Standing
from app.shapes import PageOf, page_of
from app.shapes.judgements import JudgedLevel, Judgement, JudgementInSeries, in_series_shown, judgement_shown
from app.shapes.strict import Instant
from app.shapes.visits import FrameworkId, ItemKey

router = APIRouter(prefix="/v1", tags=["judgements"], route_class=Route)


async def sought(
    provider_id: Annotated[UUID | None, Query()] = None,
    visit_id: Annotated[UUID | None, Query()] = None,
    framework_id: Annotated[str | None, Query(max_length=120)] = None,
    level: Annotated[JudgedLevel | None, Query(description="What is judged.")] = None,
    section_key: Annotated[str | None, Query(max_length=80, description="The section, and the criteria in it.")] = None,
    criterion_key: Annotated[str | None, Query(max_length=80, description="The criterion.")] = None,
    rating: Annotated[str | None, Query(max_length=80, description="The value, on whichever scale.")] = None,
    la_code: Annotated[str | None, Query(max_length=3, description="The area of the provider.")] = None,
    validity: Annotated[Standing | None, Query(description="How finalised ones stand today.")] = None,
    made_since: Annotated[Instant | None, Query(description="Made, or amended, at this instant or later.")] = None,
) -> Sought:
    """What judgements are sought."""
    columns = {"provider_id": provider_id, "visit_id": visit_id, "framework_id": framework_id, "level": level}
    columns |= {"section_key": section_key, "rating": rating, "la_code": la_code}
    return Sought(columns, criterion_key, validity, made_since)


def view_of(found: Found) -> str:
    """What tells apart answers about one version of a judgement: where it stands changes with the days."""
    return ".".join(filter(None, (found.row.visit_status, found.standing, *found.stale_because)))


@router.get(
    "/judgements",
    operation_id="list_judgements",
    summary="Judgements that you may know of",
    description="Those of visits that your staff make, of finalised ones in your network or area and, for a provider, "
    "its own from the shared draft on. `validity` finds finalised ones alone.",
    dependencies=[requires(Permission.JUDGEMENTS_READ)],
)
async def list_judgements(
    request: Request,
    response: Response,
    session: ReadSession,
    today: Today,
    wanted: Annotated[Sought, Depends(sought)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Judgement]:
    page = await judgements.list_page(session, Keyset(("judgements", wanted), cursor, limit), wanted, on=today)
    return page_of(request, response, page, judgement_shown)


@router.get(
    "/judgements/{judgement_id}",
    operation_id="get_judgement",
    summary="One judgement",
    dependencies=[requires(Permission.JUDGEMENTS_READ)],
    responses=KNOWN,
)
async def get_judgement(judgement_id: UUID, response: Response, session: ReadSession, today: Today) -> Judgement:
    found = await judgements.get(session, judgement_id, on=today)
    tag(response, found.row, view_of(found))
    return judgement_shown(found)


@router.get(
    "/providers/{provider_id}/judgements",
    operation_id="list_provider_judgements",
    summary="A provider at a glance",
    description="The newest finding of finalised visits on each section and on the whole, of each form and site, with "
    "where it stands today and its trend. What was set aside is left out.",
    dependencies=[requires(Permission.JUDGEMENTS_READ)],
)
async def list_provider_judgements(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    today: Today,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[JudgementInSeries]:
    keyset = Keyset(("at a glance", provider_id), cursor, limit)
    page = await judgements.at_a_glance(session, provider_id, keyset, on=today)
    return page_of(request, response, page, in_series_shown)


@router.get(
    "/providers/{provider_id}/judgements/history",
    operation_id="list_judgement_history",
    summary="What was found on one item, visit by visit",
    description="Of finalised visits, oldest first, each with its trend from the one before: that of the last is the "
    "trend of the series.",
    dependencies=[requires(Permission.JUDGEMENTS_READ)],
)
async def list_judgement_history(
    provider_id: UUID,
    framework_id: Annotated[FrameworkId, Query(description="The form.")],
    key: Annotated[ItemKey, Query(description="The item: `section:<key>`, `criterion:<key>`, `overall` …")],
    request: Request,
    response: Response,
    session: ReadSession,
    today: Today,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[JudgementInSeries]:
    keyset = Keyset(("history", provider_id, framework_id, key), cursor, limit, key=position_key)
    page = await judgements.history(session, provider_id, keyset, framework_id=framework_id, item_key=key, on=today)
    return page_of(request, response, page, in_series_shown)
