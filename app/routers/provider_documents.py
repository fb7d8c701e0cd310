"""Documents that providers and commissioners give each other."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.db import provider_documents
from app.db.base import Keyset
from app.deps import KEYED, Cursor, Limit, ReadSession, Route, Today, WriteSession, requires
from app.domain.access import Permission
from app.domain.obligations.documents import DocumentKind
from app.shapes import PageOf, page_of
from app.shapes.calendars import AcademicYear
from app.shapes.provider_documents import ProviderDocument, ProviderDocumentCreate

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
    body: ProviderDocumentCreate, session: WriteSession, today: Today
) -> ProviderDocument:
    row = await provider_documents.record(session, body.model_dump(exclude={"acting_for"}), today=today)
    return ProviderDocument.model_validate(row)
