"""Invoices in arrears: which period one may cover, and the steps from one status to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.domain.access import Caller, Grade, Permission
from app.domain.errors import Conflict, Fault, Forbidden, Invalid


class InvoiceStatus(StrEnum):
    """Where an invoice stands."""

    SUBMITTED = "submitted"
    RECEIVED = "received"
    QUERIED = "queried"
    APPROVED = "approved"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


class InvoiceSide(StrEnum):
    """Where a caller stands towards an invoice; `enterer`: the commissioner that entered it from paper."""

    PROVIDER = "provider"
    COMMISSIONER = "commissioner"
    ENTERER = "enterer"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class InvoiceStep:
    """Who takes a step, from which grade on, and whether it needs a reason."""

    sides: frozenset[InvoiceSide]
    grade: Grade = Grade.CONTRIBUTOR
    needs_reason: bool = False


_PAYERS = frozenset({InvoiceSide.COMMISSIONER, InvoiceSide.ENTERER})
_RECEIVE = InvoiceStep(_PAYERS)
_APPROVE = InvoiceStep(_PAYERS, Grade.LEAD)
_QUERY = InvoiceStep(_PAYERS, needs_reason=True)
# Whoever wrote it here can have been mistaken.
_WITHDRAW = InvoiceStep(frozenset({InvoiceSide.PROVIDER, InvoiceSide.ENTERER}), needs_reason=True)

# What was paid or withdrawn stays so. A query is answered by an approval, or by another invoice in this one's place.
INVOICE_STEPS: Mapping[tuple[InvoiceStatus, InvoiceStatus], InvoiceStep] = {
    (InvoiceStatus.SUBMITTED, InvoiceStatus.RECEIVED): _RECEIVE,
    (InvoiceStatus.SUBMITTED, InvoiceStatus.WITHDRAWN): _WITHDRAW,
    (InvoiceStatus.RECEIVED, InvoiceStatus.APPROVED): _APPROVE,
    (InvoiceStatus.RECEIVED, InvoiceStatus.QUERIED): _QUERY,
    (InvoiceStatus.RECEIVED, InvoiceStatus.WITHDRAWN): _WITHDRAW,
    (InvoiceStatus.QUERIED, InvoiceStatus.APPROVED): _APPROVE,
    (InvoiceStatus.QUERIED, InvoiceStatus.WITHDRAWN): _WITHDRAW,
    (InvoiceStatus.APPROVED, InvoiceStatus.QUERIED): _QUERY,
    (InvoiceStatus.APPROVED, InvoiceStatus.PAID): _RECEIVE,
    (InvoiceStatus.APPROVED, InvoiceStatus.WITHDRAWN): _WITHDRAW,
}


def invoice_side(caller: Caller, *, provider_id: UUID, commissioner_id: UUID, entered_by_id: UUID) -> InvoiceSide:
    """Where a caller, with the permissions that it has, stands towards an invoice."""
    payer = InvoiceSide.ENTERER if entered_by_id == commissioner_id else InvoiceSide.COMMISSIONER
    sides = {provider_id: InvoiceSide.PROVIDER, commissioner_id: payer}
    if caller.organisation_id is None or not caller.may(Permission.MONEY_WRITE):
        return InvoiceSide.READER
    return sides.get(caller.organisation_id, InvoiceSide.READER)


def allowed_invoice_steps(status: InvoiceStatus, side: InvoiceSide, grade: Grade) -> tuple[InvoiceStatus, ...]:
    """Where a caller may take an invoice from here."""
    return tuple(
        to
        for (here, to), step in INVOICE_STEPS.items()
        if here is status and side in step.sides and grade.rank >= step.grade.rank
    )


def ensure_invoice_step(
    status: InvoiceStatus,
    to: InvoiceStatus,
    side: InvoiceSide,
    grade: Grade,
    *,
    reason: str | None,
    withheld: bool,
    dated: bool = False,
) -> InvoiceStep:
    """The step, unless it does not exist, is not this caller's, or lacks its reason.

    Raises:
        Conflict: `transition_not_allowed`, with `allowed` among the facts; `invoice_withheld`, paid while withheld.
        Forbidden: `not_your_transition`, the other side's or a lead's.
        Invalid: `reason_required`, by the pointer "/reason"; `date_not_asked`, by "/done_on".
    """
    step = INVOICE_STEPS.get((status, to))
    if step is None:
        possible = [each.value for each in allowed_invoice_steps(status, side, grade)]
        detail = f"An invoice does not go from {status} to {to}."
        raise Conflict(detail, code="transition_not_allowed", facts={"allowed": possible})
    if side not in step.sides or grade.rank < step.grade.rank:
        raise Forbidden("This step is another's to take.", code="not_your_transition")
    if to is InvoiceStatus.PAID and withheld:
        raise Conflict("Payment is withheld: release it first.", code="invoice_withheld")
    if step.needs_reason and not (reason and reason.strip()):
        fault = Fault("reason_required", "This step needs a reason.", pointer="/reason")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))
    if dated and to not in DATED:
        fault = Fault("date_not_asked", "Only receipt and payment are dated.", pointer="/done_on")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))
    return step


LONGEST_PERIOD_DAYS = 184


def ensure_period(from_on: date, to_on: date, *, today: date) -> None:
    """Refuse a period that is not over: an invoice is in arrears (SLA 2022, Systems and Processes 2).

    Raises:
        Invalid: `period_invalid`, by pointer.
    """
    faults: list[Fault] = []
    if to_on < from_on:
        faults.append(Fault("period_backwards", "The last day is not before the first.", pointer="/period_to_on"))
    elif (to_on - from_on).days >= LONGEST_PERIOD_DAYS:
        faults.append(Fault("period_too_long", "Invoice monthly or termly.", pointer="/period_to_on"))
    if to_on > today:
        faults.append(Fault("not_in_arrears", "Invoice in arrears: when the period is over.", pointer="/period_to_on"))
    if faults:
        raise Invalid("An invoice cannot cover this period.", code="period_invalid", errors=tuple(faults))


# Only these are dated by whoever takes them: they tell of what was done elsewhere.
DATED = frozenset({InvoiceStatus.RECEIVED, InvoiceStatus.PAID})


def ensure_done_on(done_on: date, *, not_before: date, today: date, pointer: str) -> None:
    """Refuse a day of receipt on which the period was not over, a day of payment before that of receipt, a day to come.

    Raises:
        Invalid: `done_on_invalid`, by the pointer.
    """
    if not not_before <= done_on <= today:
        detail = "Not before the invoice could be received or paid, and not on a day to come."
        fault = Fault("done_on_invalid", detail, pointer=pointer)
        raise Invalid(detail, code=fault.code, errors=(fault,))


def ensure_unsettled(status: InvoiceStatus, *ended: InvoiceStatus) -> None:
    """Refuse to change an invoice that is paid or withdrawn, or in another status named.

    Raises:
        Conflict: `invoice_settled`.
    """
    if status in (InvoiceStatus.PAID, InvoiceStatus.WITHDRAWN, *ended):
        raise Conflict("The invoice is settled.", code="invoice_settled")
