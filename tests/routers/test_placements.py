"""Placements over HTTP: facts recorded, plans decided, changes, ends, and other systems' ids."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.db.base import today
from tests.given import Api, Given, week

TODAY = today()
SOON = (TODAY + timedelta(days=14)).isoformat()
AGO = (TODAY - timedelta(days=30)).isoformat()


def placement(provider: dict[str, Any], pupil: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A full-time week (20 hours over 4 days) from a month ago."""
    said = {"provider_id": provider["id"], "pupil_id": pupil["id"], "starts_on": AGO, "timetable": week(20, 4)}
    return said | more


async def fill(given: Given, school: Api, provider: dict[str, Any], pupils: int, **more: Any) -> None:
    """So many full-time pupils at the provider."""
    for _ in range(pupils):
        pupil = await given.pupil(school)
        await school.made("/v1/placements", placement(provider, pupil, **more))


async def test_what_has_begun_is_recorded_even_where_it_meets_a_threshold(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    await fill(given, school, provider, 4)
    fifth = await school.made("/v1/placements", placement(provider, await given.pupil(school)))
    assert fifth["status"] == "active"
    assert fifth["weekly_minutes"] == 1200
    assert fifth["days_per_week"] == 4
    assert fifth["registration"]["overall"] == "threshold_met"
    assert {"threshold_met"} & {alert["code"] for alert in fifth["alerts"]}


async def test_a_plan_that_would_meet_a_threshold_is_refused_with_the_check(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    await fill(given, school, provider, 4)
    refused = await school.post("/v1/placements", placement(provider, await given.pupil(school), starts_on=SOON))
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["code"] == "registration_threshold"
    assert problem["check"]["overall"] == "threshold_met"
    listed = (await school.get(f"/v1/placements?provider_id={provider['id']}")).json()
    assert len(listed["data"]) == 4


async def test_a_lead_overrides_with_a_reason_and_the_authority_is_told(given: Given) -> None:
    school, partnership, authority = await given.school(), await given.partnership(), await given.authority()
    provider = await given.provider(partnership)
    await fill(given, school, provider, 4)
    said = placement(provider, await given.pupil(school), starts_on=SOON, override={"reason": "No other place."})
    contributor = await given.api(school.organisation_id, "contributor")
    assert (await contributor.post("/v1/placements", said)).status_code == 403
    made = await school.made("/v1/placements", said)
    assert made["status"] == "proposed"
    told = (await authority.get("/v1/changes")).json()["data"]
    assert "registration.overridden" in [each["kind"] for each in told]


async def test_a_commissioner_that_wants_advice_only_is_told_and_not_refused(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    await school.patch(f"/v1/organisations/{school.organisation_id}", {"threshold_policy": "advise"}, 1)
    provider = await given.provider(partnership)
    await fill(given, school, provider, 4)
    made = await school.made("/v1/placements", placement(provider, await given.pupil(school), starts_on=SOON))
    assert made["registration"]["overall"] == "threshold_met"


async def test_an_adopted_agreement_refuses_the_fourth_pupil_that_the_law_would_allow(given: Given) -> None:
    partnership = await given.partnership(rulesets=["leics-seip-sla-2022-03"])
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 3)
    refused = await partnership.post(
        "/v1/placements", placement(provider, await given.pupil(partnership), starts_on=SOON)
    )
    assert refused.status_code == 409


@pytest.mark.parametrize("attempts", [20])
async def test_concurrent_plans_at_the_limit_never_overrun_it(given: Given, attempts: int) -> None:
    partnership = await given.partnership()
    schools = [await given.school() for _ in range(4)]
    provider = await given.provider(partnership)
    pupils = [await given.pupil(schools[n % 4]) for n in range(attempts)]
    answers = await asyncio.gather(
        *(
            schools[n % 4].post("/v1/placements", placement(provider, pupils[n], starts_on=SOON))
            for n in range(attempts)
        )
    )
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    assert sum(answer.status_code == 201 for answer in answers) == 4


async def test_a_later_plan_counts_against_an_earlier_open_ended_one(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    later = (TODAY + timedelta(days=40)).isoformat()
    await fill(given, school, provider, 4, starts_on=later)
    refused = await school.post("/v1/placements", placement(provider, await given.pupil(school), starts_on=SOON))
    assert refused.status_code == 409
    assert refused.json()["check"]["as_of_on"] == later
    brief = (TODAY + timedelta(days=39)).isoformat()
    await school.made("/v1/placements", placement(provider, await given.pupil(school), starts_on=SOON, ends_on=brief))


async def test_missing_hours_are_told_and_not_taken_for_none(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    made = await school.made("/v1/placements", placement(provider, await given.pupil(school), timetable=[]))
    assert made["weekly_minutes"] is None
    assert "hours_missing" in [alert["code"] for alert in made["alerts"]]
    assert made["registration"]["overall"] == "cannot_determine"


async def test_a_census_row_is_taken_with_its_own_names_and_codes(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    await given.provider(partnership, company_number="09876543", postcode="LE1 1AA")
    made = await school.made(
        "/v1/placements",
        {
            "company_number": "09876543",
            "placement_postcode": "le11aa",
            "ap_setting_type": "OTH",
            "pupil": {"upn": given.upn(), "given_name": "Ada", "family_name": "Field", "born_on": "2012-03-01"},
            "entry_date": AGO,
            "attendance_pattern": "PT",
            "sessions_per_week": 4,
            "placement_reason": "BHS",
            "sen_provision_entry": "K",
        },
    )
    assert made["starts_on"] == AGO
    assert made["weekly_minutes"] == 4 * 195
    assert made["hours_basis"] == "estimated"


async def test_another_systems_id_records_once_and_then_brings_up_to_date(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    pupil = await given.pupil(school)
    said = placement(provider, pupil)
    path = "/v1/sources/arbor/placements/P-17"
    first = await school.put(path, said)
    again = await school.put(path, said)
    fuller = await school.put(path, said | {"timetable": week(24, 4)})
    assert (first.status_code, again.status_code, fuller.status_code) == (201, 200, 200)
    assert again.json()["version"] == first.json()["version"] == 1
    assert fuller.json()["weekly_minutes"] == 24 * 60
    assert [each["from_on"] for each in fuller.json()["arrangements"]] == [AGO, TODAY.isoformat()]
    other = await given.pupil(school)
    moved = await school.put(path, said | {"pupil_id": other["id"]})
    assert moved.status_code == 409
    assert moved.json()["code"] == "placement_moved"


async def test_another_systems_week_of_today_leaves_what_is_arranged_for_later(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    said = placement(provider, await given.pupil(school), timetable=week(5, 1))
    path = "/v1/sources/arbor/placements/P-18"
    made = (await school.put(path, said)).json()
    later = {"from_on": SOON, "timetable": week(10, 2)}
    await school.post(f"/v1/placements/{made['id']}/timetable", later, headers={"If-Match": '"1"'})
    again = (await school.put(path, said)).json()
    assert again["version"] == 2
    assert [each["from_on"] for each in again["arrangements"]] == [AGO, SOON]


async def test_a_placement_is_changed_ended_and_cancelled_by_its_commissioner_alone(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    made = await school.made("/v1/placements", placement(provider, await given.pupil(school)))
    path = f"/v1/placements/{made['id']}"
    own = await given.api(provider["id"])
    assert (await own.get(path)).json()["registration"] is None
    assert (await own.patch(path, {"goal": "other"}, 1)).status_code == 403
    assert (await partnership.get(path)).status_code == 404
    changed = await school.patch(path, {"goal": "reintegration"}, 1)
    assert changed.json()["version"] == 2
    ended = await school.post(f"{path}/end", {"ends_on": TODAY.isoformat()}, headers={"If-Match": '"2"'})
    assert ended.status_code == 200, ended.text
    assert ended.json()["ends_on"] == TODAY.isoformat()
    backwards = await school.post(f"{path}/end", {"ends_on": "2001-01-01"}, headers={"If-Match": '"3"'})
    assert backwards.json()["code"] == "ends_before_start"
    gone = await school.post(f"{path}/cancel", {"reason": "Entered by mistake."}, headers={"If-Match": '"3"'})
    assert gone.json()["status"] == "cancelled"
    assert (await school.patch(path, {"goal": "other"}, 4)).json()["code"] == "placement_cancelled"


async def test_a_placement_that_begins_later_keeps_no_week_that_never_held(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    begins, changes, moved = (TODAY + timedelta(days=days) for days in (10, 20, 30))
    said = placement(provider, await given.pupil(school), timetable=week(5, 1), starts_on=begins.isoformat())
    path = f"/v1/placements/{(await school.made('/v1/placements', said))['id']}"
    later = {"from_on": changes.isoformat(), "timetable": week(10, 2)}
    assert (await school.post(f"{path}/timetable", later, headers={"If-Match": '"1"'})).status_code == 200
    told = (await school.patch(path, {"starts_on": moved.isoformat()}, 2)).json()
    assert [(each["from_on"], each["days_per_week"]) for each in told["arrangements"]] == [(moved.isoformat(), 2)]
    told = (await school.patch(path, {"starts_on": begins.isoformat()}, 3)).json()
    assert [(each["from_on"], each["days_per_week"]) for each in told["arrangements"]] == [(begins.isoformat(), 2)]


async def test_no_week_begins_after_the_placement_has_ended(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    said = placement(provider, await given.pupil(school), timetable=week(5, 1), ends_on=TODAY.isoformat())
    path = f"/v1/placements/{(await school.made('/v1/placements', said))['id']}/timetable"
    after = {"from_on": (TODAY + timedelta(days=1)).isoformat(), "timetable": week(10, 2)}
    refused = await school.post(path, after, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (422, "after_end")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/from_on"]
    on_the_last = await school.post(path, after | {"from_on": TODAY.isoformat()}, headers={"If-Match": '"1"'})
    assert on_the_last.status_code == 200


async def test_another_week_of_a_placement_that_is_over_is_refused_however_it_is_told(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    over = {"starts_on": (TODAY - timedelta(days=30)).isoformat(), "ends_on": (TODAY - timedelta(days=1)).isoformat()}
    said = placement(provider, await given.pupil(school), timetable=week(5, 1), **over)
    path, other = "/v1/sources/sims/placements/1", {"timetable": week(10, 2)}
    assert (await school.put(path, said)).status_code == 201
    sourced = said | other | {"source": "sims", "external_id": "1"}
    batch = (await school.post("/v1/placements/batch", {"mode": "independent", "items": [sourced]})).json()
    for problem in ((await school.put(path, said | other)).json(), batch["results"][0]["problem"]):
        assert (problem["status"], problem["code"]) == (422, "after_end")
        assert [each["pointer"] for each in problem["errors"]] == ["/timetable"]
    assert (await school.put(path, said)).json()["version"] == 1


async def test_a_fuller_week_to_come_is_a_plan_that_can_be_refused(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    await fill(given, school, provider, 4)
    made = await school.made("/v1/placements", placement(provider, await given.pupil(school), timetable=week(6, 1)))
    path = f"/v1/placements/{made['id']}/timetable"
    said = {"from_on": SOON, "timetable": week(20, 4)}
    assert (await school.post(path, said, headers={"If-Match": '"1"'})).status_code == 409
    advised = await school.post(path, said | {"from_on": TODAY.isoformat()}, headers={"If-Match": '"1"'})
    assert advised.status_code == 200
    assert advised.json()["registration"]["overall"] == "threshold_met"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"timetable": [{"weekday": 8, "starts_at": "09:00", "ends_at": "10:00"}]}, "/timetable/0/weekday"),
        ({"timetable": [{"weekday": 1, "starts_at": "10:00", "ends_at": "09:00"}]}, "/timetable/0/ends_at"),
        ({"timetable": [*week(5, 1), *week(3, 1)]}, "/timetable/0"),
        ({"ends_on": "1999-01-01"}, "/ends_on"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_what_cannot_be_is_refused_by_pointer(given: Given, change: dict[str, Any], pointer: str) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    answer = await school.post("/v1/placements", placement(provider, await given.pupil(school)) | change)
    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]
