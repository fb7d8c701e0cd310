"""What one school is told is the same, byte for byte, whatever others record of the same provider or the same child."""

from dataclasses import dataclass
from typing import Any

import pytest_asyncio

from tests.access.school import (
    AGO,
    ELSEWHERE,
    LATER,
    SOON,
    Answers,
    School,
    anonymous,
    differences,
    ids_in,
    placement,
    what_if,
)
from tests.given import Api, Given, week


@dataclass(frozen=True, slots=True)
class Scene:
    """One school that has settled in, and the others around it, who have done nothing yet."""

    given: Given
    school: School
    partnership: Api
    authority: Api
    others: list[Api]

    async def ensure_the_same(self, before: Answers) -> None:
        """Refuse any line of any answer to the school that has become another."""
        told = differences(before, await self.school.everything(), ids_in(before))
        assert not told, "\n".join(told)

    async def anothers_pupil(self, *flags: str, **more: Any) -> str:
        """A pupil of another school, or what else that school records of one."""
        return str((await self.given.pupil(self.others[0], *flags, **more))["id"])

    async def crowd(self, provider_id: str, flag: str, count: int = 5, **more: Any) -> None:
        """So many pupils of another school, full time at a provider."""
        for _ in range(count):
            pupil = await self.anothers_pupil(flag)
            await self.others[0].made("/v1/placements", placement(provider_id, pupil, **more))

    async def hold(self, by: Api, provider_id: str, **plan: Any) -> None:
        """Room that another keeps."""
        asked = what_if(provider_id, timetable=week(2, 1), **plan) | {"hold_minutes": 60}
        held = await by.post("/v1/registration-checks/what-if", asked)
        assert held.status_code == 200, held.text


@pytest_asyncio.fixture
async def scene(given: Given) -> Scene:
    """Three providers, two of them run together, and a school with pupils at each."""
    partnership, authority = await given.partnership(), await given.authority()
    api, others = await given.school(), [await given.school(), await given.school()]
    for other in others:
        await other.patch(f"/v1/organisations/{other.organisation_id}", {"threshold_policy": "advise"}, 1)
    first = await given.provider(partnership)
    linked = await given.provider(partnership, linked_ids=[first["id"]])
    full = await given.provider(partnership)
    school = School(given, api, [first["id"], linked["id"], full["id"]])
    await school.settle()
    return Scene(given, school, partnership, authority, others)


async def test_a_school_is_told_nothing_of_others_pupils_plans_holds_declarations_checks_or_sweeps(
    scene: Scene,
) -> None:
    here, linked, full = scene.school.provider_ids
    before = await scene.school.everything()
    assert len(before) > 80
    assert [asked for asked, answer in before.items() if answer.lstrip("[\n ").startswith("5")] == []
    await scene.ensure_the_same(before)  # where nothing has happened
    await scene.crowd(linked, "looked_after", 2, timetable=[])
    await scene.crowd(full, "sen_support", 2, starts_on=LATER)
    await scene.hold(scene.others[1], full, pupil={"born_on": "2013-01-15"})
    await scene.crowd(here, "ehcp")
    for api in (scene.partnership, scene.authority):
        pupil = await scene.given.pupil(api, "looked_after")
        await api.made("/v1/placements", placement(here, pupil["id"]))
        await api.made("/v1/registration-checks", {"provider_id": here})
    for provider_id in scene.school.provider_ids:
        group = {"count": 7, "weekly_minutes": 1500, "days_per_week": 5, "ehcp": True, "looked_after": True}
        own = await scene.given.api(provider_id)
        await own.made(f"/v1/providers/{provider_id}/declarations", {"groups": [group]})
    swept = await scene.partnership.post("/v1/registration-checks/sweeps", {})
    assert swept.status_code == 202
    await scene.ensure_the_same(before)
    assert await status(scene.school.api, here) == "threshold_met"


async def test_a_school_never_learns_that_another_records_the_same_child_places_it_or_holds_room_for_it(
    scene: Scene,
) -> None:
    here, linked, _ = scene.school.provider_ids
    before = await scene.school.everything()
    for own in scene.school.pupils[:5]:
        seen = await scene.given.pupil(scene.others[1], upn=own["upn"])
        await scene.hold(scene.others[1], linked, pupil_id=seen["id"])
        same = await scene.anothers_pupil("looked_after", upn=own["upn"], born_on="2012-02-02")
        await scene.others[0].made("/v1/placements", placement(here, same, timetable=week(9, 2, start="11:00")))
        await scene.others[0].made("/v1/placements", placement(linked, same))
    await scene.anothers_pupil("ehcp", upn=ELSEWHERE, given_name="Zed")
    await scene.ensure_the_same(before)


async def test_a_school_never_learns_that_another_takes_two_of_its_pupils_for_one(scene: Scene) -> None:
    first, second, *_ = scene.school.pupils
    before = await scene.school.everything()
    await scene.anothers_pupil(upn=first["upn"], former_upns=[second["upn"]])
    await scene.ensure_the_same(before)


async def test_a_plan_refused_for_others_sake_shows_only_what_the_school_could_see_without_them(scene: Scene) -> None:
    """The day is that on which the status, which depends on everybody, comes to be met."""
    here = scene.school.provider_ids[0]
    pupil = scene.school.pupils[4]["id"]
    week_ = week(20, 4)
    question = what_if(here, pupil_id=pupil, timetable=week_) | {"as_of_on": LATER}
    expected = (await scene.school.api.post("/v1/registration-checks/what-if", question)).json()["after"]
    await scene.crowd(here, "sen_support", 4, starts_on=LATER)
    refused = await scene.school.api.post("/v1/placements", placement(here, pupil, starts_on=SOON, timetable=week_))
    assert refused.status_code == 409
    check = refused.json()["check"]
    assert check["as_of_on"] == LATER
    assert check["overall"] == "threshold_met" != expected["overall"]
    made = {"overall", "inputs_hash", "rulesets", "group"}
    assert {key: check[key] for key in check.keys() - made} == {key: expected[key] for key in check.keys() - made}
    known = {each["id"] for each in scene.school.placements}
    for name in ("rulesets", "group"):
        assert anonymous(check[name], known) == anonymous(expected[name], known)


async def test_a_partnership_does_see_what_the_school_does_not(scene: Scene) -> None:
    """The comparison can fail: those who see every count are told differently."""
    here = scene.school.provider_ids[0]
    path = f"/v1/providers/{here}/registration-status?as_of_on={AGO}"
    before = (await scene.partnership.get(path)).json()
    await scene.crowd(here, "ehcp", 1)
    after = (await scene.partnership.get(path)).json()
    assert before["rulesets"] != after["rulesets"]


async def status(api: Api, provider_id: str) -> str:
    """The provider's overall result, as an organisation is told it."""
    return str((await api.get(f"/v1/providers/{provider_id}/registration-status")).json()["overall"])
