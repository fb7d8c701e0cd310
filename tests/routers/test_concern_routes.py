"""Concerns over HTTP: raised in own words, seen by those who may act on them, withdrawn."""

import asyncio
from typing import Any

import pytest

from tests.deciding import Circle, circle, decided, kinds, visited
from tests.given import Api, Given

CONCERNS = "/v1/concerns"


def concern(provider_id: str, **more: Any) -> dict[str, Any]:
    """A concern in own words."""
    return {"provider_id": provider_id, "title": "Machinery", "detail": "A saw stood without its guard."} | more


async def seen_by(everybody: Circle, concern_id: str) -> set[str]:
    """Who reads a concern: alone and in the list, or neither."""
    found = set()
    for name, api in everybody.all.items():
        alone = (await api.get(f"{CONCERNS}/{concern_id}")).status_code
        listed = (await api.get(CONCERNS)).json()["data"]
        assert (alone == 200) == (concern_id in [each["id"] for each in listed]), name
        assert alone in (200, 404)
        found |= {name} if alone == 200 else set()
    return found


async def withdraw(api: Api, concern_id: str, version: int) -> int:
    """Try to withdraw it."""
    path = f"{CONCERNS}/{concern_id}/withdraw"
    answer = await api.post(path, {"reason": "It was mended."}, headers={"If-Match": f'"{version}"'})
    return answer.status_code


async def test_a_schools_concern_alerts_its_partnership_and_is_for_the_two_alone(given: Given) -> None:
    all_ = await circle(given)
    made = await all_.school.made(CONCERNS, concern(all_.provider_id))
    assert (made["status"], made["visit_id"], made["organisation_id"]) == (
        "open",
        None,
        str(all_.school.organisation_id),
    )
    assert await seen_by(all_, made["id"]) == {"school", "partnership"}
    told = {name for name, api in all_.all.items() if "concern.raised" in await kinds(api)}
    assert told == {"school", "partnership"}


@pytest.mark.parametrize("raiser", ["partnership", "authority"])
async def test_a_partnerships_or_authoritys_concern_is_its_own(given: Given, raiser: str) -> None:
    all_ = await circle(given)
    made = await all_.all[raiser].made(CONCERNS, concern(all_.provider_id))
    assert await seen_by(all_, made["id"]) == {raiser}


async def test_a_concern_about_a_visit_is_for_those_who_work_on_it_and_for_the_provider_when_the_draft_is(
    given: Given,
) -> None:
    all_ = await circle(given)
    expected = {"visited": {"partnership", "school"}, "draft_shared": {"partnership", "school", "provider"}}
    for status, readers in expected.items():
        visit_id = await visited(given, all_.partnership, all_.provider_id, status, all_.school)
        made = await all_.school.made(CONCERNS, concern(all_.provider_id, visit_id=visit_id))
        assert await seen_by(all_, made["id"]) == readers
        listed = (await all_.partnership.get(f"{CONCERNS}?visit_id={visit_id}")).json()["data"]
        assert [each["id"] for each in listed] == [made["id"]]


async def test_a_concern_about_a_visit_is_raised_by_those_who_work_on_it_and_about_its_provider(given: Given) -> None:
    all_ = await circle(given)
    visit_id = await visited(given, all_.partnership, all_.provider_id, "visited")
    hidden = await all_.school.post(CONCERNS, concern(all_.provider_id, visit_id=visit_id))
    assert hidden.status_code == 404
    other = await given.provider(all_.partnership)
    wrong = await all_.partnership.post(CONCERNS, concern(other["id"], visit_id=visit_id))
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/visit_id")


async def test_whoever_only_reads_a_finalised_visit_raises_no_concern_about_it(given: Given) -> None:
    all_ = await circle(given)
    visit_id = await visited(given, all_.partnership, all_.provider_id, "finalised")
    answer = await all_.authority.post(CONCERNS, concern(all_.provider_id, visit_id=visit_id))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")


async def test_a_provider_raises_no_concern_and_a_viewer_neither(given: Given) -> None:
    all_ = await circle(given)
    viewer = await given.api(all_.school.organisation_id, "viewer")
    for api in (all_.provider, viewer):
        answer = await api.post(CONCERNS, concern(all_.provider_id))
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_required")


async def test_a_concern_is_withdrawn_once_in_the_version_that_was_seen(given: Given) -> None:
    all_ = await circle(given)
    made = await all_.school.made(CONCERNS, concern(all_.provider_id))
    assert await withdraw(all_.sister, made["id"], 1) == 404
    assert await withdraw(all_.school, made["id"], 7) == 412
    bare = await all_.school.post(f"{CONCERNS}/{made['id']}/withdraw", {"reason": "x"})
    assert bare.status_code == 428
    twice = await asyncio.gather(withdraw(all_.school, made["id"], 1), withdraw(all_.partnership, made["id"], 1))
    assert sorted(twice) == [200, 412]
    assert await withdraw(all_.school, made["id"], 2) == 409
    kept = (await all_.partnership.get(f"{CONCERNS}/{made['id']}")).json()
    assert (kept["status"], kept["withdrawn_because"], kept["version"]) == ("withdrawn", "It was mended.", 2)
    assert "concern.withdrawn" in await kinds(all_.partnership)


async def test_a_concern_about_a_visit_is_withdrawn_by_its_raiser_or_by_who_leads_the_visit(given: Given) -> None:
    all_ = await circle(given)
    visit_id = await visited(given, all_.partnership, all_.provider_id, "visited", all_.school, all_.sister)
    raised = [await all_.school.made(CONCERNS, concern(all_.provider_id, visit_id=visit_id)) for _ in range(2)]
    assert await withdraw(all_.sister, raised[0]["id"], 1) == 403
    assert await withdraw(all_.school, raised[0]["id"], 1) == 200
    assert await withdraw(all_.partnership, raised[1]["id"], 1) == 200


async def test_concerns_are_listed_by_provider_and_status(given: Given) -> None:
    all_ = await circle(given)
    other = await given.provider(all_.partnership)
    first = await all_.partnership.made(CONCERNS, concern(all_.provider_id))
    second = await all_.partnership.made(CONCERNS, concern(other["id"]))
    await decided(all_.partnership, all_.provider_id, concern_ids=[first["id"]])

    async def listed(query: str) -> list[str]:
        return [each["id"] for each in (await all_.partnership.get(f"{CONCERNS}?{query}")).json()["data"]]

    assert await listed("") == [first["id"], second["id"]]
    assert await listed(f"provider_id={other['id']}") == [second["id"]]
    assert await listed("status=decided") == [first["id"]]
    assert await listed("status=open") == [second["id"]]
    page = (await all_.partnership.get(f"{CONCERNS}?limit=1")).json()["page"]
    assert page["has_more"]
    assert await listed(f"limit=1&cursor={page['next_cursor']}") == [second["id"]]


async def test_a_repeated_post_with_a_key_raises_one_concern(given: Given) -> None:
    all_ = await circle(given)
    for _ in range(2):
        answer = await all_.school.post(CONCERNS, concern(all_.provider_id), headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201
    assert len((await all_.school.get(CONCERNS)).json()["data"]) == 1
