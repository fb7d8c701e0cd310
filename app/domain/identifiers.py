"""The identifiers of English education: how each is written, and which are well formed."""

# Every function takes what somebody typed or sent, gives the canonical text, and raises Invalid with a stable code. No
# message repeats the submitted value: several of these are personal data.

import re

from app.domain.errors import Invalid

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O, S: DfE, "Unique pupil numbers: guide", June 2019
_UPN = re.compile(rf"[A-Z][0-9]{{11}}[0-9{_UPN_LETTERS}]")
_ULN = re.compile(r"[0-9]{10}")
_ULN_UNKNOWN = "9999999999"  # ILR specification: the learner has no number yet
_URN = re.compile(r"[1-9][0-9]{5}")
_UKPRN = re.compile(r"1[0-9]{7}")
_DFE_NUMBER = re.compile(r"([0-9]{3})/?([0-9]{4})")
_COMPANY_NUMBER = re.compile(r"(?:[A-Z]{2}|[0-9]{2})[0-9]{6}")  # the school census item CompanyNumber
_LA_CODE = re.compile(r"[0-9]{3}")
# The seven shapes of BS 7666, whose letters are limited by place.
_POSTCODE = re.compile(
    r"(GIR|[A-PR-UWYZ](?:[0-9][0-9A-HJKPS-UW]?|[A-HK-Y][0-9][0-9ABEHMNPRVWXY]?)) *([0-9][ABD-HJLNP-UW-Z]{2})"
)


def upn(text: str) -> str:
    """A unique pupil number, permanent ("H801200001001") or temporary (a letter in thirteenth place).

    The LA part is not looked up: a pupil keeps the number that an abolished authority issued.
    """
    match = _match(_UPN, text, "upn_format_invalid", "A UPN is a letter, 11 digits, and a digit or letter.")
    if match[0][0] != _upn_check_letter(match[0][1:]):
        raise Invalid("The check letter of the UPN does not fit its other characters.", code="upn_check_letter_invalid")
    return match[0]


def make_upn(la: int, estab: int, year: int, serial: int) -> str:
    """The permanent UPN that an establishment (`la` 3 digits, `estab` 4) gives its pupil `serial` (3) in a `year`."""
    body = f"{la:03}{estab:04}{year % 100:02}{serial:03}"
    return upn(_upn_check_letter(body) + body)


def uln(text: str) -> str | None:
    """A unique learner number, or None for 9999999999, by which a return says that it is unknown."""
    digits = _match(_ULN, text, "uln_format_invalid", "A ULN is 10 digits.")[0]
    if digits == _ULN_UNKNOWN:
        return None
    remainder = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    if remainder == 0 or int(digits[9]) != 10 - remainder:
        raise Invalid("The check digit of the ULN does not fit its other digits.", code="uln_check_digit_invalid")
    return digits


def urn(text: str) -> str:
    """The unique reference number of an establishment in GIAS."""
    return _match(_URN, text, "urn_format_invalid", "A URN is 6 digits, the first not 0.")[0]


def ukprn(text: str) -> str:
    """A UK provider reference number. It shows that a legal entity is listed, not that a school is registered."""
    return _match(_UKPRN, text, "ukprn_format_invalid", "A UKPRN is 8 digits, the first of them 1.")[0]


def dfe_number(text: str) -> str:
    """A DfE number (LAESTAB) as "855/1234", whether it came so or as seven digits."""
    return "/".join(
        _match(_DFE_NUMBER, text, "dfe_number_format_invalid", "A DfE number is 3 digits, a stroke, 4 digits.").groups()
    )


def company_number(text: str) -> str:
    """A Companies House number: eight digits, or two letters and six digits."""
    return _match(
        _COMPANY_NUMBER,
        text,
        "company_number_format_invalid",
        "A company number is 8 digits, or 2 letters and 6 digits.",
    )[0]


def postcode(text: str) -> str:
    """A UK postcode in capitals with one space, however it was spaced."""
    return " ".join(_match(_POSTCODE, text, "postcode_format_invalid", "This is not a UK postcode.").groups())


def la_code(text: str) -> str:
    """The three-digit code of a local authority. Not looked up: reorganisation retires codes that records keep."""
    return _match(_LA_CODE, text, "la_code_format_invalid", "An LA code is 3 digits.")[0]


def _match(pattern: re.Pattern[str], text: str, code: str, detail: str) -> re.Match[str]:
    # ASCII first: upper-casing turns some other letters into ASCII ones ("ı", "ſ").
    match = pattern.fullmatch(text.strip().upper()) if text.isascii() else None
    if match is None:
        raise Invalid(detail, code=code)
    return match


def _upn_check_letter(body: str) -> str:
    """Twelve characters, each times its place in the whole number (2 to 13), summed modulo 23."""
    values = (int(char) if char.isdecimal() else _UPN_LETTERS.index(char) for char in body)
    return _UPN_LETTERS[sum(place * value for place, value in enumerate(values, start=2)) % 23]
