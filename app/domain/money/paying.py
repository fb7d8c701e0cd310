"""When an invoice is payable: so many days after receipt if the tracking has come, and never while withheld."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from app.domain.calendar import academic_year
from app.domain.errors import Conflict
from app.domain.money.invoices import InvoiceStatus, ensure_unsettled

# Where no agreement that was adopted speaks of payment: as the one does that is known to (SLA 2022, Partnerships:
# Systems and Processes 4).
PAY_WITHIN_DAYS = 30


class PaymentState(StrEnum):
    """Where the payment of an invoice stands."""

    NOT_RECEIVED = "not_received"
    PAYABLE = "payable"
    HELD = "held"
    WITHHELD = "withheld"
    PAID = "paid"
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class Return:
    """Tracking that a provider owes its commissioner: due on a day, and received on another or not yet.

    One that is waived is not owed and is none of these.
    """

    key: UUID
    kind: str
    title: str
    due_on: date
    received_on: date | None = None
    academic_year: str | None = None
    term: int | None = None

    def is_late(self, on: date) -> bool:
        """Whether it came after its day, or has not come by now."""
        return (self.received_on or on) > self.due_on


@dataclass(frozen=True, slots=True)
class Payment:
    """Where the payment stands; `payable_on` is its last day, `missing` what it is held for."""

    state: PaymentState
    payable_on: date | None = None
    missing: tuple[Return, ...] = ()


def required_returns(returns: Iterable[Return], period: tuple[date, date], *, within: bool = False) -> list[Return]:
    """The tracking without which the invoice of a period is not payable, by due day.

    The agreement says "any required", so all that was due by the end of the period, be it of an earlier term.

    Args:
        within: only what was due in the period itself.
    """
    from_on, to_on = period
    since = from_on if within else date.min
    return sorted((each for each in returns if since <= each.due_on <= to_on), key=lambda each: each.due_on)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the agreements between a commissioner and its providers say of payment.

    `withhold_from`: from how many late returns in a school year the commissioner may withhold; None: never.
    """

    pay_within_days: int = PAY_WITHIN_DAYS
    withhold_from: int | None = None

    @classmethod
    def of(cls, agreed: Iterable[Mapping[str, int]]) -> "Terms":
        """The terms of several agreements, each with its parameters: the earliest payment that was promised in any, and
        the fewest late returns that any of them asks for."""
        told = list(agreed)
        days = [each["pay_within_days"] for each in told if "pay_within_days" in each]
        late = [each["withhold_late_returns"] for each in told if "withhold_late_returns" in each]
        return cls(min(days, default=PAY_WITHIN_DAYS), min(late, default=None))


def payment(
    status: InvoiceStatus,
    received_on: date | None,
    required: Sequence[Return],
    *,
    withheld: bool,
    days: int,
) -> Payment:
    """Where the payment of an invoice stands.

    It is payable so many days after receipt; where tracking came later than that, on the day on which the last came.
    """
    if status is InvoiceStatus.PAID:
        return Payment(PaymentState.PAID)
    if status is InvoiceStatus.WITHDRAWN:
        return Payment(PaymentState.NOT_DUE)
    if received_on is None:
        return Payment(PaymentState.NOT_RECEIVED)
    if withheld:
        return Payment(PaymentState.WITHHELD)
    missing = tuple(each for each in required if each.received_on is None)
    if missing:
        return Payment(PaymentState.HELD, missing=missing)
    told = [each.received_on for each in required if each.received_on is not None]
    return Payment(PaymentState.PAYABLE, max([received_on + timedelta(days=days), *told]))


def late_returns(returns: Iterable[Return], year_of: date, *, on: date) -> tuple[Return, ...]:
    """The tracking of the academic year of a day that came late, or is late by now, by due day."""
    first, last = academic_year(year_of)
    late = (each for each in returns if first <= each.due_on <= last and each.is_late(on))
    return tuple(sorted(late, key=lambda each: each.due_on))


def ensure_may_withhold(status: InvoiceStatus, late: Sequence[Return], terms: Terms) -> None:
    """Refuse to withhold a payment except for persistent lateness, where an agreement says so (QA policy v8).

    Raises:
        Conflict: `invoice_settled`, paid or withdrawn; `withholding_not_agreed`; `lateness_not_persistent`, with
            `late` and `limit` among the facts.
    """
    ensure_unsettled(status)
    if terms.withhold_from is None:
        raise Conflict("No agreement that you have adopted lets you withhold.", code="withholding_not_agreed")
    if len(late) < terms.withhold_from:
        facts = {"late": len(late), "limit": terms.withhold_from}
        detail = "The provider has not been late often enough this year."
        raise Conflict(detail, code="lateness_not_persistent", facts=facts)
