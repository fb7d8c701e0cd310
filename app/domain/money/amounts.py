"""Sums of money in pounds and whole pence: what a line comes to, what lines come to, and how one is shared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from app.domain.compliance.charges import PENNY, amounts
from app.domain.errors import Fault

_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Share:
    """The part in per cent that an organisation bears."""

    organisation_id: UUID
    percent: Decimal


def line_amount(quantity: Decimal, unit_amount: Decimal) -> Decimal:
    """What a line comes to, in whole pence; half a penny is rounded up."""
    return (quantity * unit_amount).quantize(PENNY, ROUND_HALF_UP)


def total(lines: Iterable[Decimal]) -> Decimal:
    """What lines come to: each is in whole pence already, so nothing is rounded again."""
    return sum(lines, Decimal(0)).quantize(PENNY)


def pounds(amount: Decimal) -> str:
    """An amount as it is written: pounds with two decimals."""
    return f"{amount:.2f}"


def parts(amount: Decimal, shares: Sequence[Share]) -> list[Decimal]:
    """What each bears of an amount, in whole pence; together they are the amount (largest remainder)."""
    return amounts(amount, [each.percent for each in shares])


def ensure_shares(shares: Sequence[Share], pointer: str) -> Iterable[Fault]:
    """What is wrong with the shares of one line: they are the whole of it, each organisation once."""
    if sum(each.percent for each in shares) != _WHOLE:
        yield Fault("shares_not_whole", "Percentages add up to 100.", pointer=pointer)
    if len({each.organisation_id for each in shares}) < len(shares):
        yield Fault("share_repeated", "Name each organisation once.", pointer=pointer)
    if any(each.percent <= 0 for each in shares):
        yield Fault("share_empty", "A share is more than nothing.", pointer=pointer)
