"""Reading a published CSV table whose columns are found by name, with what is wrong told by line and column."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache, partial
from io import TextIOWrapper
from operator import itemgetter
from typing import IO, Any, NamedTuple

from app.domain.errors import Fault, Invalid

_FAULT_LIMIT = 50
_LINE_LIMIT = 1 << 17  # characters; the longest published line is under 3 KiB
_DATE = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})")


class GiasFileInvalid(Invalid):
    """The file cannot be read as what it should be; `errors` names at most 50 lines and columns, never a value."""

    code = "gias_file_invalid"
    title = "Invalid GIAS file"


class Wrong(Exception):
    """What is wrong with a cell, in words that do not repeat it."""


class Column(NamedTuple):
    """Where a value comes from, how it is read, and whether a file without the column is refused."""

    header: str
    parse: Callable[[str], object]
    needed: bool = False


class Faults(list[Fault]):
    """What was found wrong so far; the fiftieth ends the reading."""

    def add(self, line: int, detail: str) -> None:
        """Note one fault of the record that starts on a line."""
        self.append(Fault("gias_file_invalid", f"line {line}, {detail}"))
        if len(self) == _FAULT_LIMIT:
            self.refuse()

    def refuse(self) -> None:
        """Raise GiasFileInvalid where anything was wrong."""
        if self:
            raise GiasFileInvalid("The file is not a GIAS extract that can be read.", errors=tuple(self))


def read_table(file: IO[bytes], columns: Sequence[Column], faults: Faults) -> Iterator[tuple[int, list[Any]]]:
    """The line number and parsed values, in the order of `columns`, of each record that has no fault.

    Faults are collected, and raised as GiasFileInvalid at the fiftieth or at the end.
    """
    with _lines(file) as lines:
        records = _records(lines, faults)
        _, header = next(records, (1, []))
        pick = _picker([name.strip() for name in header], columns, faults)
        parsers = tuple(column.parse for column in columns)
        line = 1
        for line, record in records:
            if len(record) != len(header):
                faults.add(line, f"{len(record)} cells where the header has {len(header)}")
            elif values := _values(parsers, cells := pick([*record, ""])):
                yield line, values
            else:
                _blame(line, cells, columns, faults)
    if line == 1:
        faults.add(1, "no record follows it")  # half a download must not look like the end of every school
    faults.refuse()


def text(cell: str) -> str | None:
    """A cell without the spaces around it; None when blank."""
    if "\0" in cell:  # PostgreSQL keeps every character but this
        raise Wrong("not text")
    return cell.strip() or None


def whole(cell: str) -> int | None:
    """A whole number of up to nine digits, which fit a database integer, zero-padded or not; None when blank."""
    digits = cell.strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9):
        raise Wrong("not a whole number")
    return int(digits)


@lru_cache(maxsize=16384)  # fifty thousand establishments share their dates
def day(cell: str) -> date | None:
    """A date written dd-MM-yyyy; None when blank."""
    if not cell.strip():
        return None
    if not (written := _DATE.fullmatch(cell.strip())):
        raise Wrong("not a date")
    try:
        return date(int(written[3]), int(written[2]), int(written[1]))
    except ValueError:
        raise Wrong("not a date") from None


# The same for cells of a code list or a small range: their few values are read once each, and held once.
label = lru_cache(maxsize=4096)(text)
code = lru_cache(maxsize=4096)(whole)


def given(parse: Callable[[str], object]) -> Callable[[str], object]:
    """The same reading of a cell that may not be blank."""

    def parse_given(cell: str) -> object:
        value = parse(cell)
        if value is None:
            raise Wrong("blank")
        return value

    return parse_given


def _picker(header: list[str], columns: Sequence[Column], faults: Faults) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """What takes a record's cells in the order of `columns`; an absent column reads the blank cell after the last."""
    for column in columns:
        if column.needed and column.header not in header:
            faults.add(1, f"column {column.header}: missing")
    faults.refuse()
    places = {name: place for place, name in reversed(list(enumerate(header)))}
    return itemgetter(*(places.get(column.header, len(header)) for column in columns))


def _values(parsers: tuple[Callable[[str], object], ...], cells: tuple[str, ...]) -> list[Any] | None:
    """The values of a record, or None when a cell is wrong."""
    try:
        return [parse(cell) for parse, cell in zip(parsers, cells, strict=True)]
    except Wrong:
        return None


def _blame(line: int, cells: tuple[str, ...], columns: Sequence[Column], faults: Faults) -> None:
    """Note every cell of a record that is wrong, now that one is known to be."""
    for column, cell in zip(columns, cells, strict=True):
        try:
            column.parse(cell)
        except Wrong as wrong:
            faults.add(line, f"column {column.header}: {wrong}")


def _records(lines: Iterator[str], faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the line on which it starts; broken quoting is the last fault to be found."""
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            faults.add(line, "not CSV from here on: a quotation mark is missing or misplaced")
            return
        if record:
            yield line, record


@contextmanager
def _lines(file: IO[bytes]) -> Iterator[Iterator[str]]:
    """The lines of a file that stays the caller's; one that is longer than a line can be comes in pieces."""
    decoder = TextIOWrapper(file, "cp1252", errors="gias_latin_1", newline="")
    try:
        yield iter(partial(decoder.readline, _LINE_LIMIT), "")
    finally:
        if not file.closed:
            decoder.detach()


def _latin_1(error: UnicodeError) -> tuple[str, int]:
    """Read the five bytes that Windows-1252 leaves undefined as Latin-1 does."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("gias_latin_1", _latin_1)
