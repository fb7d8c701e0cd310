"""The registers of the small county's placements, and what their providers bill."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.db.attendance import AttendanceMark
from app.db.base import now
from app.db.fees import FeeRate
from app.db.invoices import Invoice, InvoiceLine, InvoiceShare
from app.db.placement_parts import part_of
from app.db.placements import Placement
from tests.access.organisations import PROVIDERS
from tests.access.placed import DAY

Ids = dict[str, UUID]
FEE = Decimal("85.00")


def made(ids: Ids, placements: Iterable[Placement]) -> Iterator[SQLModel]:
    """A mark of every placement; a rate between each provider and commissioner; invoices, and shares of them."""
    first: dict[tuple[UUID, UUID], Placement] = {}
    for placement in placements:
        first.setdefault((placement.provider_id, placement.commissioner_id), placement)
        yield AttendanceMark(
            **part_of(placement),
            organisation_id=placement.provider_id,
            session_on=DAY,
            session="AM",
            code="/",
            reported_at=now(),
            recorded_by="x",
        )
    for provider in PROVIDERS:
        for number, name in enumerate(sorted(ids.keys() - set(PROVIDERS))):
            yield FeeRate(
                provider_id=ids[provider],
                commissioner_id=ids[name],
                academic_year="2026/27",
                basis="per_day",
                amount=FEE,
                proposed_by_id=ids[provider if number % 2 else name],
                proposed_on=DAY,
            )
    for number, placement in enumerate(first.values()):
        # A route takes its caller's first: one that the commissioner entered, so that both sides may withdraw it.
        for entered_by_id, more in (
            (placement.commissioner_id, {"status": "received", "received_on": DAY}),
            (placement.provider_id, {"status": "submitted"}),
            (placement.provider_id, {"status": "received", "received_on": DAY} | WITHHELD),
        ):
            reference = f"{number}-{len(more)}-{entered_by_id == placement.provider_id}"
            yield from _invoice(ids, placement, entered_by_id, reference, more)


WITHHELD: dict[str, Any] = {"withheld_on": DAY, "withheld_because": "Late.", "withheld_by": "x"}


def _invoice(
    ids: Ids, placement: Placement, entered_by_id: UUID, reference: str, more: dict[str, Any]
) -> Iterator[SQLModel]:
    both: dict[str, Any] = {"provider_id": placement.provider_id, "commissioner_id": placement.commissioner_id}
    period: dict[str, Any] = {"reference": reference, "period_from_on": DAY, "period_to_on": DAY}
    invoice = Invoice(**both, **period, organisation_id=entered_by_id, total=FEE, submitted_on=DAY, **more)
    yield invoice
    yield InvoiceLine(
        **both,
        invoice_id=invoice.id,
        number=1,
        placement_id=placement.id,
        quantity=Decimal(1),
        unit_amount=FEE,
        amount=FEE,
        description="x",
    )
    for name in ("east", "west", "oak", "elm", "shire", "city"):
        yield InvoiceShare(
            **both,
            **period,
            invoice_id=invoice.id,
            organisation_id=ids[name],
            line=1,
            percent=Decimal(10),
            amount=Decimal("8.50"),
            status=invoice.status,
        )
