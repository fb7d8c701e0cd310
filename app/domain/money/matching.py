"""Whether what an invoice bills agrees with placements, the agreed rate and the register; it changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.domain.attendance import CODES, CountsAs, Mark
from app.domain.calendar import Term, three_terms
from app.domain.money.fees import FeeBasis, Rate


class FindingCode(StrEnum):
    """What does not agree."""

    PLACEMENT_NOT_IN_PERIOD = "placement_not_in_period"
    RATE_NOT_AGREED = "rate_not_agreed"
    RATE_MISMATCH = "rate_mismatch"
    ATTENDANCE_UNMATCHED = "attendance_unmatched"
    ABSENCES_BILLED = "absences_billed"
    ATTENDANCE_NOT_COMPARED = "attendance_not_compared"
    BILLED_TWICE = "billed_twice"
    NEITHER_MONTHLY_NOR_TERMLY = "neither_monthly_nor_termly"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree. `line` counts from 1; None: the invoice as a whole."""

    code: FindingCode
    detail: str
    line: int | None = None
    billed: Decimal | None = None
    expected: Decimal | None = None
    invoice_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of an invoice."""

    number: int
    placement_id: UUID
    quantity: Decimal
    unit_amount: Decimal


@dataclass(frozen=True, slots=True)
class PlacedFor:
    """The days of a placement, and other invoices that bill it for days of the period; cancelled: it has none."""

    starts_on: date
    ends_on: date | None
    cancelled: bool = False
    billed_by: tuple[UUID, ...] = ()

    def touches(self, from_on: date, to_on: date) -> bool:
        """Whether it lasts on at least one day from one to another."""
        return not self.cancelled and self.starts_on <= to_on and (self.ends_on or date.max) >= from_on


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the register says of a placement in the period, in sessions, days and ISO weeks.

    `open` were possible, whoever came; `attended` those of them to which the pupil came.
    """

    open: Mapping[FeeBasis, int]
    attended: Mapping[FeeBasis, int]

    @classmethod
    def of(cls, marks: Iterable[Mark]) -> "Recorded":
        """Count marks."""
        known = [(each, CODES[each.entry.code]) for each in marks]
        possible = [each for each, code in known if code.counts_as is not CountsAs.NOT_POSSIBLE]
        return cls(_counted(possible), _counted([each for each, code in known if code.came]))


def _counted(marks: Sequence[Mark]) -> dict[FeeBasis, int]:
    days = {each.session_on for each in marks}
    return {
        FeeBasis.PER_SESSION: len(marks),
        FeeBasis.PER_DAY: len(days),
        FeeBasis.PER_WEEK: len({day.isocalendar()[:2] for day in days}),
    }


def findings(
    lines: Sequence[Billed],
    *,
    period: tuple[date, date],
    placements: Mapping[UUID, PlacedFor],
    rates: Sequence[Rate],
    recorded: Mapping[UUID, Recorded],
    terms: Sequence[Term] | None,
) -> tuple[Finding, ...]:
    """What does not agree, line by line, then for the invoice as a whole.

    Args:
        placements: by id, every one that a line names.
        rates: those agreed for the academic years of the period: one, or two where it goes over 1 September.
        recorded: by placement; what is absent is not in the register at all.
        terms: the six terms of the year in which the period ends; None: not known, and not asked of then.
    """
    found = [each for line in lines for each in _of_line(line, period, placements[line.placement_id], rates)]
    found += _of_attendance(lines, rates, recorded)
    if terms is not None and not _regular(*period, terms):
        detail = "The period is neither within a month nor within one of the three terms."
        found.append(Finding(FindingCode.NEITHER_MONTHLY_NOR_TERMLY, detail))
    return tuple(found)


def _of_line(line: Billed, period: tuple[date, date], placed: PlacedFor, rates: Sequence[Rate]) -> Iterator[Finding]:
    if not placed.touches(*period):
        detail = "The placement has no day in the period."
        yield Finding(FindingCode.PLACEMENT_NOT_IN_PERIOD, detail, line.number)
    if placed.billed_by:
        detail = "Another invoice bills this placement for days of the period."
        yield Finding(FindingCode.BILLED_TWICE, detail, line.number, invoice_ids=placed.billed_by)
    if not rates:
        yield Finding(FindingCode.RATE_NOT_AGREED, "No rate is agreed for the school year.", line.number)
    elif line.unit_amount not in [each.amount for each in rates]:
        detail = "This is not the rate that was agreed."
        expected = rates[-1].amount
        yield Finding(FindingCode.RATE_MISMATCH, detail, line.number, billed=line.unit_amount, expected=expected)


def _of_attendance(
    lines: Sequence[Billed], rates: Sequence[Rate], recorded: Mapping[UUID, Recorded]
) -> Iterator[Finding]:
    """What is billed for a placement, in all its lines, against its register; told with the first of them."""
    first: dict[UUID, int] = {}
    billed: dict[UUID, Decimal] = {}
    for line in lines:
        first.setdefault(line.placement_id, line.number)
        billed[line.placement_id] = billed.get(line.placement_id, Decimal(0)) + line.quantity
    bases = {each.basis for each in rates}
    basis = bases.pop() if len(bases) == 1 else None
    nothing = Recorded.of(())
    for placement_id, quantity in billed.items():
        yield from _compared(first[placement_id], quantity, basis, recorded.get(placement_id, nothing))


def _compared(line: int, quantity: Decimal, basis: FeeBasis | None, recorded: Recorded) -> Iterator[Finding]:
    if basis is None or basis not in recorded.open:
        detail = "The register says nothing of the unit that is billed."
        yield Finding(FindingCode.ATTENDANCE_NOT_COMPARED, detail, line, billed=quantity)
        return
    held, came = Decimal(recorded.open[basis]), Decimal(recorded.attended[basis])
    if quantity > held:
        detail = "More is billed than the register has."
        yield Finding(FindingCode.ATTENDANCE_UNMATCHED, detail, line, billed=quantity, expected=held)
    elif quantity > came:
        detail = "More is billed than was attended. The register has the rest as absence."
        yield Finding(FindingCode.ABSENCES_BILLED, detail, line, billed=quantity, expected=came)


def _regular(from_on: date, to_on: date, terms: Sequence[Term]) -> bool:
    """Whether a period is a month's or a term's: within one calendar month, or with days of at most one term."""
    if (from_on.year, from_on.month) == (to_on.year, to_on.month):
        return True
    return sum(each.starts_on <= to_on and each.ends_on >= from_on for each in three_terms(terms)) <= 1
