"""What visits find is put right, and what is still open is carried from one to the next."""

import asyncio
from typing import Any

from tests.given import Given
from tests.improving import LEICS, actions, drafted, judge_again, moved, plans, settle, shared, step
from tests.scenarios.visiting import Walk, day, days, on_day, planned

POINT = "Lock the tool store."


async def another(walk: Walk, planned_on: str | None = None) -> Walk:
    """A further visit of the same parties."""
    said = {
        "provider_id": walk.visit["provider_id"],
        "framework_id": LEICS,
        "kind": "qa_visit",
        "planned_on": planned_on or days(0),
        "visitors": [{"name": "Ayesha Grant"}],
        "team_ids": [str(walk.school.organisation_id)],
    }
    visit = await walk.lead.made("/v1/visits", said)
    return Walk(walk.lead, walk.school, walk.provider, walk.authority, visit, walk.given)


def keys(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Where actions came from, and their criteria."""
    return [(each["source"], each["criterion_key"]) for each in found]


async def test_a_visit_is_drafted_once_concern_first_and_the_plan_closes_when_all_is_verified(given: Given) -> None:
    walk = await planned(given, LEICS)
    refused = await drafted(walk, walk.lead, 409)
    assert refused["code"] == "visit_not_shared"
    await shared(walk, POINT, safeguarding_records="amber", learner_safety="red")
    plan = await drafted(walk, walk.school)
    assert (plan["organisation_id"], plan["visit_id"]) == (str(walk.lead.organisation_id), walk.visit["id"])
    assert (plan["drafted"], plan["status"]) == (3, "open")
    found = await actions(walk.provider, plan_id=plan["id"])
    assert keys(found) == [
        ("criterion", None),
        ("criterion", "safeguarding-records"),
        ("action_point", "safety-observed"),
    ]
    assert {each["section_key"] for each in found} == {"learner-safety"}
    assert [each["due_on"] for each in found] == [days(28), days(84), days(84)]
    assert found[2]["action"] == POINT
    again = await drafted(walk, walk.lead, 200)
    assert (again["id"], again["drafted"]) == (plan["id"], 0)
    assert await actions(walk.provider, plan_id=plan["id"]) == found

    close = f"/v1/action-plans/{plan['id']}/close"
    await settle(walk.lead, walk.provider, *found[:2])
    refused = await moved(walk.lead, close, {}, 409)
    assert [(each["code"], each["pointer"]) for each in refused["errors"]] == [
        ("action_open", f"/actions/{found[2]['id']}")
    ]
    await step(walk.lead, found[2], "cancelled", reason="The store is gone.")
    closed = await moved(walk.lead, close, {"reason": "All done."})
    assert (closed["status"], closed["closed_because"]) == ("closed", "All done.")
    assert (await drafted(walk, walk.lead, 200))["id"] == plan["id"]  # nothing twice, and no new plan for it


async def test_before_the_visit_is_final_its_team_and_the_provider_read_the_plan_and_afterwards_the_network(
    given: Given,
) -> None:
    walk = await shared(await planned(given, LEICS), learner_safety="amber")
    plan = await drafted(walk, walk.lead)
    one, (action,) = f"/v1/action-plans/{plan['id']}", await actions(walk.lead)
    here = {"provider_id": walk.visit["provider_id"]}  # the authority reads its whole area
    stranger, other = await given.partnership(), await given.school(la_code="999")
    for by in (walk.lead, walk.school, walk.provider):
        assert (await by.get(one)).status_code == 200
        assert len(await actions(by)) == 1
    for outside in (walk.authority, stranger, other):
        assert (await outside.get(one)).status_code == 404
        assert (await outside.get(f"/v1/actions/{action['id']}")).status_code == 404
        assert (await actions(outside, **here), await plans(outside, **here)) == ([], [])

    await walk.step("visited", reason="One rating was left out.")
    assert await actions(walk.provider) == []
    assert (await walk.provider.get(f"/v1/actions/{action['id']}")).status_code == 404
    assert len(await actions(walk.school)) == 1
    await walk.step("draft_shared")
    assert len(await actions(walk.provider)) == 1

    await walk.concluded()
    assert (await walk.authority.get(one)).status_code == 200
    assert [each["id"] for each in await actions(walk.authority, **here)] == [action["id"]]
    for outside in (stranger, other):
        assert (await actions(outside, **here), await plans(outside, **here)) == ([], [])
    assert (await step(walk.school, action, "cancelled", 403, reason="Done."))["code"] == "not_yours"
    assert (await step(walk.authority, action, "verified", 403))["code"] == "not_yours"


async def test_after_an_amendment_only_what_is_new_is_drafted(given: Given) -> None:
    walk = await shared(await planned(given, LEICS), POINT)
    plan = await drafted(walk, walk.lead)
    assert plan["drafted"] == 1
    await walk.step("visited", reason="To be put right.")
    assert (await drafted(walk, walk.lead, 409))["code"] == "visit_not_shared"
    points = ["  lock the tool  store.", "Count the tools out."]
    await judge_again(walk, "criterion:safety-observed", rating="amber", action_points=points)
    await walk.step("draft_shared")
    assert (await drafted(walk, walk.lead))["drafted"] == 1
    assert [each["action"] for each in await actions(walk.lead)] == [POINT, "Count the tools out."]


async def test_a_visit_that_finds_nothing_wanting_has_no_plan(given: Given) -> None:
    walk = await shared(await planned(given, LEICS))
    assert (await drafted(walk, walk.lead, 409))["code"] == "nothing_to_draft"
    assert await plans(walk.lead) == []


async def test_two_who_draft_at_once_draft_once(given: Given) -> None:
    walk = await shared(await planned(given, LEICS), POINT, learner_safety="red", learner_progress="amber")
    answers = await asyncio.gather(
        *(by.post(f"{walk.path}/action-plan", {}) for by in (walk.lead, walk.school, walk.lead, walk.school))
    )
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 201]
    assert len({each.json()["id"] for each in answers}) == 1
    assert sorted(each.json()["drafted"] for each in answers) == [0, 0, 0, 3]
    assert len(await actions(walk.lead)) == 3
    assert len(await plans(walk.lead)) == 1


async def test_two_visits_that_are_drafted_at_once_share_the_plan_though_their_teams_differ(given: Given) -> None:
    one = await shared(await planned(given, LEICS), learner_safety="amber")
    two = await another(one)
    two.school = await given.school(partnership_id=two.lead.organisation_id)
    changed = await two.lead.patch(two.path, {"team_ids": [str(two.school.organisation_id)]}, 1)
    assert changed.status_code == 200, changed.text
    await shared(two, learner_progress="amber")
    first, second = await asyncio.gather(drafted(one, one.school), drafted(two, two.school))
    assert first["id"] == second["id"]
    assert [each["section_key"] for each in await actions(one.school)] == ["learner-safety"]
    assert [each["section_key"] for each in await actions(two.school)] == ["learner-progress"]
    assert len(await plans(one.school)) == len(await plans(two.school)) == 1
    assert len(await actions(one.lead)) == 2


async def test_a_later_visit_carries_on_what_is_open_and_asks_again_for_what_was_done_and_has_slipped(
    given: Given,
) -> None:
    first = await shared(
        await planned(given, LEICS), safeguarding_records="amber", learner_safety="amber", learner_progress="amber"
    )
    plan = await drafted(first, first.lead)
    records, safety, progress = await actions(first.lead)
    await first.concluded()
    await settle(first.lead, first.provider, records, safety)
    later = day(days(60))
    second = await another(first, days(60))
    with on_day(given, later):
        await second.prepared()
        await second.visited(later)
        await second.judge_all(second.school, phase="at_visit", learner_safety="red", learner_progress="amber")
        await second.step("draft_shared")
        again = await drafted(second, second.school)
        assert (again["id"], again["drafted"]) == (plan["id"], 1)  # progress is carried on as it is
        found = await actions(second.lead, plan_id=plan["id"])
        assert [(each["visit_id"], each["section_key"], each["status"]) for each in found] == [
            (first.visit["id"], "learner-safety", "verified"),
            (first.visit["id"], "learner-safety", "verified"),
            (first.visit["id"], "learner-progress", "open"),
            (second.visit["id"], "learner-safety", "open"),
        ]
        assert day(found[3]["due_on"]) == day(days(60 + 28))
        # What the first visit left open is done now; the second has not asked for it, and does not from now on.
        await settle(first.lead, first.provider, progress)
        assert (await drafted(second, second.school, 200))["drafted"] == 0
        # The network reads what the first visit asked for, and not yet what the second did.
        assert len(await actions(first.authority, plan_id=plan["id"])) == 3
        await second.concluded()
        assert len(await actions(first.authority, plan_id=plan["id"])) == 4
        refused = await moved(first.lead, f"/v1/action-plans/{plan['id']}/close", {}, 409)
        assert [each["pointer"] for each in refused["errors"]] == [f"/actions/{found[3]['id']}"]


async def test_essential_criteria_of_herefordshire_become_its_provider_improvement_plan(given: Given) -> None:
    walk = await planned(given, "herefordshire-apqa-v1")
    await walk.step("preparing")
    await walk.answer_questions(walk.lead)
    await walk.judge_all(walk.lead, phase="before_visit")
    await walk.step("with_provider")
    await walk.visited()
    form = await walk.form()
    essential = next(each for each in form["items"] if each["kind"] == "criterion" and each["essential"])
    partly = next(each for each in form["items"] if "partially_met" in each["values"])
    wanting = {essential["item_key"]: "not_met", partly["item_key"]: "partially_met"}
    named = {key.partition(":")[2].replace("-", "_"): rating for key, rating in wanting.items()}
    await walk.judge_all(walk.school, **named)
    await walk.step("draft_shared")
    plan = await drafted(walk, walk.lead)
    assert plan["title"] == "Provider improvement plan"
    found = await actions(walk.lead)
    assert [f"criterion:{each['criterion_key']}" for each in found] == list(wanting)
    assert [each["section_key"] for each in found] == [essential["section_key"], partly["section_key"]]
    assert [each["due_on"] for each in found] == [days(28), days(84)]
