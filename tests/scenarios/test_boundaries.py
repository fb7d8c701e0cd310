"""Every boundary that the source documents draw, posted over HTTP, with the result for every ruleset."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.given import Api, Given, week
from tests.scenarios.posts import (
    CLEAR,
    CWSA,
    DFE,
    ENG,
    EXCEEDED,
    HEREF,
    MET,
    OFSTED,
    PROPOSED,
    RISK,
    RULESETS,
    SEIP,
    SLA,
    UNKNOWN,
    Check,
    caveats,
    child,
    fired,
    measured,
    missing,
    place,
    posted,
    results,
    status,
)


@dataclass(frozen=True)
class Kind:
    """So many alike pupils: hours a week, on so many days, and what else is said of them."""

    number: int
    hours: float
    days: int
    flags: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    pupil: dict[str, Any] = field(default_factory=dict)


EHCP, LOOKED_AFTER, SUPPORT = ("ehcp",), ("looked_after",), ("sen_support",)
SOLE, NO_BIRTH = {"sole_provision": True}, {"born_on": None}
NO_HOURS: dict[str, Any] = {"timetable": []}
POST_16 = {"born_on": "2009-11-01"}  # of compulsory school age until the last Friday of June 2026

# Columns: eng-s463, dfe-registration-2019, ofsted ¶399, SLA, SEIP 2024, Herefordshire, proposed 2025, CWSA 2026.
ROWS: dict[str, tuple[list[Kind], list[str]]] = {
    # The arithmetic of the documents, one pupil without a flag: caps alone can be exceeded, and R2 has no number.
    "3 x 6 h": ([Kind(1, 18, 3)], [CLEAR, CLEAR, CLEAR, CLEAR, EXCEEDED, EXCEEDED, EXCEEDED, CLEAR]),
    "3 x 6.5 h": ([Kind(1, 19.5, 3)], [CLEAR, CLEAR, CLEAR, CLEAR, MET, EXCEEDED, EXCEEDED, CLEAR]),
    "2 x 5 h": ([Kind(1, 10, 2)], [CLEAR] * 8),
    "2 x 5 h 01": ([Kind(1, 10 + 2 / 60, 2)], [CLEAR] * 5 + [EXCEEDED, CLEAR, CLEAR]),
    "3 x 5.5 h": ([Kind(1, 16.5, 3)], [CLEAR, CLEAR, CLEAR, CLEAR, EXCEEDED, EXCEEDED, EXCEEDED, CLEAR]),
    "2 x 9.5 h": ([Kind(1, 19, 2)], [CLEAR, CLEAR, CLEAR, CLEAR, MET, EXCEEDED, CLEAR, CLEAR]),
    # The same with an EHC plan, where one is enough: 18.0 is "18 or more" and not "more than 18".
    "3 x 6 h, EHCP": ([Kind(1, 18, 3, EHCP)], [RISK, RISK, RISK, MET, EXCEEDED, MET, EXCEEDED, RISK]),
    "3 x 6.5 h, EHCP": ([Kind(1, 19.5, 3, EHCP)], [MET, MET, MET, MET, MET, MET, EXCEEDED, MET]),
    "18 h 01, EHCP": ([Kind(1, 18 + 2 / 60, 2, EHCP)], [MET, MET, MET, MET, MET, MET, CLEAR, MET]),
    "17 h 58, EHCP": ([Kind(1, 18 - 2 / 60, 2, EHCP)], [RISK, RISK, RISK, RISK, RISK, EXCEEDED, CLEAR, RISK]),
    "2 x 5 h, EHCP": ([Kind(1, 10, 2, EHCP)], [CLEAR] * 8),
    "2 x 9.5 h, EHCP": ([Kind(1, 19, 2, EHCP)], [MET, MET, MET, MET, MET, MET, CLEAR, MET]),
    # Flags: the SLA has no looked-after limb, and SEN support is a special need in the new Act alone.
    "looked after": ([Kind(1, 20, 4, LOOKED_AFTER)], [MET, MET, MET, CLEAR, MET, MET, EXCEEDED, MET]),
    "SEN support": ([Kind(1, 20, 4, SUPPORT)], [CLEAR, CLEAR, CLEAR, CLEAR, MET, EXCEEDED, EXCEEDED, MET]),
    "statement of SEN": (
        [Kind(1, 20, 4, pupil={"sen_provision": "S"})],
        [MET, MET, MET, MET, MET, MET, EXCEEDED, MET],
    ),
    "statement on entry": (
        [Kind(1, 20, 4, more={"sen_provision_entry": "S"})],
        [MET, MET, MET, MET, MET, MET, EXCEEDED, MET],
    ),
    # Numbers, full time on two days: five for the law, four for the SLA, and one pupil below is a risk.
    "2 pupils": ([Kind(2, 19, 2)], [CLEAR, CLEAR, CLEAR, CLEAR, MET, EXCEEDED, CLEAR, CLEAR]),
    "3 pupils": ([Kind(3, 19, 2)], [CLEAR, CLEAR, CLEAR, RISK, MET, EXCEEDED, CLEAR, CLEAR]),
    "4 pupils": ([Kind(4, 19, 2)], [RISK, RISK, RISK, MET, MET, EXCEEDED, CLEAR, RISK]),
    "5 pupils": ([Kind(5, 19, 2)], [MET, MET, MET, MET, MET, MET, CLEAR, MET]),
    "4 at 18.0 h": ([Kind(4, 18, 2)], [CLEAR, CLEAR, CLEAR, MET, RISK, EXCEEDED, CLEAR, CLEAR]),
    "5 at 18.0 h": ([Kind(5, 18, 2)], [RISK, RISK, RISK, MET, RISK, MET, CLEAR, RISK]),
    "4 full, 1 at 17 h": ([Kind(4, 19, 2), Kind(1, 17, 2)], [RISK, RISK, RISK, MET, MET, EXCEEDED, CLEAR, RISK]),
    "5 part time": ([Kind(5, 10, 2)], [CLEAR] * 8),
    # Age: after the leaving date nobody counts but under the SLA, which asks no age.
    "5 past school age": ([Kind(5, 19, 2, pupil=POST_16)], [CLEAR, CLEAR, CLEAR, MET, CLEAR, EXCEEDED, CLEAR, CLEAR]),
    "4 and 1 past school age": (
        [Kind(4, 19, 2), Kind(1, 19, 2, EHCP, pupil=POST_16)],
        [RISK, RISK, RISK, MET, MET, EXCEEDED, CLEAR, RISK],
    ),
    # Sole provision below the limit is a question for a person, never an automatic no.
    "sole provision": ([Kind(1, 10, 2, EHCP, SOLE)], [RISK, RISK, RISK, CLEAR, CLEAR, RISK, CLEAR, RISK]),
    "sole provision, no flag": ([Kind(1, 10, 2, (), SOLE)], [CLEAR] * 8),
    # What is missing is not nothing; and it hides no threshold that others meet.
    "no hours": ([Kind(1, 0, 1, EHCP, NO_HOURS)], [UNKNOWN] * 8),
    "no hours beside 5": (
        [Kind(5, 19, 2), Kind(1, 0, 1, (), NO_HOURS)],
        [MET, MET, MET, MET, MET, MET, UNKNOWN, MET],
    ),
    "no birth date": (
        [Kind(1, 19, 2, EHCP, pupil=NO_BIRTH)],
        [UNKNOWN, UNKNOWN, UNKNOWN, MET, UNKNOWN, EXCEEDED, CLEAR, UNKNOWN],
    ),
    "no birth date, part time": ([Kind(1, 10, 2, EHCP, pupil=NO_BIRTH)], [CLEAR] * 8),
    # The proposal of 2025: two days and four sessions, or twelve weeks of up to five days.
    "3 short days": ([Kind(1, 9, 3)], [CLEAR, CLEAR, CLEAR, CLEAR, EXCEEDED, CLEAR, EXCEEDED, CLEAR]),
    "12 weeks": (
        [Kind(1, 10, 5, more={"starts_on": "2026-10-05", "ends_on": "2026-12-27"})],
        [CLEAR, CLEAR, CLEAR, CLEAR, EXCEEDED, CLEAR, CLEAR, CLEAR],
    ),
    "12 weeks and a day": (
        [Kind(1, 10, 5, more={"starts_on": "2026-10-05", "ends_on": "2026-12-28"})],
        [CLEAR, CLEAR, CLEAR, CLEAR, EXCEEDED, CLEAR, EXCEEDED, CLEAR],
    ),
    # Main responsibility is asserted by the commissioner.
    "main responsibility": (
        [Kind(1, 5, 1, more={"main_responsibility": True})],
        [CLEAR, CLEAR, CLEAR, CLEAR, EXCEEDED, CLEAR, CLEAR, CLEAR],
    ),
    "nobody": ([], [CLEAR] * 8),
}


async def test_every_row_gives_its_result_for_every_ruleset(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    schools = [await given.school() for _ in range(3)]
    by, found = [*schools, partnership], {}
    for name, (kinds, _) in ROWS.items():
        provider = await given.provider(partnership)
        for kind in kinds:
            for number in range(kind.number):
                pupil = child(given, *kind.flags, **kind.pupil)
                await place(by[number % 4], provider, pupil, kind.hours, kind.days, **kind.more)
        found[name] = results(await status(authority, provider))
    assert found == {name: expected for name, (_, expected) in ROWS.items()}


async def test_each_reader_is_told_the_same_result_in_the_view_that_is_theirs(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    one, other, third = await given.school(), await given.school(), await given.school()
    provider = await given.provider(partnership)
    mine = [await place(one, provider, child(given), 19, 2) for _ in range(2)]
    theirs = [await place(other, provider, child(given), 19, 2), await place(other, provider, child(given), 19, 2)]
    last = await place(partnership, provider, child(given, "looked_after"), 19, 2)
    readers = {
        "partnership": partnership,
        "authority": authority,
        "provider": await given.api(provider["id"]),
        "one": one,
        "third": third,
    }
    checks = {name: await status(api, provider) for name, api in readers.items()}
    full = [MET, MET, MET, MET, MET, MET, CLEAR, MET]
    own = [CLEAR, CLEAR, CLEAR, CLEAR, MET, EXCEEDED, CLEAR, CLEAR]
    assert {name: results(check) for name, check in checks.items()} == {
        "partnership": full,
        "authority": full,
        "provider": full,
        "one": own,
        "third": [CLEAR] * 8,
    }
    assert {check["overall"] for check in checks.values()} == {MET}
    assert {name: check["view"] for name, check in checks.items()} == {
        "partnership": "full",
        "authority": "full",
        "provider": "full",
        "one": "own",
        "third": "own",
    }

    def named(name: str) -> set[str]:
        return set(measured(checks[name], SEIP, "one_substantial")["contributing_placement_ids"])

    everybody = {each["id"] for each in (*mine, *theirs, last)}
    assert named("partnership") == {last["id"]}
    assert named("provider") == everybody
    assert named("one") == {each["id"] for each in mine}
    assert named("third") == set()
    observed = {name: measured(check, ENG, "five_full_time")["observed"] for name, check in checks.items()}
    assert observed == {"partnership": 5, "authority": 5, "provider": 5, "one": 2, "third": 0}
    assert checks["one"]["headroom"] is None


async def test_limits_and_sources_are_told_with_each_test(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.provider(partnership)
    await place(partnership, provider, child(given, "ehcp"), 18, 3)
    check = await status(partnership, provider)
    days = measured(check, SEIP, "three_days")
    assert (days["limit"], days["comparison"], days["observed"], days["fired"]) == (3, ">=", 3, True)
    cap = measured(check, HEREF, "ten_hours_unregistered")
    assert (cap["limit"], cap["comparison"], cap["observed"]) == (600, ">", 1080)
    assert fired(check, SLA) == ["one_substantial_ehcp"]
    assert fired(check, ENG) == []
    assert {each["ruleset_id"]: each["legal_status"] for each in check["rulesets"]} == {
        ENG: "in_force",
        DFE: "guidance",
        OFSTED: "superseded",
        SLA: "contract",
        SEIP: "guidance",
        HEREF: "guidance",
        PROPOSED: "proposed",
        CWSA: "enacted_not_commenced",
    }
    assert all(test["source"] for each in check["rulesets"] for test in each["tests"])


LEAVERS = [
    ("2010-06-26", "2026-06-26", "2026-06-27"),  # sixteen on the leaving date itself
    ("2010-08-31", "2026-06-26", "2026-06-27"),  # summer-born, still fifteen
    ("2010-09-01", "2027-06-25", "2027-06-26"),
    ("2011-01-15", "2027-06-25", "2027-06-26"),
    ("2012-02-29", "2028-06-30", "2028-07-01"),
]
STARTERS = [
    ("2021-12-31", "2026-12-30", "2026-12-31"),  # five on a prescribed day
    ("2022-01-01", "2027-03-30", "2027-03-31"),
    ("2022-04-01", "2027-08-30", "2027-08-31"),
]


@pytest.mark.parametrize("turns", ["leaving", "starting"])
async def test_school_age_ends_on_the_last_friday_in_june_and_begins_on_a_prescribed_day(
    given: Given, turns: str
) -> None:
    partnership, school = await given.partnership(), await given.school()
    rows, before, after = (LEAVERS, MET, CLEAR) if turns == "leaving" else (STARTERS, CLEAR, MET)
    for born_on, day, next_day in rows:
        provider = await given.provider(partnership)
        await place(school, provider, child(given, "ehcp", born_on=born_on), 19, 2)
        first, then = await status(partnership, provider, day), await status(partnership, provider, next_day)
        assert results(first, ENG, DFE, OFSTED) == [before] * 3, born_on
        assert results(then, ENG, DFE, OFSTED) == [after] * 3, born_on
        assert (first["projection"]["next_change_on"], first["projection"]["result"]) == (next_day, after)
        assert (first["overall"], then["overall"]) == (before, after)
        assert results(then, SLA) == [MET], "the SLA asks no age"
        own = await status(school, provider, day)
        assert own["projection"]["next_change_on"] == next_day


async def test_a_flag_counts_from_its_day_to_its_last_day(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    dated = [{"kind": "looked_after", "from_on": "2025-09-01", "to_on": "2026-03-31"}]
    await place(school, provider, child(given, characteristics=dated), 19, 2)
    days = ("2025-08-31", "2025-09-01", "2026-03-31", "2026-04-01")
    found = [results(await status(partnership, provider, day), ENG)[0] for day in days]
    assert found == [CLEAR, MET, MET, CLEAR]
    past = await status(partnership, provider)
    rule = next(each for each in past["rulesets"] if each["ruleset_id"] == ENG)
    assert rule["first_met_on"] == "2025-09-01"
    then = await status(partnership, provider, "2025-08-01")
    assert then["projection"] == {"horizon_on": "2027-08-02", "next_change_on": "2025-09-01", "result": MET}


async def test_a_placement_counts_on_its_first_and_last_day_and_a_new_week_from_its_own(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    made = await place(school, provider, child(given, "ehcp"), 19, 2, starts_on="2025-01-06", ends_on="2026-07-17")
    fewer = {"from_on": "2026-02-02", "timetable": week(10, 2)}
    changed = await school.post(f"/v1/placements/{made['id']}/timetable", fewer, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    days = ("2025-01-05", "2025-01-06", "2026-02-01", "2026-02-02", "2026-07-17")
    checks = [await status(partnership, provider, day) for day in days]
    assert [results(check, ENG)[0] for check in checks] == [CLEAR, MET, MET, CLEAR, CLEAR]
    observed = [measured(check, HEREF, "ten_hours_unregistered")["observed"] for check in checks]
    assert observed == [0, 1140, 1140, 600, 600]
    gone = await status(partnership, provider, "2026-07-18")
    assert measured(gone, HEREF, "ten_hours_unregistered")["observed"] == 0
    assert checks[0]["projection"]["next_change_on"] == "2025-01-06"
    assert checks[1]["projection"]["next_change_on"] == "2026-02-02"


async def test_the_fuller_of_weeks_a_and_b_decides(given: Given) -> None:
    partnership = await given.partnership()
    provider, fewer = await given.provider(partnership), await given.provider(partnership)
    fortnight = [*week(19.5, 3, weeks="a"), *week(5, 1, weeks="b")]
    await place(partnership, provider, child(given, "ehcp"), timetable=fortnight)
    assert results(await status(partnership, provider)) == [MET, MET, MET, MET, MET, MET, EXCEEDED, MET]
    # Five hours on Monday each week, and five more on Tuesday in one week, on Wednesday in the other: never over ten.
    parts = [*week(5, 1), {"weekday": 2, "starts_at": "09:00", "ends_at": "14:00", "weeks": "a"}]
    parts.append({"weekday": 3, "starts_at": "09:00", "ends_at": "14:00", "weeks": "b"})
    await place(partnership, fewer, child(given, "ehcp"), timetable=parts)
    assert results(await status(partnership, fewer)) == [CLEAR] * 8


async def test_time_that_two_commissioners_tell_counts_once_and_is_flagged(given: Given) -> None:
    partnership, school, authority = await given.partnership(), await given.school(), await given.authority()
    provider, pupil = await given.provider(partnership), child(given, "ehcp")

    def days(starts: str, ends: str) -> list[dict[str, Any]]:
        return [{"weekday": day, "starts_at": starts, "ends_at": ends} for day in (1, 2, 3)]

    first = await place(school, provider, pupil, timetable=days("09:00", "14:00"))
    second = await place(partnership, provider, pupil, timetable=days("12:00", "15:00"))
    check = await status(authority, provider)
    # United: 9 to 3 on three days, 18.0 hours; added up they would be 24.
    assert results(check) == [RISK, RISK, RISK, MET, EXCEEDED, MET, EXCEEDED, RISK]
    assert measured(check, HEREF, "ten_hours_unregistered")["observed"] == 1080
    assert [each["minutes"] for each in check["caveats"] if each["code"] == "overlapping_hours"] == [360]
    provided = await status(await given.api(provider["id"]), provider)
    (flagged,) = (each for each in provided["caveats"] if each["code"] == "overlapping_hours")
    assert set(flagged["placement_ids"]) == {first["id"], second["id"]}
    own = await status(school, provider)
    assert "overlapping_hours" not in caveats(own)
    assert measured(own, HEREF, "ten_hours_unregistered")["observed"] == 900


async def test_one_child_of_two_schools_counts_once_and_a_flag_on_either_record_counts(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    one, other = await given.school(), await given.school()
    provider, upn = await given.provider(partnership), given.upn()
    monday = week(10, 2)
    thursday = [{"weekday": day, "starts_at": "09:00", "ends_at": "14:00"} for day in (4, 5)]
    await place(one, provider, child(given, upn=upn), timetable=monday)
    await place(other, provider, child(given, "looked_after", upn=upn), timetable=thursday)
    check = await status(authority, provider)
    assert results(check) == [MET, MET, MET, CLEAR, MET, MET, EXCEEDED, MET]
    assert measured(check, ENG, "one_full_time_looked_after_or_ehcp")["observed"] == 1
    assert measured(check, SLA, "four_substantial")["observed"] == 1
    assert caveats(check)["records_disagree"] == "looked_after"
    for school in (one, other):
        own = await status(school, provider)
        assert own["overall"] == MET
        assert results(own) == [CLEAR] * 8
        assert "records_disagree" not in caveats(own)


async def test_ten_hours_are_summed_over_the_pupils_unregistered_providers(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    here, there = await given.provider(partnership), await given.provider(partnership)
    pupil = child(given)
    first = await place(school, here, pupil, 5, 1)
    tuesday = [{"weekday": 2, "starts_at": "09:00", "ends_at": "14:00"}]
    second = await place(school, there, pupil, timetable=tuesday)
    assert results(await status(partnership, here)) == [CLEAR] * 8
    longer = {"from_on": "2026-11-20", "timetable": [tuesday[0] | {"ends_at": "14:01"}]}
    path = f"/v1/placements/{second['id']}/timetable"
    assert (await school.post(path, longer, headers={"If-Match": '"1"'})).status_code == 200
    for provider in (here, there):
        assert results(await status(partnership, provider, "2026-11-19"), HEREF) == [CLEAR]
        check = await status(school, provider)
        assert results(check) == [CLEAR] * 5 + [EXCEEDED, CLEAR, CLEAR]
        cap = measured(check, HEREF, "ten_hours_unregistered")
        assert cap["observed"] == 601
        assert set(cap["contributing_placement_ids"]) == {first["id"], second["id"]}


async def test_what_is_missing_is_named_to_those_who_may_see_the_placement(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    nothing = await place(school, provider, child(given, "ehcp"), timetable=[])
    unborn = await place(school, provider, child(given, "ehcp", born_on=None), 19, 2)
    check, own = await status(partnership, provider), await status(school, provider)
    assert missing(check, ENG) == {"hours_missing", "birth_date_missing"}
    assert {each["placement_id"] for each in _missing(check)} == {None}
    assert {each["placement_id"] for each in _missing(own)} == {nothing["id"], unborn["id"]}


def _missing(check: Check) -> list[dict[str, Any]]:
    return [each for each in check["rulesets"][0]["missing"] if each]


async def test_estimated_hours_count_and_are_flagged(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership)
    pupil = child(given, "ehcp")
    await place(school, provider, pupil, timetable=[], weekly_minutes=1170, days_per_week=3, hours_basis="estimated")
    check = await status(partnership, provider)
    assert results(check) == [MET, MET, MET, MET, MET, MET, EXCEEDED, MET]
    assert "estimated_hours" in caveats(check)


async def test_five_times_four_is_not_five(given: Given) -> None:
    """Four pupils, one of them told by five commissioners."""
    partnership, schools = await given.partnership(), [await given.school() for _ in range(3)]
    provider, shared = await given.provider(partnership), child(given)
    for school in schools:
        await place(school, provider, shared, 19, 2)
        await place(school, provider, child(given), 19, 2)
    check = await status(partnership, provider)
    assert results(check) == [RISK, RISK, RISK, MET, MET, EXCEEDED, CLEAR, RISK]
    assert measured(check, ENG, "five_full_time")["observed"] == 4


async def test_every_ruleset_is_listed_with_what_it_is_on_the_day(given: Given) -> None:
    school: Api = await given.school()
    listed = (await school.get("/v1/rulesets", params={"as_of_on": "2026-11-22"})).json()["data"]
    assert {each["id"] for each in listed} == set(RULESETS)
    later = (await school.get("/v1/rulesets", params={"as_of_on": "2031-01-01"})).json()["data"]
    act = next(each for each in later if each["id"] == CWSA)
    # Nobody has appointed a day: time alone commences nothing.
    assert (act["legal_status"], act["commences_on"]) == ("enacted_not_commenced", None)
    assert (await school.get("/v1/rulesets/none-such")).status_code == 404


async def test_an_unbinding_ruleset_is_told_and_does_not_decide(given: Given) -> None:
    partnership, adopting = await given.partnership(), await given.partnership(rulesets=[SLA])
    provider = await given.provider(partnership)
    for number in range(4):
        await place((partnership, adopting)[number % 2], provider, child(given), 19, 2)
    member = await given.school(partnership_id=adopting.organisation_id)
    readers = [partnership, adopting, member, await given.authority(), await given.api(provider["id"])]
    found = [(await status(api, provider))["overall"] for api in readers]
    assert found == [RISK, MET, MET, MET, MET]
    assert results(await status(partnership, provider), SLA) == [MET]


async def test_a_placement_in_the_census_own_words_is_weighed_as_any_other(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    provider = await given.provider(partnership, company_number="09876543", postcode="LE1 1AA")
    said = posted(provider, child(given, sen_provision="E"), timetable=[])
    said = {key: value for key, value in said.items() if key not in {"provider_id", "starts_on"}}
    said |= {"company_number": "09876543", "placement_postcode": "LE1 1AA", "entry_date": "2024-09-02"}
    made = await school.made("/v1/placements", said | {"sessions_per_week": 6, "attendance_pattern": "PT"})
    assert (made["weekly_minutes"], made["hours_basis"]) == (1170, "estimated")
    check = await status(partnership, provider)
    assert results(check, ENG, SLA, PROPOSED) == [MET, MET, EXCEEDED]
    assert missing(check, SEIP) == {"days_missing"}
