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
    by: str,
    counts: Mapping[str, int],
    *,
    known: Iterable[str] = (),
    of_each: bool = False,
    rests: Sequence[Mapping[str, int]] = (),
) -> AnnualBreakdown:
    """Counts by value, as far as they may be told; zero is told, since it tells of nobody.

    Args:
        known: the values of a closed list, told in this order also where nobody has them.
        of_each: tell nothing where all have one value, since that would tell it of each.
        rests: for each reader who knows some of the children, the counts of all others: what the reader is left with
            once it has taken away its own tells of nobody, either.
    """
    values = list(dict.fromkeys((*known, *sorted(counts.keys() - {NOT_SAID}))))
    values += [NOT_SAID] if counts.get(NOT_SAID) else []
    tables = [[told_of.get(each, 0) for each in values] for told_of in (counts, *rests)]
    shown = [_shown(values, each, of_each=of_each) for each in tables]
    cells = [None if None in each else each[0] for each in zip(*shown, strict=True)]
    told_cells = tuple(AnnualCell(value, count) for value, count in zip(values, cells, strict=True))
    return AnnualBreakdown(by, told(sum(tables[0])), None in cells, told_cells)


def _shown(values: Sequence[str], numbers: Sequence[int], *, of_each: bool) -> list[int | None]:
    said = [number for value, number in zip(values, numbers, strict=True) if value != NOT_SAID]
    everybody = of_each and max(said, default=0) == sum(numbers) > 0
    return [None] * len(values) if everybody or few(sum(numbers)) else suppress(numbers, zero_tells=False)


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


def attended(pupils: int, register: Tally, *, rests: Sequence[tuple[int, Tally]] = ()) -> AnnualAttendance:
    """Figures on the register of so many pupils. The rate is told unless a hidden count would follow from it.

    Args:
        rests: for each reader who knows some of the pupils, how many others there are, and their register.
    """
    counts = _register(register)
    sessions = breakdown("register", counts, known=counts, rests=[_register(each) for _, each in rests])
    rate = next(each.count for each in sessions.cells if each.value == "present")
    late = told(register.late) if all(told(each.late) is not None for _, each in rests) else None
    if few(pupils) or any(few(others) for others, _ in rests):
        sessions, rate, late = hidden(sessions), None, None
    return AnnualAttendance(
        source("attendance", register.sessions, of_few=few(pupils)),
        told(pupils),
        str(register.percent) if rate is not None and register.percent is not None else None,
        late,
        sessions,
        kept=False,
    )


def _register(register: Tally) -> dict[str, int]:
    return {
        "present": register.present,
        "authorised_absence": register.authorised_absences,
        "unauthorised_absence": register.unauthorised_absences,
        "not_possible": register.not_possible,
    }


def seen(records: int, pupils: int, seen_pupils: int, *, rests: Sequence[tuple[int, int]] = ()) -> AnnualWelfare:
    """Figures on how many of the pupils were seen.

    Args:
        rests: for each reader who knows some of the pupils, how many others there are, and how many of them were seen.
    """
    counts, *others = (
        {"seen": of_these, "not_seen": all_ - of_these} for all_, of_these in ((pupils, seen_pupils), *rests)
    )
    split = breakdown("seen", counts, known=counts, rests=others)
    return AnnualWelfare(source("welfare-visits", records, of_few=few(pupils) or few(seen_pupils)), split, kept=False)


@dataclass(frozen=True, slots=True)
class Reported:
    """Reports of progress by kind, the targets of which they tell by whether they are met, and of how many pupils."""

    pupils: int
    kinds: Mapping[str, int]
    targets: Mapping[str, int]


def progressed(all_: Reported, *, rests: Sequence[Reported] = ()) -> AnnualProgress:
    """Figures on reports of progress.

    Args:
        rests: for each reader who knows some of the pupils, what was reported of the others.
    """
    parts = breakdown("kind", all_.kinds, known=("tracking", "progress"), rests=[each.kinds for each in rests])
    reached = breakdown("target", all_.targets, known=("met", "not_met"), rests=[each.targets for each in rests])
    if any(few(each.pupils) for each in (all_, *rests)):
        parts, reached = hidden(parts), hidden(reached)
    records = source("progress-reports", sum(all_.kinds.values()), of_few=few(all_.pupils))
    return AnnualProgress(records, parts, reached)


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
