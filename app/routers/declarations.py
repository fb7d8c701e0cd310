"""A provider's declarations about pupils who are not in the service."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.contract import problems
from app.db import declarations
from app.db.base import Keyset
from app.deps import KEYED, Cursor, Limit, ReadSession, Route, Settings_, Today, WriteSession, requires
from app.domain.access import Permission
from app.shapes import PageOf, page_of
from app.shapes.declarations import Declaration, DeclarationCreate

router = APIRouter(prefix="/v1/providers/{provider_id}/declarations", tags=["providers"], route_class=Route)


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
