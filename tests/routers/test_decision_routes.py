"""Decisions over HTTP: made, told, read, confirmed; the provider's status; and how pupils leave."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.db import decisions
from app.db.base import LONDON, now
from tests.deciding import TODAY, Circle, circle, day, decided, decision, kinds, placed, visited
from tests.given import Api, Given

DECISIONS = "/v1/decisions"


async def status(all_: Circle) -> str:
    """The provider's commissioning status as its commissioners read it."""
    found: str = (await all_.stranger.get(f"/v1/providers/{all_.provider_id}")).json()["commissioning_status"]
    return found


async def detail(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    """One decision through the eyes of an organisation."""
    answer = await api.get(f"{DECISIONS}/{made['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(api: Api, query: str = "") -> list[str]:
    """The ids of a list of decisions."""
    return [each["id"] for each in (await api.get(f"{DECISIONS}?{query}")).json()["data"]]


async def confirm(api: Api, made: dict[str, Any]) -> int:
    """Confirm that it has been read."""
    return (await api.post(f"{DECISIONS}/{made['id']}/acknowledgement")).status_code


# --- made, and by whom ----------------------------------------------------------------------------------------------


async def test_decisions_are_for_leads_of_partnerships_and_authorities(given: Given) -> None:
    all_ = await circle(given)
    contributor = await given.api(all_.partnership.organisation_id, "contributor")
    for api in (contributor, all_.school, all_.provider):
        refused = await api.post(DECISIONS, decision(all_.provider_id))
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_required")
    for api in (all_.partnership, all_.authority):
        made = await decided(api, all_.provider_id)
        assert made["organisation_id"] == str(api.organisation_id)
        assert (made["effective_on"], made["in_force"], made["acknowledged_at"]) == (TODAY.isoformat(), True, None)


@pytest.mark.parametrize(
    ("kind", "more", "pointer"),
    [
        ("continue_with_conditions", {"conditions": []}, "/conditions"),
        ("suspend_new_placements", {"conditions": ["x"]}, "/conditions"),
        ("withdraw_pupils", {"withdraw_by_on": None}, "/withdraw_by_on"),
        ("withdraw_pupils", {"withdraw_by_on": TODAY.isoformat()}, "/withdraw_by_on"),
        ("cease", {"effective_on": day(-1)}, "/effective_on"),
        ("cease", {"review_on": day(-1)}, "/review_on"),
        ("cease", {"reason": ""}, "/reason"),
        ("close", {}, "/kind"),
    ],
)
async def test_a_decision_that_cannot_be_is_refused_by_pointer(
    given: Given, kind: str, more: dict[str, Any], pointer: str
) -> None:
    all_ = await circle(given)
    answer = await all_.partnership.post(DECISIONS, decision(all_.provider_id, kind, **more))
    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]
    assert await status(all_) == "open"


async def test_a_decision_rests_on_a_visit_to_the_provider_that_has_taken_place(given: Given) -> None:
    all_ = await circle(given)
    other = await given.provider(all_.partnership)
    coming = await visited(given, all_.partnership, all_.provider_id, "preparing")
    elsewhere = await visited(given, all_.partnership, other["id"], "visited")
    done = await visited(given, all_.partnership, all_.provider_id, "visited")
    for visit_id, code in ((coming, "visit_not_made"), (elsewhere, "visit_of_another_provider")):
        refused = await all_.partnership.post(DECISIONS, decision(all_.provider_id, visit_id=visit_id))
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    hidden = await all_.authority.post(DECISIONS, decision(all_.provider_id, visit_id=done))
    assert hidden.status_code == 404
    assert (await decided(all_.partnership, all_.provider_id, visit_id=done))["visit_id"] == done


async def test_the_open_concerns_that_it_answers_are_decided_and_no_others(given: Given) -> None:
    all_ = await circle(given)
    other = await given.provider(all_.partnership)
    said = {"provider_id": all_.provider_id, "title": "x", "detail": "x"}
    raised = [await all_.school.made("/v1/concerns", said) for _ in range(3)]
    withdrawn = f"/v1/concerns/{raised[1]['id']}/withdraw"
    await all_.school.post(withdrawn, {"reason": "x"}, headers={"If-Match": '"1"'})
    far = await all_.partnership.made("/v1/concerns", said | {"provider_id": other["id"]})
    wrong = await all_.partnership.post(DECISIONS, decision(all_.provider_id, concern_ids=[raised[0]["id"], far["id"]]))
    assert wrong.json()["errors"][0]["pointer"] == "/concern_ids/1"
    assert (
        await all_.sister.post(DECISIONS, decision(all_.provider_id, concern_ids=[raised[0]["id"]]))
    ).status_code == 404

    made = await decided(all_.partnership, all_.provider_id, concern_ids=[raised[0]["id"], raised[1]["id"]])
    kept = {each["id"]: each for each in (await all_.partnership.get("/v1/concerns")).json()["data"]}
    assert [kept[each["id"]]["status"] for each in raised] == ["decided", "withdrawn", "open"]
    assert kept[raised[0]["id"]]["decision_id"] == made["id"]
    assert (await detail(all_.partnership, made))["concern_ids"] == [raised[0]["id"]]
    assert (await detail(all_.sister, made))["concern_ids"] == []
    late = await all_.school.post(
        f"/v1/concerns/{raised[0]['id']}/withdraw", {"reason": "x"}, headers={"If-Match": '"2"'}
    )
    assert (late.status_code, late.json()["code"]) == (409, "concern_not_open")


async def test_everybody_concerned_is_told_and_nobody_else(given: Given) -> None:
    all_ = await circle(given)
    await placed(given, all_.school_elsewhere, all_.provider_id, 5)
    gone = await given.school(la_code="857")
    await placed(given, gone, all_.provider_id, -30, -3)
    await decided(all_.partnership, all_.provider_id)
    told = {name for name, api in all_.all.items() if "decision.made" in await kinds(api)}
    assert told == set(all_.all) - {"stranger"}
    assert "decision.made" not in await kinds(gone)


# --- the provider's status ------------------------------------------------------------------------------------------


async def test_the_providers_status_is_the_strictest_of_all_that_is_in_force(given: Given) -> None:
    all_ = await circle(given)
    expected = [
        (all_.partnership, "continue_with_conditions", "open"),
        (all_.partnership, "suspend_new_placements", "suspended"),
        (all_.authority, "withdraw_pupils", "suspended"),
        (all_.stranger, "cease", "ceased"),
        (all_.partnership, "continue", "ceased"),
        (all_.stranger, "continue", "suspended"),
        (all_.authority, "continue", "open"),
    ]
    for by, kind, then in expected:
        before = (await all_.stranger.get(f"/v1/providers/{all_.provider_id}")).json()
        await decided(by, all_.provider_id, kind)
        after = (await all_.stranger.get(f"/v1/providers/{all_.provider_id}")).json()
        assert after["commissioning_status"] == then, kind
        assert (after["version"] > before["version"]) == (then != before["commissioning_status"])


async def test_no_client_sets_the_status_itself(given: Given) -> None:
    all_ = await circle(given)
    said = {"commissioning_status": "suspended"}
    refused = await all_.partnership.patch(f"/v1/providers/{all_.provider_id}", said, 1)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_field")
    assert (await all_.partnership.post("/v1/providers", {"name": "x"} | said)).status_code == 422


async def test_a_newer_decision_ends_the_organisations_earlier_one_and_no_other(given: Given) -> None:
    all_ = await circle(given)
    first = await decided(all_.partnership, all_.provider_id)
    theirs = await decided(all_.authority, all_.provider_id)
    other = await given.provider(all_.partnership)
    elsewhere = await decided(all_.partnership, other["id"])
    second = await decided(all_.partnership, all_.provider_id, "continue")
    ended = await detail(all_.school, first)
    assert (ended["in_force"], ended["ended_by_id"]) == (False, second["id"])
    for still in (theirs, elsewhere, second):
        assert (await detail(all_.school, still))["in_force"]
    assert await listed(all_.school, "in_force=true") == [theirs["id"], elsewhere["id"], second["id"]]
    assert await listed(all_.school, "in_force=false") == [first["id"]]


async def test_decisions_on_one_provider_made_at_once_leave_one_in_force(given: Given) -> None:
    all_ = await circle(given)
    await asyncio.gather(*(decided(all_.partnership, all_.provider_id) for _ in range(6)))
    assert len(await listed(all_.partnership, "in_force=true")) == 1
    assert len(await listed(all_.partnership)) == 6


async def test_a_decision_for_a_day_to_come_takes_effect_on_it_and_ends_the_earlier_one_then(given: Given) -> None:
    all_ = await circle(given)
    held = await decided(all_.partnership, all_.provider_id)
    opened = await decided(all_.partnership, all_.provider_id, "continue", effective_on=day(10))
    assert await status(all_) == "suspended"
    assert (await detail(all_.school, held))["in_force"]
    assert not (await detail(all_.school, opened))["in_force"]
    await _come(given, 9)
    assert await status(all_) == "suspended"
    await _come(given, 10)
    assert await status(all_) == "open"


async def test_what_was_to_begin_later_is_superseded_by_what_begins_sooner(given: Given) -> None:
    all_ = await circle(given)
    later = await decided(all_.partnership, all_.provider_id, "cease", effective_on=day(20))
    sooner = await decided(all_.partnership, all_.provider_id, "suspend_new_placements", effective_on=day(10))
    ended = await detail(all_.school, later)
    assert ended["ended_by_id"] == sooner["id"]
    for days, expected in ((0, "open"), (10, "suspended"), (20, "suspended")):
        await _come(given, days)
        assert await status(all_) == expected


async def _come(given: Given, days: int) -> None:
    """The scheduled work of a day to come, in its first hour."""
    at = datetime.combine(TODAY + timedelta(days=days), time(0, 30), LONDON)
    await decisions.take_effect(given.held.database, at=max(at, now()))


# --- reading and confirming -----------------------------------------------------------------------------------------


async def test_a_provider_reads_decisions_on_itself_alone_and_all_others_read_all(given: Given) -> None:
    all_ = await circle(given)
    other = await given.provider(all_.partnership)
    competitor = await given.api(other["id"])
    made = await decided(all_.partnership, all_.provider_id)
    for name, api in all_.all.items():
        assert await listed(api) == [made["id"]], name
    assert await listed(competitor) == []
    assert (await competitor.get(f"{DECISIONS}/{made['id']}")).status_code == 404
    assert await confirm(competitor, made) == 404
    assert (await competitor.get(f"{DECISIONS}/{made['id']}/exit-plans")).status_code == 404


async def test_each_organisation_confirms_once_and_the_decider_sees_who_has_and_who_has_not(given: Given) -> None:
    all_ = await circle(given)
    made = await decided(all_.partnership, all_.provider_id)
    bound = {str(all_.school.organisation_id), str(all_.sister.organisation_id)}
    assert set((await detail(all_.partnership, made))["follow_up"]["awaited_ids"]) == bound
    colleague = await given.api(all_.school.organisation_id, "contributor")
    assert [await confirm(api, made) for api in (all_.school, colleague, all_.provider)] == [201, 200, 201]
    followed = (await detail(all_.partnership, made))["follow_up"]
    assert [each["organisation_id"] for each in followed["acknowledgements"]] == [
        str(all_.school.organisation_id),
        all_.provider_id,
    ]
    assert followed["awaited_ids"] == [str(all_.sister.organisation_id)]
    assert (await kinds(all_.partnership)).count("decision.acknowledged") == 2
    mine, theirs = await detail(all_.school, made), await detail(all_.sister, made)
    assert mine["acknowledged_at"] == followed["acknowledgements"][0]["acknowledged_at"]
    assert theirs["acknowledged_at"] is None
    assert mine["follow_up"] is theirs["follow_up"] is None
    viewer = await given.api(all_.sister.organisation_id, "viewer")
    assert await confirm(viewer, made) == 403


async def test_two_who_confirm_at_once_confirm_once(given: Given) -> None:
    all_ = await circle(given)
    made = await decided(all_.partnership, all_.provider_id)
    assert sorted(await asyncio.gather(*(confirm(all_.sister, made) for _ in range(4)))) == [200, 200, 200, 201]
    assert (await kinds(all_.partnership)).count("decision.acknowledged") == 1


async def test_decisions_are_listed_by_provider_by_kind_and_unread(given: Given) -> None:
    all_ = await circle(given)
    other = await given.provider(all_.partnership)
    first = await decided(all_.partnership, all_.provider_id)
    second = await decided(all_.authority, other["id"], "cease")
    assert await listed(all_.sister, f"provider_id={other['id']}") == [second["id"]]
    assert await listed(all_.sister, "kind=suspend_new_placements") == [first["id"]]
    assert await listed(all_.sister, "unread=true") == [first["id"], second["id"]]
    assert await listed(all_.partnership, "unread=true") == [second["id"]]
    await confirm(all_.sister, first)
    assert await listed(all_.sister, "unread=true") == [second["id"]]
    assert await listed(all_.sister, "unread=false") == [first["id"]]
    assert await listed(all_.school, "unread=true") == [first["id"], second["id"]]
    page = (await all_.sister.get(f"{DECISIONS}?limit=1")).json()
    assert page["data"][0]["acknowledged_at"] is not None
    rest = await listed(all_.sister, f"limit=1&cursor={page['page']['next_cursor']}")
    assert rest == [second["id"]]


async def test_each_sees_its_own_affected_placements_and_nobody_anothers(given: Given) -> None:
    all_ = await circle(given)
    mine = {
        name: await placed(given, all_.all[name], all_.provider_id, first)
        for name, first in (("school", -5), ("sister", 5), ("school_elsewhere", -5))
    }
    await placed(given, all_.school, all_.provider_id, -20, -2)
    cancelled = await placed(given, all_.school, all_.provider_id, -4)
    path = f"/v1/placements/{cancelled['id']}/cancel"
    assert (await all_.school.post(path, {"reason": "x"}, headers={"If-Match": '"1"'})).status_code == 200
    made = await decided(all_.partnership, all_.provider_id, "withdraw_pupils")
    for name, api in all_.all.items():
        found = await detail(api, made)
        seen = {each["placement_id"]: each["pupil_id"] for each in found["affected_placements"]}
        shown = {"provider": mine, "authority": ("school", "sister")}  # an authority: pupils who live in its area
        expected = [each for by, each in mine.items() if by in shown.get(name, (name,))]
        assert seen == {each["id"]: each["pupil_id"] for each in expected}, name
        assert not found["affected_placements_has_more"]
    followed = (await detail(all_.partnership, made))["follow_up"]
    # The school elsewhere is not bound, so it is not counted among those that have to act.
    assert (followed["affected_placements"], followed["without_exit_plan"]) == (2, 2)
    mild = await decided(all_.partnership, all_.provider_id, "continue")
    assert (await detail(all_.partnership, mild))["follow_up"]["without_exit_plan"] is None


# --- exit plans -----------------------------------------------------------------------------------------------------


def plan(**more: Any) -> dict[str, Any]:
    """How a pupil leaves."""
    return {"leave_by_on": day(20), "plan": "Back to school by half days.", "next_provision": "Home school"} | more


async def test_the_commissioner_plans_each_exit_the_provider_reads_it_and_the_decider_counts(given: Given) -> None:
    all_ = await circle(given)
    ours, theirs = [await placed(given, by, all_.provider_id, -5) for by in (all_.school, all_.sister)]
    made = await decided(all_.partnership, all_.provider_id, "withdraw_pupils")
    path = f"{DECISIONS}/{made['id']}/exit-plans"
    first = await all_.school.put(f"{path}/{ours['id']}", plan())
    assert (first.status_code, first.json()["status"], first.headers["etag"]) == (201, "open", '"1"')
    bare = await all_.school.put(f"{path}/{ours['id']}", plan(status="done"))
    stale = await all_.school.put(f"{path}/{ours['id']}", plan(), headers={"If-Match": '"9"'})
    then = await all_.school.put(f"{path}/{ours['id']}", plan(status="done"), headers={"If-Match": '"1"'})
    assert (bare.status_code, stale.status_code, then.status_code) == (428, 412, 200)
    assert (then.json()["status"], then.json()["version"]) == ("done", 2)
    for api, status in (
        (all_.partnership, 404),
        (all_.school_elsewhere, 404),
        (all_.authority, 403),  # it sees the pupil, who lives in its area
        (all_.provider, 403),
    ):
        assert (await api.put(f"{path}/{ours['id']}", plan())).status_code == status
    seen = {name: (await api.get(path)).json()["data"] for name, api in all_.all.items()}
    assert {name: [each["placement_id"] for each in found] for name, found in seen.items() if found} == {
        "school": [ours["id"]],
        "provider": [ours["id"]],
    }
    followed = (await detail(all_.partnership, made))["follow_up"]
    assert (followed["affected_placements"], followed["without_exit_plan"]) == (2, 1)
    [affected] = (await detail(all_.school, made))["affected_placements"]
    assert affected["exit_plan_id"] == then.json()["id"]
    [open_] = (await detail(all_.sister, made))["affected_placements"]
    assert (open_["placement_id"], open_["exit_plan_id"]) == (theirs["id"], None)
    assert "exit_plan.changed" in await kinds(all_.provider)
    assert "exit_plan.changed" not in await kinds(all_.partnership)


async def test_an_exit_is_planned_only_where_pupils_leave_and_in_time(given: Given) -> None:
    all_ = await circle(given)
    ours = await placed(given, all_.school, all_.provider_id, -5)
    other = await given.provider(all_.partnership)
    elsewhere = await placed(given, all_.school, other["id"], -5)

    async def tried(made: dict[str, Any], placement_id: str, **more: Any) -> tuple[int, str | None]:
        answer = await all_.school.put(f"{DECISIONS}/{made['id']}/exit-plans/{placement_id}", plan(**more))
        return answer.status_code, answer.json().get("code")

    suspended = await decided(all_.partnership, all_.provider_id)
    assert await tried(suspended, ours["id"]) == (409, "no_exit_plans")
    leaving = await decided(all_.partnership, all_.provider_id, "withdraw_pupils")
    assert await tried(leaving, ours["id"], leave_by_on=day(31)) == (422, "leaves_too_late")
    assert await tried(leaving, elsewhere["id"]) == (404, "not_found")
    assert await tried(leaving, ours["id"], status="gone") == (422, "invalid_request")
    assert (await tried(leaving, ours["id"], leave_by_on=day(30)))[0] == 201
    ceased = await decided(all_.partnership, all_.provider_id, "cease")
    assert await tried(leaving, ours["id"]) != (200, None)
    assert (await tried(ceased, ours["id"], leave_by_on=day(300)))[0] == 201
    cancel = f"/v1/placements/{ours['id']}/cancel"
    assert (await all_.school.post(cancel, {"reason": "x"}, headers={"If-Match": '"1"'})).status_code == 200
    again = f"{DECISIONS}/{ceased['id']}/exit-plans/{ours['id']}"
    refused = await all_.school.put(again, plan(), headers={"If-Match": '"1"'})
    assert refused.json()["code"] == "placement_cancelled"


async def test_under_a_decision_that_has_given_way_no_exit_is_planned(given: Given) -> None:
    all_ = await circle(given)
    ours = await placed(given, all_.school, all_.provider_id, -5)
    made = await decided(all_.partnership, all_.provider_id, "withdraw_pupils")
    await decided(all_.partnership, all_.provider_id, "continue")
    answer = await all_.school.put(f"{DECISIONS}/{made['id']}/exit-plans/{ours['id']}", plan())
    assert (answer.status_code, answer.json()["code"]) == (409, "decision_over")


async def test_two_who_plan_one_exit_at_once_make_one_plan(given: Given) -> None:
    all_ = await circle(given)
    ours = await placed(given, all_.school, all_.provider_id, -5)
    made = await decided(all_.partnership, all_.provider_id, "cease")
    path = f"{DECISIONS}/{made['id']}/exit-plans"
    answers = await asyncio.gather(*(all_.school.put(f"{path}/{ours['id']}", plan()) for _ in range(4)))
    codes = [each.status_code for each in answers]
    assert codes.count(201) == 1
    assert set(codes) <= {201, 412, 428}
    assert len((await all_.school.get(path)).json()["data"]) == 1


async def test_what_is_not_there_is_not_found(given: Given) -> None:
    all_ = await circle(given)
    nothing = UUID(int=0)
    for answer in (
        await all_.partnership.post(DECISIONS, decision(str(nothing))),
        await all_.partnership.get(f"{DECISIONS}/{nothing}"),
        await all_.partnership.post(f"{DECISIONS}/{nothing}/acknowledgement"),
        await all_.partnership.get(f"{DECISIONS}/{nothing}/exit-plans"),
        await all_.partnership.put(f"{DECISIONS}/{nothing}/exit-plans/{nothing}", plan()),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
