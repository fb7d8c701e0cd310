"""Invoices: the tables, how one is submitted, and its steps until it is paid or withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db.base import Root, Row, document, one_of
from app.db.fees import money
from app.db.placements import Placement
from app.db.provider_documents import parties
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.access import Caller, Role
from app.domain.errors import Fault, Invalid
from app.domain.money import (
    InvoiceSide,
    InvoiceStatus,
    ensure_done_on,
    ensure_invoice_step,
    ensure_period,
    invoice_side,
    line_amount,
    total,
)

PARTIES = ("invoices.id", "invoices.provider_id", "invoices.commissioner_id")


class InvoicePart(Row):
    """What a part of an invoice repeats of it, so that row policies need nothing else."""

    invoice_id: UUID
    provider_id: UUID
    commissioner_id: UUID


class Invoice(Root, table=True):
    """One invoice of a provider to a commissioner. `organisation_id`: who entered it, one of the two.

    `findings`: what did not agree when it was approved; None while that is still asked of the register as it stands.
    `withheld_for`: the late returns for which a lead withheld the payment.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        one_of("status", tuple(each.value for each in InvoiceStatus)),
        CheckConstraint("period_to_on >= period_from_on", name="period"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("(withheld_on IS NULL) = (withheld_because IS NULL)", name="withheld"),
        UniqueConstraint("id", "provider_id", "commissioner_id", name="uq_invoices_parties"),
        Index(
            "uq_invoices_provider_id_reference",
            "provider_id",
            "reference",
            unique=True,
            postgresql_where=text("status <> 'withdrawn'"),
        ),
        Index("ix_invoices_provider_id_id", "provider_id", "id"),
        Index("ix_invoices_commissioner_id_id", "commissioner_id", "id"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    commissioner_id: UUID = Field(foreign_key="organisations.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    reference: str
    period_from_on: date
    period_to_on: date
    total: Decimal = money()
    status: str
    submitted_on: date
    received_on: date | None = None
    approved_on: date | None = None
    paid_on: date | None = None
    queried_because: str | None = None
    withdrawn_because: str | None = None
    withheld_on: date | None = None
    withheld_because: str | None = None
    withheld_by: str | None = None
    withheld_for: list[dict[str, Any]] = document(default_factory=list)
    findings: list[dict[str, Any]] | None = document(default=None)


class InvoiceLine(InvoicePart, table=True):
    """What is billed for one placement: a quantity of the unit of the agreed rate. Its amount is rounded to pence."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "provider_id", "commissioner_id"], PARTIES, name="fk_invoice_lines_invoice"
        ),
        CheckConstraint("quantity > 0 AND unit_amount >= 0", name="positive"),
        CheckConstraint("amount = round(quantity * unit_amount, 2)", name="amount"),
        UniqueConstraint("invoice_id", "number"),
        Index("ix_invoice_lines_placement_id", "placement_id"),
    )

    number: int
    placement_id: UUID = Field(foreign_key="placements.id")
    quantity: Decimal = Field(sa_type=Numeric(8, 2))
    unit_amount: Decimal = money()
    amount: Decimal = money()
    description: str


class InvoiceShare(InvoicePart, table=True):
    """What one organisation bears of one line, with as much of the invoice as it needs to know of that.

    A trigger keeps `status` in step.
    """

    __tablename__ = "invoice_shares"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "provider_id", "commissioner_id"], PARTIES, name="fk_invoice_shares_invoice"
        ),
        ForeignKeyConstraint(
            ["invoice_id", "line"], ["invoice_lines.invoice_id", "invoice_lines.number"], name="fk_invoice_shares_line"
        ),
        CheckConstraint("percent > 0 AND percent <= 100 AND amount >= 0", name="share"),
        UniqueConstraint("invoice_id", "line", "organisation_id"),
        Index("ix_invoice_shares_organisation_id_id", "organisation_id", "id"),
    )

    organisation_id: UUID = Field(foreign_key="organisations.id")
    line: int
    percent: Decimal = Field(sa_type=Numeric(5, 2))
    amount: Decimal = money()
    reference: str
    period_from_on: date
    period_to_on: date
    status: str


@dataclass(frozen=True, slots=True)
class Line:
    """What is billed for one placement."""

    placement_id: UUID
    quantity: Decimal
    unit_amount: Decimal
    description: str


# --- submit ---------------------------------------------------------------------------------------------------------


async def submit(session: AsyncSession, said: Mapping[str, Any], lines: Sequence[Line], *, today: date) -> Invoice:
    """Submit an invoice, or as the commissioner enter one that came on paper and is received by that.

    Args:
        said: `provider_id` or `commissioner_id` (the other party), `period_from_on`, `period_to_on`, `reference`,
            `received_on`.

    Raises:
        Invalid: `party_missing`, `period_invalid`, `done_on_invalid`, `received_on_not_yours`, `invoice_invalid`.
        NotFound
    """
    pair = await parties(session, said)
    ensure_period(said["period_from_on"], said["period_to_on"], today=today)
    received_on = _received_on(session, said, today)
    await _check_lines(session, pair, lines)
    amounts = [line_amount(each.quantity, each.unit_amount) for each in lines]
    row = Invoice(
        provider_id=pair[0],
        commissioner_id=pair[1],
        organisation_id=caller_of(session).organisation,
        **{name: said[name] for name in ("reference", "period_from_on", "period_to_on")},
        total=total(amounts),
        status=(InvoiceStatus.RECEIVED if received_on else InvoiceStatus.SUBMITTED).value,
        submitted_on=today,
        received_on=received_on,
    )
    session.add(row)
    await session.flush()
    session.add_all(_line(row, n, each) for n, each in enumerate(lines, start=1))
    await session.flush()
    _written(session, row, "submit", "submitted")
    return row


def _received_on(session: AsyncSession, said: Mapping[str, Any], today: date) -> date | None:
    """The day of receipt of an invoice that its receiver enters; of one that is sent, the receiver will say."""
    received_on: date | None = said.get("received_on")
    if caller_of(session).role is not Role.PROVIDER:
        received_on = received_on or today
        ensure_done_on(received_on, not_before=said["period_to_on"], today=today, pointer="/received_on")
    elif received_on is not None:
        fault = Fault("received_on_not_yours", "Whoever receives it says when.", pointer="/received_on")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))
    return received_on


async def _check_lines(session: AsyncSession, pair: tuple[UUID, UUID], lines: Sequence[Line]) -> None:
    query = select(col(Placement.id)).where(
        col(Placement.id).in_({each.placement_id for each in lines}),
        col(Placement.provider_id) == pair[0],
        col(Placement.commissioner_id) == pair[1],
    )
    known = set((await session.execute(query)).scalars())
    detail = "Name a placement at this provider that this commissioner made."
    faults: list[Fault] = []
    for at, each in enumerate(lines):
        if each.placement_id not in known:
            faults.append(Fault("placement_unknown", detail, pointer=f"/lines/{at}/placement_id"))
        if each.quantity <= 0:
            faults.append(Fault("nothing_billed", "Bill more than nothing.", pointer=f"/lines/{at}/quantity"))
    if faults:
        raise Invalid("These lines cannot be billed.", code="invoice_invalid", errors=tuple(faults))


def _line(row: Invoice, number: int, line: Line) -> InvoiceLine:
    return InvoiceLine(
        invoice_id=row.id,
        provider_id=row.provider_id,
        commissioner_id=row.commissioner_id,
        number=number,
        placement_id=line.placement_id,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        amount=line_amount(line.quantity, line.unit_amount),
        description=line.description,
    )


def side_of(caller: Caller, row: Invoice) -> InvoiceSide:
    """Where a caller stands towards an invoice."""
    return invoice_side(
        caller,
        provider_id=row.provider_id,
        commissioner_id=row.commissioner_id,
        entered_by_id=row.organisation_id,
    )


# --- from step to step ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A step as somebody takes it. `done_on`: of a receipt or a payment, today where absent."""

    to: InvoiceStatus
    reason: str | None = None
    done_on: date | None = None


def take(session: AsyncSession, row: Invoice, step: Step, findings: list[dict[str, Any]] | None, today: date) -> None:
    """Take an invoice, which its caller holds for change, to another status.

    Args:
        findings: what does not agree, kept with an approval.

    Raises:
        Conflict, Forbidden, Invalid: as `ensure_invoice_step`; Invalid: `done_on_invalid`.
    """
    caller, before = caller_of(session), InvoiceStatus(row.status)
    side = side_of(caller, row)
    withheld, dated = row.withheld_on is not None, step.done_on is not None
    ensure_invoice_step(before, step.to, side, caller.grade, reason=step.reason, withheld=withheld, dated=dated)
    done_on = step.done_on or today
    row.status = step.to.value
    match step.to:
        case InvoiceStatus.RECEIVED:
            ensure_done_on(done_on, not_before=row.period_to_on, today=today, pointer="/done_on")
            row.received_on = done_on
        case InvoiceStatus.APPROVED:
            row.approved_on, row.findings = done_on, findings
        case InvoiceStatus.QUERIED:
            row.approved_on, row.findings, row.queried_because = None, None, step.reason
        case InvoiceStatus.PAID:
            ensure_done_on(done_on, not_before=row.received_on or done_on, today=today, pointer="/done_on")
            row.paid_on = done_on
        case _:
            row.withdrawn_because = step.reason
    row.touch()
    _written(session, row, "transition", step.to.value)


def _written(session: AsyncSession, row: Invoice, action: str, done: str) -> None:
    audit(session, action, "invoice", row.id, provider_id=str(row.provider_id), status=row.status)
    about = {"provider_id": str(row.provider_id), "status": row.status}
    tell(session, f"invoice.{done}", "invoice", row.id, (row.provider_id, row.commissioner_id), **about)


# --- read -----------------------------------------------------------------------------------------------------------


async def lines_of(session: AsyncSession, invoice_id: UUID) -> Sequence[InvoiceLine]:
    """The lines of an invoice, in their order."""
    query = select(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice_id).order_by(col(InvoiceLine.number))
    return (await session.execute(query)).scalars().all()
