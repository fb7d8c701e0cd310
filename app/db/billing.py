"""How an invoice stands: what does not agree with it, whether it is payable, and what the commissioner decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import attendance, calendars, fees, invoices, owing, rows
from app.db.agreements import Adopted, adopted_by
from app.db.base import Keyset, Page, Versions
from app.db.invoices import Invoice, InvoiceLine, InvoiceShare, Step
from app.db.organisations import Organisation
from app.db.placements import Placement
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain import money
from app.domain.calendar import Term, academic_year_label
from app.domain.errors import Conflict, Forbidden, NotFound
from app.domain.money import (
    Billed,
    Finding,
    FindingCode,
    InvoiceStatus,
    Payment,
    PlacedFor,
    Recorded,
    Return,
    Terms,
    ensure_may_withhold,
    late_returns,
    payment,
    required_returns,
)
from app.domain.obligations import Kind, State
from app.domain.placements import Status

TRACKING = frozenset({Kind.TRACKING_RETURN, Kind.PROGRESS_REPORT})
_OPEN = frozenset({InvoiceStatus.RECEIVED, InvoiceStatus.QUERIED, InvoiceStatus.APPROVED})
_CONTENT = ("code", "detail", "line")


@dataclass(frozen=True, slots=True)
class Seen:
    """An invoice, and where its payment stands."""

    row: Invoice
    payment: Payment

    @property
    def id(self) -> UUID:
        """The invoice's id, by which lists are paged."""
        return self.row.id


@dataclass(frozen=True, slots=True)
class Detail:
    """An invoice with its lines, who bears them, and what does not agree."""

    seen: Seen
    lines: Sequence[InvoiceLine]
    shares: Sequence[InvoiceShare]
    findings: Sequence[Finding]


# --- the tracking on which payment depends --------------------------------------------------------------------------


async def _returns(session: AsyncSession, on: date, provider_id: UUID | None) -> dict[fees.Pair, list[Return]]:
    """The tracking that the caller owes or is owed, by provider and commissioner, but for what is waived."""
    owed = await owing.gather(session, on=on, provider_id=provider_id)
    found: dict[fees.Pair, list[Return]] = {}
    for each in owed.obligations:
        if each.kind in TRACKING and each.state is not State.WAIVED:
            about = each.subject
            owes = Return(
                each.key, each.kind.value, each.title, each.due_on, each.met_on, about.academic_year, about.term
            )
            found.setdefault((each.provider_id, each.commissioner_id), []).append(owes)
    return found


async def _adopted(session: AsyncSession, found: Iterable[Invoice]) -> dict[UUID, list[Adopted]]:
    """The agreements of those who are to pay invoices."""
    payers = {row.commissioner_id for row in found if row.status in _OPEN}
    if not payers:
        return {}
    query = select(Organisation).where(col(Organisation.id).in_(payers))
    return {each.id: adopted_by(each) for each in (await session.execute(query)).scalars()}


def terms_on(adopted: Iterable[Adopted], on: date) -> Terms:
    """What the agreements that count on a day say of payment."""
    return Terms.of([each.settled for each in adopted if each.counts(on)])


def _seen(
    row: Invoice, returns: Mapping[fees.Pair, Sequence[Return]], adopted: Mapping[UUID, Sequence[Adopted]]
) -> Seen:
    known = returns.get((row.provider_id, row.commissioner_id), ())
    required = required_returns(known, (row.period_from_on, row.period_to_on))
    # By the terms of the day on which it was received: they are what the provider could count on.
    days = terms_on(adopted.get(row.commissioner_id, ()), row.received_on or date.max).pay_within_days
    withheld = row.withheld_on is not None
    return Seen(row, payment(InvoiceStatus(row.status), row.received_on, required, withheld=withheld, days=days))


async def list_page(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any], today: date) -> Page[Seen]:
    """Invoices to which the caller is a party, by id, each with where its payment stands today."""
    query = select(Invoice).where(
        *(getattr(Invoice, name) == value for name, value in wanted.items() if value is not None)
    )
    page = keyset.page((await session.execute(keyset.cut(query, col(Invoice.id)))).scalars().all())
    pending = any(row.status in _OPEN for row in page.rows)
    returns = await _returns(session, today, wanted.get("provider_id")) if pending else {}
    adopted = await _adopted(session, page.rows)
    return Page([_seen(row, returns, adopted) for row in page.rows], page.next_cursor)


async def detail(session: AsyncSession, invoice_id: UUID, *, today: date) -> Detail:
    """One invoice, as it stands today. Raises NotFound."""
    return await told(session, await rows.get(session, Invoice, invoice_id), today)


async def told(session: AsyncSession, row: Invoice, today: date) -> Detail:
    """An invoice, which its caller holds, as it stands today."""
    lines = await invoices.lines_of(session, row.id)
    query = select(InvoiceShare).where(col(InvoiceShare.invoice_id) == row.id)
    shares = (await session.execute(query.order_by(col(InvoiceShare.line), col(InvoiceShare.id)))).scalars().all()
    found = await _findings(session, row, lines) if row.findings is None else [_kept(each) for each in row.findings]
    returns = await _returns(session, today, row.provider_id) if row.status in _OPEN else {}
    return Detail(_seen(row, returns, await _adopted(session, [row])), lines, shares, found)


# --- what does not agree --------------------------------------------------------------------------------------------


async def _findings(session: AsyncSession, row: Invoice, lines: Sequence[InvoiceLine]) -> Sequence[Finding]:
    period = (row.period_from_on, row.period_to_on)
    named = {each.placement_id for each in lines}
    marks = await attendance.marks_of(session, named, *period)
    years = {academic_year_label(on) for on in period}
    return money.findings(
        [Billed(each.number, each.placement_id, each.quantity, each.unit_amount) for each in lines],
        period=period,
        placements=await _placed(session, row, named),
        rates=await fees.agreed(session, (row.provider_id, row.commissioner_id), years),
        recorded={placement_id: Recorded.of(found) for placement_id, found in marks.items()},
        terms=await _terms(session, row),
    )


async def _placed(session: AsyncSession, row: Invoice, named: Iterable[UUID]) -> dict[UUID, PlacedFor]:
    other = (
        select(col(InvoiceLine.placement_id), col(Invoice.id))
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(col(InvoiceLine.placement_id).in_(named), col(Invoice.id) != row.id)
        .where(col(Invoice.status) != InvoiceStatus.WITHDRAWN.value)
        .where(col(Invoice.period_from_on) <= row.period_to_on, col(Invoice.period_to_on) >= row.period_from_on)
        .order_by(col(Invoice.id))
    )
    billed: dict[UUID, dict[UUID, None]] = {}
    for placement_id, invoice_id in await session.execute(other):
        billed.setdefault(placement_id, {})[invoice_id] = None
    placements = (await session.execute(select(Placement).where(col(Placement.id).in_(named)))).scalars()
    return {
        each.id: PlacedFor(
            each.starts_on, each.ends_on, each.status == Status.CANCELLED, tuple(billed.get(each.id, ()))
        )
        for each in placements
    }


async def _terms(session: AsyncSession, row: Invoice) -> tuple[Term, ...] | None:
    try:
        return await calendars.terms_for(session, row.commissioner_id, academic_year_label(row.period_to_on))
    except NotFound:
        return None


def _document(finding: Finding) -> dict[str, Any]:
    numbers = {name: str(value) for name in ("billed", "expected") if (value := getattr(finding, name)) is not None}
    return (
        {name: getattr(finding, name) for name in _CONTENT}
        | numbers
        | {"invoice_ids": list(map(str, finding.invoice_ids))}
    )


def _kept(kept: Mapping[str, Any]) -> Finding:
    billed, expected = (Decimal(kept[name]) if name in kept else None for name in ("billed", "expected"))
    invoice_ids = tuple(map(UUID, kept["invoice_ids"]))
    return Finding(FindingCode(kept["code"]), kept["detail"], kept["line"], billed, expected, invoice_ids)


# --- what the parties do with it ------------------------------------------------------------------------------------


async def step(session: AsyncSession, invoice_id: UUID, step: Step, *, expected: Versions, today: date) -> Detail:
    """Take an invoice to another status; what does not agree when it is approved is kept.

    Raises:
        NotFound, Forbidden, Stale; as `invoices.take`.
    """
    row = await rows.for_change(session, Invoice, invoice_id, expected=expected)
    approved = step.to is InvoiceStatus.APPROVED
    found = await _findings(session, row, await invoices.lines_of(session, row.id)) if approved else ()
    invoices.take(session, row, step, [_document(each) for each in found], today)
    await session.flush()
    return await told(session, row, today)


async def withhold(session: AsyncSession, invoice_id: UUID, reason: str, *, expected: Versions, today: date) -> Detail:
    """Withhold payment for persistent lateness (QA policy v8): a lead of the commissioner decides, by the list.

    What is withheld already may be given another reason; the list stays.

    Raises:
        Conflict: `invoice_settled`, `withholding_not_agreed`, `lateness_not_persistent`.
        NotFound, Forbidden, Stale
    """
    row = await for_payer(session, invoice_id, expected=expected)
    if row.withheld_on is None:
        late = await _late(session, row, today)
        row.withheld_on = today
        row.withheld_for = [{name: _plain(value) for name, value in asdict(each).items()} for each in late]
    row.withheld_because, row.withheld_by = reason, caller_of(session).principal
    return await _decided(session, row, "withhold", "withheld", today)


async def _late(session: AsyncSession, row: Invoice, today: date) -> Sequence[Return]:
    """The late returns for which payment may be withheld. Raises Conflict."""
    own = await rows.get(session, Organisation, row.commissioner_id)
    returns = (await _returns(session, today, row.provider_id)).get((row.provider_id, row.commissioner_id), ())
    late = late_returns(returns, row.period_to_on, on=today)
    ensure_may_withhold(InvoiceStatus(row.status), late, terms_on(adopted_by(own), today))
    return late


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID | date) else value


async def release(session: AsyncSession, invoice_id: UUID, *, expected: Versions, today: date) -> Detail:
    """Take back the decision to withhold; the audit trail keeps it.

    Raises:
        Conflict: `not_withheld`.
        NotFound, Forbidden, Stale
    """
    row = await for_payer(session, invoice_id, expected=expected)
    if row.withheld_on is None:
        raise Conflict("Nothing is withheld.", code="not_withheld")
    row.withheld_on, row.withheld_because, row.withheld_by, row.withheld_for = None, None, None, []
    return await _decided(session, row, "release", "released", today)


async def _decided(session: AsyncSession, row: Invoice, action: str, done: str, today: date) -> Detail:
    row.touch()
    await session.flush()
    audit(session, action, "invoice", row.id, late=len(row.withheld_for))
    tell(session, f"invoice.{done}", "invoice", row.id, (row.provider_id, row.commissioner_id))
    return await told(session, row, today)


async def for_payer(session: AsyncSession, invoice_id: UUID, *, expected: Versions) -> Invoice:
    """An invoice that the caller pays, for change. Raises NotFound, Forbidden, Stale."""
    row = await rows.for_change(session, Invoice, invoice_id, expected=expected)
    if row.commissioner_id != caller_of(session).organisation_id:
        raise Forbidden("This is for whoever pays to decide.", code="not_yours")
    return row
