"""What has happened, for whoever may know it: events and the audit trail."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.db import changes
from app.db.base import Keyset
from app.deps import Cursor, Limit, ReadSession, Route, requires
from app.domain.access import Permission
from app.shapes import PageOf, Shape, page_of
from app.shapes.strict import Instant

router = APIRouter(prefix="/v1", tags=["changes"], route_class=Route)


class Change(Shape):
    """Something that has happened. The payload holds ids, codes and dates, never a name."""

    id: UUID
    created_at: datetime
    kind: str
    entity: str
    entity_id: UUID | None
    payload: dict[str, Any]


class AuditEntry(Shape):
    """Who did what to which record. `acting_for` is as a machine client asserted it."""

    id: UUID
    created_at: datetime
    principal: str
    acting_for: dict[str, Any] | None
    action: str
    entity: str
    entity_id: UUID | None
    details: dict[str, Any]
    request_id: str | None


@router.get(
    "/changes",
    operation_id="list_changes",
    summary="What has happened that the organisation may know",
    dependencies=[requires(Permission.CHANGES_READ)],
)
async def list_changes(
    request: Request,
    response: Response,
    session: ReadSession,
    updated_since: Annotated[Instant | None, Query(description="Only what has happened since.")] = None,
    kind: Annotated[str | None, Query(max_length=80, description="Only of this kind.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Change]:
    page = await changes.list_events(
        session, Keyset(("changes", updated_since, kind), cursor, limit), since=updated_since, kind=kind
    )
    return page_of(request, response, page, Change.model_validate)


@router.get(
    "/audit",
    operation_id="list_audit",
    summary="Who did what in the organisation's name",
    dependencies=[requires(Permission.AUDIT_READ)],
)
async def list_audit(
    request: Request,
    response: Response,
    session: ReadSession,
    entity_id: Annotated[UUID | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[AuditEntry]:
    page = await changes.list_audit(session, Keyset(("audit", entity_id), cursor, limit), entity_id=entity_id)
    return page_of(request, response, page, AuditEntry.model_validate)
