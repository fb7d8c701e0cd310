"""Documents that providers and commissioners give each other."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.contract import problems
from app.db import provider_documents
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
from app.domain.access import Permission
from app.domain.obligations.documents import DocumentKind
from app.shapes import PageOf, page_of
from app.shapes.amendments import CORRECTION, WITHDRAWAL, Withdrawal
from app.shapes.calendars import AcademicYear
from app.shapes.provider_documents import ProviderDocument, ProviderDocumentCreate, ProviderDocumentPatch

router = APIRouter(prefix="/v1/provider-documents", tags=["obligations"], route_class=Route)


@router.get(
    "",
    operation_id="list_provider_documents",
    summary="Documents between providers and commissioners",
    dependencies=[requires(Permission.PROVIDER_DOCUMENTS_READ)],
)
async def list_provider_documents(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Annotated[UUID | None, Query(description="Only of this provider.")] = None,
    kind: Annotated[DocumentKind | None, Query(description="Only of this kind.")] = None,
    academic_year: Annotated[AcademicYear | None, Query(description="Only of this year.", examples=["2026-27"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ProviderDocument]:
    wanted = {"provider_id": provider_id, "kind": kind, "academic_year": academic_year}
    keyset = Keyset(("provider-documents", *wanted.values()), cursor, limit)
    page = await provider_documents.list_page(session, keyset, wanted=wanted)
    return page_of(request, response, page, ProviderDocument.model_validate)


@router.post(
    "",
    status_code=201,
    operation_id="record_provider_document",
    summary="Give a document, or write down one that was given",
    dependencies=[requires(Permission.PROVIDER_DOCUMENTS_WRITE), KEYED],
)
async def record_provider_document(
    body: ProviderDocumentCreate, response: Response, session: WriteSession, today: Today
) -> ProviderDocument:
    row = await provider_documents.record(session, body.model_dump(exclude={"acting_for"}), today=today)
    tag(response, row)
    response.headers["Location"] = f"/v1/provider-documents/{row.id}"
    return ProviderDocument.model_validate(row)


@router.get(
    "/{provider_document_id}",
    operation_id="get_provider_document",
    summary="One document between a provider and a commissioner",
    dependencies=[requires(Permission.PROVIDER_DOCUMENTS_READ)],
    responses=KNOWN,
)
async def get_provider_document(
    provider_document_id: UUID, response: Response, session: ReadSession
) -> ProviderDocument:
    row = await provider_documents.get(session, provider_document_id)
    tag(response, row)
    return ProviderDocument.model_validate(row)


@router.patch(
    "/{provider_document_id}",
    operation_id="correct_provider_document",
    summary="Put right what was written down of a document",
    description=CORRECTION,
    dependencies=[requires(Permission.PROVIDER_DOCUMENTS_WRITE)],
    responses=problems(409),
)
async def correct_provider_document(
    provider_document_id: UUID,
    body: ProviderDocumentPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    at: Now,
    today: Today,
) -> ProviderDocument:
    row = await provider_documents.correct(session, provider_document_id, body.correction(expected), at=at, today=today)
    tag(response, row)
    return ProviderDocument.model_validate(row)


@router.post(
    "/{provider_document_id}/withdraw",
    operation_id="withdraw_provider_document",
    summary="Take back what was written down of a document",
    description=WITHDRAWAL,
    dependencies=[requires(Permission.PROVIDER_DOCUMENTS_WRITE), KEYED],
    responses=problems(409),
)
async def withdraw_provider_document(
    provider_document_id: UUID,
    body: Withdrawal,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    at: Now,
) -> ProviderDocument:
    row = await provider_documents.withdraw(session, provider_document_id, body.reason, expected=expected, at=at)
    tag(response, row)
    return ProviderDocument.model_validate(row)
