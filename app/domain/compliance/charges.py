"""What registering a placement costs, and who bears which part of it."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from uuid import UUID

from app.domain.errors import Fault, Invalid

PENNY = Decimal("0.01")
_WHOLE = Decimal(100)


class PlacementCheckKind(StrEnum):
    """What is confirmed at each placement (SLA 2022, Partnerships: Learner Safety 3; SEIP guidance 1(d))."""

    STAFF_CHECKS_CONFIRMED = "staff_checks_confirmed"
    LEBC_REGISTERED = "lebc_registered"


def ensure_charged(kind: PlacementCheckKind, charge: Decimal | None, *, shared: bool) -> None:
    """Refuse a charge, or shares of one, for what costs nothing.

    Raises:
        Invalid: `charge_not_due`.
    """
    if kind is not PlacementCheckKind.LEBC_REGISTERED and (charge is not None or shared):
        place = "/shares" if charge is None else "/charge"
        fault = Fault("charge_not_due", "Only the registration of a placement is charged.", pointer=place)
        raise Invalid("Nothing is charged for this.", code="charge_not_due", errors=(fault,))


def ensure_shares(shares: Sequence[tuple[UUID, Decimal]]) -> None:
    """Refuse shares that are not the whole of the charge, each organisation once.

    Args:
        shares: percentages by organisation.

    Raises:
        Invalid: `shares_invalid`.
    """
    if shares and (sum(percent for _, percent in shares) != _WHOLE or len({each for each, _ in shares}) < len(shares)):
        fault = Fault("shares_invalid", "Name each organisation once; percentages add up to 100.", pointer="/shares")
        raise Invalid("The shares are not the whole of the charge.", code="shares_invalid", errors=(fault,))


def amounts(charge: Decimal, percents: Sequence[Decimal]) -> list[Decimal]:
    """Each one's part of a charge in whole pence. Together they are the charge: pennies left over by rounding down go,
    one each, to those of whom most was cut off, the first of two alike.

    Args:
        percents: they add up to 100.
    """
    exact = [charge * percent / _WHOLE for percent in percents]
    parts = [each.quantize(PENNY, ROUND_FLOOR) for each in exact]
    left = int((charge - sum(parts, Decimal(0))) / PENNY)
    cut = sorted(range(len(parts)), key=lambda at: parts[at] - exact[at])
    return [part + PENNY if at in cut[:left] else part for at, part in enumerate(parts)]
