"""External audits of providers."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.db import audits
from app.db.base import Keyset
from app.deps import (
    KEYED,
    KNOWN,
    Cursor,
    ExpectedVersion,
    Limit,
    ReadSession,
    Route,
    Today,
    WriteSession,
    requires,
    tag,
)
from app.domain.access import Permission
from app.shapes import PageOf, page_of
from app.shapes.audits import ProviderAudit, ProviderAuditCreate, ProviderAuditPatch

router = APIRouter(prefix="/v1", tags=["providers"], route_class=Route)


@router.get(
    "/providers/{provider_id}/audits",
    operation_id="list_provider_audits",
    summary="External audits of a provider",
    dependencies=[requires(Permission.AUDITS_READ)],
)
async def list_provider_audits(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ProviderAudit]:
    page = await audits.list_page(session, provider_id, Keyset(("audits", provider_id), cursor, limit))
    return page_of(request, response, page, ProviderAudit.model_validate)


@router.post(
    "/providers/{provider_id}/audits",
    status_code=201,
    operation_id="create_provider_audit",
    summary="Record an external audit",
    dependencies=[requires(Permission.AUDITS_WRITE), KEYED],
)
async def create_provider_audit(
    provider_id: UUID, body: ProviderAuditCreate, response: Response, session: WriteSession, today: Today
) -> ProviderAudit:
    row = await audits.add(session, provider_id, body.said(), today=today)
    tag(response, row)
    response.headers["Location"] = f"/v1/audits/{row.id}"
    return ProviderAudit.model_validate(row)


@router.get(
    "/audits/{audit_id}",
    operation_id="get_provider_audit",
    summary="One external audit",
    dependencies=[requires(Permission.AUDITS_READ)],
    responses=KNOWN,
)
async def get_provider_audit(audit_id: UUID, response: Response, session: ReadSession) -> ProviderAudit:
    row = await audits.get(session, audit_id)
    tag(response, row)
    return ProviderAudit.model_validate(row)


@router.patch(
    "/audits/{audit_id}",
    operation_id="change_provider_audit",
    summary="Change what is known of an external audit",
    dependencies=[requires(Permission.AUDITS_WRITE)],
)
async def change_provider_audit(
    audit_id: UUID,
    body: ProviderAuditPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    today: Today,
) -> ProviderAudit:
    row = await audits.change(session, audit_id, body.said(exclude_unset=True), expected=expected, today=today)
    tag(response, row)
    return ProviderAudit.model_validate(row)
