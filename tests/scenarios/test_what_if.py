"""What-ifs and the holds that keep room: nobody is told of room that is not there, and nobody learns of others."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from sqlalchemy import update
from sqlmodel import col

from app.db.base import now, today
from app.db.checks import ThresholdHold
from app.domain.access import Caller
from tests.given import Api, Given, week
from tests.scenarios.posts import (
    CLEAR,
    CWSA,
    ENG,
    EXCEEDED,
    HEREF,
    MET,
    RISK,
    SLA,
    UNKNOWN,
    child,
    fill,
    measured,
    place,
    posted,
    results,
    status,
)

TODAY = today()
SOON, LATER = [(TODAY + timedelta(days=days)).isoformat() for days in (14, 40)]
WHAT_IF = "/v1/registration-checks/what-if"


async def ask(by: Api, provider: dict[str, Any], *pupils: Any, **more: Any) -> Any:
    """A what-if of full-time placements from soon on."""
    said = [posted(provider, pupil, 19, 2, starts_on=SOON) for pupil in pupils]
    body = {"provider_id": provider["id"], "placements": said} | more
    return await by.post(WHAT_IF, body)


async def told(by: Api, provider: dict[str, Any], *pupils: Any, **more: Any) -> dict[str, Any]:
    """The answer of one that is answered."""
    answer = await ask(by, provider, *pupils, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def turn(found: dict[str, Any]) -> tuple[str, str, bool]:
    return found["before"]["overall"], found["after"]["overall"], found["changed"]


async def test_one_more_placement_tips_it_whether_the_pupil_is_named_or_described(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 4, 19, 2)
    record = await given.pupil(school)
    plan = posted(provider, None, 19, 2, starts_on=SOON)
    for named in (
        {"pupil_id": record["id"], "pupil": None},
        {"pupil": {"upn": record["upn"]}},
        {"pupil": {"born_on": "2013-01-15"}},
    ):
        answer = await school.post(WHAT_IF, {"provider_id": provider["id"], "placements": [plan | named]})
        assert turn(answer.json()) == (RISK, MET, True), named
        assert answer.json()["after"]["as_of_on"] == SOON
    assert (await school.get(f"/v1/placements?provider_id={provider['id']}")).json()["data"] == []
    after = await status(partnership, provider, SOON)
    assert after["overall"] == RISK, "nothing was kept"


async def test_a_described_pupil_is_weighed_by_what_is_said_and_what_is_not(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.provider(partnership)
    born = {"born_on": "2013-01-15"}
    rows: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
        (born, {}, [CLEAR, CLEAR, CLEAR]),
        (born | {"characteristics": [{"kind": "looked_after", "from_on": "2024-01-01"}]}, {}, [MET, CLEAR, MET]),
        (born | {"sen_provision": "E"}, {}, [MET, MET, MET]),
        (born | {"sen_provision": "S"}, {}, [MET, MET, MET]),
        (born | {"sen_provision": "K"}, {}, [CLEAR, CLEAR, MET]),
        (born, {"sen_provision_entry": "E"}, [MET, MET, MET]),
        ({"sen_provision": "E"}, {}, [UNKNOWN, MET, UNKNOWN]),
        (born | {"sen_provision": "E"}, {"timetable": []}, [UNKNOWN, UNKNOWN, UNKNOWN]),
    ]
    for pupil, more, expected in rows:
        said = posted(provider, pupil, 19, 2, starts_on=SOON) | more
        answer = await partnership.post(WHAT_IF, {"provider_id": provider["id"], "placements": [said]})
        assert results(answer.json()["after"], ENG, SLA, CWSA) == expected, (pupil, more)


async def test_changed_tells_of_any_ruleset_that_comes_to_be_met(given: Given) -> None:
    adopting = await given.partnership(rulesets=[SLA])
    provider = await given.provider(adopting)
    await fill(given, adopting, provider, 4, 19, 2)
    found = await told(adopting, provider, {"born_on": "2013-01-15"})
    assert (found["before"]["overall"], found["after"]["overall"]) == (MET, MET)
    assert [results(found[part], ENG) for part in ("before", "after")] == [[RISK], [MET]]
    assert found["changed"]


async def test_a_what_if_knows_all_that_a_creation_would(given: Given) -> None:
    """The pupil's hours elsewhere, and the flag on another organisation's record of the same child."""
    partnership, school, other = await given.partnership(), await given.school(), await given.school()
    here, there = await given.provider(partnership), await given.provider(partnership)
    pupil = child(given)
    await place(school, there, pupil, 6, 1)
    await place(other, there, child(given, "looked_after", upn=pupil["upn"]), 6, 1)
    part = posted(here, {"upn": pupil["upn"]}, timetable=[{"weekday": 2, "starts_at": "09:00", "ends_at": "13:30"}])
    body = {"provider_id": here["id"], "placements": [part | {"starts_on": SOON}]}
    found = (await school.post(WHAT_IF, body)).json()
    assert measured(found["after"], HEREF, "ten_hours_unregistered")["observed"] == 630
    assert results(found["after"], HEREF) == [EXCEEDED]
    left = {each["ruleset_id"]: each["before_total_cap"] for each in found["headroom"][0]}
    assert left[HEREF] == 240
    full = await told(school, here, {"upn": pupil["upn"]})
    made = await school.post("/v1/placements", posted(here, {"upn": pupil["upn"]}, 19, 2, starts_on=SOON))
    assert made.status_code == 409
    assert turn(full) == (CLEAR, MET, True)
    # Whoever keeps no record of the child learns nothing of it by its UPN.
    stranger = await told(await given.school(), here, {"upn": pupil["upn"], "born_on": "2013-01-15"})
    assert turn(stranger) == (CLEAR, CLEAR, True)
    assert measured(stranger["after"], HEREF, "ten_hours_unregistered")["observed"] == 1140


async def test_a_child_who_is_here_already_is_not_one_more(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    shared = child(given)
    await place(partnership, provider, shared, 19, 2)
    await fill(given, partnership, provider, 3, 19, 2)
    mine = await school.made("/v1/pupils", shared)
    plan = posted(provider, None, 19, 2, starts_on=SOON, pupil_id=mine["id"])
    del plan["pupil"]
    found = (await school.post(WHAT_IF, {"provider_id": provider["id"], "placements": [plan]})).json()
    assert (found["before"]["overall"], found["after"]["overall"]) == (RISK, RISK)
    assert (await school.post("/v1/placements", plan)).status_code == 201


async def test_two_schools_are_not_both_told_that_there_is_room(given: Given) -> None:
    partnership, one, other = await given.partnership(), await given.school(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 3, 19, 2)
    first = await told(one, provider, child(given), hold_minutes=60)
    assert turn(first) == (CLEAR, RISK, True)
    assert first["hold_id"]
    second = await ask(other, provider, child(given), hold_minutes=60)
    assert (second.status_code, second.json()["code"]) == (409, "registration_threshold")
    assert turn(await told(other, provider, child(given))) == (RISK, MET, True)
    plan = posted(provider, child(given), 19, 2, starts_on=SOON)
    assert (await other.post("/v1/placements", plan)).status_code == 409
    holds = [(await api.get("/v1/registration-checks/holds")).json()["data"] for api in (one, other, partnership)]
    assert [len(listed) for listed in holds] == [1, 0, 0]
    for stranger in (other, partnership):
        released = await stranger.send("DELETE", f"/v1/registration-checks/holds/{first['hold_id']}")
        assert released.status_code == 404
    assert (await one.send("DELETE", f"/v1/registration-checks/holds/{first['hold_id']}")).status_code == 204
    assert (await other.post("/v1/placements", plan)).status_code == 201


async def test_fifteen_schools_that_ask_at_once_are_promised_four_places(given: Given) -> None:
    partnership = await given.partnership()
    schools = [await given.school() for _ in range(5)]
    provider = await given.provider(partnership)
    answers = await asyncio.gather(*(ask(schools[at % 5], provider, child(given), hold_minutes=60) for at in range(15)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [409] * 11


async def test_an_expired_hold_keeps_no_room_and_cannot_be_used(given: Given) -> None:
    partnership, one, other = await given.partnership(), await given.school(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 3, 19, 2)
    held = await told(one, provider, child(given), hold_minutes=1440)
    async with given.held.database.session_for(Caller.system("test")) as session:
        ended = update(ThresholdHold).where(col(ThresholdHold.id) == UUID(held["hold_id"]))
        await session.execute(ended.values(expires_at=now() - timedelta(seconds=1)))
    assert turn(await told(other, provider, child(given))) == (CLEAR, RISK, True)
    plan = posted(provider, child(given), 19, 2, starts_on=SOON)
    used = await one.post("/v1/placements", plan | {"hold_id": held["hold_id"]})
    assert (used.status_code, used.json()["code"]) == (409, "hold_expired")
    assert (await other.post("/v1/placements", plan)).status_code == 201
    too_long = await ask(one, provider, child(given), hold_minutes=1441)
    assert too_long.status_code == 422


async def test_a_hold_lasts_as_long_as_it_says(given: Given) -> None:
    partnership, one, other = await given.partnership(), await given.school(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 3, 19, 2)
    held = await told(one, provider, child(given), hold_minutes=10)
    start = now()
    assert timedelta(minutes=9) < datetime.fromisoformat(held["hold_expires_at"]) - start < timedelta(minutes=11)
    with time_machine.travel(start + timedelta(minutes=9), tick=True):
        assert turn(await told(other, provider, child(given)))[1] == MET
    with time_machine.travel(start + timedelta(minutes=11), tick=True):
        assert turn(await told(other, provider, child(given)))[1] == RISK


async def test_a_hold_is_used_by_the_placement_that_names_it_and_only_by_its_owner(given: Given) -> None:
    partnership, one, other = await given.partnership(), await given.school(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 3, 19, 2)
    pupil = child(given)
    held = await told(one, provider, pupil, hold_minutes=60)
    plan = posted(provider, pupil, 19, 2, starts_on=SOON, hold_id=held["hold_id"])
    assert (await other.post("/v1/placements", plan)).status_code == 404
    await one.made("/v1/placements", plan)
    assert (await one.get("/v1/registration-checks/holds")).json()["data"] == []
    assert (await one.post("/v1/placements", plan | {"pupil": child(given)})).status_code == 404
    assert (await status(partnership, provider, SOON))["overall"] == RISK


async def test_a_hold_for_two_places_keeps_the_second_while_the_first_is_taken(given: Given) -> None:
    partnership, one, other = await given.partnership(), await given.school(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 2, 19, 2)
    pupils = child(given), child(given)
    held = await told(one, provider, *pupils, hold_minutes=60)
    first, second = [posted(provider, pupil, 19, 2, starts_on=SOON, hold_id=held["hold_id"]) for pupil in pupils]
    await one.made("/v1/placements", first)
    rival = posted(provider, child(given), 19, 2, starts_on=SOON)
    assert (await other.post("/v1/placements", rival)).status_code == 409
    await one.made("/v1/placements", second)
    assert (await one.get("/v1/registration-checks/holds")).json()["data"] == []
    assert (await status(partnership, provider, SOON))["overall"] == RISK


async def test_a_hold_is_asked_about_and_renewed_by_its_owner_alone(given: Given) -> None:
    partnership, one, other = await given.partnership(), await given.school(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 3, 19, 2)
    pupil = {"born_on": "2013-01-15"}
    held = await told(one, provider, pupil, hold_minutes=10)
    plan = posted(provider, pupil, 19, 2, starts_on=SOON, hold_id=held["hold_id"])
    body = {"provider_id": provider["id"], "placements": [plan]}
    assert (await other.post(WHAT_IF, body)).status_code == 404
    assert turn(await told(one, provider, pupil)) == (RISK, MET, True), "one more beside the one held"
    assert turn((await one.post(WHAT_IF, body)).json()) == (CLEAR, RISK, True), "the one held"
    renewed = (await one.post(WHAT_IF, body | {"hold_minutes": 60})).json()
    listed = (await one.get("/v1/registration-checks/holds")).json()["data"]
    assert [each["id"] for each in listed] == [renewed["hold_id"]] != [held["hold_id"]]


async def test_no_room_is_held_that_a_creation_would_refuse_on_a_later_day(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 4, 19, 2, starts_on=LATER)
    refused = await ask(school, provider, child(given), hold_minutes=60)
    assert refused.status_code == 409
    assert refused.json()["check"]["as_of_on"] == LATER
    early = await ask(school, provider, child(given), hold_minutes=60, as_of_on="2024-01-01")
    assert early.status_code == 409


async def test_a_hold_is_room_kept_and_not_evidence_that_a_child_is_there(given: Given) -> None:
    partnership, school, authority = await given.partnership(), await given.school(), await given.authority()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 3, 19, 2)
    before = await status(authority, provider, SOON)
    await told(school, provider, child(given), hold_minutes=60)
    after = await status(authority, provider, SOON)
    assert measured(after, ENG, "five_full_time")["observed"] == 3
    assert after["inputs_hash"] == before["inputs_hash"]


async def test_a_schools_what_if_reveals_nothing_of_others_but_the_overall_result(given: Given) -> None:
    partnership, one, other = await given.partnership(), await given.school(), await given.school()
    lonely, crowded = await given.provider(partnership), await given.provider(partnership)
    for provider in (lonely, crowded):
        await place(one, provider, child(given), 19, 2)
    await fill(given, other, crowded, 2, 19, 2)
    await place(other, crowded, child(given, "looked_after", "ehcp"), 19, 2)
    own = await given.api(crowded["id"])
    await own.made(f"/v1/providers/{crowded['id']}/declarations", {"groups": [{"count": 9, "weekly_minutes": 1200}]})
    await told(one, lonely, {"born_on": "2012-03-01"})
    bare, full = await told(one, lonely, {"born_on": "2012-03-01"}), await told(one, crowded, {"born_on": "2012-03-01"})
    for part in ("before", "after"):
        assert (bare[part]["view"], full[part]["view"]) == ("own", "own")
        assert (bare[part]["overall"], full[part]["overall"]) == (CLEAR, MET)
        assert _anonymous(bare[part]) == _anonymous(full[part])
    assert bare["headroom"] == full["headroom"]


def _anonymous(check: dict[str, Any]) -> dict[str, Any]:
    """A check without what tells providers, moments and placements apart."""
    shown = {key: value for key, value in check.items() if key not in {"overall", "provider_id", "created_at"}}
    shown["inputs_hash"] = len(check["inputs_hash"])
    for each in shown["rulesets"]:
        for test in each["tests"]:
            test["contributing_placement_ids"] = len(test["contributing_placement_ids"])
    return shown


async def test_each_role_may_ask_and_a_viewer_may_not(given: Given) -> None:
    partnership = await given.partnership()
    provider, other = await given.provider(partnership), await given.provider(partnership)
    viewer = await given.school("viewer")
    assert (await ask(viewer, provider, child(given))).status_code == 403
    for api in (partnership, await given.authority(), await given.api(provider["id"])):
        found = await told(api, provider, {"born_on": "2013-01-15"})
        assert found["after"]["view"] == "full"
        assert (found["hold_id"], found["hold_expires_at"]) == (None, None)
    assert (await ask(await given.api(other["id"]), provider, child(given))).status_code == 404
    record = await given.pupil(partnership)
    hidden = posted(provider, None, pupil_id=record["id"], timetable=week(19, 2)) | {"pupil": None}
    body = {"provider_id": provider["id"], "placements": [hidden]}
    assert (await (await given.school()).post(WHAT_IF, body)).status_code == 404
