"""A school year as a table of comma-separated values, read whole or refused by row and column."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

from app.domain.calendar.terms import Closure, ClosureReason, SchoolYear, Term
from app.domain.errors import Fault, Invalid

NEEDED = ("ordinal", "name", "starts_on", "ends_on")
COLUMNS = (*NEEDED, "closure")
MAX_ROWS = 200
MAX_CLOSED_DAYS = 31
_DATES = ("%Y-%m-%d", "%d/%m/%Y")


class _Unreadable(ValueError):
    """A cell that cannot be read: its column, then the code and the words of the fault."""


def from_csv(content: bytes, academic_year: str) -> SchoolYear:
    """The school year that a table says.

    A row with an `ordinal` is a term. A row without is one of closed days, Monday to Friday, from `starts_on` to
    `ends_on` (empty: that one day), for the reason in `closure` (`inset`, `holiday`, `other`).

    Raises:
        Invalid: `file_unreadable`, with faults that point to "/rows/3/starts_on" (row 1 is the header), or
            `calendar_invalid`.
    """
    terms: list[Term] = []
    closures: list[Closure] = []
    faults: list[Fault] = []
    for number, row in _rows(content):
        try:
            if row["ordinal"]:
                terms.append(_term(row))
            else:
                closures += _closures(row)
        except _Unreadable as unreadable:
            column, code, detail = unreadable.args
            faults.append(Fault(code, f"Row {number}, {column}: {detail}", pointer=f"/rows/{number}/{column}"))
    if faults:
        raise Invalid("Some rows cannot be read.", code="file_unreadable", errors=tuple(faults))
    return SchoolYear(academic_year, tuple(terms), tuple(closures))


def _term(row: Mapping[str, str]) -> Term:
    if row["ordinal"] not in ("1", "2", "3", "4", "5", "6"):
        raise _Unreadable("ordinal", "ordinal_invalid", "Number the terms 1 to 6.")
    return Term(int(row["ordinal"]), _date(row, "starts_on"), _date(row, "ends_on"), _name(row))


def _closures(row: Mapping[str, str]) -> Iterator[Closure]:
    reason = row["closure"].lower()
    if reason not in list(ClosureReason):
        detail = "A row without an ordinal says why the days are closed: inset, holiday or other."
        raise _Unreadable("closure", "closure_invalid", detail)
    starts_on = _date(row, "starts_on")
    days = (_date(row, "ends_on") - starts_on).days + 1 if row["ends_on"] else 1
    if not 1 <= days <= MAX_CLOSED_DAYS:
        detail = f"The last closed day is not before the first, and at most {MAX_CLOSED_DAYS} days are closed in a row."
        raise _Unreadable("ends_on", "closure_length", detail)
    closed = (starts_on + timedelta(days=each) for each in range(days))
    weekdays = [on for on in closed if on.weekday() < 5 or days == 1]
    return (Closure(on, ClosureReason(reason), _name(row)) for on in weekdays)


def _date(row: Mapping[str, str], column: str) -> date:
    for written in _DATES:
        try:
            return datetime.strptime(row[column], written).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    raise _Unreadable(column, "date_invalid", "Write a date as YYYY-MM-DD or DD/MM/YYYY.")


def _name(row: Mapping[str, str]) -> str | None:
    if len(row["name"]) > 200 or not row["name"].isprintable():
        raise _Unreadable("name", "name_invalid", "A name has at most 200 characters, on one line.")
    return row["name"] or None


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows that are not blank, each with its number and a cell for every column."""
    try:
        reader = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = [cell.strip().lower().replace(" ", "_") for cell in next(reader, [])]
        _check(header)
        for number, cells in enumerate(reader, start=2):
            if number > MAX_ROWS:
                raise _refused("file_too_long", f"At most {MAX_ROWS} rows.")
            if len(cells) > len(header):
                raise _refused("cells_surplus", f"Row {number} has more cells than the header.")
            if any(cell.strip() for cell in cells):
                said = dict(zip(header, map(str.strip, cells), strict=False))
                yield number, dict.fromkeys(COLUMNS, "") | said
    except UnicodeDecodeError as error:
        raise _refused("encoding_invalid", "The file is not text in UTF-8.") from error
    except csv.Error as error:
        raise _refused("csv_malformed", "Look for a quotation mark without its pair.") from error


def _check(header: list[Any]) -> None:
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise _refused("columns_missing", f"The first row names the columns; these are missing: {', '.join(missing)}.")
    if len(set(header)) < len(header) or not set(header) <= set(COLUMNS):
        raise _refused("column_unknown", f"These columns are known, each once: {', '.join(COLUMNS)}.")


def _refused(code: str, detail: str) -> Invalid:
    return Invalid("The file cannot be read.", code="file_unreadable", errors=(Fault(code, detail, pointer=""),))
