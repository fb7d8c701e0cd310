"""How to read Get Information about Schools (GIAS): registration status, succession, and names that may be one."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from enum import StrEnum


class RegistrationStatus(StrEnum):
    """Where an establishment stands in England's register on the day of an extract."""

    REGISTERED_INDEPENDENT_SCHOOL = "registered_independent_school"
    STATE_AP_SCHOOL = "state_ap_school"
    OTHER_SCHOOL = "other_school"
    NON_SCHOOL_INSTITUTION = "non_school_institution"
    REGISTRATION_PENDING = "registration_pending"
    CLOSED = "closed"
    NOT_FOUND = "not_found"


REGISTERED = frozenset(
    {
        RegistrationStatus.REGISTERED_INDEPENDENT_SCHOOL,
        RegistrationStatus.STATE_AP_SCHOOL,
        RegistrationStatus.OTHER_SCHOOL,
    }
)
"""The statuses of a registered school, to which the registration thresholds no longer put a question."""

# TypeOfEstablishment (code). Decided by type, not by group: type 10 stands in group 5, "Special schools".
_INDEPENDENT = frozenset({10, 11})
_STATE_AP = frozenset({14, 38, 42, 43})
_OTHER_SCHOOL = frozenset({1, 2, 3, 5, 6, 7, 8, 12, 15, 28, 33, 34, 35, 36, 40, 41, 44})
_OUTSIDE_ENGLAND = frozenset({25, 26, 30, 37})  # offshore, service children's, Welsh, British schools overseas
_ONLINE_PROVIDER = 49


def registration_status(type_code: int | str, status_code: int | str) -> RegistrationStatus:
    """The registration status behind the type and status codes of the public GIAS extract, zero-padded or not.

    Status codes: 1 open, 2 closed, 3 open but proposed to close, 4 proposed to open (GIAS's internal interface numbers
    them otherwise). A type that this list does not know is an institution, not a school, and a status that it does not
    know is no evidence: what is new must not count as registered before somebody has looked.
    """
    kind = int(type_code)
    if kind in _OUTSIDE_ENGLAND:
        return RegistrationStatus.NOT_FOUND
    match int(status_code):
        case 1 | 3:
            return _open_status(kind)
        case 2:
            return RegistrationStatus.CLOSED
        case 4:
            return RegistrationStatus.REGISTRATION_PENDING
        case _:
            return RegistrationStatus.NOT_FOUND


def is_accredited_online_provider(type_code: int | str, expires_on: date | None, *, on: date) -> bool:
    """Whether an online provider (type 49) holds the DfE's accreditation on a day, the day of expiry included."""
    return int(type_code) == _ONLINE_PROVIDER and expires_on is not None and on <= expires_on


def successors(urn: int, links: Iterable[tuple[int, int, str]]) -> tuple[int, ...]:
    """Every establishment that followed this one, generation by generation: the newest last, none twice.

    `links` are (URN, LinkURN, LinkType) of the GIAS links file, read in both directions because some are listed in one
    only. "Result of Amalgamation" stands on both sides of a link, so it does not say which came first; it is not
    followed, nor are sixth form centres, expansions and "Other".
    """
    followers: dict[int, set[int]] = {}
    for here, there, kind in links:
        if kind.startswith("Successor"):
            followers.setdefault(here, set()).add(there)
        elif kind.startswith("Predecessor"):
            followers.setdefault(there, set()).add(here)
    found = {urn: None}
    generation = [urn]
    while generation:
        generation = sorted({after for before in generation for after in followers.get(before, ())} - found.keys())
        found |= dict.fromkeys(generation)
    return tuple(found)[1:]


_VANISHING = re.compile(r"['’‘`.]")  # "St. Mary's" is "st marys", "C.I.C." is "cic"
_EMPTY_WORDS = re.compile(r"\b(?:the|ltd|limited|llp|plc|cic|community interest company|schools?)\b")
_NOT_A_WORD = re.compile(r"[\W_]+")


def name_key(text: str) -> str:
    """What two names share when they may name one establishment. Equal keys make a candidate that a person confirms.

    Case, accents, punctuation, "&" for "and", "Saint" for "St", and the words that tell a company or a school from its
    name (the, Ltd, Limited, LLP, PLC, CIC, Community Interest Company, School) make no difference. A name of nothing
    but such words keeps them.
    """
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    plain = _VANISHING.sub("", bare.casefold().replace("&", " and "))
    words = re.sub(r"\bsaint\b", "st", _NOT_A_WORD.sub(" ", plain)).strip()
    return " ".join(_EMPTY_WORDS.sub("", words).split()) or words


def _open_status(kind: int) -> RegistrationStatus:
    if kind in _INDEPENDENT:
        return RegistrationStatus.REGISTERED_INDEPENDENT_SCHOOL
    if kind in _STATE_AP:
        return RegistrationStatus.STATE_AP_SCHOOL
    if kind in _OTHER_SCHOOL:
        return RegistrationStatus.OTHER_SCHOOL
    return RegistrationStatus.NON_SCHOOL_INSTITUTION
