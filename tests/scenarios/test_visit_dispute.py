"""A red, a dispute and its moderation, and what follows."""

from app.db.base import today
from tests.given import Given
from tests.scenarios.visiting import Walk, planned


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


async def test_an_inadequate_half_day_schedules_a_follow_up_within_eight_weeks(given: Given) -> None:
    walk = await planned(given, "ave-qa-v8", "half_day_observation")
    await walk.step("preparing")
    await walk.step("with_provider")
    await walk.step("visited", visited_on=today().isoformat(), duration_minutes=200)
    seen = next(each for each in (await walk.form())["items"] if each["kind"] == "criterion")
    await walk.note(walk.lead, {"item_key": seen["item_key"], "text": "Folders were not marked."})
    await walk.judge_all(walk.lead, quality_of_education="requires_improvement", overall="requires_improvement")
    await walk.step("draft_shared")
    await walk.provider.post(f"{walk.path}/comments", {"kind": "conclusion", "text": "Understood."})
    await walk.step("finalised")
    found = (await walk.lead.get("/v1/visits", params={"kind": "follow_up"})).json()["data"]
    assert [(each["follows_visit_id"], each["status"]) for each in found] == [(walk.visit["id"], "planned")]
