"""External audits of providers over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from app.db.base import today
from tests.given import Api, Given

DAY = "2026-01-05"
TOMORROW = (today() + timedelta(days=1)).isoformat()
SAID: dict[str, Any] = {
    "body": "LEBC",
    "audited_on": DAY,
    "valid_until_on": "2027-01-04",
    "outcome": "Passed, with two recommendations.",
    "recommendations": [{"key": "hs-1", "text": "Test the alarm weekly."}, {"text": "Renew the first-aid box."}],
}


@pytest.fixture
async def partnership(given: Given) -> Api:
    """A partnership's client."""
    return await given.partnership()


def audits_of(provider: dict[str, Any]) -> str:
    return f"/v1/providers/{provider['id']}/audits"


def pointers(problem: dict[str, Any]) -> dict[str, str]:
    """The faults of a problem: their codes by where they are."""
    return {each["pointer"]: each["code"] for each in problem["errors"]}


async def test_a_partnership_and_an_authority_record_what_everybody_and_the_provider_itself_read(
    given: Given, partnership: Api
) -> None:
    provider, other = await given.provider(partnership), await given.provider(partnership)
    authority = await given.authority()
    answers = [await api.post(audits_of(provider), SAID) for api in (partnership, authority)]
    made = [each.json() for each in answers]
    assert [each.headers["location"] for each in answers] == [f"/v1/audits/{each['id']}" for each in made]
    assert [each["organisation_id"] for each in made] == [str(api.organisation_id) for api in (partnership, authority)]
    for api in (partnership, authority, await given.school(), await given.api(provider["id"])):
        assert (await api.get(audits_of(provider))).json()["data"] == made
        one = await api.get(f"/v1/audits/{made[0]['id']}")
        assert (one.json(), one.headers["etag"]) == (made[0], '"1"')
    known = await partnership.send("GET", f"/v1/audits/{made[0]['id']}", headers={"If-None-Match": '"1"'})
    assert known.status_code == 304
    stranger = await given.api(other["id"])
    assert (await stranger.get(audits_of(provider))).status_code == 404
    assert (await stranger.get(f"/v1/audits/{made[0]['id']}")).status_code == 404
    assert (await stranger.get(audits_of(other))).json()["data"] == []


async def test_schools_and_providers_record_none_and_nobody_changes_anothers(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    made = await partnership.made(audits_of(provider), SAID)
    one = f"/v1/audits/{made['id']}"
    for api in (await given.school(), await given.api(provider["id"]), await given.partnership("viewer")):
        assert (await api.post(audits_of(provider), SAID)).json()["code"] == "permission_required"
        assert (await api.patch(one, {"outcome": None}, 1)).json()["code"] == "permission_required"
    for api in (await given.authority(), await given.partnership()):
        refused = await api.patch(one, {"outcome": None}, 1)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    assert (await partnership.get(one)).json() == made


async def test_a_change_needs_the_version_it_is_based_on_and_null_empties(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    made = await partnership.made(audits_of(provider), SAID)
    one = f"/v1/audits/{made['id']}"
    assert (await partnership.send("PATCH", one, json={"outcome": None})).status_code == 428
    emptied = await partnership.patch(one, {"outcome": None, "valid_until_on": None}, 1)
    assert emptied.status_code == 200, emptied.text
    assert emptied.json() == made | {
        "outcome": None,
        "valid_until_on": None,
        "version": 2,
        "updated_at": emptied.json()["updated_at"],
    }
    assert (await partnership.patch(one, {"outcome": "Late."}, 1)).status_code == 412
    for name in ("body", "audited_on", "recommendations"):
        refused = await partnership.patch(one, {name: None}, 2)
        assert (refused.status_code, list(pointers(refused.json()))) == (422, [f"/{name}"])


async def test_a_recommendation_keeps_its_key_until_it_is_told_no_more(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    made = await partnership.made(audits_of(provider), SAID)
    one = f"/v1/audits/{made['id']}"
    told, unkeyed = made["recommendations"]
    assert told == {"key": "hs-1", "text": "Test the alarm weekly.", "due_on": None, "done_on": None}
    assert unkeyed["key"] not in ("", "hs-1")
    done = [unkeyed | {"done_on": DAY}, told, {"text": "Name a deputy DSL.", "due_on": TOMORROW}]
    changed = (await partnership.patch(one, {"recommendations": done}, 1)).json()
    assert changed["recommendations"][:2] == done[:2]
    added = changed["recommendations"][2]
    assert added["due_on"] == TOMORROW
    assert len({each["key"] for each in changed["recommendations"]}) == 3
    kept = (await partnership.patch(one, {"body": "Leicestershire EBC"}, 2)).json()
    assert kept["recommendations"] == changed["recommendations"]
    assert (await partnership.patch(one, {"recommendations": []}, 3)).json()["recommendations"] == []


FAULTS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"audited_on": TOMORROW, "valid_until_on": None}, {"/audited_on": "in_the_future"}),
    ({"valid_until_on": "2026-01-04"}, {"/valid_until_on": "ends_before_start"}),
    ({"audited_on": DAY, "valid_until_on": "2026-01-04"}, {"/valid_until_on": "ends_before_start"}),
    ({"recommendations": [{"text": "x", "done_on": TOMORROW}]}, {"/recommendations/0/done_on": "in_the_future"}),
    (
        {"recommendations": [{"text": "x"}, {"text": "y", "key": "a"}, {"text": "z", "key": "a"}]},
        {"/recommendations/2/key": "key_repeated"},
    ),
    (
        {"audited_on": TOMORROW, "valid_until_on": DAY, "recommendations": [{"text": "x", "done_on": TOMORROW}]},
        {
            "/audited_on": "in_the_future",
            "/valid_until_on": "ends_before_start",
            "/recommendations/0/done_on": "in_the_future",
        },
    ),
]


async def test_an_audit_that_cannot_be_right_is_refused_with_every_fault_in_its_place(
    given: Given, partnership: Api
) -> None:
    provider = await given.provider(partnership)
    made = await partnership.made(audits_of(provider), SAID)
    for said, faults in FAULTS:
        for answer in (
            await partnership.post(audits_of(provider), SAID | said),
            await partnership.patch(f"/v1/audits/{made['id']}", said, 1),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "audit_invalid"), said
            assert pointers(answer.json()) == faults
    assert (await partnership.get(audits_of(provider))).json()["data"] == [made]


async def test_moving_the_audit_past_its_last_day_is_told_of_the_day_that_was_sent(
    given: Given, partnership: Api
) -> None:
    provider = await given.provider(partnership)
    made = await partnership.made(audits_of(provider), SAID | {"valid_until_on": DAY})
    refused = await partnership.patch(f"/v1/audits/{made['id']}", {"audited_on": "2026-01-06"}, 1)
    assert pointers(refused.json()) == {"/audited_on": "ends_before_start"}


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"audited_on": "2026-02-30"}, "/audited_on"),
    ({"valid_until_on": "soon"}, "/valid_until_on"),
    ({"recommendations": [{"text": "x", "due_on": "2026-1-5"}]}, "/recommendations/0/due_on"),
    ({"recommendations": [{"key": "a"}]}, "/recommendations/0/text"),
    ({"recommendations": [{"text": "x", "key": "a b"}]}, "/recommendations/0/key"),
    ({"recommendations": [{"text": "x", "key": None}]}, "/recommendations/0/key"),
    ({"recommendations": [{"text": "x", "done": True}]}, "/recommendations/0/done"),
    ({"recommendations": [{"text": "x"}] * 201}, "/recommendations"),
    ({"organisation_id": "00000000-0000-0000-0000-000000000000"}, "/organisation_id"),
]


async def test_what_is_malformed_is_refused_in_its_place(given: Given, partnership: Api) -> None:
    path = audits_of(await given.provider(partnership))
    for said, pointer in MALFORMED:
        refused = await partnership.post(path, SAID | said)
        assert (refused.status_code, list(pointers(refused.json()))) == (422, [pointer]), said


async def test_audits_of_today_are_told_in_pages_and_their_texts_stay_out_of_the_audit_trail(
    given: Given, partnership: Api
) -> None:
    provider = await given.provider(partnership)
    said = {"body": "LEBC", "audited_on": today().isoformat(), "outcome": "Zebra crossing."}
    made = [await partnership.made(audits_of(provider), said) for _ in range(3)]
    assert made[0]["recommendations"] == []
    first = (await partnership.get(f"{audits_of(provider)}?limit=2")).json()
    rest = (await partnership.get(f"{audits_of(provider)}?limit=2&cursor={first['page']['next_cursor']}")).json()
    assert [*first["data"], *rest["data"]] == made
    trail = await partnership.get("/v1/audit")
    assert "provider_audit" in trail.text
    assert "Zebra" not in trail.text
