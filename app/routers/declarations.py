"""A provider's declarations about pupils who are not in the service."""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.contract import problems
from app.db import declarations
from app.db.base import Keyset
from app.deps import KEYED, Cursor, Limit, ReadSession, Route, Settings_, Today, WriteSession, requires
from app.domain.access import Permission
from app.shapes import Body, PageOf, Part, Shape, page_of

router = APIRouter(prefix="/v1/providers/{provider_id}/declarations", tags=["providers"], route_class=Route)


class DeclaredGroupSaid(Part):
    """So many pupils whose weeks and characteristics are alike."""

    count: int = Field(ge=1, le=500)
    weekly_minutes: int = Field(ge=1, le=7 * 24 * 60, description="Hours a week of each, in minutes, breaks included.")
    days_per_week: int | None = Field(default=None, ge=1, le=7)
    compulsory_school_age: bool = True
    ehcp: bool = False
    looked_after: bool = False
    sen_support: bool = False
    sole_provision: bool = False


class DeclarationCreate(Body):
    """What the provider says of all its pupils who are not in the service. No groups: there are none."""

    declared_on: date | None = Field(default=None, ge=date(2000, 1, 1), description="Today if absent.")
    groups: list[DeclaredGroupSaid] = Field(max_length=100)


class DeclaredGroup(Shape):
    """So many pupils whose weeks and characteristics are alike."""

    count: int
    weekly_minutes: int
    days_per_week: int | None
    compulsory_school_age: bool
    ehcp: bool
    looked_after: bool
    sen_support: bool
    sole_provision: bool


class Declaration(Shape):
    """A declaration, good until the day it is stale. Its counts are reported apart from what is known."""

    id: UUID
    provider_id: UUID
    declared_on: date
    stale_from_on: date
    groups: list[DeclaredGroup]
    created_at: datetime


@router.post(
    "",
    status_code=201,
    operation_id="declare_pupils",
    summary="Declare pupils who are not in the service",
    dependencies=[requires(Permission.DECLARATIONS_WRITE), KEYED],
    responses=problems(409),
)
async def declare_pupils(
    provider_id: UUID, body: DeclarationCreate, session: WriteSession, today: Today, settings: Settings_
) -> Declaration:
    row = await declarations.declare(
        session,
        provider_id,
        declared_on=body.declared_on or today,
        groups=[each.model_dump() for each in body.groups],
        good_for_days=settings.declaration_days,
        today=today,
    )
    return Declaration.model_validate(row)


@router.get(
    "",
    operation_id="list_declarations",
    summary="A provider's declarations",
    dependencies=[requires(Permission.DECLARATIONS_READ)],
)
async def list_declarations(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Declaration]:
    page = await declarations.list_page(session, provider_id, Keyset(("declarations", provider_id), cursor, limit))
    return page_of(request, response, page, Declaration.model_validate)
