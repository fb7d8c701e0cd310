"""What a publisher is told of a framework that cannot be published, place by place."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import frameworks
from app.domain.errors import Invalid

Change = Callable[[dict[str, Any]], object]

FOLDER = Path(frameworks.__file__).parent
HEREFORDSHIRE = tomllib.loads((FOLDER / "herefordshire-apqa-v1.toml").read_text(encoding="utf-8"))
YEAR = tomllib.loads((FOLDER / "ave-qa-v8.toml").read_text(encoding="utf-8"))


def told(raw: object, **known: Any) -> set[tuple[str, str | None]]:
    return {(fault.code, fault.pointer) for fault in frameworks.faults(raw, **known)}


def changed(raw: dict[str, Any], change: Change) -> dict[str, Any]:
    copy = deepcopy(raw)
    change(copy)
    return copy


def put(path: str, value: object) -> Change:
    """A change that sets what a JSON pointer names."""

    def change(raw: Any) -> None:
        *steps, last = path[1:].split("/")
        for step in steps:
            raw = raw[int(step)] if isinstance(raw, list) else raw[step]
        raw[int(last) if isinstance(raw, list) else last] = value

    return change


def drop(path: str) -> Change:
    def change(raw: Any) -> None:
        *steps, last = path[1:].split("/")
        for step in steps:
            raw = raw[int(step)] if isinstance(raw, list) else raw[step]
        del raw[last]

    return change


SHAPE = [
    (drop("/title"), "missing", "/title"),
    (put("/title", 7), "wrong_type", "/title"),
    (put("/title", "   "), "text_length", "/title"),
    (put("/title", "x" * 2001), "text_length", "/title"),
    (put("/colour", "red"), "unknown_field", "/colour"),
    (put("/a~b", 1), "unknown_field", "/a~0b"),
    (put("/id", "Not A Slug"), "not_a_slug", "/id"),
    (put("/status", "perhaps"), "unknown_value", "/status"),
    (put("/effective_from", "2026-02-30"), "wrong_type", "/effective_from"),
    (put("/sections", "none"), "wrong_type", "/sections"),
    (put("/sections/0", []), "wrong_type", "/sections/0"),
    (put("/sections/8/criteria/4/phase", "after"), "unknown_value", "/sections/8/criteria/4/phase"),
    (put("/sections/0/criteria/0/voice", ["parrots"]), "unknown_value", "/sections/0/criteria/0/voice/0"),
    (put("/sections/0/criteria/0/prompts", ["x"] * 501), "too_long", "/sections/0/criteria/0/prompts"),
    (put("/sections/0/essential", 1), "wrong_type", "/sections/0/essential"),
    (put("/id", "x" * 81), "not_a_slug", "/id"),
    (put("/effective_from", "20210111"), "wrong_type", "/effective_from"),
    (put("/effective_from", datetime(2021, 1, 11, tzinfo=UTC)), "wrong_type", "/effective_from"),
    (put("/consequences/0/within_days", True), "wrong_type", "/consequences/0/within_days"),
    (drop("/sections/3/criteria/1/source"), "missing", "/sections/3/criteria/1/source"),
]


@pytest.mark.parametrize(("change", "code", "pointer"), SHAPE)
def test_a_fault_of_shape_is_told_where_it_is(change: Change, code: str, pointer: str) -> None:
    assert (code, pointer) in told(changed(HEREFORDSHIRE, change))


MEANING = [
    (
        put("/sections/1/key", "safeguarding"),
        {("duplicate_key", "/sections/1/key"), ("unknown_section", "/floor/1/section")},
    ),
    (put("/sections/8/criteria/0/key", "insurance"), {("duplicate_key", "/sections/8/criteria/0/key")}),
    (
        put("/scales/0/values/1/value", "fully_met"),
        {("duplicate_key", "/scales/0/values/1/value"), ("unknown_rating", "/consequences/0/values/0")},
    ),
    (put("/pre_visit_check/questions/1/key", "dfe-number"), {("duplicate_key", "/pre_visit_check/questions/5/key")}),
    (put("/pre_visit_check/caveats/1/key", "exceptional-use"), {("duplicate_key", "/pre_visit_check/caveats/1/key")}),
    (put("/forms/1/kind", "qa_visit"), {("duplicate_key", "/forms/1/kind")}),
    (
        put("/sections", []),
        {
            ("empty", "/sections"),
            ("nothing_essential", "/overall/decided_by"),
            ("unknown_section", "/floor/0/section"),
            ("unknown_section", "/floor/1/section"),
        },
    ),
    (put("/sections/4/criteria", []), {("empty", "/sections/4/criteria")}),
    (put("/sections/4/criteria/1/voice", []), {("empty", "/sections/4/criteria/1/voice")}),
    (put("/forms", []), {("empty", "/forms"), ("cycle_without_form", "/cycle/0/kind")}),
    (
        put("/scales/1/values", [{"value": "met", "label": "Met", "meaning": "Met"}]),
        {("scale_too_short", "/scales/1/values")},
    ),
    (put("/scales/1/values/0/concern", True), {("scale_out_of_order", "/scales/1/values/1/concern")}),
    (put("/sections/2/criteria/0/scale", "nowhere"), {("unknown_scale", "/sections/2/criteria/0/scale")}),
    (put("/sections/2/criteria/0/essential", True), {("essential_cannot_fail", "/sections/2/criteria/0/scale")}),
    (
        put("/sections/0/criteria/2/scale", "herefordshire-three-valued"),
        {
            ("rollup_scale_differs", "/sections/0/criteria/2/scale"),
            ("essential_cannot_fail", "/sections/0/criteria/2/scale"),
        },
    ),
    (put("/sections/0/decided_by", "none"), {("essential_not_rated", "/sections/0/decided_by")}),
    (drop("/overall/scale"), {("missing", "/overall/scale")}),
    (put("/overall/scale", "nowhere"), {("unknown_scale", "/overall/scale")}),
    (put("/overall/decided_by", "none"), {("not_decided", "/overall/scale")}),
    (put("/overall/scale", "herefordshire-three-valued"), {("essential_cannot_fail", "/overall/scale")}),
    (put("/consequences/0/scale", "nowhere"), {("unknown_scale", "/consequences/0/scale")}),
    (put("/consequences/0/values", ["awful"]), {("unknown_rating", "/consequences/0/values/0")}),
    (put("/consequences/0/values", ["fully_met"]), {("not_a_concern", "/consequences/0/values/0")}),
    (put("/floor/0/at_least", "splendid"), {("unknown_rating", "/floor/0/at_least")}),
]

ROUND = [
    (
        put("/overall/decided_by", "none"),
        {("not_decided", "/overall/scale"), ("hint_without_assessor", "/overall/hint")},
    ),
    (put("/consequences/1/within_days", 0), {("missing", "/consequences/1/within_days")}),
    (drop("/consequences/1/within_days"), {("missing", "/consequences/1/within_days")}),
    (
        put("/cycle/1/key", "learning-walk"),
        {("duplicate_key", "/cycle/1/key"), ("unknown_entry", "/cycle/2/together_with")},
    ),
    (put("/cycle/2/windows/0/opens_term", 4), {("windows_differ", "/cycle/2/windows")}),
    (put("/cycle/2/together_with", "work-scrutiny"), {("unknown_entry", "/cycle/2/together_with")}),
    (
        put("/cycle/0/windows/0/opens_term", 7),
        {("out_of_range", "/cycle/0/windows/0/opens_term"), ("out_of_range", "/cycle/0/windows/0/closes_term")},
    ),
    (put("/cycle/3/windows/0/closes_term", 0), {("out_of_range", "/cycle/3/windows/0/closes_term")}),
    (put("/cycle/0/announced_days", 0), {("out_of_range", "/cycle/0/announced_days")}),
    (put("/cycle/1/notice_days_max", -1), {("out_of_range", "/cycle/1/notice_days_max")}),
    (put("/cycle/0/notice_days_max", 3), {("out_of_range", "/cycle/0/notice_days_max")}),
    (put("/cycle/0/max_minutes", 0), {("out_of_range", "/cycle/0/max_minutes")}),
]


@pytest.mark.parametrize(
    ("raw", "change", "expected"),
    [(HEREFORDSHIRE, *case) for case in MEANING] + [(YEAR, *case) for case in ROUND],
)
def test_a_fault_of_meaning_is_told_where_it_is(
    raw: dict[str, Any], change: Change, expected: set[tuple[str, str]]
) -> None:
    assert told(changed(raw, change)) == expected


def test_a_hint_needs_all_areas_on_one_scale() -> None:
    other = {**YEAR["scales"][0], "id": "another"}
    raw = changed(YEAR, lambda raw: (raw["scales"].append(other), put("/sections/1/scale", "another")(raw)))
    assert told(raw) == {("hint_scale_differs", "/sections/1/scale")}


def test_a_hint_passes_over_a_section_that_nobody_rates() -> None:
    other = {**YEAR["scales"][0], "id": "another"}

    def change(raw: dict[str, Any]) -> None:
        raw["scales"].append(other)
        raw["sections"][1] |= {"scale": "another", "decided_by": "none"}

    assert told(changed(YEAR, change)) == set()


def test_a_draft_may_change_its_own_scale() -> None:
    leicestershire = frameworks.named("leics-seip-qa-v1")
    raw = tomllib.loads((FOLDER / "leics-seip-qa-v1.toml").read_text(encoding="utf-8"))
    assert (
        told(changed(raw, put("/scales/0/values/0/meaning", "Fine")), known={leicestershire.id: leicestershire})
        == set()
    )


def test_an_essential_item_needs_a_section_that_can_fall() -> None:
    soft = {
        "id": "soft",
        "source": "A test",
        "values": [{"value": v, "label": v, "meaning": v} for v in ("better", "worse")],
    }

    def change(raw: dict[str, Any]) -> None:
        raw["scales"].append(soft)
        raw["sections"][0]["criteria"][0] |= {"essential": True, "scale": "ofsted-eif-2019"}
        for other in raw["sections"][0]["criteria"][1:]:
            other["scale"] = "ofsted-eif-2019"
        raw["sections"][0]["scale"] = "soft"
        raw["overall"].pop("hint")
        raw.pop("floor")

    assert told(changed(YEAR, change)) == {("essential_cannot_fail", "/sections/0/scale")}


def test_everything_wrong_is_told_at_once() -> None:
    raw = changed(HEREFORDSHIRE, lambda raw: [change(raw) for change, *_ in [*SHAPE[:3], SHAPE[14], SHAPE[-1]]])
    put("/floor/0/at_least", "splendid")(raw)
    assert told(raw) == {
        ("text_length", "/title"),
        ("wrong_type", "/sections/0/essential"),
        ("missing", "/sections/3/criteria/1/source"),
        ("unknown_rating", "/floor/0/at_least"),
    } | {("wrong_type", f"/sections/0/criteria/{n}/essential") for n in range(6)}


REFERENCES = [
    (put("/supersedes", "ave-qa-v9"), ("supersedes_cycle", "/supersedes")),
    (put("/supersedes", "nowhere"), ("unknown_framework", "/supersedes")),
    (put("/supersedes", "leics-seip-qa-v1"), ("other_publisher", "/supersedes")),
    (put("/forms/1/framework_id", "nowhere"), ("unknown_framework", "/forms/1/framework_id")),
    (put("/scales/0/values/0/meaning", "Something else"), ("scale_redefined", "/scales/0/id")),
]


@pytest.mark.parametrize(("change", "expected"), REFERENCES)
def test_references_are_held_against_the_catalogue(change: Change, expected: tuple[str, str]) -> None:
    successor = changed(YEAR, put("/id", "ave-qa-v9"))
    put("/forms/0/framework_id", "ave-qa-v9")(successor)
    put("/supersedes", "ave-qa-v8")(successor)
    assert told(successor, known=frameworks.BY_ID) == set()
    assert told(changed(successor, change), known=frameworks.BY_ID) == {expected}


def test_a_longer_line_of_versions_may_not_close_on_itself() -> None:
    second = frameworks.parse(changed(YEAR, lambda raw: raw.update(id="ave-qa-v9", supersedes="ave-qa-v10")))
    third = changed(YEAR, lambda raw: raw.update(id="ave-qa-v10", supersedes="ave-qa-v9"))
    known = {**frameworks.BY_ID, second.id: second}
    assert ("supersedes_cycle", "/supersedes") in told(third, known=known)


@pytest.mark.parametrize("raw", [None, [], "text", 7, {}])
def test_what_is_no_framework_at_all_is_refused_by_pointer(raw: object) -> None:
    found = told(raw)
    assert ("missing", "/id") in found or found == {("wrong_type", "")}


def test_parse_refuses_with_every_fault() -> None:
    with pytest.raises(Invalid) as refusal:
        frameworks.parse(changed(HEREFORDSHIRE, drop("/title")))
    assert refusal.value.problem_code == "framework_invalid"
    assert [fault.pointer for fault in refusal.value.errors] == ["/title"]


def test_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        frameworks.parse("id = ")
    assert refusal.value.problem_code == "toml_invalid"


def test_dates_may_come_as_json_says_them() -> None:
    raw = changed(YEAR, lambda raw: raw.update(effective_from="2021-01-11", review_due_on="2021-12-31"))
    assert frameworks.parse(raw).content_hash == frameworks.named("ave-qa-v8").content_hash


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_part_replaced_by_anything_is_judged_and_never_breaks_the_reader(data: st.DataObject) -> None:
    raw: Any = deepcopy(YEAR)
    here, depth = raw, data.draw(st.integers(1, 5))
    for step in range(depth):
        key = data.draw(st.sampled_from(sorted(here)) if isinstance(here, dict) else st.integers(0, len(here) - 1))
        if step == depth - 1 or not isinstance(here[key], dict | list) or not here[key]:
            here[key] = data.draw(json_values)
            break
        here = here[key]
    assert all(fault.pointer is not None for fault in frameworks.faults(raw, frameworks.BY_ID))
