"""Checks kept as evidence, and sweeps: what each reader is told, and that a sweep says what the single checks say."""

from datetime import timedelta
from typing import Any

import pytest

from app.db import sweeps
from app.db.base import today
from app.demo.chance import Chance
from tests.given import Api, Given, week
from tests.scenarios.posts import (
    ENG,
    EXCEEDED,
    HEREF,
    MET,
    NONE,
    RISK,
    RULESETS,
    SEIP,
    SLA,
    Check,
    child,
    fill,
    measured,
    place,
    posted,
    results,
    status,
)

CHECKS, SWEEPS = "/v1/registration-checks", "/v1/registration-checks/sweeps"
TODAY = today()


async def run(by: Api, provider: dict[str, Any], on: str = "2026-11-20") -> Check:
    """A check, kept."""
    check: Check = await by.made(CHECKS, {"provider_id": provider["id"], "as_of_on": on})
    return check


async def listed(by: Api, path: str, **query: str) -> list[dict[str, Any]]:
    answer = await by.get(path, params={"limit": "200"} | query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


async def test_a_kept_check_stays_as_it_was_whatever_happens_since(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.provider(partnership)
    await fill(given, partnership, provider, 4, 19, 2)
    kept = await run(partnership, provider)
    fresh = await status(partnership, provider)
    assert {key: value for key, value in kept.items() if key not in {"id", "created_at"}} == {
        key: value for key, value in fresh.items() if key not in {"id", "created_at"}
    }
    await fill(given, partnership, provider, 1, 19, 2)
    again = (await partnership.get(f"{CHECKS}/{kept['id']}")).json()
    assert again == kept
    later = await run(partnership, provider)
    assert later["inputs_hash"] != kept["inputs_hash"]
    found = await listed(partnership, CHECKS, provider_id=provider["id"])
    assert [(each["id"], each["overall"]) for each in found] == [(kept["id"], RISK), (later["id"], MET)]
    met = await listed(partnership, CHECKS, overall=MET)
    assert [each["id"] for each in met] == [later["id"]]


async def test_each_role_keeps_and_reads_the_checks_that_are_theirs_to_know(given: Given) -> None:
    partnership, other, school, second = (
        await given.partnership(),
        await given.partnership(),
        await given.school(),
        await given.school(),
    )
    authority, elsewhere = await given.authority(), await given.authority(la_code="856")
    provider, rival = await given.provider(partnership, la_code="855"), await given.provider(partnership)
    own, rival_own = await given.api(provider["id"]), await given.api(rival["id"])
    await place(school, provider, child(given), 19, 2)
    by = {
        "partnership": partnership,
        "school": school,
        "authority": authority,
        "provider": own,
        "elsewhere": elsewhere,
    }
    kept = {name: await run(api, provider) for name, api in by.items()}
    assert {name: check["view"] for name, check in kept.items()} == {
        "partnership": "full",
        "school": "own",
        "authority": "full",
        "provider": "full",
        "elsewhere": "own",
    }
    full = {"partnership", "authority", "provider"}
    seen = {"partnership": full, "school": {"school"}, "authority": full, "provider": full}
    readers = by | {"other": other, "second": second, "rival": rival_own}
    for name, api in readers.items():
        expected = seen.get(name, {"other": full, "elsewhere": {"elsewhere"}}.get(name, set()))
        for whose, check in kept.items():
            answer = await api.get(f"{CHECKS}/{check['id']}")
            assert answer.status_code == (200 if whose in expected else 404), (name, whose)
        ids = {each["id"] for each in await listed(api, CHECKS, provider_id=provider["id"])}
        assert ids == {kept[whose]["id"] for whose in expected}, name
    assert (await rival_own.post(CHECKS, {"provider_id": provider["id"]})).status_code == 404
    viewer = await given.school("viewer")
    assert (await viewer.post(CHECKS, {"provider_id": provider["id"]})).status_code == 403


async def test_a_kept_check_names_to_each_reader_only_the_placements_it_may_see(given: Given) -> None:
    partnership, other, school = await given.partnership(), await given.partnership(), await given.school()
    provider, there = await given.provider(partnership), await given.provider(partnership)
    shared = child(given)
    mine = await place(partnership, provider, shared, 19, 2)
    thursday = [{"weekday": 4, "starts_at": "09:00", "ends_at": "10:00"}]
    more = await place(partnership, there, shared, timetable=thursday)
    theirs = await place(other, provider, child(given), 19, 2)
    untold = await place(school, provider, child(given), timetable=[])
    kept = await run(partnership, provider)

    def named(check: Check, ruleset_id: str, code: str) -> set[str]:
        return set(measured(check, ruleset_id, code)["contributing_placement_ids"])

    assert named(kept, SEIP, "one_substantial") == {mine["id"]}
    assert named(kept, HEREF, "ten_hours_unregistered") == {mine["id"], more["id"]}
    read = {
        name: (await api.get(f"{CHECKS}/{kept['id']}")).json()
        for name, api in {"other": other, "provider": await given.api(provider["id"])}.items()
    }
    assert named(read["other"], SEIP, "one_substantial") == {theirs["id"]}
    assert named(read["other"], HEREF, "ten_hours_unregistered") == {theirs["id"]}
    assert named(read["provider"], SEIP, "one_substantial") == {mine["id"], theirs["id"]}
    for check in (kept, read["other"]):
        assert untold["id"] not in str(check)
        assert measured(check, ENG, "five_full_time")["observed"] == 2
    assert untold["id"] in str(read["provider"])
    assert (await school.get(f"{CHECKS}/{kept['id']}")).status_code == 404


async def swept(given: Given, by: Api, on: str) -> dict[str, Any]:
    """A sweep, asked for and made."""
    asked = await by.post(SWEEPS, {"as_of_on": on})
    assert asked.status_code == 202, asked.text
    assert asked.json()["finished_at"] is None
    assert asked.headers["Location"] == f"{SWEEPS}/{asked.json()['id']}"
    assert await sweeps.make_next(given.held.database)
    assert not await sweeps.make_next(given.held.database)
    made: dict[str, Any] = (await by.get(f"{SWEEPS}/{asked.json()['id']}")).json()
    assert made["finished_at"] is not None
    return made


async def test_a_sweep_is_made_once_and_read_by_those_who_oversee(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    authority, elsewhere = await given.authority(), await given.authority(la_code="856")
    busy, quiet = await given.provider(partnership, la_code="855"), await given.provider(partnership, la_code="856")
    await fill(given, school, busy, 5, 19, 2)
    made = await swept(given, partnership, "2026-11-20")
    assert made["providers"] == sum(made["results"].values())
    path = f"{SWEEPS}/{made['id']}/results"
    ours = {busy["id"], quiet["id"]}
    found = {
        name: {each["provider_id"] for each in await listed(api, path)} & ours
        for name, api in {"partnership": partnership, "authority": authority, "elsewhere": elsewhere}.items()
    }
    assert found == {"partnership": {busy["id"], quiet["id"]}, "authority": {busy["id"]}, "elsewhere": {quiet["id"]}}
    met = await listed(partnership, path, overall=MET)
    assert len(met) == made["results"][MET]
    assert [each["full_time_pupils"] for each in met if each["provider_id"] in ours] == [5]
    assert all(each["rulesets"].keys() == set(RULESETS) for each in met)
    for api in (school, await given.api(busy["id"])):
        assert (await api.get(path)).status_code == 403
        assert (await api.post(SWEEPS, {})).status_code == 403
    assert made in await listed(authority, SWEEPS)
    assert (await partnership.get(f"{SWEEPS}/{busy['id']}")).status_code == 404


class County:
    """A small county that nobody would draw by hand."""

    def __init__(self, given: Given, seed: int) -> None:
        self.given, self.chance = given, Chance(seed)
        self.days = [TODAY + timedelta(days=days) for days in (-700, -300, -60, -1, 0)]

    async def build(self) -> tuple[list[Api], list[dict[str, Any]]]:
        given, chance = self.given, self.chance
        adopting = await given.partnership(rulesets=[SLA, HEREF])
        member = await given.school(partnership_id=adopting.organisation_id)
        commissioners = [adopting, member, await given.partnership(), await given.school()]
        for api in commissioners:
            await api.patch(f"/v1/organisations/{api.organisation_id}", {"threshold_policy": "advise"}, 1)
        providers: list[dict[str, Any]] = []
        for _ in range(7):
            before = chance.sample(providers, min(len(providers), 1)) if chance.random() < 0.3 else []
            linked = chance.sample(providers, min(len(providers), 1)) if chance.random() < 0.3 else []
            more = {"predecessor_ids": [each["id"] for each in before], "linked_ids": [each["id"] for each in linked]}
            providers.append(await given.provider(adopting, la_code="855", **more))
        pupils = [self.pupil() for _ in range(16)]
        for _ in range(30):
            await self.place(chance.choice(commissioners), chance.choice(providers[:4]), chance.choice(pupils))
        for provider in chance.sample(providers, 3):
            await self.declare(provider)
        return commissioners, providers

    def pupil(self) -> dict[str, Any]:
        chance = self.chance
        born_on = chance.choice(["2009-11-01", "2012-05-05", "2013-08-31", None])
        flags = chance.sample(["ehcp", "looked_after", "sen_support"], chance.choice([0, 0, 0, 1]))
        return child(self.given, *flags, born_on=born_on, sen_provision=chance.choice([None, None, None, "K", "E"]))

    async def place(self, by: Api, provider: dict[str, Any], pupil: dict[str, Any]) -> None:
        chance = self.chance
        starts_on = chance.choice(self.days)
        ends_on = chance.choice([None, None, starts_on + timedelta(days=chance.choice([30, 83, 400]))])
        hours, days = chance.choice([(19, 2), (19, 2), (18, 3), (16.5, 3), (5, 1), (10, 2)])
        said = posted(provider, pupil, hours, days) | {
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on and ends_on.isoformat(),
            "sole_provision": chance.choice([None, None, True]),
            "sen_provision_entry": chance.choice([None, None, None, None, None, "E"]),
        }
        if chance.random() < 0.1:
            said["timetable"] = []
        made = await by.made("/v1/placements", said)
        if chance.random() < 0.1:
            path = f"/v1/placements/{made['id']}/cancel"
            await by.post(path, {"reason": "Entered by mistake."}, headers={"If-Match": '"1"'})

    async def declare(self, provider: dict[str, Any]) -> None:
        own, chance = await self.given.api(provider["id"]), self.chance
        declared_on = TODAY - timedelta(days=chance.choice([0, 50, 100]))
        group = {"count": chance.randint(1, 4), "weekly_minutes": chance.choice([600, 1140]), "days_per_week": 2}
        said = {"declared_on": declared_on.isoformat(), "groups": [group]}
        await own.made(f"/v1/providers/{provider['id']}/declarations", said)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_sweep_says_of_every_provider_what_its_own_check_says(given: Given, seed: int) -> None:
    county = County(given, seed)
    (adopting, *_), providers = await county.build()
    authority = await given.authority()
    told: set[str] = set()
    for days in (-200, 0):
        on = (TODAY + timedelta(days=days)).isoformat()
        made = await swept(given, adopting, on)
        rows = {each["provider_id"]: each for each in await listed(authority, f"{SWEEPS}/{made['id']}/results")}
        assert rows.keys() >= {each["id"] for each in providers}
        for provider in providers:
            row, check = rows[provider["id"]], await status(authority, provider, on)
            assert [row["rulesets"][each] for each in RULESETS] == results(check), (provider["id"], on)
            assert row["overall"] == check["overall"], (provider["id"], on)
            told.add(row["overall"])
    assert told - {NONE}, "the county shows something"


async def test_a_group_is_swept_as_it_is_checked(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    first = await given.provider(partnership, la_code="855")
    second = await given.provider(partnership, la_code="855", linked_ids=[first["id"]])
    renamed = await given.provider(partnership, la_code="855", predecessor_ids=[second["id"]])
    await fill(given, partnership, first, 3, 19, 2)
    await fill(given, partnership, second, 2, 19, 2)
    own = await given.api(first["id"])
    group = {"count": 1, "weekly_minutes": 1140, "days_per_week": 2}
    declared = {"declared_on": TODAY.isoformat(), "groups": [group]}
    await own.made(f"/v1/providers/{first['id']}/declarations", declared)
    made = await swept(given, partnership, TODAY.isoformat())
    rows = {each["provider_id"]: each for each in await listed(authority, f"{SWEEPS}/{made['id']}/results")}
    for provider, known, declared_ in ((first, 3, 1), (second, 2, 0), (renamed, 2, 0)):
        check = await status(authority, provider, TODAY.isoformat())
        limb = measured(check, ENG, "five_full_time")
        # What one company of a group declares is not another's: it counts for the group.
        assert (limb["observed_known"], limb["observed_declared"]) == (known, declared_)
        assert measured(check["group"], ENG, "five_full_time")["observed"] == 6
        assert rows[provider["id"]]["overall"] == check["overall"] == MET
        assert rows[provider["id"]]["rulesets"][ENG] == results(check, ENG)[0]


async def test_ten_hours_over_two_providers_are_swept_too(given: Given) -> None:
    partnership = await given.partnership()
    here, there = [await given.provider(partnership) for _ in range(2)]
    pupil = child(given)
    await place(partnership, here, pupil, timetable=week(5, 1))
    tuesday = [{"weekday": 2, "starts_at": "09:00", "ends_at": "14:01"}]
    await place(partnership, there, pupil, timetable=tuesday)
    made = await swept(given, partnership, "2026-11-20")
    rows = {each["provider_id"]: each for each in await listed(partnership, f"{SWEEPS}/{made['id']}/results")}
    assert [rows[each["id"]]["rulesets"][HEREF] for each in (here, there)] == [EXCEEDED, EXCEEDED]
