"""What a provider is and declares: registered, renamed, run with others, on several sites, with others' pupils."""

from datetime import date, timedelta
from typing import Any

from app.db import gias
from app.db.base import today
from app.domain.access import Caller
from app.integrations.gias import read_establishments
from tests.fixtures.make_gias import FIXTURES
from tests.given import Api, Given, week
from tests.scenarios.posts import (
    CLEAR,
    CWSA,
    DFE,
    ENG,
    EXCEEDED,
    HEREF,
    MET,
    NONE,
    OFSTED,
    PROPOSED,
    RISK,
    SEIP,
    SLA,
    UNKNOWN,
    caveats,
    child,
    fill,
    measured,
    missing,
    place,
    results,
    ruleset,
    status,
)

TODAY = today()
FULL = {"count": 1, "weekly_minutes": 1140, "days_per_week": 2}


async def test_for_a_registered_school_every_ruleset_is_informational(given: Given) -> None:
    with (FIXTURES / "edubasealldata20250422.csv").open("rb") as file:
        rows = [row for row in read_establishments(file) if row.urn in {990001, 990003}]
    async with given.held.database.session_for(Caller.system("gias")) as session:
        await gias.import_extract(session, rows, extract_on=date(2025, 4, 22), force=True)
    partnership, school = await given.partnership(), await given.school()
    for urn in (990001, 990003):
        provider = await given.provider(partnership, urn=urn)
        pupils = [child(given, "ehcp") for _ in range(5)]
        for pupil in pupils:
            await place(school, provider, pupil)
        check = await status(partnership, provider)
        assert (check["overall"], results(check)) == (NONE, [NONE] * 8)
        assert check["registration_status"] != "not_found"
        assert measured(check, ENG, "five_full_time")["observed"] == 5
        # Its pupils' hours are outside the ten that are allowed at providers that are not registered.
        other = await given.provider(partnership)
        await place(school, other, pupils[0], 10, 2)
        assert results(await status(partnership, other), HEREF) == [CLEAR]


async def test_a_new_name_keeps_the_history_of_the_old_one(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    old = await given.provider(partnership)
    await fill(given, school, old, 5, 19, 2, starts_on="2025-01-06", ends_on="2025-07-18")
    new = await given.provider(partnership, predecessor_ids=[old["id"]])
    await fill(given, school, new, 2, 19, 2, starts_on="2025-09-01")
    newest = await given.provider(partnership, predecessor_ids=[new["id"]])
    for provider in (new, newest):
        check = await status(partnership, provider)
        assert ruleset(check, ENG)["first_met_on"] == "2025-01-06"
        assert results(check, ENG, SLA) == [CLEAR, CLEAR]
        assert results(await status(partnership, provider, "2025-07-18"), ENG, DFE, SLA) == [MET] * 3
        assert measured(check, ENG, "five_full_time")["observed"] == 2
    # What the successor does is not the predecessor's doing, though both are one group.
    assert results(await status(partnership, old), ENG, SLA) == [CLEAR, CLEAR]


async def test_linked_companies_are_counted_as_one_group(given: Given) -> None:
    partnership, school, other = await given.partnership(), await given.school(), await given.school()
    first = await given.provider(partnership)
    second = await given.provider(partnership, linked_ids=[first["id"]])
    await fill(given, school, first, 3, 19, 2)
    await fill(given, other, second, 2, 19, 2)
    for provider, alone in ((first, RISK), (second, CLEAR)):
        for reader in (partnership, await given.authority()):
            check = await status(reader, provider)
            assert results(check) == [CLEAR, CLEAR, CLEAR, alone, MET, EXCEEDED, CLEAR, CLEAR]
            assert check["group"]["overall"] == check["overall"] == MET
            assert set(check["group"]["provider_ids"]) == {first["id"], second["id"]}
            assert results(check["group"], ENG, SLA, HEREF) == [MET, MET, MET]
    own = await status(school, first)
    assert (own["overall"], own["group"]["overall"]) == (MET, MET)
    assert results(own["group"], ENG, SLA) == [CLEAR, RISK]
    refused = await school.post(
        "/v1/registration-checks/what-if",
        {"provider_id": second["id"], "placements": [{"pupil": child(given), "starts_on": "2024-09-02"}]},
    )
    assert refused.json()["before"]["overall"] == MET


async def test_a_child_on_both_books_of_a_group_is_one_pupil_with_one_week(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    first = await given.provider(partnership)
    second = await given.provider(partnership, linked_ids=[first["id"]])
    pupil = child(given, "ehcp")
    await place(school, first, pupil, timetable=week(10, 2))
    later = [{"weekday": day, "starts_at": "09:00", "ends_at": "14:00"} for day in (3, 4)]
    await place(school, second, pupil, timetable=later)
    check = await status(partnership, first)
    assert results(check) == [CLEAR] * 5 + [EXCEEDED, CLEAR, CLEAR]
    assert results(check["group"]) == [MET, MET, MET, MET, MET, MET, EXCEEDED, MET]
    assert measured(check["group"], SEIP, "three_days")["observed"] == 4


async def test_each_site_is_told_apart_from_the_whole(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    path = f"/v1/providers/{provider['id']}/sites"
    north, south = [(await partnership.made(path, {"name": name}))["id"] for name in ("North", "South")]
    await fill(given, school, provider, 3, 19, 2, site_id=north)
    await fill(given, school, provider, 3, 19, 2, site_id=south)
    split = [slot | {"site_id": (north, south)[at]} for at, slot in enumerate(week(19, 2))]
    await place(school, provider, child(given), timetable=split)
    check = await status(partnership, provider)
    assert results(check, ENG, SLA) == [MET, MET]
    assert measured(check, ENG, "five_full_time")["observed"] == 7
    sites = {each["site_id"]: each for each in check["sites"]}
    assert sites.keys() == {north, south}
    for site in sites.values():
        assert results(site) == [CLEAR, CLEAR, CLEAR, RISK, MET, EXCEEDED, CLEAR, CLEAR]
        assert measured(site, ENG, "five_full_time")["observed"] == 3


async def declare(own: Api, provider: dict[str, Any], days_ago: int, *groups: dict[str, Any]) -> None:
    said = {"declared_on": (TODAY - timedelta(days=days_ago)).isoformat(), "groups": list(groups)}
    await own.made(f"/v1/providers/{provider['id']}/declarations", said)


async def test_declared_pupils_count_apart_until_the_declaration_is_stale(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    own = await given.api(provider["id"])
    await fill(given, school, provider, 3, 19, 2)
    before = await status(partnership, provider, TODAY.isoformat())
    assert caveats(before)["declaration"] == "none"
    assert results(before, ENG, SLA) == [CLEAR, RISK]
    await declare(own, provider, 90, FULL | {"count": 2})
    current = await status(partnership, provider, TODAY.isoformat())
    assert caveats(current)["declaration"] == "current"
    assert results(current, ENG, DFE, SLA, HEREF) == [MET] * 4
    limb = measured(current, ENG, "five_full_time")
    assert (limb["observed"], limb["observed_known"], limb["observed_declared"]) == (5, 3, 2)
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert (current["projection"]["next_change_on"], current["projection"]["result"]) == (tomorrow, UNKNOWN)
    stale = await status(partnership, provider, tomorrow)
    assert caveats(stale)["declaration"] == "stale"
    # Three are known: with the two once declared the five of the law, and the four of the SLA, may be there.
    assert results(stale, ENG, SLA) == [UNKNOWN, UNKNOWN]
    assert missing(stale, ENG) == {"declaration_stale"}
    told = await status(school, provider, TODAY.isoformat())
    assert told["overall"] == MET
    assert results(told, ENG, SLA) == [CLEAR, RISK]
    assert measured(told, ENG, "five_full_time")["observed_declared"] == 0
    assert "current" not in str(told["caveats"])


async def test_a_later_declaration_takes_the_place_of_an_earlier_one(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.provider(partnership)
    own = await given.api(provider["id"])
    await declare(own, provider, 20, FULL | {"ehcp": True})
    await declare(own, provider, 10)
    days = [(TODAY - timedelta(days=ago)).isoformat() for ago in (21, 20, 11, 10, 0)]
    found = [results(await status(partnership, provider, day), ENG)[0] for day in days]
    assert found == [CLEAR, MET, MET, CLEAR, CLEAR]
    check = await status(partnership, provider, TODAY.isoformat())
    assert ruleset(check, ENG)["first_met_on"] == days[1]
    # Put right on the same day, whichever way.
    for groups, expected in (([FULL | {"ehcp": True}], MET), ([], CLEAR), ([FULL | {"ehcp": True}], MET)):
        await declare(own, provider, 0, *groups)
        assert results(await status(partnership, provider, TODAY.isoformat()), ENG) == [expected]


async def test_what_a_declaration_says_of_pupils_decides_as_a_record_would(given: Given) -> None:
    partnership = await given.partnership()
    rows: dict[str, tuple[dict[str, Any], list[str]]] = {
        "looked after": ({"looked_after": True}, [MET, CLEAR, MET]),
        "EHC plan": ({"ehcp": True}, [MET, MET, MET]),
        "SEN support": ({"sen_support": True}, [CLEAR, CLEAR, MET]),
        "past school age": ({"count": 5, "compulsory_school_age": False}, [CLEAR, MET, CLEAR]),
        "part time": ({"count": 5, "weekly_minutes": 600}, [CLEAR, CLEAR, CLEAR]),
        "18.0 h": ({"count": 5, "weekly_minutes": 1080}, [RISK, MET, RISK]),
        "sole": ({"ehcp": True, "weekly_minutes": 600, "sole_provision": True}, [RISK, CLEAR, RISK]),
    }
    found = {}
    for name, (more, _) in rows.items():
        provider = await given.provider(partnership)
        await declare(await given.api(provider["id"]), provider, 1, FULL | more)
        found[name] = results(await status(partnership, provider, TODAY.isoformat()), ENG, SLA, CWSA)
    assert found == {name: expected for name, (_, expected) in rows.items()}


async def test_only_the_provider_declares_and_a_school_reads_no_declaration(given: Given) -> None:
    partnership, school, authority = await given.partnership(), await given.school(), await given.authority()
    provider, other = await given.provider(partnership), await given.provider(partnership)
    path, said = f"/v1/providers/{provider['id']}/declarations", {"groups": [FULL]}
    for api in (partnership, school, authority):
        assert (await api.post(path, said)).status_code == 403
    assert (await (await given.api(other["id"])).post(path, said)).status_code == 404
    own = await given.api(provider["id"])
    made = await own.made(path, said)
    assert made["stale_from_on"] == (TODAY + timedelta(days=91)).isoformat()
    listed = [await api.get(path) for api in (partnership, authority, own)]
    assert [[each["id"] for each in answer.json()["data"]] for answer in listed] == [[made["id"]]] * 3
    assert (await school.get(path)).status_code == 403
    to_come = {"declared_on": (TODAY + timedelta(days=1)).isoformat(), "groups": []}
    assert (await own.post(path, to_come)).json()["code"] == "in_the_future"


async def test_hours_and_days_unknown_leave_open_only_what_they_decide(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.provider(partnership)
    await place(partnership, provider, child(given), timetable=[], weekly_minutes=600)
    check = await status(partnership, provider)
    assert results(check) == [CLEAR, CLEAR, CLEAR, CLEAR, UNKNOWN, CLEAR, UNKNOWN, CLEAR]
    assert missing(check, SEIP) == {"days_missing"}
    assert missing(check, PROPOSED) == {"days_missing", "sessions_missing"}
    assert missing(check, OFSTED) == set()
