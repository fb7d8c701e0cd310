"""Files of placements: headers in whatever spelling, cells read or refused, nothing lost in silence."""

from typing import Any

import pytest

from app.domain.errors import Invalid
from app.domain.placement_files import Line, opened

UPN = "H801200001001"
HEADER = "upn,urn,entrydate"


def lines(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> list[Line]:
    """The lines of a file of a header and rows."""
    return list(opened("\r\n".join([header, *rows]).encode(encoding)).lines())


def said(cell: str, column: str) -> Any:
    """What one cell of a column says, beside the columns that each file needs."""
    [line] = lines(f"{UPN},990001,2026-01-05,{cell}", header=f"{HEADER},{column}")
    assert line.faults == ()
    return {name: value for name, value in line.said.items() if name not in ("urn", "starts_on")}


def refused(content: str) -> Invalid:
    """The refusal of a file as a whole."""
    with pytest.raises(Invalid) as caught:
        opened(content.encode()).count()
    return caught.value


def test_a_census_row_is_read_by_the_census_names() -> None:
    header = (
        "UPN,Surname,Forename,DOB,UKPRN,CompanyNumber,APPlacementPostcode,APSettingType,PlacementReason,EntryDate,"
        "LeavingDate,APAttendancePattern,APSessionsPerWeek,SENProvisionEntry,Placement ID"
    )
    row = f"{UPN},Field,Ada,01/03/2012,10012345,09876543,LE1 1AA,oth,bhs,2026-01-05,24/07/2026,pt,4,k,P-17"
    [line] = lines(row, header=header)
    assert line.faults == ()
    assert line.said == {
        "pupil": {"upn": UPN, "family_name": "Field", "given_name": "Ada", "born_on": "2012-03-01"},
        "ukprn": "10012345",
        "company_number": "09876543",
        "placement_postcode": "LE1 1AA",
        "ap_setting_type": "OTH",
        "placement_reason": "BHS",
        "starts_on": "2026-01-05",
        "ends_on": "2026-07-24",
        "attendance_pattern": "PT",
        "sessions_per_week": 4,
        "sen_provision_entry": "K",
        "external_id": "P-17",
    }


@pytest.mark.parametrize("header", ["starts_on", "Starts On", "STARTSON", "entry_date", "EntryDate"])
def test_a_header_is_known_in_any_case_with_or_without_spaces_and_underscores(header: str) -> None:
    [line] = lines(f"{UPN},990001,05/01/2026", header=f"upn,urn,{header}")
    assert line.said["starts_on"] == "2026-01-05"
    assert line.header_of("/starts_on") == header


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("weekly_hours", "25.5", {"weekly_minutes": 1530}),
        ("weekly_minutes", "1530", {"weekly_minutes": 1530}),
        ("days_per_week", "2.5", {"days_per_week": 2.5}),
        ("sole_provision", "Yes", {"sole_provision": True}),
        ("main_responsibility", "0", {"main_responsibility": False}),
        ("hours_basis", "Declared", {"hours_basis": "declared"}),
        ("goal", "", {}),
    ],
)
def test_a_cell_is_read_as_what_json_would_say(column: str, cell: str, expected: dict[str, Any]) -> None:
    assert said(cell, column) == {"pupil": {"upn": UPN}} | expected


def test_the_days_of_the_week_make_a_timetable_whose_faults_are_found_again() -> None:
    header = f"{HEADER},Mon,Wed"
    [line] = lines(f"{UPN},990001,2026-01-05,09:30-15:00,9:00-12:00 A; 13:00 - 15:00 b", header=header)
    assert line.said["timetable"] == [
        {"weekday": 1, "starts_at": "09:30", "ends_at": "15:00", "weeks": "every"},
        {"weekday": 3, "starts_at": "09:00", "ends_at": "12:00", "weeks": "a"},
        {"weekday": 3, "starts_at": "13:00", "ends_at": "15:00", "weeks": "b"},
    ]
    assert line.header_of("/timetable/0/ends_at") == "Mon"
    assert line.header_of("/timetable/2") == "Wed"
    assert line.header_of("") is None


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("ends_on", "2026-02-30", "date_invalid"),
        ("ends_on", "01-02-2026", "date_invalid"),
        ("dob", "1/2/26", "date_invalid"),
        ("weekly_hours", "lots", "number_invalid"),
        ("apsessionsperweek", "4.5", "number_invalid"),
        ("sole_provision", "perhaps", "yes_no_invalid"),
        ("tue", "morning", "times_invalid"),
        ("external_id", UPN, "external_id_is_upn"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_its_column_and_never_repeated(column: str, cell: str, code: str) -> None:
    [line] = lines(f"{UPN},990001,2026-01-05,{cell}", header=f"{HEADER},{column}")
    [fault] = line.faults
    assert fault.code == code
    assert line.header_of(fault.pointer) == column
    assert cell not in fault.detail
    assert line.external_id is None


def test_rows_are_numbered_as_in_a_spreadsheet_and_blank_ones_passed_over() -> None:
    found = lines(f"{UPN},990001,2026-01-05", "", ",,", f'{UPN},990002,"2026-01-06"')
    assert [line.number for line in found] == [2, 5]
    assert opened(f"{HEADER}\n{UPN},1,2\n\n{UPN},2,3\n".encode()).count() == 2


def test_cells_beyond_the_header_are_a_fault_and_missing_ones_are_empty() -> None:
    more, fewer = lines(f"{UPN},990001,2026-01-05,what", f"{UPN},990001")
    assert [fault.code for fault in more.faults] == ["cells_surplus"]
    assert "starts_on" not in fewer.said


def test_a_row_that_is_told_twice_is_refused_the_second_time() -> None:
    row = f"{UPN},990001,2026-01-05"
    later = f"{UPN},990001,2026-02-05"
    assert [len(line.faults) for line in lines(row, later, row)] == [0, 0, 1]
    with_ids = lines(f"{row},1", f"{row},2", f"{later},1", header=f"{HEADER},external_id")
    assert [[fault.code for fault in line.faults] for line in with_ids] == [[], [], ["row_repeated"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_names_are_read_in_utf_8_with_or_without_a_mark_and_in_windows_1252(encoding: str) -> None:
    [line] = lines(f"{UPN},990001,2026-01-05,Zoë O’Neill", header=f"{HEADER},surname", encoding=encoding)
    assert line.said["pupil"]["family_name"] == "Zoë O’Neill"


def test_unknown_columns_are_told_by_name_where_that_is_one() -> None:
    file = opened(f"{HEADER},House,{UPN}".encode())
    assert [warning.code for warning in file.warnings] == ["column_unknown"] * 2
    assert "House" in file.warnings[0].detail
    told = file.warnings[1].detail
    assert UPN not in told
    assert "number 5" in told


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file_empty"),
        ("\n\n", "file_empty"),
        (f"{UPN},Ada,Field", "columns_missing"),
        ("upn,urn", "columns_missing"),
        ("urn,entrydate", "columns_missing"),
        ("upn,urn,entrydate,starts_on", "column_repeated"),
        (f'{HEADER}\n{UPN},990001,"2026-01-05\n{UPN},990001,2026-01-06', "csv_malformed"),
        (f"{HEADER}\n{'x' * 200_000},1,2", "csv_malformed"),
    ],
)
def test_a_file_of_which_rows_cannot_be_told_is_refused_whole(content: str, code: str) -> None:
    refusal = refused(content)
    assert refusal.problem_code == code
    assert UPN not in refusal.detail


def test_an_id_is_shown_only_where_it_is_one() -> None:
    header = f"{HEADER},external_id"
    good, odd = lines(f"{UPN},1,2026-01-05,P-1", f"{UPN},1,2026-01-05,Ada Field", header=header)
    assert (good.external_id, odd.external_id) == ("P-1", None)
