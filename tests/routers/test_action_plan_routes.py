"""Improvement plans and their actions over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.base import new_id, today
from app.domain.access import Caller, Role
from tests.access.world import TERMS
from tests.evidence.sending import kept
from tests.given import Api, Given
from tests.improving import actions, moved, plans, settle, step
from tests.scenarios.visiting import day, days, on_day

SAID = {"action": "Keep a key log.", "responsible": "Ada Invented", "due_on": days(10)}


class Parties:
    """A partnership that shares findings with another, a provider, and one open plan between them."""

    owner: Api
    provider: Api
    neighbour: Api
    school: Api
    authority: Api
    stranger: Api
    plan: dict[str, Any]

    @property
    def path(self) -> str:
        """The plan's address."""
        return f"/v1/action-plans/{self.plan['id']}"

    async def action(self, **said: Any) -> dict[str, Any]:
        """A new action in the plan."""
        return await self.owner.made("/v1/actions", SAID | {"plan_id": self.plan["id"]} | said)


@pytest.fixture
async def parties(given: Given) -> Parties:
    """A plan that rests on no visit, and who has to do with it."""
    found = Parties()
    found.owner, found.neighbour = [await given.partnership(network="county", la_code="856") for _ in range(2)]
    found.school = await given.school(partnership_id=found.owner.organisation_id)
    found.authority, found.stranger = await given.authority(), await given.partnership()
    provider = await given.provider(found.owner, la_code="855")
    found.provider = await given.api(provider["id"])
    found.plan = await found.owner.made("/v1/action-plans", {"provider_id": provider["id"]})
    return found


def codes(problem: dict[str, Any]) -> list[tuple[str, str]]:
    """The faults of a problem: code and place."""
    return [(each["code"], each["pointer"]) for each in problem["errors"]]


async def kinds(by: Api) -> list[str]:
    """The kinds of events that somebody was told of plans and actions."""
    told = (await by.get("/v1/changes", params={"limit": 200})).json()["data"]
    return [each["kind"] for each in told if each["kind"].startswith("action")]


# --- plans ----------------------------------------------------------------------------------------------------------


async def test_what_rests_on_no_visit_the_owner_the_provider_the_network_and_the_area_read(parties: Parties) -> None:
    action = await parties.action()
    for by in (parties.owner, parties.provider, parties.neighbour, parties.school, parties.authority):
        assert (await by.get(parties.path)).json() == parties.plan
        assert [each["id"] for each in await plans(by)] == [parties.plan["id"]]
        assert [each["id"] for each in await actions(by)] == [action["id"]]
    assert (await parties.stranger.get(parties.path)).status_code == 404
    assert (await parties.stranger.get(f"/v1/actions/{action['id']}")).status_code == 404
    assert (await actions(parties.stranger), await plans(parties.stranger)) == ([], [])


async def test_nobody_but_the_owner_words_the_plan_or_ends_it(parties: Parties) -> None:
    action = await parties.action()
    changes: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("PATCH", parties.path, {"title": "Another"}),
        ("POST", f"{parties.path}/close", {}),
        ("POST", f"{parties.path}/reopen", {"reason": "So."}),
        ("POST", "/v1/actions", {"plan_id": parties.plan["id"], "action": "Another."}),
    )
    for method, path, body in changes:
        for by, refusal in ((parties.neighbour, "not_yours"), (parties.provider, "permission_required")):
            answer = await by.send(method, path, json=body, headers={"If-Match": '"1"'})
            assert (answer.status_code, answer.json()["code"]) == (403, refusal), (path, answer.text)
        assert (await parties.stranger.send(method, path, json=body, headers={"If-Match": '"1"'})).status_code == 404, (
            path
        )
    one = f"/v1/actions/{action['id']}"
    for by in (parties.neighbour, parties.school, parties.authority):
        assert (await by.patch(one, {"action": "Another."}, 1)).json()["code"] == "not_yours"
        assert (await by.post(f"{one}/reviews", {"progress": "None."})).json()["code"] == "not_yours"
    assert (await parties.owner.get(one)).json() == action


async def test_an_organisation_has_one_open_plan_for_a_provider_however_many_open_one_at_once(
    given: Given, parties: Parties
) -> None:
    said = {"provider_id": parties.plan["provider_id"], "title": "Ours"}
    refused = (await parties.owner.post("/v1/action-plans", said)).json()
    assert (refused["code"], refused["plan_id"]) == ("plan_open", parties.plan["id"])
    answers = await asyncio.gather(*(parties.neighbour.post("/v1/action-plans", said) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"plan_open"}
    await moved(parties.owner, f"{parties.path}/close", {})
    second = await parties.owner.made("/v1/action-plans", said)
    refused = await moved(parties.owner, f"{parties.path}/reopen", {"reason": "By mistake."}, 409)
    assert (refused["code"], refused["plan_id"]) == ("plan_open", second["id"])


async def test_in_a_closed_plan_nothing_is_added_and_nothing_moves_until_it_is_opened_again(parties: Parties) -> None:
    action = await parties.action()
    await settle(parties.owner, parties.provider, action)
    closed = await moved(parties.owner, f"{parties.path}/close", {"reason": "All done."})
    assert (closed["status"], closed["closed_because"], closed["version"]) == ("closed", "All done.", 2)
    assert closed["closed_at"] is not None
    assert (await moved(parties.owner, f"{parties.path}/close", {}, 409))["code"] == "plan_closed"
    added = await parties.owner.post("/v1/actions", SAID | {"plan_id": parties.plan["id"]})
    assert (added.status_code, added.json()["code"]) == (409, "plan_closed")
    assert (await step(parties.owner, action, "in_progress", 409, reason="So."))["code"] == "plan_closed"
    assert (await parties.owner.get(f"/v1/actions/{action['id']}")).json()["allowed_transitions"] == []
    opened = await moved(parties.owner, f"{parties.path}/reopen", {"reason": "The log is kept no more."})
    assert (opened["status"], opened["closed_at"], opened["closed_because"]) == ("open", None, None)
    assert opened["reopened_because"] == "The log is kept no more."
    again = await step(parties.owner, action, "in_progress", reason="The log is kept no more.")
    assert (again["ended_on"], again["reopened_because"]) == (None, "The log is kept no more.")
    assert await kinds(parties.provider) == [
        "action_plan.opened",
        "action.added",
        "action.submitted",
        "action.verified",
        "action_plan.closed",
        "action_plan.reopened",
        "action.reopened",
    ]
    assert await kinds(parties.owner) == await kinds(parties.provider)
    assert await kinds(parties.neighbour) == []


async def test_a_plan_closes_or_an_action_in_it_is_opened_again_but_not_both(parties: Parties) -> None:
    action = await parties.action()
    await settle(parties.owner, parties.provider, action)
    for _ in range(3):
        close = parties.owner.post(f"{parties.path}/close", {}, headers={"If-Match": f'"{parties.plan["version"]}"'})
        one = f"/v1/actions/{action['id']}"
        etag = (await parties.owner.get(one)).headers["etag"]
        again = parties.owner.post(
            f"{one}/transitions", {"to": "in_progress", "reason": "So."}, headers={"If-Match": etag}
        )
        answers = await asyncio.gather(close, again)
        assert sorted(each.status_code for each in answers) == [200, 409]
        plan = (await parties.owner.get(parties.path)).json()
        status = (await parties.owner.get(one)).json()["status"]
        assert (plan["status"], status) in (("closed", "verified"), ("open", "in_progress"))
        if plan["status"] == "closed":
            plan = await moved(parties.owner, f"{parties.path}/reopen", {"reason": "Again."})
        else:
            await settle(parties.owner, parties.provider, action)
        parties.plan = plan


async def test_a_change_of_a_plan_needs_the_version_that_it_is_based_on(parties: Parties) -> None:
    assert (await parties.owner.send("PATCH", parties.path, json={"title": "Ours"})).status_code == 428
    changed = await parties.owner.patch(parties.path, {"title": "Ours"}, 1)
    assert (changed.json()["title"], changed.headers["etag"]) == ("Ours", '"2"')
    assert (await parties.owner.patch(parties.path, {"title": "Mine"}, 1)).status_code == 412
    known = await parties.owner.send("GET", parties.path, headers={"If-None-Match": '"2"'})
    assert known.status_code == 304


# --- actions --------------------------------------------------------------------------------------------------------


async def test_an_action_is_reported_on_by_the_provider_and_verified_by_the_owner(parties: Parties) -> None:
    action = await parties.action()
    one = f"/v1/actions/{action['id']}"
    assert action["allowed_transitions"] == ["cancelled"]
    assert (await parties.provider.get(one)).json()["allowed_transitions"] == ["in_progress", "submitted"]
    assert (await parties.neighbour.get(one)).json()["allowed_transitions"] == []
    begun = await step(parties.provider, action, "in_progress")
    assert begun["allowed_transitions"] == ["submitted"]
    refused = await step(parties.owner, action, "verified", 409)
    assert (refused["code"], refused["allowed"]) == ("transition_not_allowed", ["cancelled"])
    submitted = await step(parties.provider, action, "submitted")
    assert submitted["allowed_transitions"] == []
    assert (await step(parties.provider, action, "verified", 403))["code"] == "not_your_transition"
    refused = await step(parties.owner, action, "in_progress", 422)
    assert codes(refused) == [("reason_required", "/reason")]
    again = await step(parties.owner, action, "in_progress", reason="No log was shown.")
    assert again["reopened_because"] == "No log was shown."
    await settle(parties.owner, parties.provider, action)
    verified = (await parties.provider.get(one)).json()
    assert (verified["status"], verified["ended_on"]) == ("verified", today().isoformat())
    for by, body in ((parties.owner, {"due_on": days(1)}), (parties.provider, {"evidence_ids": []})):
        answer = await by.patch(one, body, verified["version"])
        assert (answer.status_code, answer.json()["code"]) == (409, "action_ended")
    assert (await parties.provider.post(f"{one}/reviews", {"progress": "Kept."})).json()["code"] == "action_ended"


async def test_a_step_needs_the_version_that_was_seen_and_is_taken_once(parties: Parties) -> None:
    action = await parties.action()
    path = f"/v1/actions/{action['id']}/transitions"
    assert (await parties.provider.post(path, {"to": "submitted"})).status_code == 428
    etag = (await parties.provider.get(f"/v1/actions/{action['id']}")).headers["etag"]
    answers = await asyncio.gather(
        *(parties.provider.post(path, {"to": "submitted"}, headers={"If-Match": etag}) for _ in range(3))
    )
    assert sorted(each.status_code for each in answers) == [200, 412, 412]


async def test_a_provider_changes_no_wording_and_names_evidence_of_its_own(given: Given, parties: Parties) -> None:
    action = await parties.action()
    one, provider_id = f"/v1/actions/{action['id']}", parties.plan["provider_id"]
    refused = await parties.provider.patch(one, {"action": "Nothing.", "due_on": days(900)}, 1)
    assert (refused.status_code, refused.json()["code"]) == (403, "wording_not_yours")
    assert codes(refused.json()) == [("wording_not_yours", "/action"), ("wording_not_yours", "/due_on")]

    mine = await kept(parties.provider, provider_id)
    other = await given.provider(parties.owner)
    anothers = await kept(await given.api(other["id"]), other["id"])
    private = await kept(parties.owner, provider_id)
    hidden = await kept(parties.stranger, provider_id)
    named = [mine["id"], anothers["id"], str(new_id())]
    refused = await parties.provider.patch(one, {"evidence_ids": named}, 1)
    assert (refused.status_code, refused.json()["code"]) == (422, "evidence_unknown")
    assert codes(refused.json()) == [("evidence_unknown", f"/evidence_ids/{at}") for at in (1, 2)]
    refused = await parties.owner.patch(one, {"evidence_ids": [hidden["id"]]}, 1)
    assert codes(refused.json()) == [("evidence_unknown", "/evidence_ids/0")]
    shown = await parties.provider.patch(one, {"evidence_ids": [mine["id"]]}, 1)
    assert shown.json()["evidence_ids"] == [mine["id"]]
    both = await parties.owner.patch(one, {"evidence_ids": [mine["id"], private["id"]], "responsible": None}, 2)
    assert both.status_code == 200, both.text
    assert both.json() | {"evidence_ids": [], "responsible": "x"} == shown.json() | {
        "evidence_ids": [],
        "responsible": "x",
        "version": 3,
        "updated_at": both.json()["updated_at"],
        "allowed_transitions": ["cancelled"],
    }
    for field in ("action", "due_on", "evidence_ids"):
        assert codes((await parties.owner.patch(one, {field: None}, 3)).json())[0][1] == f"/{field}"


async def test_progress_is_reviewed_by_both_dated_and_only_added_to(parties: Parties) -> None:
    action = await parties.action()
    path = f"/v1/actions/{action['id']}/reviews"
    said = {"progress": "Ordered.", "reviewed_on": days(-3), "reviewed_by": "Ada Invented"}
    first = await parties.provider.made(path, said)
    acting = {"user_id": "u1", "display_name": "Ayesha Grant"}
    second = await parties.owner.made(path, {"progress": "Seen in place.", "acting_for": acting})
    assert second["reviews"][0] == first["reviews"][0]
    told = [
        (each["reviewed_on"], each["progress"], each["reviewed_by"], each["organisation_id"])
        for each in second["reviews"]
    ]
    assert told == [
        (days(-3), "Ordered.", "Ada Invented", str(parties.provider.organisation_id)),
        (days(0), "Seen in place.", "Ayesha Grant", str(parties.owner.organisation_id)),
    ]
    refused = await parties.provider.post(path, {"progress": "Done.", "reviewed_on": days(1)})
    assert (refused.status_code, codes(refused.json())) == (422, [("in_the_future", "/reviewed_on")])
    answers = await asyncio.gather(*(by.post(path, {"progress": "x"}) for by in (parties.owner, parties.provider) * 2))
    assert {each.status_code for each in answers} == {201}
    assert len((await parties.owner.get(f"/v1/actions/{action['id']}")).json()["reviews"]) == 6
    trail = (await parties.owner.get("/v1/audit")).text
    assert "Ordered" not in trail
    assert "Ada" not in trail


async def test_an_action_is_overdue_from_the_day_after_its_last_in_england_until_it_is_verified(
    given: Given, parties: Parties
) -> None:
    late, soon = await parties.action(due_on=days(-1)), await parties.action(due_on=days(0))
    assert (late["is_overdue"], soon["is_overdue"]) == (True, False)
    assert [each["id"] for each in await actions(parties.provider, overdue="true")] == [late["id"]]
    assert [each["id"] for each in await actions(parties.provider, overdue="false")] == [soon["id"]]
    one = f"/v1/actions/{soon['id']}"
    etag = (await parties.owner.get(one)).headers["etag"]
    assert (await parties.owner.get(one, headers={"If-None-Match": etag})).status_code == 304
    with on_day(given, today() + timedelta(days=1)):
        answer = await parties.owner.get(one, headers={"If-None-Match": etag})
        assert (answer.status_code, answer.json()["is_overdue"]) == (200, True)
        assert len(await actions(parties.owner, overdue="true")) == 2
        await settle(parties.owner, parties.provider, late)
        await step(parties.owner, soon, "cancelled", reason="No store any more.")
        assert await actions(parties.owner, overdue="true") == []


async def test_actions_are_filtered_and_told_in_pages(parties: Parties) -> None:
    made = [await parties.action() for _ in range(3)]
    await step(parties.provider, made[0], "in_progress")
    plan, provider, owner = (made[0][name] for name in ("plan_id", "provider_id", "organisation_id"))
    for asked, found in (
        ({"plan_id": plan}, 3),
        ({"provider_id": provider, "status": "open"}, 2),
        ({"organisation_id": owner, "status": "in_progress"}, 1),
        ({"organisation_id": provider}, 0),
        ({"visit_id": plan}, 0),
    ):
        assert len(await actions(parties.neighbour, **asked)) == found, asked
    first = (await parties.owner.get("/v1/actions?limit=2")).json()
    rest = (await parties.owner.get(f"/v1/actions?limit=2&cursor={first['page']['next_cursor']}")).json()
    assert [each["id"] for each in [*first["data"], *rest["data"]]] == [each["id"] for each in made]
    assert len(await plans(parties.owner, status="open", provider_id=provider, organisation_id=owner)) == 1
    assert await plans(parties.owner, status="closed") == []


async def test_an_action_of_ones_own_names_a_criterion_of_a_framework_or_stands_alone(parties: Parties) -> None:
    framework = {"framework_id": "leics-seip-qa-v1"}
    named = await parties.action(**framework, criterion_key="safety-observed")
    assert (named["source"], named["section_key"]) == ("own", "learner-safety")
    alone = await parties.action()
    assert (alone["framework_id"], alone["section_key"], alone["criterion_key"]) == (None, None, None)
    for said, place in (
        ({"criterion_key": "safety-observed"}, "/framework_id"),
        (framework | {"criterion_key": "none"}, "/criterion_key"),
        (framework | {"section_key": "none"}, "/section_key"),
    ):
        refused = await parties.owner.post("/v1/actions", SAID | said | {"plan_id": parties.plan["id"]})
        assert (refused.status_code, codes(refused.json())[0][1]) == (422, place)


def later(day: str) -> str:
    """The same day a year later."""
    return f"{int(day[:4]) + 1}{day[4:]}"


async def test_where_the_terms_are_known_the_next_half_term_says_when_it_is_due(given: Given, parties: Parties) -> None:
    put = await parties.authority.put("/v1/calendars/2026-27", {"terms": TERMS})
    assert put.status_code == 201, put.text
    plan = await parties.authority.made("/v1/action-plans", {"provider_id": parties.plan["provider_id"]})
    for on, due in (("2026-11-23", "2027-02-12"), ("2027-06-30", "2027-09-22"), ("2027-09-20", "2027-12-13")):
        with on_day(given, day(on)):
            made = await parties.authority.made("/v1/actions", {"plan_id": plan["id"], "action": "Keep a log."})
            assert made["due_on"] == due, on
    next_year = [each | {name: later(str(each[name])) for name in ("starts_on", "ends_on")} for each in TERMS]
    assert (await parties.authority.put("/v1/calendars/2027-28", {"terms": next_year})).status_code == 201
    with on_day(given, day("2027-06-30")):
        made = await parties.authority.made("/v1/actions", {"plan_id": plan["id"], "action": "Keep a log."})
        assert made["due_on"] == "2027-10-23"


# --- audits ---------------------------------------------------------------------------------------------------------


async def audited(parties: Parties, *recommendations: dict[str, Any]) -> str:
    """The address of an audit that the plan's owner has recorded."""
    said = {"body": "LEBC", "audited_on": days(-30), "recommendations": list(recommendations)}
    made = await parties.owner.made(f"/v1/providers/{parties.plan['provider_id']}/audits", said)
    return f"/v1/audits/{made['id']}"


async def done(by: Api, audit: str) -> dict[str, str | None]:
    """When each recommendation was done."""
    return {each["key"]: each["done_on"] for each in (await by.get(audit)).json()["recommendations"]}


async def test_what_an_audit_recommends_becomes_actions_and_is_done_when_they_are_verified(parties: Parties) -> None:
    alarm = {"key": "hs-1", "text": "Test the alarm weekly.", "due_on": days(5)}
    box = {"key": "hs-2", "text": "Renew the first-aid box."}
    audit = await audited(parties, alarm, box, {"key": "hs-3", "text": "Fence.", "done_on": days(-1)})
    drafted = await parties.owner.post(f"{audit}/action-plan", {})
    assert (drafted.status_code, drafted.json()["id"], drafted.json()["drafted"]) == (201, parties.plan["id"], 2)
    found = await actions(parties.provider)
    assert [(each["action"], each["due_on"], each["source"]) for each in found] == [
        (alarm["text"], days(5), "audit"),
        (box["text"], days(84), "audit"),
    ]
    assert {f"/v1/audits/{each['audit_id']}" for each in found} == {audit}
    again = await parties.owner.post(f"{audit}/action-plan", {})
    assert (again.status_code, again.json()["drafted"]) == (200, 0)
    await settle(parties.owner, parties.provider, found[0])
    assert await done(parties.owner, audit) == {"hs-1": days(0), "hs-2": None, "hs-3": days(-1)}
    await step(parties.owner, found[0], "in_progress", reason="It is silent.")
    assert (await done(parties.owner, audit))["hs-1"] is None
    for by in (parties.neighbour, parties.school):
        answer = await by.post(f"{audit}/action-plan", {})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    assert (await parties.provider.post(f"{audit}/action-plan", {})).json()["code"] == "permission_required"


async def test_an_audit_is_drafted_once_with_the_day_that_is_told_and_opens_a_plan_where_there_is_none(
    parties: Parties,
) -> None:
    await moved(parties.owner, f"{parties.path}/close", {})
    audit = await audited(parties, {"key": "hs-1", "text": "Test the alarm weekly.", "due_on": days(5)})
    answers = await asyncio.gather(*(parties.owner.post(f"{audit}/action-plan", {"due_on": days(2)}) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 201]
    (action,) = await actions(parties.owner)
    assert (action["due_on"], action["plan_id"]) == (days(2), answers[0].json()["id"])
    assert action["plan_id"] != parties.plan["id"]
    nothing = await audited(parties)
    assert (await parties.owner.post(f"{nothing}/action-plan", {})).status_code == 200  # the open plan, as it is
    await step(parties.owner, action, "cancelled", reason="Done long ago.")
    await moved(parties.owner, f"/v1/action-plans/{action['plan_id']}/close", {})
    assert (await parties.owner.post(f"{nothing}/action-plan", {})).json()["code"] == "nothing_to_draft"
    assert (await parties.owner.post(f"{audit}/action-plan", {})).json()["id"] == action["plan_id"]


# --- the second wall ------------------------------------------------------------------------------------------------


REFUSED = (
    (Role.PROVIDER, "action = 'Nothing.'", "reports on an action"),
    (Role.PROVIDER, "due_on = due_on + 365", "reports on an action"),
    (Role.PROVIDER, "status = 'verified', ended_on = '2026-01-05'", "reports on an action"),
    (Role.PROVIDER, "status = 'cancelled'", "reports on an action"),
    (Role.PROVIDER, "reviews = '[]'", "stays as it was written"),
    (Role.PARTNERSHIP, "reviews = jsonb_set(reviews, '{0,progress}', '\"Nothing.\"')", "stays as it was written"),
    (Role.PARTNERSHIP, "network_ids = '{}'", "repeats what its visit says"),
    (Role.PARTNERSHIP, "origin = 'another'", "for life"),
    (Role.PARTNERSHIP, "organisation_id = provider_id", "for life"),
)


async def test_by_sql_alone_nobody_rewrites_what_is_not_theirs(given: Given, parties: Parties) -> None:
    action = await parties.action()
    await parties.provider.made(f"/v1/actions/{action['id']}/reviews", {"progress": "Ordered."})
    callers = {
        Role.PROVIDER: Caller(Role.PROVIDER, organisation_id=parties.provider.organisation_id),
        Role.PARTNERSHIP: Caller(Role.PARTNERSHIP, organisation_id=parties.owner.organisation_id),
    }
    told = {"id": UUID(action["id"])}
    for role, change, why in REFUSED:
        with pytest.raises(DBAPIError, match=why):
            async with given.held.database.session_for(callers[role]) as session:
                await session.execute(text(f"UPDATE actions SET {change} WHERE id = :id"), told)
    said = "evidence_ids = '{}', reviews = reviews || '{\"progress\": \"x\"}'::jsonb, status = 'submitted'"
    async with given.held.database.session_for(callers[Role.PROVIDER]) as session:
        await session.execute(text(f"UPDATE actions SET {said} WHERE id = :id"), told)


async def test_by_sql_alone_nobody_opens_a_plan_or_adds_an_action_in_anothers_name(
    given: Given, parties: Parties
) -> None:
    stranger, plan = parties.stranger.organisation_id, parties.plan
    caller = Caller(Role.PARTNERSHIP, organisation_id=stranger)
    opened = (
        "INSERT INTO action_plans (id, created_at, updated_at, version, provider_id, organisation_id, team_ids,"
        f" network_ids, title, status) VALUES (gen_random_uuid(), now(), now(), 1, '{plan['provider_id']}',"
        f" '{plan['organisation_id']}', ARRAY['{stranger}'::uuid], '{{}}', 'x', 'closed')"
    )
    added = (
        "INSERT INTO actions (id, created_at, updated_at, version, provider_id, visit_status, team_ids, network_ids,"
        " plan_id, organisation_id, source, action, due_on, status, reviews, evidence_ids) VALUES"
        f" (gen_random_uuid(), now(), now(), 1, '{plan['provider_id']}', 'none', ARRAY['{stranger}'::uuid], '{{}}',"
        f" '{plan['id']}', '{plan['organisation_id']}', 'own', 'x', now(), 'open', '[]', '{{}}')"
    )
    for statement in (opened, added):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with given.held.database.session_for(caller) as session:
                await session.execute(text(statement))
