"""How counts of children become figures that single nobody out."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from app.domain.annual_reports.figures import (
    AnnualAttendance,
    AnnualBreakdown,
    AnnualCell,
    AnnualFigures,
    AnnualInvoices,
    AnnualPlacements,
    AnnualProgress,
    AnnualSource,
    AnnualWelfare,
)
from app.domain.attendance import Tally
from app.domain.money import pounds, total
from app.domain.small_numbers import LEAST_GROUP, suppress

NOT_SAID = "not_said"
# What one commissioner pays would follow, for another, from the sum of two.
LEAST_PAYERS = 3


def told(count: int) -> int | None:
    """A count that stands alone: zero tells of nobody, one to four of somebody."""
    return count if count == 0 or count >= LEAST_GROUP else None


def breakdown(
    by: str, counts: Mapping[str, int], *, known: Iterable[str] = (), of_each: bool = False
) -> AnnualBreakdown:
    """Counts by value, as far as they may be told; zero is told, since it tells of nobody.

    Args:
        known: the values of a closed list, told in this order also where nobody has them.
        of_each: tell nothing where all have one value, since that would tell it of each.
    """
    values = list(dict.fromkeys((*known, *sorted(counts.keys() - {NOT_SAID}))))
    numbers = [counts.get(each, 0) for each in values]
    everybody = of_each and max(numbers, default=0) == sum(counts.values()) > 0
    if counts.get(NOT_SAID):
        values, numbers = [*values, NOT_SAID], [*numbers, counts[NOT_SAID]]
    total = told(sum(numbers))
    cells = [None] * len(values) if everybody or total is None else suppress(numbers, zero_tells=False)
    shown = tuple(AnnualCell(value, count) for value, count in zip(values, cells, strict=True))
    return AnnualBreakdown(by, total, None in cells, shown)


def hidden(of: AnnualBreakdown) -> AnnualBreakdown:
    """A breakdown of which nothing is told."""
    return replace(of, total=None, suppressed=True, cells=tuple(replace(each, count=None) for each in of.cells))


def source(resource: str, records: int, *, of_few: bool = False) -> AnnualSource:
    """Where figures about children come from. `of_few`: they are about fewer children than may be told of."""
    return AnnualSource(resource, None if of_few else told(records))


def few(pupils: int) -> bool:
    """Whether there are some children, but too few to be told of."""
    return told(pupils) is None


# --- what is told of children ---------------------------------------------------------------------------------------


def placed(records: int, pupils: int, breakdowns: Sequence[AnnualBreakdown]) -> AnnualPlacements:
    """Figures on placements."""
    shown = tuple(hidden(each) for each in breakdowns) if few(pupils) else tuple(breakdowns)
    return AnnualPlacements(source("placements", records, of_few=few(pupils)), told(pupils), shown, kept=False)


def attended(pupils: int, register: Tally) -> AnnualAttendance:
    """Figures on the register of so many pupils. The rate is told unless a hidden count would follow from it."""
    counts = {
        "present": register.present,
        "authorised_absence": register.authorised_absences,
        "unauthorised_absence": register.unauthorised_absences,
        "not_possible": register.not_possible,
    }
    sessions = breakdown("register", counts, known=counts)
    rate = next(each.count for each in sessions.cells if each.value == "present")
    if few(pupils):
        sessions, rate = hidden(sessions), None
    return AnnualAttendance(
        source("attendance", register.sessions, of_few=few(pupils)),
        told(pupils),
        str(register.percent) if rate is not None and register.percent is not None else None,
        None if few(pupils) else told(register.late),
        sessions,
        kept=False,
    )


def seen(records: int, pupils: int, seen_pupils: int) -> AnnualWelfare:
    """Figures on how many of the pupils were seen."""
    counts = {"seen": seen_pupils, "not_seen": pupils - seen_pupils}
    split = breakdown("seen", counts, known=counts)
    return AnnualWelfare(source("welfare-visits", records, of_few=few(pupils) or few(seen_pupils)), split, kept=False)


def progressed(records: int, kinds: Mapping[str, int], targets: Mapping[str, int], *, pupils: int) -> AnnualProgress:
    """Figures on reports of progress and the targets of which they tell."""
    parts = breakdown("kind", kinds, known=("tracking", "progress"))
    reached = breakdown("target", targets, known=("met", "not_met"))
    if few(pupils):
        parts, reached = hidden(parts), hidden(reached)
    return AnnualProgress(source("progress-reports", records, of_few=few(pupils)), parts, reached)


# --- what is told of money ------------------------------------------------------------------------------------------


def billed(invoices: Sequence[tuple[UUID, Decimal, bool]]) -> AnnualInvoices:
    """Figures on invoices: whom each is to, its total, whether it is paid.

    No sum is told of one or two commissioners, nor two sums from whose difference one of theirs would follow.
    """
    everybody, payers, owing = (
        {to for to, _, paid in invoices if paid in wanted} for wanted in ((True, False), (True,), (False,))
    )
    told_all = _many(everybody)
    told_paid = told_all and _many(payers) and _many(owing)
    return AnnualInvoices(
        AnnualSource("invoices", len(invoices)),
        len(everybody),
        pounds(total(amount for _, amount, _ in invoices)) if told_all else None,
        pounds(total(amount for _, amount, paid in invoices if paid)) if told_paid else None,
        suppressed=not (told_all and told_paid),
    )


def _many(payers: AbstractSet[UUID]) -> bool:
    return not payers or len(payers) >= LEAST_PAYERS


# --- one version after another --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Area:
    name: str
    pupils: Mapping[tuple[str, str], int | None]


def _areas(figures: AnnualFigures) -> Iterable[_Area]:
    """The figures that count children, by what each count is of."""
    whole = ("pupils", "")
    yield _Area("placements", {whole: figures.placements.pupils} | _cells(figures.placements.breakdowns))
    yield _Area("attendance", {whole: figures.attendance.pupils})
    yield _Area("welfare", {whole: figures.welfare.pupils.total} | _cells((figures.welfare.pupils,)))


def _cells(breakdowns: Iterable[AnnualBreakdown]) -> dict[tuple[str, str], int | None]:
    return {(each.by, cell.value): cell.count for each in breakdowns for cell in each.cells}


def after(before: AnnualFigures | None, now: AnnualFigures) -> AnnualFigures:
    """The figures of a version that follows another, which its readers have: what changes by few children is told as
    it was, since from the difference it would follow who they are."""
    if before is None:
        return now
    pairs = zip(_areas(before), _areas(now), strict=True)
    close = [was.name for was, is_ in pairs if _differs_by_few(was.pupils, is_.pupils)]
    return replace(now, **{name: replace(getattr(before, name), kept=True) for name in close})


def _differs_by_few(was: Mapping[tuple[str, str], int | None], now: Mapping[tuple[str, str], int | None]) -> bool:
    both = ((was[key], now[key]) for key in was.keys() & now.keys())
    return any(few(abs(one - other)) for one, other in both if one is not None and other is not None)
