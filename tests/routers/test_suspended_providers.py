"""Placements at a provider on whose future use somebody has decided: refused, told, overridden, or taken as a fact."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.domain.access import Caller
from app.worker.loop import Worker
from tests.deciding import TODAY, circle, day, decided, decision, kinds, placed, placement
from tests.given import Api, Given, week
from tests.statements import sent

PLACEMENTS = "/v1/placements"


def told(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """The alerts that name a decision."""
    return [(each["code"], each["decision_id"]) for each in answer["alerts"] if each["decision_id"]]


def refused(answer: httpx.Response) -> tuple[str, str]:
    """The code of a refusal, and the decision that it names."""
    assert answer.status_code == 409, answer.text
    problem = answer.json()
    return problem["code"], problem["decision"]["id"]


async def patch(api: Api, made: dict[str, Any], **said: Any) -> httpx.Response:
    """Change a placement in the version that was made."""
    return await api.patch(f"{PLACEMENTS}/{made['id']}", said, made["version"])


# --- new placements -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("suspend_new_placements", "provider_suspended"),
        ("withdraw_pupils", "provider_suspended"),
        ("cease", "provider_ceased"),
    ],
)
async def test_those_whom_a_decision_binds_place_nobody_new_and_the_refusal_names_it(
    given: Given, kind: str, code: str
) -> None:
    all_ = await circle(given)
    made = await decided(all_.partnership, all_.provider_id, kind)
    for by in (all_.partnership, all_.school, all_.sister):
        for first in (0, 14):
            answer = await by.post(PLACEMENTS, await placement(given, by, all_.provider_id, first))
            assert refused(answer) == (code, made["id"])
            assert answer.json()["decision"] == {
                "id": made["id"],
                "kind": kind,
                "effective_on": TODAY.isoformat(),
                "organisation_id": str(all_.partnership.organisation_id),
            }
        assert (await by.get(PLACEMENTS)).json()["data"] == []


@pytest.mark.parametrize("kind", ["continue", "continue_with_conditions"])
async def test_a_provider_is_open_under_the_other_decisions_and_again_after_them(given: Given, kind: str) -> None:
    all_ = await circle(given)
    await decided(all_.partnership, all_.provider_id, "cease")
    await decided(all_.partnership, all_.provider_id, kind)
    assert told(await placed(given, all_.school, all_.provider_id, 0)) == []
    assert told(await placed(given, all_.school, all_.provider_id, -3)) == []


async def test_those_whom_a_decision_does_not_bind_are_told_and_not_refused(given: Given) -> None:
    all_ = await circle(given)
    made = await decided(all_.partnership, all_.provider_id, "cease")
    for by in (all_.school_elsewhere, all_.stranger, all_.authority):
        assert told(await placed(given, by, all_.provider_id, 0)) == [("provider_suspended_elsewhere", made["id"])]
    theirs = await decided(all_.authority, all_.provider_id)
    answer = await all_.school.post(PLACEMENTS, await placement(given, all_.school, all_.provider_id, 0))
    assert refused(answer) == ("provider_ceased", made["id"])
    mine = await all_.authority.post(PLACEMENTS, await placement(given, all_.authority, all_.provider_id, 0))
    assert refused(mine) == ("provider_suspended", theirs["id"])


async def test_what_began_before_the_decision_is_recorded_whenever_it_is_told(given: Given) -> None:
    all_ = await circle(given)
    made = await decided(all_.partnership, all_.provider_id)
    late = await placed(given, all_.school, all_.provider_id, -1)
    assert told(late) == [("provider_suspended", made["id"])]
    assert told(await placed(given, all_.school, all_.provider_id, -30, -10)) == []


async def test_a_decision_for_a_day_to_come_refuses_what_starts_from_that_day(given: Given) -> None:
    all_ = await circle(given)
    made = await decided(all_.partnership, all_.provider_id, effective_on=day(10))
    assert told(await placed(given, all_.school, all_.provider_id, 9)) == [("provider_suspended", made["id"])]
    answer = await all_.school.post(PLACEMENTS, await placement(given, all_.school, all_.provider_id, 10))
    assert refused(answer) == ("provider_suspended", made["id"])
    await decided(all_.partnership, all_.provider_id, "continue", effective_on=day(20))
    assert refused(await all_.school.post(PLACEMENTS, await placement(given, all_.school, all_.provider_id, 19)))
    assert told(await placed(given, all_.school, all_.provider_id, 20)) == []


# --- placements that are there --------------------------------------------------------------------------------------


async def test_a_placement_that_is_there_is_changed_and_ended_but_not_kept_on(given: Given) -> None:
    all_ = await circle(given)
    open_, short = [await placed(given, all_.school, all_.provider_id, -20, last) for last in (None, 10)]
    made = await decided(all_.partnership, all_.provider_id)
    for longer in (day(11), None):
        assert refused(await patch(all_.school, short, ends_on=longer)) == ("provider_suspended", made["id"])
    assert (await patch(all_.school, short, goal="reintegration")).status_code == 200
    sooner = await patch(all_.school, open_, ends_on=day(30))
    assert sooner.status_code == 200
    assert told(sooner.json()) == [("provider_suspended", made["id"])]
    again = await all_.school.post(f"{PLACEMENTS}/{open_['id']}/end", {"ends_on": day(40)}, headers={"If-Match": '"2"'})
    assert refused(again) == ("provider_suspended", made["id"])
    fuller = {"from_on": day(1), "timetable": week(6, 1)}
    path = f"{PLACEMENTS}/{open_['id']}"
    assert (await all_.school.post(f"{path}/timetable", fuller, headers={"If-Match": '"2"'})).status_code == 200
    assert (await all_.school.post(f"{path}/cancel", {"reason": "x"}, headers={"If-Match": '"3"'})).status_code == 200


async def test_a_placement_is_not_moved_into_the_time_of_a_decision(given: Given) -> None:
    all_ = await circle(given)
    before, coming = [await placed(given, all_.school, all_.provider_id, first) for first in (-5, 20)]
    await decided(all_.partnership, all_.provider_id)
    assert (await patch(all_.school, before, starts_on=day(5))).status_code == 409
    assert (await patch(all_.school, coming, starts_on=day(19))).status_code == 409
    assert (await patch(all_.school, before, starts_on=day(-9))).status_code == 200
    assert (await patch(all_.school, coming, starts_on=day(25))).status_code == 200


async def test_another_systems_placements_follow_the_same_rule(given: Given) -> None:
    all_ = await circle(given)
    known = await placement(given, all_.school, all_.provider_id, -9, 9)
    path = "/v1/sources/arbor/placements"
    assert (await all_.school.put(f"{path}/P-1", known)).status_code == 201
    made = await decided(all_.partnership, all_.provider_id)
    assert (await all_.school.put(f"{path}/P-1", known)).status_code == 200
    longer = await all_.school.put(f"{path}/P-1", known | {"ends_on": day(10)})
    assert refused(longer) == ("provider_suspended", made["id"])
    new = await placement(given, all_.school, all_.provider_id, 1)
    assert refused(await all_.school.put(f"{path}/P-2", new)) == ("provider_suspended", made["id"])
    both = await all_.school.put(f"{path}/P-1", known | {"ends_on": day(5), "timetable": week(5, 1)})
    assert (both.status_code, told(both.json())) == (200, [("provider_suspended", made["id"])])


# --- by override ----------------------------------------------------------------------------------------------------


async def test_a_lead_goes_ahead_with_a_reason_and_the_decider_is_told_but_not_of_whom(given: Given) -> None:
    all_ = await circle(given)
    made = await decided(all_.partnership, all_.provider_id)
    said = await placement(given, all_.sister, all_.provider_id, 3) | {"override": {"reason": "A sibling is there."}}
    contributor = await given.api(all_.sister.organisation_id, "contributor")
    answer = await contributor.post(PLACEMENTS, said)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_required")
    new = await all_.sister.made(PLACEMENTS, said)
    assert told(new) == [("provider_suspended", made["id"])]
    [heard] = (await all_.partnership.get("/v1/changes?kind=decision.overridden")).json()["data"]
    assert heard["entity_id"] == made["id"]
    assert heard["payload"]["organisation_id"] == str(all_.sister.organisation_id)
    assert new["id"] not in str(heard)
    assert new["pupil_id"] not in str(heard)
    kept = (await all_.sister.get(f"/v1/audit?entity_id={new['id']}")).json()["data"]
    [override] = [each for each in kept if each["action"] == "override"]
    assert override["details"] == {"decision_id": made["id"], "reason": "A sibling is there."}
    assert "decision.overridden" not in await kinds(all_.provider)
    longer = await patch(all_.sister, new, ends_on=day(9))
    kept_on = await patch(all_.sister, longer.json(), ends_on=day(12), override={"reason": "A sibling is there."})
    assert (longer.status_code, kept_on.status_code) == (200, 200)


async def test_an_override_where_nothing_stands_against_it_is_not_told(given: Given) -> None:
    all_ = await circle(given)
    await decided(all_.partnership, all_.provider_id)
    said = await placement(given, all_.stranger, all_.provider_id, 3) | {"override": {"reason": "x"}}
    await all_.stranger.made(PLACEMENTS, said)
    assert "decision.overridden" not in await kinds(all_.partnership)


# --- many at once ---------------------------------------------------------------------------------------------------


async def test_in_a_batch_only_the_placements_at_the_suspended_provider_are_refused(given: Given) -> None:
    all_ = await circle(given)
    other = (await given.provider(all_.partnership))["id"]
    made = await decided(all_.partnership, all_.provider_id)
    said = [
        await placement(given, all_.school, provider, first)
        for provider, first in ((other, 2), (all_.provider_id, 2), (all_.provider_id, -2), (other, 0))
    ]
    answer = await all_.school.post(f"{PLACEMENTS}/batch", {"mode": "independent", "items": said})
    results = answer.json()["results"]
    assert [each["status"] for each in results] == [201, 409, 201, 201]
    problem = results[1]["problem"]
    assert (problem["code"], problem["decision"]["id"]) == ("provider_suspended", made["id"])
    atomic = await all_.school.post(f"{PLACEMENTS}/batch", {"mode": "atomic", "items": said})
    assert atomic.json()["errors"][0]["pointer"] == "/items/1"


async def test_in_a_file_only_the_rows_at_the_suspended_provider_are_refused(given: Given) -> None:
    all_ = await circle(given)
    other = (await given.provider(all_.partnership))["id"]
    await decided(all_.partnership, all_.provider_id)
    lines = [
        f"{given.upn()},Field,Ada,01/03/2012,{provider},{day(first)},5,P-{number}"
        for number, (provider, first) in enumerate([(other, 0), (all_.provider_id, 0), (all_.provider_id, -3)])
    ]
    content = "\n".join(["upn,surname,forename,dob,provider_id,entrydate,weekly_hours,placement_id", *lines, ""])
    headers = {"Content-Type": "text/csv"}
    sent = await all_.school.send("POST", "/v1/imports?source=sims", content=content.encode(), headers=headers)
    await Worker(given.held.database, given.held.settings).once()
    done = (await all_.school.get(sent.headers["Location"])).json()
    assert (done["created"], done["failed"]) == (2, 1)
    assert "provider_suspended" in (await all_.school.get(f"/v1/imports/{done['id']}/errors")).text


async def test_a_batch_asks_once_what_is_decided_on_its_providers(given: Given) -> None:
    all_ = await circle(given)
    other = (await given.provider(all_.partnership))["id"]
    said = [await placement(given, all_.school, each, -2) for each in (all_.provider_id, other) for _ in range(6)]
    with sent(given, "FROM decisions") as statements:
        answer = await all_.school.post(f"{PLACEMENTS}/batch", {"mode": "atomic", "items": said})
        assert answer.status_code == 200
    assert len(statements) == 1
    with sent(given, "FROM decisions") as statements:
        await all_.school.made(PLACEMENTS, await placement(given, all_.school, all_.provider_id, -2))
    assert len(statements) == 1


# --- at once --------------------------------------------------------------------------------------------------------


async def test_no_placement_slips_through_while_a_decision_is_made(given: Given) -> None:
    all_ = await circle(given)
    said = [await placement(given, all_.school, all_.provider_id, 0) for _ in range(6)]
    answers = await asyncio.gather(
        *(all_.school.post(PLACEMENTS, each) for each in said[:3]),
        all_.partnership.post("/v1/decisions", decision(all_.provider_id)),
        *(all_.school.post(PLACEMENTS, each) for each in said[3:]),
    )
    codes = [each.status_code for each in answers]
    assert codes.pop(3) == 201
    assert set(codes) <= {201, 409}
    # Whoever was recorded was so before the decision; nobody is after it.
    decision_id = answers[3].json()["id"]
    last = [each.json()["id"] for each in answers if each.status_code == 201 and each is not answers[3]]
    shown = (await all_.school.get(f"/v1/decisions/{decision_id}")).json()["affected_placements"]
    assert {each["placement_id"] for each in shown} == set(last)
    after = await all_.school.post(PLACEMENTS, await placement(given, all_.school, all_.provider_id, 0))
    assert after.status_code == 409


async def test_a_placement_waits_for_the_decision_that_is_being_made_and_is_then_refused(given: Given) -> None:
    all_ = await circle(given)
    said = await placement(given, all_.school, all_.provider_id, 0)
    database = given.held.database
    async with database.session_for(Caller.system("test")) as held:
        # As a decision in the making: it has the provider's guard and has not committed.
        await held.execute(text("SELECT apqa_lock_providers(ARRAY[CAST(:id AS uuid)])"), {"id": all_.provider_id})
        waiting = asyncio.create_task(all_.school.post(PLACEMENTS, said))
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done
        await held.execute(
            text(
                "INSERT INTO decisions (id, created_at, updated_at, version, provider_id, organisation_id, network_ids,"
                " kind, reason, conditions, effective_on, decided_by) VALUES (gen_random_uuid(), now(), now(), 1,"
                " :provider, :by, '{}', 'cease', 'x', '{}', :on, 'x')"
            ),
            {"provider": all_.provider_id, "by": all_.partnership.organisation_id, "on": TODAY},
        )
    answer = await waiting
    assert (answer.status_code, answer.json()["code"]) == (409, "provider_ceased")


# --- what if --------------------------------------------------------------------------------------------------------


async def test_a_what_if_tells_of_the_decision_and_no_room_is_kept_against_it(given: Given) -> None:
    all_ = await circle(given)
    made = await decided(all_.partnership, all_.provider_id)
    plan = {"pupil": {"born_on": "2012-03-01"}, "timetable": week(4, 1), "starts_on": day(3)}
    ask = {"provider_id": all_.provider_id, "placements": [plan, plan]}
    path = "/v1/registration-checks/what-if"
    for by, code in ((all_.school, "provider_suspended"), (all_.stranger, "provider_suspended_elsewhere")):
        answer = await by.post(path, ask)
        assert answer.status_code == 200, answer.text
        assert told(answer.json()) == [(code, made["id"])]
    assert refused(await all_.school.post(path, ask | {"hold_minutes": 30})) == ("provider_suspended", made["id"])
    assert (await all_.stranger.post(path, ask | {"hold_minutes": 30})).status_code == 200
