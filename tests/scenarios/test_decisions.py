"""Placements at the threshold: facts recorded, plans refused, overridden or advised, whoever comes at once."""

import asyncio
from datetime import timedelta
from typing import Any

from app.db.base import today
from tests.given import Api, Given, week
from tests.scenarios.posts import (
    CLEAR,
    ENG,
    EXCEEDED,
    HEREF,
    MET,
    PROPOSED,
    RISK,
    SEIP,
    SLA,
    UNKNOWN,
    child,
    fill,
    measured,
    place,
    posted,
    status,
)

TODAY = today()
SOON, LATER, LAST = [(TODAY + timedelta(days=days)).isoformat() for days in (14, 40, 39)]
WHAT_IF, PLACEMENTS = "/v1/registration-checks/what-if", "/v1/placements"


def plan(provider: dict[str, Any], pupil: dict[str, Any], **more: Any) -> Any:
    """A full-time placement from soon on, on two days."""
    return posted(provider, pupil, 19, 2, starts_on=SOON) | more


async def codes(by: Api, *bodies: Any) -> list[int]:
    """The statuses of placements posted one after another."""
    return [(await by.post(PLACEMENTS, body)).status_code for body in bodies]


async def full_time(by: Api, provider: dict[str, Any], on: str = SOON) -> int:
    return int(measured(await status(by, provider, on), ENG, "five_full_time")["observed"])


async def test_of_fifty_plans_at_once_by_five_schools_exactly_four_succeed(given: Given) -> None:
    partnership = await given.partnership()
    schools = [await given.school() for _ in range(5)]
    provider = await given.provider(partnership)
    answers = await asyncio.gather(
        *(schools[at % 5].post(PLACEMENTS, plan(provider, child(given))) for at in range(50))
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [409] * 46
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert {each["code"] for each in refusals} == {"registration_threshold"}
    assert {each["check"]["overall"] for each in refusals} == {MET}
    assert await full_time(partnership, provider) == 4


async def test_plans_holds_and_upserts_at_once_never_overrun_the_limit_together(given: Given) -> None:
    partnership = await given.partnership()
    schools = [await given.school() for _ in range(4)]
    provider = await given.provider(partnership)
    linked = await given.provider(partnership, linked_ids=[provider["id"]])

    async def come(at: int) -> tuple[str, int]:
        school, said = schools[at % 4], plan((provider, linked)[at % 2], child(given))
        if at % 3 == 0:
            body = {"provider_id": said["provider_id"], "placements": [said], "hold_minutes": 60}
            return "held", (await school.post(WHAT_IF, body)).status_code
        if at % 3 == 1:
            return "put", (await school.put(f"/v1/sources/arbor/placements/P-{at}", said)).status_code
        return "posted", (await school.post(PLACEMENTS, said)).status_code

    came = await asyncio.gather(*(come(at) for at in range(24)))
    assert {status for _, status in came} <= {200, 201, 409}
    taken = [how for how, status in came if status != 409]
    assert len(taken) == 4
    check = await status(partnership, provider, SOON)
    there = len([how for how in taken if how != "held"])
    assert measured(check["group"], ENG, "five_full_time")["observed"] == there


async def test_a_child_told_by_many_at_once_takes_one_place(given: Given) -> None:
    partnership = await given.partnership()
    schools = [await given.school() for _ in range(6)]
    provider, shared = await given.provider(partnership), child(given)
    await fill(given, partnership, provider, 3, 19, 2)
    answers = await asyncio.gather(*(school.post(PLACEMENTS, plan(provider, shared)) for school in schools))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert await full_time(partnership, provider) == 4


async def test_what_has_begun_is_recorded_and_told_where_a_plan_is_refused(given: Given) -> None:
    partnership, school, authority = await given.partnership(), await given.school(), await given.authority()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 4, 19, 2)
    assert await codes(school, plan(provider, child(given))) == [409]
    begun = await school.made(PLACEMENTS, plan(provider, child(given), starts_on=TODAY.isoformat()))
    assert begun["registration"] == {"as_of_on": TODAY.isoformat(), "overall": MET}
    told = [each["kind"] for each in (await authority.get("/v1/changes")).json()["data"]]
    assert "registration.reached" in told
    # Once it is met, a full-time plan more would be another step over it; a part-time one is none.
    part = plan(provider, child(given)) | {"timetable": week(9, 2)}
    assert await codes(school, plan(provider, child(given)), part) == [409, 201]


async def test_only_the_fact_of_a_hold_does_not_tell_the_authority_that_a_threshold_is_reached(given: Given) -> None:
    partnership, school, authority = await given.partnership(), await given.school(), await given.authority()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 3, 19, 2)
    held = {"provider_id": provider["id"], "placements": [plan(provider, child(given))], "hold_minutes": 60}
    assert (await school.post(WHAT_IF, held)).status_code == 200
    begun = await partnership.made(PLACEMENTS, plan(provider, child(given), starts_on=TODAY.isoformat()))
    assert begun["registration"]["overall"] == RISK
    told = [each["kind"] for each in (await authority.get("/v1/changes")).json()["data"]]
    assert "registration.reached" not in told


async def test_a_schools_refusal_reveals_nothing_of_others_but_the_overall_result(given: Given) -> None:
    partnership, school, other = await given.partnership(), await given.school(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, other, provider, 4, 19, 2)
    refused = (await school.post(PLACEMENTS, plan(provider, child(given)))).json()
    check = refused["check"]
    assert (check["view"], check["overall"], check["headroom"]) == ("own", MET, None)
    assert measured(check, ENG, "five_full_time")["observed"] == 1
    assert {each["result"] for each in check["rulesets"]} <= {CLEAR, MET, EXCEEDED}
    shown = (await partnership.post(PLACEMENTS, plan(provider, child(given)))).json()["check"]
    assert measured(shown, ENG, "five_full_time")["observed"] == 5


async def test_a_lead_overrides_with_a_reason_that_is_audited_and_told(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    authority, home = await given.authority(la_code="855"), await given.authority(la_code="856")
    provider = await given.provider(partnership, la_code="855")
    await fill(given, partnership, provider, 4, 19, 2)
    record = await given.pupil(school, home_la_code="856")
    said = {key: value for key, value in plan(provider, {}).items() if key != "pupil"} | {"pupil_id": record["id"]}
    asked = said | {"override": {"reason": "No other place for this child."}}
    contributor = await given.api(school.organisation_id, "contributor")
    assert (await contributor.post(PLACEMENTS, asked)).status_code == 403
    assert (await school.post(PLACEMENTS, said | {"override": {"reason": " "}})).status_code == 422
    made = await school.made(PLACEMENTS, asked)
    assert made["registration"] == {"as_of_on": SOON, "overall": MET}
    for api in (authority, home):
        told = [each["kind"] for each in (await api.get("/v1/changes")).json()["data"]]
        assert "registration.overridden" in told
    trail = (await school.get("/v1/audit")).json()["data"]
    assert "No other place for this child." in str(trail)
    # What was decided stays decided: the same plan sent again, or made smaller, asks for no second override.
    path = f"{PLACEMENTS}/{made['id']}"
    assert (await school.patch(path, {"goal": "reintegration"}, made["version"])).status_code == 200
    assert (await school.patch(path, {"ends_on": LATER}, made["version"] + 1)).status_code == 200
    sooner = await school.patch(path, {"starts_on": (TODAY + timedelta(days=7)).isoformat()}, made["version"] + 2)
    assert sooner.status_code == 409


async def test_an_override_where_nothing_is_met_is_no_override(given: Given) -> None:
    school, authority = await given.school(), await given.authority()
    provider = await given.provider(authority)
    await school.made(PLACEMENTS, plan(provider, child(given), override={"reason": "To be on the safe side."}))
    told = [each["kind"] for each in (await authority.get("/v1/changes")).json()["data"]]
    assert "registration.overridden" not in told


async def test_a_commissioner_that_asks_for_advice_is_told_and_never_refused(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    await school.patch(f"/v1/organisations/{school.organisation_id}", {"threshold_policy": "advise"}, 1)
    provider = await given.provider(partnership)
    await fill(given, school, provider, 4, 19, 2)
    made = await school.made(PLACEMENTS, plan(provider, child(given)))
    assert made["registration"]["overall"] == MET
    assert ("threshold_met", ENG) in {(each["code"], each["ruleset_id"]) for each in made["alerts"]}
    assert await codes(partnership, plan(provider, child(given))) == [409]


async def test_only_agreements_of_the_commissioners_own_refuse_its_plans(given: Given) -> None:
    adopting, plain = await given.partnership(rulesets=[SLA]), await given.partnership()
    member, stranger = await given.school(partnership_id=adopting.organisation_id), await given.school()
    authority = await given.authority()
    provider = await given.provider(plain)
    await fill(given, adopting, provider, 3, 19, 2)
    assert await codes(adopting, plan(provider, child(given))) == [409]
    assert await codes(member, plan(provider, child(given))) == [409]
    # Four are too many for those who signed the agreement, and for nobody else: the authority did not.
    body = {"provider_id": provider["id"], "placements": [plan(provider, child(given))], "hold_minutes": 60}
    held = await authority.post(WHAT_IF, body)
    assert held.status_code == 200, held.text
    released = await authority.send("DELETE", f"/v1/registration-checks/holds/{held.json()['hold_id']}")
    assert released.status_code == 204
    assert await codes(authority, plan(provider, child(given))) == [201]
    assert await codes(stranger, plan(provider, child(given))) == [409], "five, for the law"


async def test_caps_and_proposed_law_only_warn(given: Given) -> None:
    adopting = await given.partnership(rulesets=[HEREF, SEIP])
    provider = await given.provider(adopting)
    made = await adopting.made(PLACEMENTS, plan(provider, child(given)) | {"timetable": week(12, 3)})
    told = {(each["code"], each["ruleset_id"]) for each in made["alerts"]}
    assert {(EXCEEDED, HEREF), (EXCEEDED, SEIP), (EXCEEDED, PROPOSED)} <= told
    assert made["registration"]["overall"] == EXCEEDED
    support = await given.partnership()
    full = await support.made(PLACEMENTS, plan(await given.provider(support), child(given, "sen_support")))
    # The new Act would be met, and is not commenced.
    assert full["registration"]["overall"] == CLEAR
    assert ("threshold_met", "cwsa-2026-s43") in {(each["code"], each["ruleset_id"]) for each in full["alerts"]}


async def test_a_plan_is_held_against_all_that_begins_while_it_lasts(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 4, 19, 2, starts_on=LATER)
    refused = await school.post(PLACEMENTS, plan(provider, child(given)))
    assert (refused.status_code, refused.json()["check"]["as_of_on"]) == (409, LATER)
    brief = await school.made(PLACEMENTS, plan(provider, child(given), ends_on=LAST))
    assert brief["registration"] == {"as_of_on": SOON, "overall": CLEAR}
    # Prolonged by a day it would meet the others.
    longer = await school.patch(f"{PLACEMENTS}/{brief['id']}", {"ends_on": LATER}, brief["version"])
    assert (longer.status_code, longer.json()["code"]) == (409, "registration_threshold")
    flagged = [{"kind": "looked_after", "from_on": (TODAY + timedelta(days=60)).isoformat()}]
    looked_after = await school.post(PLACEMENTS, plan(provider, child(given, characteristics=flagged), ends_on=None))
    assert looked_after.status_code == 409


async def test_missing_hours_refuse_no_plan_and_are_told(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 4, 19, 2)
    made = await partnership.made(PLACEMENTS, plan(provider, child(given)) | {"timetable": []})
    assert made["registration"]["overall"] == UNKNOWN
    assert {"hours_missing", UNKNOWN} <= {each["code"] for each in made["alerts"]}


async def test_a_refused_plan_may_be_sent_again_under_its_key_and_an_accepted_one_is_replayed(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    (first, *_) = await fill(given, partnership, provider, 4, 19, 2)
    said, key = plan(provider, child(given)), {"Idempotency-Key": "plan-1"}
    refused = [await school.post(PLACEMENTS, said, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in refused] == [409, 409]
    path = f"{PLACEMENTS}/{first['id']}/end"
    ended = await partnership.post(path, {"ends_on": TODAY.isoformat()}, headers={"If-Match": '"1"'})
    assert ended.status_code == 200
    made = await school.post(PLACEMENTS, said, headers=key)
    again = await school.post(PLACEMENTS, said, headers=key)
    assert (made.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in made.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == made.json()
    other = await school.post(PLACEMENTS, plan(provider, child(given)), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await full_time(partnership, provider) == 4


async def test_an_upsert_is_refused_as_a_creation_is_and_brings_up_to_date_what_is_less(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 4, 19, 2)
    path, pupil = "/v1/sources/arbor/placements/P-1", child(given)
    part = plan(provider, pupil) | {"timetable": week(9, 2)}
    assert (await school.put(path, plan(provider, pupil))).status_code == 409
    assert (await school.put(path, part)).status_code == 201
    fuller = await school.put(path, plan(provider, pupil))
    assert (fuller.status_code, fuller.json()["code"]) == (409, "registration_threshold")
    assert (await school.put(path, plan(provider, pupil, override={"reason": "Agreed."}))).status_code == 200
    again = await school.put(path, plan(provider, pupil))
    assert again.status_code == 200, "what was overridden stands"
    assert (await school.put(path, plan(provider, pupil, ends_on=LATER))).status_code == 200


async def test_a_plan_with_a_linked_company_counts_against_the_group(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    first = await given.provider(partnership)
    second = await given.provider(partnership, linked_ids=[first["id"]])
    await fill(given, partnership, first, 2, 19, 2)
    await fill(given, partnership, second, 2, 19, 2)
    assert await codes(school, plan(first, child(given)), plan(second, child(given))) == [409, 409]


async def test_declared_pupils_take_places_too(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    own = await given.api(provider["id"])
    groups = [{"count": 4, "weekly_minutes": 1140, "days_per_week": 2}]
    await own.made(f"/v1/providers/{provider['id']}/declarations", {"groups": groups})
    assert await codes(school, plan(provider, child(given))) == [409]
    await own.made(f"/v1/providers/{provider['id']}/declarations", {"groups": []})
    assert await codes(school, plan(provider, child(given))) == [201]
    await place(school, provider, child(given), 19, 2)
    assert await full_time(partnership, provider) == 2
