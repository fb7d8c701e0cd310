"""Registration status over every type that GIAS knows, succession through its links, and candidate names."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.establishments import (
    REGISTERED,
    RegistrationStatus,
    is_accredited_online_provider,
    name_key,
    registration_status,
    successors,
)

INDEPENDENT = RegistrationStatus.REGISTERED_INDEPENDENT_SCHOOL
STATE_AP = RegistrationStatus.STATE_AP_SCHOOL
SCHOOL = RegistrationStatus.OTHER_SCHOOL
INSTITUTION = RegistrationStatus.NON_SCHOOL_INSTITUTION
ABSENT = RegistrationStatus.NOT_FOUND

# TypeOfEstablishment (code) and (name) of the public extract, with the status of an open one.
TYPES = [
    (1, "Community school", SCHOOL),
    (2, "Voluntary aided school", SCHOOL),
    (3, "Voluntary controlled school", SCHOOL),
    (5, "Foundation school", SCHOOL),
    (6, "City technology college", SCHOOL),
    (7, "Community special school", SCHOOL),
    (8, "Non-maintained special school", SCHOOL),
    (10, "Other independent special school", INDEPENDENT),
    (11, "Other independent school", INDEPENDENT),
    (12, "Foundation special school", SCHOOL),
    (14, "Pupil referral unit", STATE_AP),
    (15, "Local authority nursery school", SCHOOL),
    (18, "Further education", INSTITUTION),
    (24, "Secure units", INSTITUTION),
    (25, "Offshore schools", ABSENT),
    (26, "Service children's education", ABSENT),
    (27, "Miscellaneous", INSTITUTION),
    (28, "Academy sponsor led", SCHOOL),
    (29, "Higher education institutions", INSTITUTION),
    (30, "Welsh establishment", ABSENT),
    (31, "Sixth form centres", INSTITUTION),
    (32, "Special post 16 institution", INSTITUTION),
    (33, "Academy special sponsor led", SCHOOL),
    (34, "Academy converter", SCHOOL),
    (35, "Free schools", SCHOOL),
    (36, "Free schools special", SCHOOL),
    (37, "British schools overseas", ABSENT),
    (38, "Free schools alternative provision", STATE_AP),
    (39, "Free schools 16 to 19", INSTITUTION),
    (40, "University technical college", SCHOOL),
    (41, "Studio schools", SCHOOL),
    (42, "Academy alternative provision converter", STATE_AP),
    (43, "Academy alternative provision sponsor led", STATE_AP),
    (44, "Academy special converter", SCHOOL),
    (45, "Academy 16-19 converter", INSTITUTION),
    (46, "Academy 16 to 19 sponsor led", INSTITUTION),
    (47, "Children's centre", INSTITUTION),
    (48, "Children's centre linked site", INSTITUTION),
    (49, "Online provider", INSTITUTION),
    (56, "Institution funded by other government department", INSTITUTION),
    (57, "Academy secure 16 to 19", INSTITUTION),
]


@pytest.mark.parametrize(("code", "name", "when_open"), TYPES, ids=[name for _, name, _ in TYPES])
def test_every_type_of_establishment_has_its_registration_status(
    code: int, name: str, when_open: RegistrationStatus
) -> None:
    outside_england = when_open is ABSENT
    assert registration_status(code, 1) is when_open
    assert registration_status(code, 3) is when_open
    assert registration_status(code, 2) is (ABSENT if outside_england else RegistrationStatus.CLOSED)
    assert registration_status(code, 4) is (ABSENT if outside_england else RegistrationStatus.REGISTRATION_PENDING)


def test_codes_mean_the_same_however_they_are_padded() -> None:
    assert registration_status("01", "03") is SCHOOL
    assert registration_status("11", "1") is INDEPENDENT


def test_what_the_list_does_not_know_is_never_registered() -> None:
    assert registration_status(99, 1) not in REGISTERED
    assert registration_status(10, 5) not in REGISTERED


def test_only_schools_that_are_open_count_as_registered() -> None:
    assert {registration_status(code, status) for code, _, _ in TYPES for status in (1, 3)} & REGISTERED == REGISTERED
    assert not {registration_status(code, status) for code, _, _ in TYPES for status in (2, 4)} & REGISTERED


@pytest.mark.parametrize(
    ("type_code", "expires_on", "accredited"),
    [
        (49, date(2026, 11, 22), True),
        (49, date(2026, 11, 21), False),
        (49, None, False),
        (11, date(2027, 1, 1), False),
    ],
)
def test_an_online_provider_is_accredited_to_the_end_of_its_last_day(
    type_code: int, expires_on: date | None, accredited: bool
) -> None:
    assert is_accredited_online_provider(type_code, expires_on, on=date(2026, 11, 22)) is accredited


def test_successors_are_followed_in_both_directions_to_the_newest() -> None:
    links = [
        (100, 200, "Successor"),
        (300, 200, "Predecessor - merged"),  # listed on one side only
        (300, 150, "Successor - Split School"),  # an older number can follow a newer one
        (300, 400, "Result of Amalgamation"),
        (300, 500, "Sixth Form Centre Link"),
        (900, 100, "Successor"),
    ]
    assert successors(100, links) == (200, 300, 150)
    assert successors(900, links) == (100, 200, 300, 150)
    assert successors(150, links) == ()


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from(["Successor", "Predecessor", "Other"])),
        max_size=20,
    )
)
def test_successors_of_tangled_links_end_and_name_each_establishment_once(links: list[tuple[int, int, str]]) -> None:
    found = successors(1, links)
    reached = {1}
    for _ in range(6):
        reached |= {b for a, b, kind in links if kind == "Successor" and a in reached}
        reached |= {a for a, b, kind in links if kind == "Predecessor" and b in reached}
    assert sorted(found) == sorted(reached - {1})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Willow Bank School Ltd", "Willow Bank"),
        ("Willow-Bank C.I.C.", "WILLOW BANK COMMUNITY INTEREST COMPANY"),
        ("St. Éloi’s School", "Saint Eloi's"),
        ("Rod & Reel (Leicestershire) Limited", "rod and reel leicestershire"),
        ("  Oak   Tree_Farm  ", "Oak Tree Farm"),
    ],
)
def test_names_that_differ_in_dress_only_are_candidates(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Oak Tree Farm", "Oak Farm"), ("Theatre Limited", "Atre"), ("Scholars", "Lars"), ("Unit 1", "Unit 11")],
)
def test_names_that_differ_in_substance_are_not(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_name_of_empty_words_keeps_them() -> None:
    assert name_key("The School Ltd") == "the school ltd"


@given(st.text(alphabet=string.printable, max_size=30))
def test_case_and_outer_punctuation_never_make_a_difference(text: str) -> None:
    assert name_key(text.upper()) == name_key(text.lower()) == name_key(f"({text})")
