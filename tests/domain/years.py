"""Three printed calendars: Kent's, one that begins in the last days of August, and one with a leap day."""

from datetime import date

from app.domain.calendar import Closure, ClosureReason, SchoolYear, Term


def terms(*days: str) -> tuple[Term, ...]:
    """Terms by their first and last days, in turn."""
    dates = list(map(date.fromisoformat, days))
    return tuple(Term(n + 1, dates[2 * n], dates[2 * n + 1]) for n in range(len(dates) // 2))


def closed(*days: str) -> tuple[Closure, ...]:
    """INSET days."""
    return tuple(Closure(date.fromisoformat(day), ClosureReason.INSET) for day in days)


# Kent, 2026/27: 195 days of term, five of them INSET.
KENT_TERMS = terms(
    "2026-09-01", "2026-10-23", "2026-11-02", "2026-12-18", "2027-01-04", "2027-02-12",
    "2027-02-22", "2027-03-25", "2027-04-12", "2027-05-28", "2027-06-07", "2027-07-21",
)  # fmt: skip
KENT = SchoolYear("2026/27", KENT_TERMS, closed("2026-09-01", "2026-09-02", "2026-10-23", "2027-01-04", "2027-07-21"))
# Made up after Leicestershire's custom: a week ahead, from the last days of August to the middle of July.
EARLY = SchoolYear(
    "2027/28",
    terms(
        "2027-08-26", "2027-10-15", "2027-10-25", "2027-12-17", "2028-01-04", "2028-02-11",
        "2028-02-21", "2028-03-31", "2028-04-18", "2028-05-26", "2028-06-05", "2028-07-12",
    ),
)  # fmt: skip
EARLY_BEFORE = SchoolYear(
    "2026/27",
    terms(
        "2026-08-27", "2026-10-16", "2026-10-26", "2026-12-18", "2027-01-04", "2027-02-12",
        "2027-02-22", "2027-03-25", "2027-04-12", "2027-05-28", "2027-06-07", "2027-07-14",
    ),
)  # fmt: skip
