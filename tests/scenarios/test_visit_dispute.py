"""A red, a dispute and its moderation, and what follows."""

from typing import Any

from app.db.base import today
from tests.given import Given
from tests.scenarios.visiting import Walk, days, planned, pointers


async def shared(given: Given, **otherwise: str) -> Walk:
    """A Leicestershire visit whose draft is shared."""
    walk = await planned(given, "leics-seip-qa-v1")
    await walk.step("preparing")
    await walk.judge_all(walk.lead, phase="before_visit")
    await walk.step("with_provider")
    await walk.step("visited", visited_on=today().isoformat(), duration_minutes=120)
    await walk.judge_all(walk.school, **otherwise)
    await walk.step("draft_shared")
    return walk


async def test_a_disputed_red_is_amended_by_somebody_who_made_no_judgement(given: Given) -> None:
    walk = await shared(given, learner_safety="red")
    assert (await walk.step("finalised", walk.provider, status=403))["code"] == "not_your_transition"
    disputed = await walk.step("disputed", walk.provider, reason="The store was locked.")
    assert disputed["allowed_transitions"] == ["draft_shared"]
    refused = await walk.step("finalised", walk.school, 403, reason="Again.", outcome="upheld", how="second_assessor")
    assert refused["code"] == "moderator_not_independent"
    second = await given.api(walk.school.organisation_id)
    final = await walk.step(
        "finalised",
        second,
        reason="Seen again, together.",
        outcome="amended",
        how="joint_visit",
        amendments=[
            {"item_key": "section:learner-safety", "rating": "amber", "rationale": "Locked on the second visit."}
        ],
    )
    assert final["outcome"] == "amended"
    rated = {each["item_key"]: each["rating"] for each in final["judgements"]}
    assert rated["section:learner-safety"] == "amber"
    assert [each["stage"] for each in final["versions"]] == ["draft", "final"]


async def observed(given: Given) -> Walk:
    """A half-day observation that found a need for improvement, not shared yet."""
    walk = await planned(given, "ave-qa-v8", "half_day_observation")
    await walk.step("preparing")
    await walk.step("with_provider")
    await walk.step("visited", visited_on=today().isoformat(), duration_minutes=200)
    seen = next(each for each in (await walk.form())["items"] if each["kind"] == "criterion")
    await walk.note(walk.lead, {"item_key": seen["item_key"], "text": "Folders were not marked."})
    await walk.judge_all(walk.lead, quality_of_education="requires_improvement", overall="requires_improvement")
    return walk


async def test_a_half_day_that_requires_improvement_schedules_a_follow_up_within_eight_weeks(given: Given) -> None:
    walk = await observed(given)
    await walk.step("draft_shared")
    await walk.concluded()
    found = (await walk.lead.get("/v1/visits", params={"kind": "follow_up"})).json()["data"]
    assert [(each["follows_visit_id"], each["status"]) for each in found] == [(walk.visit["id"], "planned")]


async def test_a_moderator_amends_an_item_once_and_what_is_amended_is_the_moderators(given: Given) -> None:
    walk = await shared(given, learner_safety="red")
    await walk.step("disputed", walk.provider, reason="The store was locked.")
    second = await given.api(walk.lead.organisation_id)
    amber = {"item_key": "section:learner-safety", "rating": "amber"}
    said: dict[str, Any] = {"reason": "Seen again.", "outcome": "amended", "how": "joint_visit"}
    refused = await walk.step("finalised", second, 422, **said, amendments=[amber, amber])
    assert pointers(refused) == {("duplicate_key", "/amendments/1/item_key")}
    person = {"user_id": "7", "display_name": "Noor Adeyemi"}
    final = await walk.step("finalised", second, **said, amendments=[amber], acting_for=person)
    made_by = {each["item_key"]: each["made_by"] for each in final["judgements"]}
    assert (made_by["section:learner-safety"], made_by["section:learner-progress"]) == ("Noor Adeyemi", None)
    concerns = (await walk.lead.get("/v1/concerns", params={"visit_id": walk.visit["id"]})).json()["data"]
    assert {each["status"] for each in concerns} == {"withdrawn"}


async def test_a_finding_that_is_set_aside_raises_nothing_and_supersedes_nothing(given: Given) -> None:
    walk = await shared(given, learner_safety="red")
    await walk.step("disputed", walk.provider, reason="It was another provider's store.")
    second = await given.api(walk.school.organisation_id)
    said: dict[str, Any] = {"reason": "It was.", "outcome": "set_aside", "how": "second_assessor"}
    final = await walk.step("finalised", second, **said)
    assert {each["set_aside"] for each in final["judgements"]} == {True}
    concerns = (await walk.lead.get("/v1/concerns", params={"visit_id": walk.visit["id"]})).json()["data"]
    assert {each["status"] for each in concerns} == {"withdrawn"}
    found = await walk.lead.get(f"/v1/providers/{walk.visit['provider_id']}/judgements")
    assert found.json()["data"] == []


async def test_a_follow_up_planned_before_the_record_is_final_is_held_to_its_last_day_too(given: Given) -> None:
    walk = await observed(given)
    await walk.step("draft_shared")
    body = {key: walk.visit[key] for key in ("provider_id", "team_ids")} | {"framework_id": "ave-qa-v8"}
    early = body | {"kind": "follow_up", "follows_visit_id": walk.visit["id"]}
    dropped, kept = [await walk.lead.made("/v1/visits", early) for _ in range(2)]
    leaving = Walk(walk.lead, walk.school, walk.provider, walk.authority, dropped, given)
    await leaving.step("cancelled", reason="Planned twice.")
    await walk.concluded()
    found = (await walk.lead.get("/v1/visits", params={"kind": "follow_up"})).json()["data"]
    assert {each["id"]: each["due_by_on"] for each in found} == {dropped["id"]: None, kept["id"]: days(56)}
    late = {"planned_on": days(57)}
    refused = await walk.lead.patch(f"/v1/visits/{kept['id']}", late, 2)
    assert pointers(refused.json()) == {("follow_up_late", "/planned_on")}


async def test_a_follow_up_that_was_cancelled_before_is_scheduled_again(given: Given) -> None:
    walk = await observed(given)
    await walk.step("draft_shared")
    body = {key: walk.visit[key] for key in ("provider_id", "team_ids")} | {"framework_id": "ave-qa-v8"}
    dropped = await walk.lead.made("/v1/visits", body | {"kind": "follow_up", "follows_visit_id": walk.visit["id"]})
    leaving = Walk(walk.lead, walk.school, walk.provider, walk.authority, dropped, given)
    await leaving.step("cancelled", reason="By mistake.")
    await walk.concluded()
    found = (await walk.lead.get("/v1/visits", params={"kind": "follow_up", "status": "planned"})).json()["data"]
    assert [each["due_by_on"] for each in found] == [days(56)]
