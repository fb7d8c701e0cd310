"""Academic years, 1 September to 31 August, by day and by label."""

import re
from datetime import date

from app.domain.errors import Invalid

_WRITTEN = re.compile(r"(\d{4})[/-](\d{2})", re.ASCII)


def academic_year(on: date) -> tuple[date, date]:
    """First and last day, 1 September to 31 August, of the academic year that holds a day."""
    start = on.year - (on.month < 9)
    return date(start, 9, 1), date(start + 1, 8, 31)


def academic_year_label(on: date) -> str:
    """The academic year of a day as people write it: "2026/27"."""
    start, end = academic_year(on)
    return f"{start.year}/{end.year % 100:02}"


def academic_year_named(label: str) -> tuple[date, date]:
    """First and last day of the academic year written "2026/27", or "2026-27" as addresses have it.

    Raises:
        Invalid: `academic_year_invalid`.
    """
    written = _WRITTEN.fullmatch(label)
    start = int(written[1]) if written else 0
    if written is None or not 1900 <= start < 2199 or (start + 1) % 100 != int(written[2]):
        raise Invalid("Write an academic year as 2026-27.", code="academic_year_invalid")
    return date(start, 9, 1), date(start + 1, 8, 31)


def academic_year_written(label: str) -> str:
    """A label in its one form, "2026/27".

    Raises:
        Invalid: `academic_year_invalid`.
    """
    return academic_year_label(academic_year_named(label)[0])
