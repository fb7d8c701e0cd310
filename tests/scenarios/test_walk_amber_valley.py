"""The yearly round of Amber Valley and Erewash, walked by its four parties: walk, observation, scrutiny, review."""

from datetime import timedelta
from typing import Any

from app.db.base import today
from tests.given import Given
from tests.scenarios.visiting import Walk, on_day, planned, pointers, rated

TODAY = today()
PLANNING = TODAY - timedelta(days=40)
WEAK = "requires_improvement"


def iso(days: int) -> str:
    """So many days after the planning."""
    return (PLANNING + timedelta(days=days)).isoformat()


def walk_of(days: int, first: int = 7, last: int = 20, **more: Any) -> dict[str, Any]:
    """A learning walk on a day of an announced period."""
    plan = {"planned_on": iso(days), "announced_from_on": iso(first), "announced_to_on": iso(last)}
    return plan | {"planned_minutes": 90} | more


async def observed(walk: Walk, told: int, day: int, **otherwise: str) -> dict[str, Any]:
    """A half-day observation from the telling to the shared draft, on days after the planning."""
    await walk.step("preparing")
    with on_day(walk.given, PLANNING + timedelta(days=told)):
        await walk.step("with_provider")
    with on_day(walk.given, PLANNING + timedelta(days=day)):
        await walk.visited(PLANNING + timedelta(days=day), 200)
        await walk.note(walk.school, {"item_key": "criterion:sessions", "text": "Pupils were drawn in."})
        await walk.judge_all(walk.lead, **otherwise)
        return await walk.step("draft_shared")


async def test_a_learning_walk_keeps_its_announced_fortnight_its_week_of_notice_and_its_ninety_minutes(
    given: Given,
) -> None:
    with on_day(given, PLANNING):
        walk = await planned(given, "ave-qa-v8", "learning_walk", **walk_of(10))
        wrong = {
            ("period_missing", "/announced_from_on"): walk_of(10, announced_from_on=None, announced_to_on=None),
            ("period_too_long", "/announced_to_on"): walk_of(10, last=21),
            ("outside_period", "/planned_on"): walk_of(6),
            ("visit_too_long", "/duration_minutes"): walk_of(10, planned_minutes=91),
        }
        for fault, plan in wrong.items():
            body = {key: walk.visit[key] for key in ("provider_id", "kind")} | {"framework_id": "ave-qa-v8"} | plan
            refused = await walk.lead.post("/v1/visits", body)
            assert (refused.status_code, refused.json()["code"]) == (409, "notice_not_kept"), refused.text
            assert pointers(refused.json()) == {fault}
        await walk.step("preparing")
    with on_day(given, PLANNING + timedelta(days=1)):
        assert pointers(await walk.step("with_provider", status=409)) == {("notice_too_short", "/notified_at")}
        contributor = await given.api(walk.lead.organisation_id, "contributor")
        override = {"reason": "The college asked for this week."}
        assert (await walk.step("with_provider", contributor, 403, override=override))["code"] == "permission_required"
    with on_day(given, PLANNING):
        await walk.step("with_provider")
    told = await walk.seen(walk.provider)
    # Of the day in the period the provider is not told.
    assert (told["planned_on"], told["announced_from_on"]) == (None, iso(7))
    assert (await walk.provider.get("/v1/visits")).json()["data"][0]["planned_on"] is None
    with on_day(given, PLANNING + timedelta(days=10)):
        recorded = await walk.visited(PLANNING + timedelta(days=10), 95)
        assert [(each["code"], each["pointer"]) for each in recorded["alerts"]] == [
            ("visit_too_long", "/duration_minutes")
        ]
        assert pointers(await walk.step("draft_shared", status=409)) == {("nothing_observed", "/responses")}
        await walk.judge(walk.school, {"item_key": "criterion:questioning", "rating": "success"})
        await walk.judge(walk.school, {"item_key": "criterion:daily-delivery", "rating": "development"})
        await walk.step("draft_shared")
        final = await walk.concluded()
    assert set(rated(final)) == {"criterion:questioning", "criterion:daily-delivery"}  # evidence, no grade of its own
    assert (await walk.seen(walk.provider))["planned_on"] == iso(10)
    assert await walk.opened() == dict.fromkeys(("lead", "school", "provider", "authority"), "visit judgements final")


async def test_after_the_provider_was_told_a_plan_does_not_cut_its_notice_short(given: Given) -> None:
    with on_day(given, PLANNING):
        walk = await planned(given, "ave-qa-v8", "learning_walk", **walk_of(10))
        await walk.step("preparing")
        told = await walk.step("with_provider")
        earlier = {"planned_on": iso(2), "announced_from_on": iso(2), "announced_to_on": iso(9)}
        refused = await walk.lead.patch(walk.path, earlier, told["version"])
        assert (refused.status_code, refused.json()["code"]) == (409, "notice_not_kept")
        assert pointers(refused.json()) == {("notice_too_short", "/notified_at")}
        later = {"planned_on": iso(12), "announced_from_on": iso(8), "announced_to_on": iso(21)}
        assert (await walk.lead.patch(walk.path, later, told["version"])).status_code == 200


async def test_a_half_day_is_told_the_afternoon_before_and_the_work_is_looked_at_on_the_same_day(given: Given) -> None:
    walk = await planned(given, "ave-qa-v8", "half_day_observation", planned_on=iso(10))
    scrutiny = Walk(walk.lead, walk.school, walk.provider, walk.authority, walk.visit, given)
    body = {"provider_id": walk.visit["provider_id"], "framework_id": "ave-qa-v8", "kind": "work_scrutiny"}
    more = {"planned_on": iso(10), "visitors": [{"name": "Ayesha Grant"}]}
    scrutiny.visit = await walk.lead.made("/v1/visits", body | more | {"team_ids": [str(walk.school.organisation_id)]})
    await walk.step("preparing")
    with on_day(given, PLANNING + timedelta(days=8)):
        assert pointers(await walk.step("with_provider", status=409)) == {("notice_too_long", "/notified_at")}
        # On the afternoon before, the day is told; until then nothing is.
        assert await walk.kinds(walk.provider) == []
    with on_day(given, PLANNING + timedelta(days=9)):
        await walk.step("with_provider")
        await scrutiny.prepared()
        assert (await walk.seen(walk.provider))["planned_on"] == iso(10)
    with on_day(given, PLANNING + timedelta(days=10)):
        for each in (walk, scrutiny):
            told = await each.visited(PLANNING + timedelta(days=10), 180)
            assert (told["visited_on"], told["alerts"]) == (iso(10), [])
        await scrutiny.judge_all(walk.school, marking="development")
        await walk.note(walk.school, {"item_key": "criterion:sessions", "text": "Pupils were drawn in."})
        await walk.judge_all(walk.lead)
        for each in (walk, scrutiny):
            await each.step("draft_shared")
            assert (await each.concluded())["allowed_transitions"] == []
    assert (await walk.lead.get("/v1/concerns")).json()["data"] == []
    asked = {"programme_id": "ave-qa-v8", "provider_id": walk.visit["provider_id"]}
    found = (await walk.authority.get("/v1/visits", params=asked)).json()["data"]
    assert {(each["kind"], each["visited_on"]) for each in found} == {
        ("half_day_observation", iso(10)),
        ("work_scrutiny", iso(10)),
    }


async def test_a_contract_review_is_answered_before_the_provider_has_it(given: Given) -> None:
    walk = await planned(given, "ave-qa-v8", "contract_review")
    await walk.step("preparing")
    missing = pointers(await walk.step("with_provider", status=409))
    assert {code for code, _ in missing} == {"unanswered"}
    assert {("unanswered", "/responses/criterion:dbs"), ("unanswered", "/responses/criterion:qa-policy")} < missing
    await walk.judge_all(walk.lead, dbs="to_update")
    await walk.step("with_provider")
    assert (await walk.opened())["provider"] == "visit"
    await walk.visited(minutes=60)
    await walk.step("draft_shared")
    final = await walk.concluded()
    assert rated(final)["criterion:dbs"] == "to_update"
    assert "overall" not in rated(final)


async def test_requires_improvement_is_followed_up_within_eight_weeks_and_the_new_finding_takes_its_place(
    given: Given,
) -> None:
    walk = await planned(given, "ave-qa-v8", "half_day_observation", planned_on=iso(1))
    await walk_through(walk)
    listed = await walk.lead.get("/v1/visits", params={"kind": "follow_up"})
    (scheduled,) = listed.json()["data"]
    assert (scheduled["due_by_on"], scheduled["follows_visit_id"]) == (iso(1 + 56), walk.visit["id"])
    assert "visit.follow_up_due" in await walk.kinds(walk.school)
    assert "visit.follow_up_due" not in await walk.kinds(walk.provider)
    follow = Walk(walk.lead, walk.school, walk.provider, walk.authority, scheduled, given)
    seen = {"lead": "visit", "school": "visit", "provider": "", "authority": ""}
    assert await follow.opened() == seen
    plan = {"planned_on": iso(58), "visitors": [{"name": "Noor Adeyemi"}]}
    refused = await walk.lead.patch(follow.path, plan, scheduled["version"])
    assert (refused.json()["code"], pointers(refused.json())) == (
        "notice_not_kept",
        {("follow_up_late", "/planned_on")},
    )
    changed = await walk.lead.patch(follow.path, plan | {"planned_on": iso(30)}, scheduled["version"])
    assert changed.status_code == 200, changed.text
    await observed(follow, 29, 30)
    await follow.concluded()
    provider_id = walk.visit["provider_id"]
    asked = {"framework_id": "ave-half-day-v8", "key": "overall"}
    history = (await walk.authority.get(f"/v1/providers/{provider_id}/judgements/history", params=asked)).json()
    assert [(each["rating"], each["standing"], each["trend"]) for each in history["data"]] == [
        ("requires_improvement", "superseded", None),
        ("outstanding", "current", "improving"),
    ]
    assert history["data"][0]["superseded_by"] == history["data"][1]["id"]


async def walk_through(walk: Walk) -> None:
    """An observation that finds a need for improvement; the assessor's overall rating differs, and is explained."""
    await walk.step("preparing")
    with on_day(walk.given, PLANNING):
        await walk.step("with_provider")
    with on_day(walk.given, PLANNING + timedelta(days=1)):
        await walk.visited(PLANNING + timedelta(days=1), 200)
    await walk.note(walk.school, {"item_key": "criterion:sessions", "text": "Pupils were drawn in."})
    await walk.judge_all(walk.lead, quality_of_education=WEAK)
    overall = {"item_key": "overall", "rating": "good"}
    held = next(each for each in (await walk.seen(walk.lead))["judgements"] if each["item_key"] == "overall")
    assert [each["status"] for each in await walk.judge(walk.lead, overall | {"version": held["version"]})] == [200]
    refused = await walk.step("draft_shared", status=409)
    assert pointers(refused) == {("rationale_missing", "/judgements/overall/rationale")}
    agreed = {"item_key": "overall", "rating": WEAK, "version": held["version"] + 1}
    assert [each["status"] for each in await walk.judge(walk.lead, agreed)] == [200]
    await walk.step("draft_shared")  # as the weakest area, it explains itself
    draft = (await walk.provider.get(f"{walk.path}/report")).json()["document"]
    assert draft["overall"]["hint"]["because"] == ["The quality of education"]
    await walk.concluded()
