"""Identifiers, with numbers that are made up and whose check characters were worked out apart from this code."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import identifiers
from app.domain.errors import Invalid

Parser = Callable[[str], str | None]

PERMANENT_UPNS = [
    "H801200001001",
    "B801200005001",
    "C855412324001",
    "L830400223003",
    "X884402124999",
    "M856430025017",
    "Z855411622001",
    "N855411622002",
    "J857400121015",
    "K856423719007",
    "K892401020123",
]
TEMPORARY_UPNS = ["B85541232401A", "K85541162200A", "X00180001701A"]
ULNS = ["1000000043", "0000000042", "1234567899", "1000000000", "1000000051"]


@pytest.mark.parametrize("number", PERMANENT_UPNS + TEMPORARY_UPNS)
def test_a_upn_with_the_right_check_letter_is_accepted(number: str) -> None:
    assert identifiers.upn(number) == number


@pytest.mark.parametrize("number", PERMANENT_UPNS + TEMPORARY_UPNS)
def test_every_other_check_letter_is_refused(number: str) -> None:
    for letter in set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") - {number[0]}:
        assert _refusal(identifiers.upn, letter + number[1:]) == "upn_check_letter_invalid"


@given(st.sampled_from(PERMANENT_UPNS), st.integers(1, 12), st.integers(1, 9))
def test_one_digit_mistyped_is_noticed(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert _refusal(identifiers.upn, wrong) == "upn_check_letter_invalid"


@given(st.integers(0, 999), st.integers(0, 9999), st.integers(1995, 2040), st.integers(0, 999))
def test_a_made_upn_is_valid_and_holds_its_parts(la: int, estab: int, year: int, serial: int) -> None:
    number = identifiers.make_upn(la, estab, year, serial)
    assert identifiers.upn(number) == number
    assert number[1:] == f"{la:03}{estab:04}{str(year)[2:]}{serial:03}"


def test_a_made_upn_has_the_check_letter_of_the_published_example() -> None:
    assert identifiers.make_upn(801, 2000, 2001, 1) == "H801200001001"
    assert identifiers.make_upn(855, 4116, 2022, 1) == "Z855411622001"


def test_a_upn_cannot_be_made_of_parts_that_are_too_long() -> None:
    assert _refusal(lambda _: identifiers.make_upn(855, 4116, 2022, 1000), "") == "upn_format_invalid"


@pytest.mark.parametrize(
    "text",
    ["", "Z85541162200", "Z8554116220011", "18554116220010", "Z8554116220O1", "Z85541162200I", "UN1", "Z٨55411622001"],
)
def test_what_has_not_the_shape_of_a_upn_is_refused(text: str) -> None:
    assert _refusal(identifiers.upn, text) == "upn_format_invalid"


@pytest.mark.parametrize("number", ULNS)
def test_a_uln_with_the_right_check_digit_is_accepted_and_no_other_digit(number: str) -> None:
    assert identifiers.uln(number) == number
    for digit in set("0123456789") - {number[9]}:
        assert _refusal(identifiers.uln, number[:9] + digit) == "uln_check_digit_invalid"


@pytest.mark.parametrize("number", ["1000000060", "9876543210", "0000000000"])
def test_a_uln_with_a_wrong_check_digit_is_refused(number: str) -> None:
    assert _refusal(identifiers.uln, number) == "uln_check_digit_invalid"


def test_no_uln_fits_nine_digits_whose_remainder_is_nothing() -> None:
    assert 10 * 1 + 2 * 6 == 22  # weights of the first and the ninth digit: a multiple of 11
    for digit in "0123456789":
        assert _refusal(identifiers.uln, f"100000006{digit}") == "uln_check_digit_invalid"


def test_the_uln_by_which_a_return_says_unknown_is_no_uln() -> None:
    assert identifiers.uln("9999999999") is None


@pytest.mark.parametrize(
    ("parse", "text", "canonical"),
    [
        (identifiers.upn, " z855411622001\n", "Z855411622001"),
        (identifiers.upn, "b85541232401a", "B85541232401A"),
        (identifiers.uln, " 1000000043 ", "1000000043"),
        (identifiers.urn, "100000", "100000"),
        (identifiers.ukprn, "10079319", "10079319"),
        (identifiers.dfe_number, "8551234", "855/1234"),
        (identifiers.dfe_number, " 855/1234", "855/1234"),
        (identifiers.company_number, "01234567", "01234567"),
        (identifiers.company_number, "oc123456", "OC123456"),
        (identifiers.la_code, "001", "001"),
        (identifiers.postcode, "m11ae", "M1 1AE"),
        (identifiers.postcode, "B33 8TH", "B33 8TH"),
        (identifiers.postcode, "w1a0ax", "W1A 0AX"),
        (identifiers.postcode, "CR2  6XH", "CR2 6XH"),
        (identifiers.postcode, "DN551PT", "DN55 1PT"),
        (identifiers.postcode, "EC1A 1BB", "EC1A 1BB"),
        (identifiers.postcode, "gir0aa", "GIR 0AA"),
    ],
)
def test_what_was_sent_is_put_into_its_canonical_form(parse: Parser, text: str, canonical: str) -> None:
    assert parse(text) == canonical
    assert parse(canonical) == canonical


@pytest.mark.parametrize(
    ("parse", "text", "code"),
    [
        (identifiers.uln, "100000004", "uln_format_invalid"),
        (identifiers.uln, "100000004X", "uln_format_invalid"),
        (identifiers.urn, "012345", "urn_format_invalid"),
        (identifiers.urn, "1234567", "urn_format_invalid"),
        (identifiers.ukprn, "20079319", "ukprn_format_invalid"),
        (identifiers.ukprn, "1007931", "ukprn_format_invalid"),
        (identifiers.dfe_number, "855-1234", "dfe_number_format_invalid"),
        (identifiers.dfe_number, "85/51234", "dfe_number_format_invalid"),
        (identifiers.dfe_number, "855123", "dfe_number_format_invalid"),
        (identifiers.company_number, "1234567", "company_number_format_invalid"),
        (identifiers.company_number, "S1234567", "company_number_format_invalid"),
        (identifiers.company_number, "ſC123456", "company_number_format_invalid"),
        (identifiers.la_code, "85", "la_code_format_invalid"),
        (identifiers.la_code, "8５5", "la_code_format_invalid"),
        (identifiers.postcode, "QQ1 1AA", "postcode_format_invalid"),
        (identifiers.postcode, "LE1 1CI", "postcode_format_invalid"),
        (identifiers.postcode, "LE1", "postcode_format_invalid"),
        (identifiers.postcode, "LE 11AA", "postcode_format_invalid"),
        (identifiers.postcode, "L E1 1AA", "postcode_format_invalid"),
    ],
)
def test_what_has_not_the_shape_of_its_identifier_is_refused(parse: Parser, text: str, code: str) -> None:
    assert _refusal(parse, text) == code


def _refusal(parse: Parser, text: str) -> str:
    """The code of the refusal, which must say something and must not repeat what was sent."""
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert refused.value.detail
    assert not text.strip() or text.strip() not in refused.value.detail
    return refused.value.problem_code
