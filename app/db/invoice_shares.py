"""Who bears which part of an invoice, and what each of them is told of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import billing, invoices
from app.db.base import Keyset, Page, Versions
from app.db.billing import Detail
from app.db.invoices import Invoice, InvoiceLine, InvoiceShare
from app.db.organisations import Organisation
from app.db.records import audit, tell
from app.domain.access import Role
from app.domain.errors import Fault, Invalid
from app.domain.money import InvoiceStatus, Share, ensure_shares, ensure_unsettled, parts


async def share(
    session: AsyncSession,
    invoice_id: UUID,
    said: Sequence[tuple[int, Sequence[Share]]],
    *,
    expected: Versions,
    today: date,
) -> Detail:
    """Say who bears which lines; a line that is not named the commissioner bears alone. Replaces what was said before.

    Args:
        said: numbers of lines, each with its shares.

    Raises:
        Conflict: `invoice_settled`, approved or ended.
        Invalid: `shares_invalid`, by pointer.
        NotFound, Forbidden, Stale
    """
    row = await billing.for_payer(session, invoice_id, expected=expected)
    ensure_unsettled(InvoiceStatus(row.status), InvoiceStatus.APPROVED)
    lines = {each.number: each for each in await invoices.lines_of(session, row.id)}
    await _check_shares(session, said, lines)
    await session.execute(delete(InvoiceShare).where(col(InvoiceShare.invoice_id) == row.id))
    session.add_all(each for number, shares in said for each in _shares(row, lines[number], shares))
    row.touch()
    await session.flush()
    bearers = {each.organisation_id for _, shares in said for each in shares}
    audit(session, "share", "invoice", row.id, organisations=sorted(map(str, bearers)))
    tell(session, "invoice.shared", "invoice", row.id, (row.provider_id, row.commissioner_id))
    for each in sorted(bearers - {row.commissioner_id}):
        tell(session, "invoice_share.made", "invoice_share", row.id, (each,))
    return await billing.told(session, row, today)


async def _check_shares(
    session: AsyncSession, said: Sequence[tuple[int, Sequence[Share]]], lines: Mapping[int, InvoiceLine]
) -> None:
    named = {each.organisation_id for _, shares in said for each in shares}
    query = select(col(Organisation.id)).where(
        col(Organisation.id).in_(named), col(Organisation.kind) != Role.PROVIDER.value
    )
    known = set((await session.execute(query)).scalars())
    faults: list[Fault] = []
    for at, (number, shares) in enumerate(said):
        if number not in lines or number in [earlier for earlier, _ in said[:at]]:
            detail = "Name a line that the invoice has, once."
            faults.append(Fault("line_unknown", detail, pointer=f"/lines/{at}/line"))
        faults += ensure_shares(shares, f"/lines/{at}/shares")
        faults += [
            Fault("organisation_unknown", "Name a commissioner.", f"/lines/{at}/shares/{n}/organisation_id")
            for n, each in enumerate(shares)
            if each.organisation_id not in known
        ]
    if faults:
        raise Invalid("The lines cannot be shared so.", code="shares_invalid", errors=tuple(faults))


def _shares(row: Invoice, line: InvoiceLine, shares: Sequence[Share]) -> Iterable[InvoiceShare]:
    about: dict[str, Any] = {
        name: getattr(row, name) for name in ("provider_id", "commissioner_id", "reference", "status")
    }
    about |= {"invoice_id": row.id, "period_from_on": row.period_from_on, "period_to_on": row.period_to_on}
    for each, amount in zip(shares, parts(line.amount, shares), strict=True):
        yield InvoiceShare(
            **about, organisation_id=each.organisation_id, percent=each.percent, line=line.number, amount=amount
        )


async def list_page(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any]) -> Page[InvoiceShare]:
    """What the caller bears of invoices, and what others bear of those to which it is a party, by id."""
    query = select(InvoiceShare)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(InvoiceShare, name) == value)
    return keyset.page((await session.execute(keyset.cut(query, col(InvoiceShare.id)))).scalars().all())
