"""School years as tables: read whole, or every bad row told by its number and column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import from_csv
from app.domain.errors import Invalid
from tests.domain.years import KENT_TERMS

HEADER = "ordinal,name,starts_on,ends_on,closure"
TERMS = [f"{term.ordinal},,{term.starts_on},{term.ends_on}" for term in KENT_TERMS]


def table(*rows: str, header: str = HEADER) -> bytes:
    """A file."""
    return "\r\n".join([header, *rows, ""]).encode()


def refused(content: bytes) -> list[tuple[str, str | None]]:
    """The faults of a file that cannot be read, each with its place."""
    with pytest.raises(Invalid) as refusal:
        from_csv(content, "2026/27")
    assert refusal.value.problem_code == "file_unreadable"
    return [(fault.code, fault.pointer) for fault in refusal.value.errors]


def test_a_table_says_terms_and_closures() -> None:
    rows = [*TERMS, ",INSET,2026-09-01,,inset", ",Fair,2026-10-01,02/10/2026,Other", ",,,,", ""]
    year = from_csv(table(*rows), "2026/27")
    assert year.terms == KENT_TERMS
    assert [(str(each.closed_on), each.reason, each.name) for each in year.closures] == [
        ("2026-09-01", "inset", "INSET"),
        ("2026-10-01", "other", "Fair"),
        ("2026-10-02", "other", "Fair"),
    ]


def test_a_spreadsheets_ways_are_taken() -> None:
    rows = [f"{term.ends_on:%d/%m/%Y}, {term.starts_on:%d/%m/%Y} ,{term.ordinal},Half term" for term in KENT_TERMS]
    year = from_csv(b"\xef\xbb\xbf" + table(*rows, header="Ends On,STARTS_ON,Ordinal,name"), "2026/27")
    assert [(term.starts_on, term.ends_on) for term in year.terms] == [(t.starts_on, t.ends_on) for t in KENT_TERMS]
    assert {term.name for term in year.terms} == {"Half term"}


def test_closed_days_in_a_row_are_their_weekdays() -> None:
    year = from_csv(table(*TERMS, ",Snow,2027-01-07,2027-01-12,other"), "2026/27")
    assert [f"{each.closed_on:%a %d}" for each in year.closures] == ["Thu 07", "Fri 08", "Mon 11", "Tue 12"]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("7,,2026-09-01,2026-10-23", "ordinal_invalid", "ordinal"),
        ("one,,2026-09-01,2026-10-23", "ordinal_invalid", "ordinal"),
        ("²,,2026-09-01,2026-10-23", "ordinal_invalid", "ordinal"),
        ("1,,2026-02-30,2026-10-23", "date_invalid", "starts_on"),
        ("1,,2026-09-01,", "date_invalid", "ends_on"),
        ("1,,2026-09-01,2026-10-23T00:00", "date_invalid", "ends_on"),
        ("1,a\x07b,2026-09-01,2026-10-23", "name_invalid", "name"),
        (f"1,{'x' * 201},2026-09-01,2026-10-23", "name_invalid", "name"),
        (",INSET,2026-09-01,,", "closure_invalid", "closure"),
        (",INSET,2026-09-01,,strike", "closure_invalid", "closure"),
        (",INSET,,,inset", "date_invalid", "starts_on"),
        (",INSET,2026-09-02,2026-09-01,inset", "closure_length", "ends_on"),
        (",Summer,2026-09-01,2026-10-02,holiday", "closure_length", "ends_on"),
    ],
)
def test_a_bad_row_is_told_by_number_and_column_and_not_repeated(row: str, code: str, column: str) -> None:
    assert refused(table(*TERMS, row)) == [(code, f"/rows/8/{column}")]
    with pytest.raises(Invalid) as refusal:
        from_csv(table(row), "2026/27")
    cells = [cell for cell in row.split(",") if len(cell) > 3 and cell != "INSET"]
    assert not any(cell in str(fault.detail) for fault in refusal.value.errors for cell in cells)


def test_every_bad_row_is_told() -> None:
    rows = ["9,,2026-09-01,2026-10-23", *TERMS, ",,2026-13-01,,inset"]
    assert refused(table(*rows)) == [("ordinal_invalid", "/rows/2/ordinal"), ("date_invalid", "/rows/9/starts_on")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "columns_missing"),
        (b"\x00\x01\x02", "columns_missing"),
        (b"PK\x03\x04 a spreadsheet", "columns_missing"),
        (table(*TERMS, header="ordinal;name;starts_on;ends_on"), "columns_missing"),
        (table(*TERMS, header="ordinal,starts_on,ends_on"), "columns_missing"),
        (table(*TERMS, header="ordinal,name,starts_on,ends_on,colour"), "column_unknown"),
        (table(*TERMS, header="ordinal,name,starts_on,ends_on,name"), "column_unknown"),
        (table("1,,2026-09-01,2026-10-23,,,"), "cells_surplus"),
        (table('1,"Autumn,2026-09-01,2026-10-23'), "csv_malformed"),
        (table(*["1,,2026-09-01,2026-10-23"] * 200), "file_too_long"),
        (table("1,Caf\u00e9,2026-09-01,2026-10-23").decode().encode("cp1252"), "encoding_invalid"),
        ("ordinal,name,starts_on,ends_on".encode("utf-16"), "encoding_invalid"),
    ],
)
def test_what_is_no_such_table_is_refused_as_a_whole(content: bytes, code: str) -> None:
    assert refused(content) == [(code, "")]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "terms_incomplete"),
        (TERMS[:5], "terms_incomplete"),
        (TERMS[::-1], "terms_incomplete"),
        ([*TERMS, ",INSET,2026-10-26,,inset"], "closure_outside_term"),
        ([*TERMS, ",a,2026-09-01,,inset", ",b,2026-09-01,,other"], "closure_repeated"),
    ],
)
def test_a_table_that_can_be_read_may_still_make_no_year(rows: list[str], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        from_csv(table(*rows), "2026/27")
    assert refusal.value.problem_code == "calendar_invalid"
    assert code in {fault.code for fault in refusal.value.errors}


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: table(*TERMS, text)))
def test_any_bytes_are_a_year_or_a_refusal(content: bytes) -> None:
    try:
        year = from_csv(content, "2026/27")
    except Invalid as refusal:
        told = len(refusal.errors)
    else:
        told = year.terms == KENT_TERMS
    assert told
