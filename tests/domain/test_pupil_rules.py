"""The rules of pupil records."""

from datetime import date
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import Caller, Grade, Role
from app.domain.errors import Invalid
from app.domain.pupils import MINIMUM, external_id, settled, tells, told, united

TODAY = date(2026, 10, 1)
OWNER, READER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
EMPTY: dict[str, Any] = {
    **dict.fromkeys(("upn", "uln", "mis_id", "source", "external_id", "born_on", "home_school_id", "home_la_code")),
    **dict.fromkeys(("year_group", "sen_provision")),
    "former_upns": [],
    "characteristics": [],
}


def has(kind: str, from_on: str | None = None, to_on: str | None = None) -> dict[str, str | None]:
    return {"kind": kind, "from_on": from_on, "to_on": to_on}


def faults(**said: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as refusal:
        settled(EMPTY | said, on=TODAY)
    return [(each.code, each.pointer) for each in refusal.value.errors]


def test_a_child_is_born_by_today() -> None:
    assert settled(EMPTY | {"born_on": TODAY}, on=TODAY)["born_on"] == TODAY
    assert faults(born_on=date(2026, 10, 2)) == [("born_in_future", "/born_on")]


def test_a_characteristic_may_last_one_day_and_none() -> None:
    settled(EMPTY | {"characteristics": [has("ehcp", "2026-01-01", "2026-01-01")]}, on=TODAY)
    backwards = [has("ehcp"), has("looked_after", "2026-01-02", "2026-01-01")]
    assert faults(characteristics=backwards) == [("ends_before_start", "/characteristics/1/to_on")]


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        (("2025-01-01", "2025-01-31"), ("2025-02-01", None), False),
        (("2025-01-01", "2025-01-31"), ("2025-01-31", None), True),
        (("2025-01-01", None), ("2026-01-01", "2026-02-01"), True),
        ((None, "2025-01-01"), ("2025-01-02", None), False),
        ((None, None), (None, None), True),
    ],
)
def test_two_characteristics_of_one_kind_do_not_overlap(
    first: tuple[str | None, str | None], second: tuple[str | None, str | None], overlap: bool
) -> None:
    both = [has("ehcp", *second), has("ehcp", *first)]
    if overlap:
        assert [code for code, _ in faults(characteristics=both)] == ["characteristics_overlap"]
    else:
        assert settled(EMPTY | {"characteristics": both}, on=TODAY)["characteristics"] == both[::-1]
    apart = [has("ehcp", *second), has("looked_after", *first)]
    settled(EMPTY | {"characteristics": apart}, on=TODAY)


def test_the_order_in_which_characteristics_are_told_does_not_matter() -> None:
    all_ = [has("ehcp", "2024-01-01", "2024-12-31"), has("ehcp", "2025-06-01"), has("sen_support", None, "2023-12-31")]
    orders = [settled(EMPTY | {"characteristics": order}, on=TODAY)["characteristics"] for order in permutations(all_)]
    assert all(order == orders[0] for order in orders)


def test_codes_from_before_2014_become_what_replaced_them() -> None:
    kept = {
        code: settled(EMPTY | {"sen_provision": code}, on=TODAY)["sen_provision"]
        for code in ("N", "K", "E", "S", "A", "P", None)
    }
    assert kept == {"N": "N", "K": "K", "E": "E", "S": "E", "A": "K", "P": "K", None: None}


def test_former_upns_are_told_once_and_without_the_present_one() -> None:
    record = EMPTY | {"upn": "H801200001001", "former_upns": ["Z855411622001", "H801200001001", "Z855411622001"]}
    assert settled(record, on=TODAY)["former_upns"] == ["Z855411622001"]


def test_a_source_and_an_external_id_come_together() -> None:
    assert faults(source="sims") == faults(external_id="1") == [("source_incomplete", "/external_id")]


def test_an_external_id_is_anything_but_a_upn() -> None:
    assert external_id("A801200001001") == "A801200001001"  # its check letter is wrong: no UPN
    with pytest.raises(Invalid) as refusal:
        external_id("h801200001001")
    assert refusal.value.problem_code == "external_id_is_upn"


def test_a_merge_keeps_what_is_said_fills_what_is_not_and_loses_nothing_that_counts() -> None:
    kept = EMPTY | {
        "upn": "H801200001001",
        "born_on": date(2012, 1, 1),
        "sen_provision": "K",
        "former_upns": ["X00180001701A"],
        "characteristics": [has("ehcp", "2024-01-01", "2024-12-31"), has("sen_support", "2020-01-01")],
    }
    other = EMPTY | {
        "upn": "Z855411622001",
        "uln": "1000000043",
        "born_on": date(2012, 1, 2),
        "sen_provision": "E",
        "former_upns": ["H801200001001"],
        "characteristics": [has("ehcp", "2024-12-31"), has("looked_after", None, "2021-01-01")],
    }
    assert united(kept, other) == {
        **dict.fromkeys(("mis_id", "home_school_id", "home_la_code", "year_group")),
        "upn": "H801200001001",
        "uln": "1000000043",
        "born_on": date(2012, 1, 1),
        "sen_provision": "E",
        "former_upns": ["X00180001701A", "Z855411622001"],
        "characteristics": [
            has("ehcp", "2024-01-01"),
            has("looked_after", None, "2021-01-01"),
            has("sen_support", "2020-01-01"),
        ],
    }


def test_a_merge_keeps_periods_apart_that_only_touch_and_the_longer_of_two_nested_ones() -> None:
    periods = [has("ehcp", "2024-01-01", "2024-06-30"), has("ehcp", "2024-07-01", "2024-12-31")]
    within = EMPTY | {"characteristics": [has("ehcp", "2024-08-01", "2024-09-01")]}
    assert united(EMPTY | {"characteristics": periods}, within)["characteristics"] == periods


def test_each_reader_is_told_what_is_theirs_to_know() -> None:
    record = EMPTY | {
        "id": UUID(int=9),
        "owner_id": OWNER,
        "shared_with_ids": [READER],
        "upn": "H801200001001",
        "former_upns": ["Z855411622001"],
        "source": "sims",
        "external_id": "1",
        "given_name": "Ada",
        "version": 3,
    }

    def seen_by(role: Role, organisation_id: UUID) -> set[str]:
        answer = told(Caller(role, Grade.LEAD, organisation_id), record)
        assert answer.keys() == record.keys()
        return {field for field, value in answer.items() if value == record[field] and value not in (None, [])}

    everything = seen_by(Role.SCHOOL, OWNER)
    assert everything == {field for field, value in record.items() if value not in (None, [])}
    assert everything - seen_by(Role.PARTNERSHIP, READER) == {"source", "external_id"}
    assert everything - seen_by(Role.LOCAL_AUTHORITY, OTHER) == {"source", "external_id", "owner_id"}
    assert seen_by(Role.PROVIDER, OTHER) == {"id", "given_name"} < MINIMUM


def test_a_provider_selects_by_what_it_is_told_alone() -> None:
    provider, school = Caller(Role.PROVIDER), Caller(Role.SCHOOL)
    assert tells(provider, "family_name")
    assert not tells(provider, "upn")
    assert tells(school, "upn")
