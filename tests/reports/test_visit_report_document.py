"""A report's document: JSON, spelled in one way, and hashed over every field."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.domain import frameworks
from app.domain.errors import Invalid
from app.domain.visit_reports import FORMAT, canonical, content_hash, document, rating
from tests.reports.samples import FRAMEWORKS, HALF_DAY, LEICESTERSHIRE, sample


@pytest.mark.parametrize("framework_id", FRAMEWORKS)
def test_a_document_survives_a_journey_through_json(framework_id: str) -> None:
    made = document(sample(framework_id))
    assert json.loads(canonical(made)) == made
    assert content_hash(json.loads(json.dumps(made, indent=2))) == content_hash(made)


def test_the_spelling_is_that_of_rfc_8785() -> None:
    made = {"ż": "é\n\u2028\x07\x7f/<", "a": [1, True, None, {"b": "", "B": 20}]}
    spelling = '{"a":[1,true,null,{"B":20,"b":""}],"ż":"é\\n\u2028\\u0007\x7f/<"}'
    assert canonical(made) == spelling.encode()


def test_the_hash_follows_every_field() -> None:
    made = document(sample(HALF_DAY))
    places = list(leaves(made))
    hashes = {content_hash(changed(made, place)) for place in places}
    assert len(places) > 250
    assert len(hashes) == len(places)
    assert content_hash(made) not in hashes


def test_a_document_holds_nothing_but_json_and_no_fractions() -> None:
    kinds = {type(each) for framework_id in FRAMEWORKS for each in values(document(sample(framework_id)))}
    assert kinds == {str, int, bool, type(None)}


def test_a_document_says_its_format_and_stage() -> None:
    made = document(sample(LEICESTERSHIRE))
    assert (made["format"], made["stage"], made["number"]) == (FORMAT, "final", 2)


def test_an_instant_is_told_in_utc_wherever_it_was_read() -> None:
    summer = datetime(2026, 6, 1, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    report = sample(LEICESTERSHIRE)
    made = [document(replace(report, made_at=at)) for at in (summer, summer.astimezone(UTC))]
    assert made[0]["made_at"] == "2026-06-01T09:00:00Z"
    assert made[0] == made[1]


def test_a_rating_says_where_it_stands_on_its_scale() -> None:
    scale = frameworks.named(LEICESTERSHIRE).scale("leics-seip-rag")
    amber = rating(scale, "amber")
    assert amber
    assert (amber.label, amber.concern, amber.rank, amber.of) == ("Amber", False, 1, 3)
    assert rating(scale, None) is None
    with pytest.raises(Invalid):
        rating(scale, "good")


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value that holds no others."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield from leaves(value[key], (*place, key))
    if not isinstance(value, dict | list):
        yield place


def values(value: Any) -> Iterator[Any]:
    """Each value that holds no others."""
    for place in leaves(value):
        found = value
        for key in place:
            found = found[key]
        yield found


def changed(value: Any, place: tuple[Any, ...]) -> Any:
    """A copy that differs in one place."""
    if not place:
        return f"{value}+" if isinstance(value, str) else [value]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = changed(value[place[0]], place[1:])
    return copy
