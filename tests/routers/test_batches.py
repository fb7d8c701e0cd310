"""Batches of placements: each item for itself, or all or none."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.db.base import today
from tests.given import Api, Given, week

TODAY = today()
SOON = (TODAY + timedelta(days=14)).isoformat()
AGO = (TODAY - timedelta(days=30)).isoformat()
BATCH = "/v1/placements/batch"


def item(provider: dict[str, Any], pupil: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A full-time week from a month ago, of a pupil on record or one described."""
    named = {"pupil_id": pupil["id"]} if "id" in pupil else {"pupil": pupil}
    return {"provider_id": provider["id"], "starts_on": AGO, "timetable": week(20, 4)} | named | more


def batch(items: list[Any], mode: str = "independent") -> dict[str, Any]:
    """A body."""
    return {"mode": mode, "items": items}


def statuses(answer: httpx.Response) -> list[int]:
    """What became of each item, which are told in their order."""
    results = answer.json()["results"]
    assert [each["index"] for each in results] == list(range(len(results)))
    return [each["status"] for each in results]


async def stored(api: Api) -> int:
    """How many placements its organisation has (up to 200)."""
    return len((await api.get("/v1/placements?limit=200")).json()["data"])


async def test_half_a_batch_is_refused_item_by_item_and_the_other_half_stands(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider, pupil = await given.provider(partnership), await given.pupil(school)
    theirs = await given.pupil(await given.school())
    items = [
        item(provider, pupil),
        item(provider, pupil, starts_on="2026-13-01"),
        "no object",
        item(provider, theirs),
        item(provider, pupil, ends_on="2001-01-01"),
        item(provider, pupil, timetable=[*week(5, 1), *week(3, 1)]),
        item(provider, pupil, colour="red"),
        item({"id": pupil["id"]}, pupil),
        item(provider, pupil, timetable=week(5, 1, start="16:00")),
    ]
    answer = await school.post(BATCH, batch(items))
    assert answer.status_code == 207, answer.text
    assert statuses(answer) == [201, 422, 422, 404, 422, 422, 422, 404, 201]
    results = answer.json()["results"]
    assert [bool(each["id"]) for each in results] == [True, *[False] * 7, True]
    told = [each["problem"] and each["problem"]["errors"] and each["problem"]["errors"][0] for each in results]
    assert told[1]["pointer"] == "/starts_on"
    assert told[2]["pointer"] == ""
    assert told[5]["pointer"] == "/timetable/0"
    assert told[6]["code"] == "unknown_field"
    assert "red" not in answer.text
    assert await stored(school) == 2


async def test_one_malformed_item_is_refused_in_the_same_words_as_if_sent_alone(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    said = item(await given.provider(partnership), await given.pupil(school), goal="fun", weekly_minutes="many")
    alone = (await school.post("/v1/placements", said)).json()
    among = (await school.post(BATCH, batch([said]))).json()["results"][0]["problem"]
    assert among["errors"] == alone["errors"]
    assert (among["code"], among["status"], among["type"]) == (alone["code"], alone["status"], alone["type"])


async def test_a_refused_item_leaves_nothing_behind_not_even_its_pupil(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    child = {"upn": given.upn(), "given_name": "Ada", "family_name": "Field"}
    said = item(provider, child, site_id=provider["id"])
    answer = await school.post(BATCH, batch([said]))
    assert answer.json()["results"][0]["problem"]["code"] == "site_unknown"
    found = await school.post("/v1/pupils/search", {"upn": child["upn"]})
    assert found.json()["data"] == []


async def test_an_atomic_batch_with_one_fault_keeps_nothing_and_names_the_item(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider, pupil = await given.provider(partnership), await given.pupil(school)
    good, bad = item(provider, pupil), item(provider, pupil, ends_on="2001-01-01")
    refused = await school.post(BATCH, batch([good, bad, good, "x"], "atomic"))
    assert refused.status_code == 422
    problem = refused.json()
    assert problem["code"] == "batch_refused"
    assert [each["index"] for each in problem["results"]] == [1, 3]
    assert problem["results"][0]["problem"]["code"] == "ends_before_start"
    assert [each["pointer"] for each in problem["errors"]] == ["/items/1/ends_on", "/items/3"]
    assert await stored(school) == 0
    assert (await school.get("/v1/changes")).text.count("placement.created") == 0
    whole = await school.post(BATCH, batch([good, item(provider, await given.pupil(school))], "atomic"))
    assert (whole.status_code, statuses(whole)) == (200, [201, 201])
    assert await stored(school) == 2


async def test_items_with_another_systems_id_are_brought_up_to_date(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider, pupil = await given.provider(partnership), await given.pupil(school)
    known = item(provider, pupil, source="arbor", external_id="P-1")
    first = await school.post(BATCH, batch([known]))
    again = await school.post(BATCH, batch([known, known | {"goal": "reintegration"}]))
    assert (statuses(first), statuses(again)) == ([201], [200, 200])
    assert {each["id"] for each in again.json()["results"]} == {first.json()["results"][0]["id"]}
    [kept] = (await school.get("/v1/placements")).json()["data"]
    assert (kept["goal"], kept["version"]) == ("reintegration", 2)


async def test_plans_in_a_batch_are_decided_in_their_order(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    pupils = [await given.pupil(school) for _ in range(6)]
    answer = await school.post(BATCH, batch([item(provider, pupil, starts_on=SOON) for pupil in pupils]))
    assert statuses(answer) == [201, 201, 201, 201, 409, 409]
    assert answer.json()["results"][4]["problem"]["check"]["overall"] == "threshold_met"
    overridden = item(provider, pupils[5], starts_on=SOON, override={"reason": "No other place."})
    assert statuses(await school.post(BATCH, batch([overridden]))) == [201]


async def test_a_batch_is_replayed_by_its_key_and_kept_in_no_part_by_a_dry_run(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    said = batch([item(await given.provider(partnership), await given.pupil(school)), "x"])
    tried = await school.post(f"{BATCH}?dry_run=true", said)
    assert (statuses(tried), await stored(school)) == ([201, 422], 0)
    keyed = {"Idempotency-Key": "batch-1"}
    first, again = [await school.post(BATCH, said, headers=keyed) for _ in range(2)]
    assert (first.status_code, again.status_code) == (207, 207)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert await stored(school) == 1


@pytest.mark.parametrize("items", [[], ["x"] * 501])
async def test_a_batch_holds_between_one_and_five_hundred_items(given: Given, items: list[str]) -> None:
    answer = await (await given.school()).post(BATCH, batch(items))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/items"


async def test_batches_over_the_same_providers_and_pupils_in_opposite_order_do_not_deadlock(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    providers = [await given.provider(partnership) for _ in range(4)]
    pupils = [await given.pupil(school) for _ in range(10)]
    fresh = [{"upn": given.upn(), "given_name": "Ada", "family_name": "Field"} for _ in range(10)]
    known = [item(providers[n % 2], pupils[n]) for n in range(10)]
    crossed = [item(providers[2 + n % 2], pupils[9 - n]) for n in range(10)]  # the same pupils, elsewhere
    new = [item(providers[n % 4], fresh[n]) for n in range(10)]
    batches = [known, crossed, known[::-1], new, new[::-1]]
    answers = await asyncio.gather(*(school.post(BATCH, batch(each)) for each in batches))
    assert [set(statuses(answer)) for answer in answers] == [{201}] * 5
    found = await school.post("/v1/pupils/search", {"family_name": "Field"})
    assert len(found.json()["data"]) == 10


async def test_singles_and_batches_together_never_overrun_the_limit(given: Given) -> None:
    partnership = await given.partnership()
    schools = [await given.school() for _ in range(3)]
    provider = await given.provider(partnership)
    plans = [[item(provider, await given.pupil(school), starts_on=SOON) for _ in range(4)] for school in schools]
    answers = await asyncio.gather(
        *(school.post(BATCH, batch(each[:3])) for school, each in zip(schools, plans, strict=True)),
        *(school.post("/v1/placements", each[3]) for school, each in zip(schools, plans, strict=True)),
    )
    made = sum(statuses(answer).count(201) for answer in answers[:3])
    made += sum(answer.status_code == 201 for answer in answers[3:])
    assert made == 4


async def test_the_person_for_whom_each_item_is_told_is_in_the_audit_trail(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    items = [item(provider, await given.pupil(school)) for _ in range(2)]
    items[0]["acting_for"] = {"user_id": "u-1"}
    await school.post(BATCH, batch(items) | {"acting_for": {"user_id": "u-0"}})
    trail = (await school.get("/v1/audit?limit=200")).json()["data"]
    made = [
        each["acting_for"]["user_id"] for each in trail if (each["action"], each["entity"]) == ("create", "placement")
    ]
    assert made == ["u-1", "u-0"]


async def test_nobody_without_the_permission_sends_a_batch(given: Given) -> None:
    viewer = await given.school("viewer")
    assert (await viewer.post(BATCH, batch(["x"]))).status_code == 403
