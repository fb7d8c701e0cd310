"""Invoices on the wire."""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from app.db.billing import Detail, Seen
from app.db.invoices import Line, Step, side_of
from app.domain.access import Caller
from app.domain.money import (
    FindingCode,
    InvoiceStatus,
    PaymentState,
    Share,
    allowed_invoice_steps,
)
from app.shapes import Body, Name, Part, Shape, Text
from app.shapes.amounts import Exact, Percent, Pounds, Quantity

Reference = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class InvoiceLineSaid(Part):
    """What is billed for one placement."""

    placement_id: UUID
    quantity: Quantity = Field(description="In units of the agreed rate.")
    unit_amount: Pounds
    description: Name

    def said(self) -> Line:
        """What was told, with exact numbers."""
        return Line(self.placement_id, Decimal(self.quantity), Decimal(self.unit_amount), self.description)


class InvoiceCreate(Body):
    """An invoice in arrears, for a month or a term."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "commissioner_id": "0197f3a0-0000-7000-8000-000000000001",
                    "period_from_on": "2026-09-01",
                    "period_to_on": "2026-09-30",
                    "reference": "2026-017",
                    "lines": [
                        {
                            "placement_id": "0197f3a0-0000-7000-8000-000000000000",
                            "quantity": "12",
                            "unit_amount": "85.00",
                            "description": "Days in September",
                        }
                    ],
                }
            ]
        }
    )

    provider_id: UUID | None = Field(default=None, description="For a commissioner, whose invoice it enters.")
    commissioner_id: UUID | None = Field(default=None, description="For a provider, whom it bills.")
    period_from_on: date
    period_to_on: date = Field(description="The last day; the period is over.")
    received_on: date | None = Field(
        default=None, description="When a commissioner received what it enters; today where absent."
    )
    reference: Reference = Field(description="The invoice's number; a provider uses each once.")
    lines: list[InvoiceLineSaid] = Field(min_length=1, max_length=500)

    def said(self) -> dict[str, Any]:
        """What was told, without the lines."""
        return self.model_dump(exclude={"acting_for", "lines"})


class InvoiceTransition(Body):
    """A step of an invoice. Its `allowed_transitions` says which are open to you."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "received"}]})

    to: InvoiceStatus
    reason: Text | None = Field(default=None, description="Asked for by a query and by a withdrawal.")
    done_on: date | None = Field(default=None, description="Of a receipt or a payment; today where absent.")

    def said(self) -> Step:
        """What was told."""
        return Step(self.to, self.reason, self.done_on)


class InvoiceShareSaid(Part):
    """Which part of a line an organisation bears."""

    organisation_id: UUID
    percent: Percent


class InvoiceLineShares(Part):
    """Who bears a line, in all 100 per cent."""

    line: int = Field(ge=1, le=500)
    shares: list[InvoiceShareSaid] = Field(min_length=1, max_length=50)


class InvoiceSharesPut(Body):
    """Who bears which lines. A line that is not named the commissioner bears alone."""

    lines: list[InvoiceLineShares] = Field(max_length=500)

    def said(self) -> list[tuple[int, list[Share]]]:
        """What was told, with exact numbers, line by line."""
        return [
            (each.line, [Share(one.organisation_id, Decimal(one.percent)) for one in each.shares])
            for each in self.lines
        ]


class InvoiceWithholding(Body):
    """Why payment is withheld for persistent lateness."""

    reason: Text


class TrackingReturn(Shape):
    """Tracking that the provider owes: the obligation's key, and what it is."""

    key: UUID
    kind: str
    title: str
    due_on: date
    received_on: date | None
    academic_year: str | None
    term: int | None


class InvoicePayment(Shape):
    """Where the payment stands. It is due so many calendar days after receipt as the agreement that counted then says
    (`pay_within_days`), if the tracking that was due by the end of the period has been received; where the last of it
    came later than that, on that day."""

    state: PaymentState
    payable_on: date | None
    missing: list[TrackingReturn] = Field(description="What it is held for.")


class InvoiceWithheld(Shape):
    """That a lead of the commissioner withholds payment, why, and for which late returns."""

    withheld_on: date
    reason: str
    late: list[TrackingReturn]


class Invoice(Shape):
    """One invoice."""

    id: UUID
    provider_id: UUID
    commissioner_id: UUID
    organisation_id: UUID = Field(description="Who entered it.")
    reference: str
    period_from_on: date
    period_to_on: date
    total: Exact = Field(description="Pounds: the sum of its lines, each rounded half up to pence.")
    status: InvoiceStatus
    submitted_on: date
    received_on: date | None
    approved_on: date | None
    paid_on: date | None
    queried_because: str | None
    withdrawn_because: str | None
    payment: InvoicePayment
    withheld: InvoiceWithheld | None
    allowed_transitions: list[InvoiceStatus]
    version: int
    created_at: datetime
    updated_at: datetime


class InvoiceLine(Shape):
    """What is billed for one placement."""

    number: int
    placement_id: UUID
    quantity: Exact
    unit_amount: Exact
    amount: Exact
    description: str


class InvoiceShare(Shape):
    """What an organisation bears of one line. The amounts of all are the line's."""

    id: UUID
    invoice_id: UUID
    provider_id: UUID
    commissioner_id: UUID
    organisation_id: UUID
    line: int
    percent: Exact
    amount: Exact
    reference: str
    period_from_on: date
    period_to_on: date
    status: InvoiceStatus


class InvoiceFinding(Shape):
    """One thing that does not agree with placements, the agreed rate or the register. Nothing is changed by it."""

    code: FindingCode
    detail: str
    line: int | None
    billed: Exact | None
    expected: Exact | None
    invoice_ids: list[UUID] = Field(description="The other invoices, where something is billed twice.")


class InvoiceDetail(Invoice):
    """One invoice with its lines, who bears them, and what does not agree: as it stands, once approved as it stood."""

    lines: list[InvoiceLine]
    shares: list[InvoiceShare]
    findings: list[InvoiceFinding]


def invoice_shown(seen: Seen, caller: Caller) -> Invoice:
    """An invoice as this caller is answered."""
    return Invoice.model_validate(_told(seen, caller))


def detail_shown(found: Detail, caller: Caller) -> InvoiceDetail:
    """An invoice as this caller is answered, in full."""
    parts = {name: getattr(found, name) for name in ("lines", "shares", "findings")}
    return InvoiceDetail.model_validate(_told(found.seen, caller) | parts)


def _told(seen: Seen, caller: Caller) -> dict[str, Any]:
    row = seen.row
    side = side_of(caller, row)
    withheld = None
    if row.withheld_on is not None:
        withheld = {"withheld_on": row.withheld_on, "reason": row.withheld_because, "late": row.withheld_for}
    return row.model_dump() | {
        "payment": seen.payment,
        "withheld": withheld,
        "allowed_transitions": allowed_invoice_steps(InvoiceStatus(row.status), side, caller.grade),
    }


def view_of(invoice: InvoiceDetail) -> str:
    """What tells apart two answers about one version of an invoice: tracking, register and reader have a part."""
    told = invoice.model_dump_json(include={"payment", "findings", "allowed_transitions"})
    return hashlib.sha256(told.encode()).hexdigest()[:16]
