"""Invoices: submitted in arrears, matched, approved or queried, shared, paid or withheld."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import billing, invoice_shares, invoices
from app.db.base import Keyset
from app.db.session import caller_of
from app.deps import (
    KEYED,
    KNOWN,
    CallerDep,
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
from app.domain.money import InvoiceStatus
from app.shapes import PageOf, page_of
from app.shapes.invoices import (
    Invoice,
    InvoiceCreate,
    InvoiceDetail,
    InvoiceShare,
    InvoiceSharesPut,
    InvoiceTransition,
    InvoiceWithholding,
    detail_shown,
    invoice_shown,
    view_of,
)

router = APIRouter(prefix="/v1", tags=["money"], route_class=Route)


def shown(session: AsyncSession, response: Response, found: billing.Detail) -> InvoiceDetail:
    """An invoice as its reader is answered today, with an ETag for just that."""
    told = detail_shown(found, caller_of(session))
    tag(response, found.seen.row, view_of(told))
    return told


@router.get(
    "/invoices",
    operation_id="list_invoices",
    summary="Invoices that you sent or received",
    dependencies=[requires(Permission.MONEY_READ)],
)
async def list_invoices(
    request: Request,
    response: Response,
    session: ReadSession,
    caller: CallerDep,
    today: Today,
    provider_id: Annotated[UUID | None, Query(description="Only of this provider.")] = None,
    commissioner_id: Annotated[UUID | None, Query(description="Only to this commissioner.")] = None,
    status: Annotated[InvoiceStatus | None, Query(description="Only in this status.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Invoice]:
    wanted = {"provider_id": provider_id, "commissioner_id": commissioner_id, "status": status}
    keyset = Keyset(("invoices", *wanted.values()), cursor, limit)
    page = await billing.list_page(session, keyset, wanted=wanted, today=today)
    return page_of(request, response, page, lambda seen: invoice_shown(seen, caller))


@router.post(
    "/invoices",
    status_code=201,
    operation_id="submit_invoice",
    summary="Submit an invoice in arrears",
    description="By the provider; or by the commissioner that enters what came on paper. What does not agree with "
    "placements, the agreed rate or the register is told in `findings`, and nothing is changed by it.",
    dependencies=[requires(Permission.MONEY_WRITE), KEYED],
    responses=problems(409),
)
async def submit_invoice(body: InvoiceCreate, response: Response, session: WriteSession, today: Today) -> InvoiceDetail:
    row = await invoices.submit(session, body.said(), [each.said() for each in body.lines], today=today)
    response.headers["Location"] = f"/v1/invoices/{row.id}"
    return shown(session, response, await billing.told(session, row, today))


@router.get(
    "/invoices/{invoice_id}",
    operation_id="get_invoice",
    summary="One invoice, with what does not agree",
    dependencies=[requires(Permission.MONEY_READ)],
    responses=KNOWN,
)
async def get_invoice(invoice_id: UUID, response: Response, session: ReadSession, today: Today) -> InvoiceDetail:
    return shown(session, response, await billing.detail(session, invoice_id, today=today))


@router.post(
    "/invoices/{invoice_id}/transitions",
    operation_id="take_invoice_step",
    summary="Take an invoice to its next status",
    description="Whoever pays receives, approves (a lead), queries and pays; whoever sent it withdraws it. What does "
    "not agree when it is approved is kept with it.",
    dependencies=[requires(Permission.MONEY_WRITE), KEYED],
    responses=problems(409),
)
async def take_invoice_step(
    invoice_id: UUID,
    body: InvoiceTransition,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    today: Today,
) -> InvoiceDetail:
    found = await billing.step(session, invoice_id, body.said(), expected=expected, today=today)
    return shown(session, response, found)


@router.put(
    "/invoices/{invoice_id}/shares",
    operation_id="put_invoice_shares",
    summary="Say who bears which lines",
    description="For the commissioner, until the invoice is approved. Each bearer is told of its own share alone.",
    dependencies=[requires(Permission.MONEY_SHARE)],
    responses=problems(409),
)
async def put_invoice_shares(
    invoice_id: UUID,
    body: InvoiceSharesPut,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    today: Today,
) -> InvoiceDetail:
    found = await invoice_shares.share(session, invoice_id, body.said(), expected=expected, today=today)
    return shown(session, response, found)


@router.put(
    "/invoices/{invoice_id}/withholding",
    operation_id="withhold_invoice",
    summary="Withhold payment for persistent lateness",
    description="For a lead of the commissioner, where an agreement that it has adopted lets it withhold and the "
    "provider has been late with as many tracking returns in the school year as it says (`withhold_late_returns`; 409 "
    "otherwise). The list of them is kept with the decision. Nothing is ever withheld by rule.",
    dependencies=[requires(Permission.MONEY_WITHHOLD)],
    responses=problems(409),
)
async def withhold_invoice(
    invoice_id: UUID,
    body: InvoiceWithholding,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    today: Today,
) -> InvoiceDetail:
    found = await billing.withhold(session, invoice_id, body.reason, expected=expected, today=today)
    return shown(session, response, found)


@router.delete(
    "/invoices/{invoice_id}/withholding",
    operation_id="release_invoice",
    summary="Withhold payment no longer",
    dependencies=[requires(Permission.MONEY_WITHHOLD)],
    responses=problems(409),
)
async def release_invoice(
    invoice_id: UUID, response: Response, expected: ExpectedVersion, session: WriteSession, today: Today
) -> InvoiceDetail:
    return shown(session, response, await billing.release(session, invoice_id, expected=expected, today=today))


@router.get(
    "/invoice-shares",
    operation_id="list_invoice_shares",
    summary="What you bear of invoices, and others of yours",
    dependencies=[requires(Permission.MONEY_READ)],
)
async def list_invoice_shares(
    request: Request,
    response: Response,
    session: ReadSession,
    invoice_id: Annotated[UUID | None, Query(description="Only of this invoice.")] = None,
    organisation_id: Annotated[UUID | None, Query(description="Only what this organisation bears.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[InvoiceShare]:
    wanted = {"invoice_id": invoice_id, "organisation_id": organisation_id}
    keyset = Keyset(("invoice shares", *wanted.values()), cursor, limit)
    page = await invoice_shares.list_page(session, keyset, wanted=wanted)
    return page_of(request, response, page, InvoiceShare.model_validate)
