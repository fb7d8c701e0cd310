"""The GIAS reader, on small invented extracts in the published shapes and on what can go wrong in a large one."""

import csv
import tracemalloc
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from datetime import date
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path

import pytest

from app.domain.establishments import RegistrationStatus, registration_status, successors
from app.integrations.gias import (
    EstablishmentRow,
    GiasFileInvalid,
    LinkRow,
    extract_on_from_name,
    read_establishments,
    read_links,
)
from tests.fixtures.make_gias import FIXTURES, HEADERS, write_extract

WIDE, NARROW = FIXTURES / "edubasealldata20240617.csv", FIXTURES / "edubasealldata20250422.csv"
LINKS = FIXTURES / "links_edubasealldata20250422.csv"

Cells = dict[str, str]


def test_the_two_published_shapes_are_told_apart_by_name_not_place() -> None:
    wide = {row.urn: row for row in _establishments(WIDE.read_bytes())}
    narrow = {row.urn: row for row in _establishments(NARROW.read_bytes())}
    assert (len(HEADERS[140]), len(HEADERS[135])) == (140, 135)
    assert wide.keys() - narrow.keys() == {990013}
    assert narrow.keys() - wide.keys() == {990014}
    assert {urn for urn in wide.keys() & narrow.keys() if wide[urn] != narrow[urn]} == {990001, 990010, 990011}


def test_every_value_lands_in_its_field() -> None:
    """Each cell holds a value of its own, so that two columns changed over would be seen."""
    numbers = iter(range(1, 200))
    cells = {
        name: f"{next(numbers):02}-01-2020" if name in DATES else str(next(numbers)) if name in NUMBERS else f"<{name}>"
        for name in FIELDS.values()
    }
    [row] = _establishments(_file(cells | {"URN": "123456"}))
    for field, name in FIELDS.items():
        expected: object = cells[name]
        if name in DATES:
            expected = date(2020, 1, int(cells[name][:2]))
        elif name in NUMBERS:
            expected = f"{int(cells[name]):03}" if "LA (code)" in name else int(cells[name])
        assert getattr(row, field) == (123456 if field == "urn" else expected), field
    assert FIELDS.keys() == set(EstablishmentRow._fields)


def test_letters_outside_ascii_quotes_and_commas_survive() -> None:
    rows = {row.urn: row for row in _establishments(WIDE.read_bytes())}
    assert rows[990002].name == "St Éloi’s “Phœnix” School"
    assert rows[990002].street == 'Unit 3, "The Old Dairy"'
    assert rows[990008].town == "Genève"


def test_a_byte_that_windows_1252_leaves_undefined_does_not_spoil_its_line() -> None:
    data = _file({"EstablishmentName": "St Mary’s ~"}).replace(b"~", b"\x81")
    assert [row.name for row in _establishments(data)] == ["St Mary’s \x81"]


def test_blank_cells_are_none_and_padded_codes_are_numbers() -> None:
    rows = {row.urn: row for row in _establishments(WIDE.read_bytes())}
    assert rows[990007].establishment_number is None
    assert rows[990007].dfe_number is None
    assert rows[990008].postcode is None
    assert (rows[990012].type_code, rows[990012].status_code, rows[990012].statutory_low_age) == (3, 3, 4)
    assert rows[990012].dfe_number == "855/0912"
    assert rows[990008].la_code == "000"


def test_the_registration_status_of_each_fixture_follows_from_its_row() -> None:
    statuses = {
        row.urn: registration_status(row.type_code, row.status_code) for row in _establishments(WIDE.read_bytes())
    }
    status = RegistrationStatus
    assert list(statuses.values()) == [
        status.REGISTERED_INDEPENDENT_SCHOOL,
        status.REGISTERED_INDEPENDENT_SCHOOL,
        status.STATE_AP_SCHOOL,
        status.STATE_AP_SCHOOL,
        status.STATE_AP_SCHOOL,
        status.NON_SCHOOL_INSTITUTION,
        status.NON_SCHOOL_INSTITUTION,
        status.NOT_FOUND,
        status.CLOSED,
        status.REGISTERED_INDEPENDENT_SCHOOL,
        status.REGISTRATION_PENDING,
        status.OTHER_SCHOOL,
        status.STATE_AP_SCHOOL,
    ]


def test_heads_and_telephone_numbers_are_not_read() -> None:
    read = repr(list(_establishments(WIDE.read_bytes())))
    for private in (b"Inventa", b"01632960001"):
        assert private in WIDE.read_bytes()
        assert private.decode() not in read


def test_an_absent_optional_column_reads_as_blank() -> None:
    [row] = _establishments(_file({"URN": "123456"}, without={"PropsName", "CloseDate", "AccreditationExpiryDate"}))
    assert (row.urn, row.proprietor_name, row.closed_on) == (123456, None, None)


def test_absent_needed_columns_are_each_named() -> None:
    faults = _faults(_file({}, without={"URN", "UKPRN", "SchoolCapacity"}))
    assert faults == ["line 1, column URN: missing", "line 1, column UKPRN: missing"]


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        ("OpenDate", "2012-09-01", "not a date"),
        ("OpenDate", "31-02-2012", "not a date"),
        ("OpenDate", "01/09/2012", "not a date"),
        ("SchoolCapacity", "sixty", "not a whole number"),
        ("SchoolCapacity", "-1", "not a whole number"),
        ("NumberOfPupils", "1_0", "not a whole number"),
        ("NumberOfPupils", "4294967296", "not a whole number"),
        ("StatutoryLowAge", "1²", "not a whole number"),
        ("TypeOfEstablishment (code)", " ", "blank"),
        ("EstablishmentStatus (code)", "Open", "not a whole number"),
        ("EstablishmentName", "", "blank"),
        ("URN", "", "not a URN"),
        ("URN", "1234567", "not a URN"),
        ("LA (code)", "E10000018", "not a whole number"),
        ("LA (code)", "1855", "not an LA code"),
        ("Town", "Lough\0borough", "not text"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column_and_not_repeated(column: str, cell: str, fault: str) -> None:
    assert _faults(_file({"URN": "1"}, {"URN": "2", column: cell})) == [f"line 3, column {column}: {fault}"]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    data = _file(
        {"URN": "1", "Street": "Old Dairy\r\nFosse Way"}, {}, {"URN": "2", "OpenDate": "soon", "CloseDate": "?"}
    )
    assert _faults(data) == ["line 5, column OpenDate: not a date", "line 5, column CloseDate: not a date"]


def test_a_urn_that_stands_twice_is_a_fault() -> None:
    faults = _faults(_file({"URN": "1"}, {"URN": "2"}, {"URN": "1"}))
    assert faults == ["line 4, column URN: stands on an earlier line too"]


def test_a_row_of_another_length_is_a_fault() -> None:
    assert _faults(_file({"URN": "1"}) + b"2,855\r\n") == ["line 3, 2 cells where the header has 140"]


def test_broken_quoting_is_told_where_it_begins() -> None:
    data = _file({"URN": "1"}) + b'2,855,"Leicestershire\r\n' + _file({"URN": "3"})
    assert _faults(data) == ["line 3, not CSV from here on: a quotation mark is missing or misplaced"]


def test_a_file_without_line_ends_is_refused_without_being_held() -> None:
    tracemalloc.start()
    try:
        faults = _faults(_file({"URN": "1"}) + b"," * 20_000_000)
        assert faults[0].startswith("line 3, ")
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 70_000_000  # the input itself, twice, and little else


@pytest.mark.parametrize("data", [b"", b"\r\n", b"PK\x03\x04\0\0\0", b"<html><body>Service unavailable</body></html>"])
def test_what_is_no_extract_is_refused(data: bytes) -> None:
    assert "line 1, column URN: missing" in _faults(data)


def test_an_extract_of_nothing_is_refused_lest_every_school_seem_gone() -> None:
    assert _faults(_file()) == ["line 1, no record follows it"]


def test_reading_stops_at_the_fiftieth_fault_and_yields_nothing_after_the_first() -> None:
    rows = [{"URN": "1"}, *({"URN": "0"} for _ in range(60)), {"URN": "2"}]
    stream = read_establishments(BytesIO(_file(*rows)))
    assert next(stream).urn == 1
    with pytest.raises(GiasFileInvalid) as refused:
        next(stream)
    assert len(refused.value.errors) == 50
    assert (refused.value.problem_code, refused.value.errors[0].code) == ("gias_file_invalid", "gias_file_invalid")


def test_links_are_read_as_they_are_worded() -> None:
    links = list(read_links(BytesIO(LINKS.read_bytes())))
    assert links[0] == LinkRow(990009, 990010, "Nether Wold School", "Successor", date(2023, 8, 31))
    assert links[3].established_on is None
    assert links[4].link_name == "St Éloi’s “Phœnix” School"
    assert successors(990009, ((link.urn, link.link_urn, link.link_type) for link in links)) == (990010, 990014)


def test_a_wrong_link_is_named_by_line_and_column() -> None:
    header = LINKS.read_bytes().splitlines(keepends=True)[0]
    assert _faults(header + b'1,x,"","",""\r\n', read_links) == [
        "line 2, column LinkURN: not a whole number",
        "line 2, column LinkType: blank",
    ]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("edubasealldata20250422.csv", date(2025, 4, 22)),
        ("links_edubasealldata20250422.csv", date(2025, 4, 22)),
        ("https://files.example/public/edubasealldata20240617.csv?download=1", date(2024, 6, 17)),
        ("edubasealldata20251399.csv", None),
        ("edubasealldata202504221.csv", None),
        ("edubasealldata.csv", None),
        ("results.20250422.csv", None),
    ],
)
def test_the_day_of_an_extract_is_taken_from_its_name(name: str, day: date | None) -> None:
    assert extract_on_from_name(name) == day


def test_a_reading_given_up_after_its_file_was_closed_ends_quietly() -> None:
    with WIDE.open("rb") as file:
        begun = read_establishments(file)
        next(begun)
    del begun  # an error in here would be a warning, which fails a test


def test_the_file_stays_the_callers() -> None:
    with WIDE.open("rb") as file:
        assert next(read_establishments(file)).urn == 990001
        assert not file.closed
        file.seek(0)
        assert len(list(read_establishments(file))) == 13
        assert not file.closed


@pytest.mark.parametrize("columns", [140, 135])
def test_a_made_extract_is_the_same_each_time_and_readable(tmp_path: Path, columns: int) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    write_extract(one, rows=500, columns=columns)
    write_extract(other, rows=500, columns=columns)
    assert one.read_bytes() == other.read_bytes()
    with one.open("rb") as file:
        rows = list(read_establishments(file))
    assert [row.urn for row in rows] == list(range(100_000, 100_500))
    assert {10, 11, 14, 38} < {row.type_code for row in rows}
    assert {row.status_code for row in rows} == {1, 2, 3, 4}


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    write_extract(path, rows=3_000)
    with path.open("rb") as file:
        rows = read_establishments(file)
        list(islice(rows, 500))
        tracemalloc.start()
        try:
            assert sum(1 for _ in rows) == 2_500
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()


DATES = {"OpenDate", "CloseDate", "LastChangedDate", "AccreditationExpiryDate"}
FIELDS = {
    "urn": "URN",
    "la_code": "LA (code)",
    "la_name": "LA (name)",
    "establishment_number": "EstablishmentNumber",
    "name": "EstablishmentName",
    "type_code": "TypeOfEstablishment (code)",
    "type_name": "TypeOfEstablishment (name)",
    "group_code": "EstablishmentTypeGroup (code)",
    "group_name": "EstablishmentTypeGroup (name)",
    "status_code": "EstablishmentStatus (code)",
    "status_name": "EstablishmentStatus (name)",
    "closed_reason_code": "ReasonEstablishmentClosed (code)",
    "closed_reason_name": "ReasonEstablishmentClosed (name)",
    "opened_on": "OpenDate",
    "closed_on": "CloseDate",
    "phase_code": "PhaseOfEducation (code)",
    "phase_name": "PhaseOfEducation (name)",
    "statutory_low_age": "StatutoryLowAge",
    "statutory_high_age": "StatutoryHighAge",
    "capacity": "SchoolCapacity",
    "pupils": "NumberOfPupils",
    "ukprn": "UKPRN",
    "section_41": "Section41Approved (name)",
    "street": "Street",
    "locality": "Locality",
    "address_3": "Address3",
    "town": "Town",
    "county": "County (name)",
    "postcode": "Postcode",
    "website": "SchoolWebsite",
    "proprietor_name": "PropsName",
    "last_changed_on": "LastChangedDate",
    "uprn": "UPRN",
    "company_number": "CHNumber",
    "accredited_code": "EstablishmentAccredited (code)",
    "accredited_name": "EstablishmentAccredited (name)",
    "accreditation_expires_on": "AccreditationExpiryDate",
    "sen_provision": "SENPRU (name)",
    "ebd_provision": "EBD (name)",
    "pru_places": "PlacesPRU",
    "full_time_provision": "FTProv (name)",
    "tuition_by_other": "EdByOther (name)",
    "inspectorate_name": "InspectorateName (name)",
    "previous_la_code": "PreviousLA (code)",
    "previous_establishment_number": "PreviousEstablishmentNumber",
}
NUMBERS = {name for name in FIELDS.values() if name.endswith("(code)")} | {
    *("URN", "EstablishmentNumber", "StatutoryLowAge", "StatutoryHighAge", "SchoolCapacity", "NumberOfPupils"),
    *("PlacesPRU", "PreviousEstablishmentNumber"),
}


def _establishments(data: bytes) -> list[EstablishmentRow]:
    return list(read_establishments(BytesIO(data)))


def _faults(data: bytes, read: Callable[[BytesIO], Iterable[object]] = read_establishments) -> list[str]:
    with pytest.raises(GiasFileInvalid) as refused:
        list(read(BytesIO(data)))
    return [fault.detail for fault in refused.value.errors]


def _file(*rows: Cells, without: AbstractSet[str] = frozenset()) -> bytes:
    """An extract whose rows differ from a plain one in the cells given; a row of no cells is a blank line."""
    plain = {"URN": "100000", "LA (code)": "855", "EstablishmentName": "Plain School"}
    plain |= {"TypeOfEstablishment (code)": "11", "EstablishmentStatus (code)": "1"}
    header = [name for name in HEADERS[140] if name not in without]
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([(plain | cells).get(name, "") for name in header] if cells else [] for cells in rows)
    return out.getvalue().encode("cp1252")
