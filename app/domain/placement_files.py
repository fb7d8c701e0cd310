"""Files of placements: each row as what a client would have sent in JSON, or the faults by which it cannot be read."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO, TextIOWrapper
from typing import Any

from app.domain.errors import Fault, Invalid
from app.domain.placement_columns import COLUMNS, Reader, Unreadable, folded
from app.domain.pupils import external_id

_EXTERNAL_ID = re.compile(r"[A-Za-z0-9._:@+-]{1,120}")
_HEADER_LIKE = re.compile(r"(?!.*\d{4})[A-Za-z][A-Za-z0-9 _./-]{0,39}")

# What every file must say in one way or another.
_NEEDED: Mapping[str, frozenset[str]] = {
    "the provider": frozenset({"/provider_id", "/urn", "/ukprn", "/company_number"}),
    "the pupil": frozenset({"/pupil_id", "/pupil/upn", "/pupil/mis_id"}),
    "the first day": frozenset({"/starts_on"}),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file that is known here."""

    at: int
    header: str
    pointer: str
    read: Reader


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it says, as the body of `POST /v1/placements`, or the faults by which it cannot be read.

    `number`: as a spreadsheet counts, the header being row 1. `headers`: the column of each pointer.
    """

    number: int
    said: Mapping[str, Any]
    faults: tuple[Fault, ...]
    headers: Mapping[str, str]

    @property
    def external_id(self) -> str | None:
        """The row's own id, where it may be shown: no UPN, and nothing that is not an id."""
        said = str(self.said.get("external_id") or "")
        return said if _EXTERNAL_ID.fullmatch(said) and not _is_upn(said) else None

    def header_of(self, pointer: str | None) -> str | None:
        """The header of the column that a fault points to; None where it is the row's as a whole."""
        steps = (pointer or "").split("/")
        paths = ("/".join(steps[:length]) for length in range(len(steps), 1, -1))
        return next((self.headers[path] for path in paths if path in self.headers), None)


@dataclass(frozen=True, slots=True)
class File:
    """A file whose header has been read.

    `warnings`: columns that are not known here, which are passed over.
    """

    content: bytes
    encoding: str
    columns: tuple[Column, ...]
    width: int
    warnings: tuple[Fault, ...]

    def lines(self) -> Iterator[Line]:
        """The rows that are not blank.

        Raises:
            Invalid: `csv_malformed`, at the row where it can no longer be told what is a row.
        """
        seen: set[bytes] = set()
        for number, cells in self._filled():
            line = self._line(number, cells)
            yield line if _first(line, seen) else _repeated(line)

    def count(self) -> int:
        """How many lines there are. Raises as `lines` does."""
        return sum(1 for _ in self._filled())

    def _filled(self) -> Iterator[tuple[int, list[str]]]:
        return ((number, cells) for number, cells in _rows(self.content, self.encoding) if number > 1 and any(cells))

    def _line(self, number: int, cells: Sequence[str]) -> Line:
        said: dict[str, Any] = {}
        faults: list[Fault] = []
        headers: dict[str, str] = {}
        if any(cells[self.width :]):
            faults.append(Fault("cells_surplus", "The row has more cells than the header."))
        for column in self.columns:
            cell = cells[column.at] if column.at < len(cells) else ""
            headers[column.pointer] = column.header
            try:
                if cell:
                    _put(said, headers, column, column.read(cell))
            except Unreadable as unreadable:
                code, detail = unreadable.args
                faults.append(Fault(code, detail, pointer=column.pointer))
        if _is_upn(str(said.get("external_id"))):
            faults.append(Fault("external_id_is_upn", "An id stands in addresses, where no UPN may.", "/external_id"))
        return Line(number, said, tuple(faults), headers)


def opened(content: bytes) -> File:
    """A file of comma-separated values with its header read. UTF-8 with or without a mark, else Windows-1252.

    Raises:
        Invalid: `file_empty`, `csv_malformed`, `columns_missing`, `column_repeated`.
    """
    encoding = _encoding(content)
    header = next((cells for _, cells in _rows(content, encoding)), [])
    if not any(header):
        raise Invalid("The file is empty: its first row names the columns.", code="file_empty")
    known = [Column(at, name, *COLUMNS[folded(name)]) for at, name in enumerate(header) if folded(name) in COLUMNS]
    _check(known)
    unknown = [at for at, name in enumerate(header) if name and folded(name) not in COLUMNS]
    return File(content, encoding, tuple(known), len(header), tuple(_unknown(at, header[at]) for at in unknown))


def _check(columns: Sequence[Column]) -> None:
    said = [column.pointer for column in columns]
    missing = [what for what, pointers in _NEEDED.items() if not pointers & set(said)]
    if missing:
        detail = f"No column of the first row names {', '.join(missing)}."
        raise Invalid(detail, code="columns_missing", errors=(Fault("columns_missing", detail, pointer=""),))
    twice = [column.header for column in columns if said.count(column.pointer) > 1]
    if twice:
        detail = f"These columns say the same thing: {', '.join(twice)}."
        raise Invalid(detail, code="column_repeated", errors=(Fault("column_repeated", detail, pointer=""),))


def _unknown(at: int, header: str) -> Fault:
    """A column that is passed over, by its name where that looks like one: it may be anything."""
    name = f"“{header}”" if _HEADER_LIKE.fullmatch(header) else f"number {at + 1}"
    return Fault("column_unknown", f"The column {name} is not known here and was passed over.")


def _encoding(content: bytes) -> str:
    reader = TextIOWrapper(BytesIO(content), "utf-8-sig", newline="")
    try:
        while reader.read(1 << 20):
            pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _rows(content: bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    text = TextIOWrapper(BytesIO(content), encoding, errors="replace", newline="")
    number = 0
    try:
        for number, cells in enumerate(csv.reader(text, strict=True), start=1):
            yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        detail = f"After row {number} it cannot be told what is a row: look for a quotation mark without its pair."
        raise Invalid(detail, code="csv_malformed", errors=(Fault("csv_malformed", detail, pointer=""),)) from error


def _put(said: dict[str, Any], headers: dict[str, str], column: Column, value: Any) -> None:
    """Set what a column says at its pointer; the slots of a day go to the end of the timetable."""
    *path, name = column.pointer.removeprefix("/").split("/")
    if path == ["timetable"]:
        timetable = said.setdefault("timetable", [])
        headers |= {f"/timetable/{at}": column.header for at in range(len(timetable), len(timetable) + len(value))}
        timetable += value
        return
    for step in path:
        said = said.setdefault(step, {})
    said[name] = value


_PUPIL = ("upn", "mis_id")
_PROVIDER = ("provider_id", "urn", "ukprn", "company_number", "placement_postcode")


def _first(line: Line, seen: set[bytes]) -> bool:
    """Whether no row before told of the same placement: a row told twice would have its hours counted twice."""
    if line.faults:
        return True
    said = line.said
    pupil = said.get("pupil_id") or [said.get("pupil", {}).get(key) for key in _PUPIL]
    key = said.get("external_id") or (pupil, [said.get(key) for key in _PROVIDER], said.get("starts_on"))
    digest = blake2b(repr(key).encode(), digest_size=16).digest()
    if digest in seen:
        return False
    seen.add(digest)
    return True


def _repeated(line: Line) -> Line:
    detail = "A row before tells of the same placement: the same id, or without one the same pupil, provider and day."
    return Line(line.number, line.said, (Fault("row_repeated", detail),), line.headers)


def _is_upn(text: str) -> bool:
    try:
        external_id(text)
    except Invalid:
        return True
    return False
