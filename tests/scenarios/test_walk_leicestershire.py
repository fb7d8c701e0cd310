"""A Leicestershire visit that finds a cause for concern, walked by its four parties until pupils are placed again."""

from typing import Any

from app.db.base import today
from tests.given import Api, Given, week
from tests.scenarios.visiting import Walk, days, planned, rated

EARLY = {"lead": "visit notes judgements", "school": "visit notes judgements", "provider": "", "authority": ""}


async def test_what_a_red_brings_about_reaches_everybody_whom_it_concerns(given: Given) -> None:
    walk = await planned(given, "leics-seip-qa-v1")
    assert await walk.opened() == {"lead": "visit", "school": "visit", "provider": "", "authority": ""}
    await _prepare(walk)
    await _visit(walk)
    await _share(walk)
    decision = await _decide(given, walk)
    await _reopen(given, walk, decision)


async def _prepare(walk: Walk) -> None:
    await walk.step("preparing")
    await walk.judge_all(walk.lead, phase="before_visit")
    await walk.note(walk.school, {"item_key": "criterion:safety-observed", "text": "Look at the store."})
    assert await walk.opened() == EARLY
    await walk.step("with_provider")
    assert await walk.opened() == EARLY | {"provider": "visit"}
    assert await walk.kinds(walk.provider) == ["visit.with_provider"]
    assert await walk.kinds(walk.authority) == []


async def _visit(walk: Walk) -> None:
    answered = await walk.note(walk.provider, {"item_key": "criterion:safety-observed", "text": "We lock the store."})
    assert [each["status"] for each in answered] == [201]
    seen = {"lead": "visit answers notes judgements", "school": "visit answers notes judgements"}
    assert await walk.opened() == seen | {"provider": "visit answers", "authority": ""}
    told = await walk.step("visited", walk.school, visited_on=today().isoformat(), duration_minutes=150)
    assert told["allowed_transitions"] == []
    assert (await walk.step("draft_shared", walk.school, 403))["code"] == "not_your_transition"
    await walk.judge_all(walk.school, learner_safety="red", safety_observed="red")
    assert await walk.opened() == seen | {"provider": "visit answers", "authority": ""}
    assert "concern.raised" not in await walk.kinds(walk.lead)


async def _share(walk: Walk) -> None:
    await walk.step("draft_shared")
    draft = "visit answers notes judgements draft"
    assert await walk.opened() == {"lead": draft, "school": draft, "provider": draft, "authority": ""}
    # The chair is alerted as soon as the judgement is shared; the provider reads it in the draft.
    assert (await walk.kinds(walk.lead)).count("concern.raised") == 2
    assert "concern.raised" not in await walk.kinds(walk.provider)
    assert (await walk.provider.get("/v1/concerns")).json()["data"] != []
    assert (await walk.authority.get("/v1/concerns")).json()["data"] == []
    taken = await walk.step("visited", reason="A wording is to be put right.")
    assert taken["status"] == "visited"
    assert (await walk.opened())["provider"] == "visit answers"
    assert (await walk.provider.get("/v1/concerns")).json()["data"] == []
    await walk.step("draft_shared")
    assert (await walk.step("finalised", walk.school, 403))["code"] == "not_your_transition"
    final = await walk.concluded()
    assert rated(final)["section:learner-safety"] == "red"
    assert [each["stage"] for each in final["versions"]] == ["draft", "draft", "final"]
    final_words = "visit answers notes judgements final"
    assert await walk.opened() == dict.fromkeys(("lead", "school", "provider", "authority"), final_words)
    assert "visit.finalised" in await walk.kinds(walk.authority)


async def _decide(given: Given, walk: Walk) -> dict[str, Any]:
    """The chair decides; the decision is shared, read, and holds."""
    concerns = (await walk.lead.get("/v1/concerns", params={"visit_id": walk.visit["id"]})).json()["data"]
    assert {each["key"] for each in concerns} == {"learner-safety", "safety-observed"}
    assert {each["status"] for each in concerns} == {"open"}
    said = {
        "provider_id": walk.visit["provider_id"],
        "visit_id": walk.visit["id"],
        "concern_ids": [each["id"] for each in concerns],
        "kind": "suspend_new_placements",
        "reason": "The store is not locked.",
    }
    assert (await walk.school.post("/v1/decisions", said)).status_code == 403
    assert (await walk.provider.post("/v1/decisions", said)).status_code == 403
    decision = await walk.lead.made("/v1/decisions", said)
    for api in (walk.school, walk.authority, walk.provider):
        assert "decision.made" in await walk.kinds(api)
    unread = {"unread": "true", "provider_id": walk.visit["provider_id"]}
    found = (await walk.school.get("/v1/decisions", params=unread)).json()["data"]
    assert [each["id"] for each in found] == [decision["id"]]
    answer = await walk.school.post(f"/v1/decisions/{decision['id']}/acknowledgement", {})
    assert answer.status_code == 201, answer.text
    assert (await walk.school.get("/v1/decisions", params=unread)).json()["data"] == []
    concerns = (await walk.lead.get("/v1/concerns", params={"visit_id": walk.visit["id"]})).json()["data"]
    assert {(each["status"], each["decision_id"]) for each in concerns} == {("decided", decision["id"])}
    return decision


async def _reopen(given: Given, walk: Walk, decision: dict[str, Any]) -> None:
    """Nobody new is placed until the chair decides to continue."""
    body = await _placement(given, walk.school, walk.visit["provider_id"])
    refused = await walk.school.post("/v1/placements", body)
    assert refused.status_code == 409, refused.text
    assert refused.json()["code"] == "provider_suspended"
    assert decision["id"] in refused.text
    provider = (await walk.school.get(f"/v1/providers/{walk.visit['provider_id']}")).json()
    assert provider["commissioning_status"] == "suspended"
    later = {"provider_id": walk.visit["provider_id"], "kind": "continue", "reason": "The store is locked now."}
    await walk.lead.made("/v1/decisions", later)
    await walk.school.made("/v1/placements", body)
    provider = (await walk.school.get(f"/v1/providers/{walk.visit['provider_id']}")).json()
    assert provider["commissioning_status"] == "open"


async def _placement(given: Given, by: Api, provider_id: str) -> dict[str, Any]:
    pupil = await given.pupil(by)
    return {"provider_id": provider_id, "pupil_id": pupil["id"], "timetable": week(4, 1), "starts_on": days(14)}
