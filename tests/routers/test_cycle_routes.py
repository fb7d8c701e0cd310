"""The yearly round over HTTP: what is asked for at a provider, by whose calendar, and the coordinator's worklist."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from app.domain.frameworks import VisitKind
from tests.domain.years import KENT_TERMS
from tests.given import Api, Given
from tests.routers.found import listed, on_day, statements, visited

ASKED = {"programme_id": "ave-qa-v8", "academic_year": "2026-27"}
FORMS = {
    "learning_walk": "ave-learning-walk-v8",
    "half_day_observation": "ave-half-day-v8",
    "work_scrutiny": "ave-work-scrutiny-v8",
    "contract_review": "ave-contract-review-v8",
    "follow_up": "ave-half-day-v8",
    "joint_observation": "ave-half-day-v8",
    "qa_visit": "ave-qa-v8",
}
TERMS = [
    {"ordinal": term.ordinal, "starts_on": str(term.starts_on), "ends_on": str(term.ends_on)} for term in KENT_TERMS
]


@pytest.fixture
async def lead(given: Given) -> Api:
    """A partnership of a network, with the terms of Kent."""
    lead = await given.partnership(network="findings")
    assert (await lead.put("/v1/calendars/2026-27", {"terms": TERMS})).status_code == 201
    return lead


@pytest.fixture
async def place(given: Given, lead: Api) -> str:
    """A provider with a pupil of the partnership since the summer before."""
    place = str((await given.provider(lead))["id"])
    await placed(given, lead, place, "2026-06-01")
    return place


async def placed(given: Given, by: Api, place: str, starts_on: str, **more: Any) -> None:
    """A pupil is placed."""
    pupil = await given.pupil(by)
    said = {"provider_id": place, "pupil_id": pupil["id"], "starts_on": starts_on, "timetable": []}
    await by.made("/v1/placements", said | more)


async def done(given: Given, by: Api, place: str, kind: str, on: str, **more: Any) -> str:
    """A visit of the round."""
    told = {"form": FORMS[kind], "programme": "ave-qa-v8", "kind": kind} | more
    return str(await visited(given, by, place, date.fromisoformat(on), **told))


async def asked(given: Given, by: Api, place: str, on: str, **query: Any) -> dict[str, Any]:
    """What the round asks for at a provider on a day."""
    on_day(given, date.fromisoformat(on))
    answer = await by.get(f"/v1/providers/{place}/qa-cycle", params=ASKED | query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def table(told: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Entry, window and state."""
    return [
        (f"{each['key']} {each['occurrence']}", each["from_on"], each["by_on"], each["state"])
        for each in told["entries"]
    ]


async def test_a_year_of_the_policy_by_hand(given: Given, lead: Api, place: str) -> None:
    told = await asked(given, lead, place, "2026-10-01")
    assert {name: told[name] for name in ("provider_id", "programme_id", "academic_year", "in_use_because")} == {
        "provider_id": place,
        "programme_id": "ave-qa-v8",
        "academic_year": "2026/27",
        "in_use_because": "placement",
    }
    assert told["in_use_from_on"] == "2026-06-01"
    # Term 1 has 53 days and its second half begins on 27 September; term 2, term 3 and 31 August as printed.
    assert table(told) == [
        ("learning-walk 1", "2026-09-27", "2026-10-23", "due"),
        ("learning-walk 2", "2026-11-02", "2026-12-18", "upcoming"),
        ("contract-review 1", "2026-09-01", "2027-07-21", "due"),
        ("half-day-observation 1", "2027-01-04", "2027-07-21", "upcoming"),
        ("work-scrutiny 1", "2027-01-04", "2027-07-21", "upcoming"),
        ("final-judgement 1", "2027-07-21", "2027-08-31", "upcoming"),
    ]
    first = await done(given, lead, place, "learning_walk", "2026-10-05")
    review = await done(given, lead, place, "contract_review", "2026-11-04")
    weak = {"section:quality-of-education": "requires_improvement", "overall": "requires_improvement"}
    half_day = await done(given, lead, place, "half_day_observation", "2027-02-02", ratings=weak)
    scrutiny = await done(given, lead, place, "work_scrutiny", "2027-02-02")
    told = await asked(given, lead, place, "2027-03-31")
    # The second walk was never made. A half-day that requires improvement is followed up within 56 days: by 30 March.
    assert table(told) == [
        ("learning-walk 1", "2026-09-27", "2026-10-23", "done"),
        ("learning-walk 2", "2026-11-02", "2026-12-18", "overdue"),
        ("work-scrutiny 1", "2027-01-04", "2027-02-02", "done"),
        ("follow-up 1", "2027-02-03", "2027-03-30", "overdue"),
        ("contract-review 1", "2026-09-01", "2027-07-21", "done"),
        ("half-day-observation 1", "2027-01-04", "2027-07-21", "done"),
        ("final-judgement 1", "2027-07-21", "2027-08-31", "upcoming"),
    ]
    by_key = {f"{each['key']} {each['occurrence']}": each for each in told["entries"]}
    settled = {name: each["done_by_visit_id"] for name, each in by_key.items() if each["done_on"]}
    assert settled == {
        "learning-walk 1": first,
        "work-scrutiny 1": scrutiny,
        "contract-review 1": review,
        "half-day-observation 1": half_day,
    }
    follow_up = by_key["follow-up 1"]
    assert (follow_up["title"], follow_up["kind"], follow_up["follows_on"]) == ("Follow-up", "follow_up", "2027-02-02")
    assert by_key["work-scrutiny 1"]["together_with"] == "half-day-observation"
    assert all(each["source"].startswith("QA policy v8") for each in told["entries"])


async def test_what_settles_a_follow_up_is_named_whatever_kind_of_visit_it_was(given: Given, lead: Api) -> None:
    for kind in VisitKind:
        place = str((await given.provider(lead))["id"])
        await done(given, lead, place, "half_day_observation", "2027-02-02", ratings={"overall": "inadequate"})
        await done(given, lead, place, "work_scrutiny", "2027-03-01")
        after = await done(given, lead, place, kind.value, "2027-03-01")
        told = await asked(given, lead, place, "2027-03-02")
        [follow_up] = [each for each in told["entries"] if each["key"] == "follow-up"]
        settles = kind in {VisitKind.FOLLOW_UP, VisitKind.JOINT_OBSERVATION, VisitKind.HALF_DAY_OBSERVATION}
        assert (follow_up["state"], follow_up["done_by_visit_id"]) == (("done", after) if settles else ("due", None))


async def test_two_walks_on_one_day_settle_one_period_each(given: Given, lead: Api, place: str) -> None:
    both = {await done(given, lead, place, "learning_walk", "2026-11-10") for _ in range(2)}
    told = await asked(given, lead, place, "2026-12-01")
    assert {each["done_by_visit_id"] for each in told["entries"] if each["key"] == "learning-walk"} == both


async def test_only_final_ratings_that_were_not_set_aside_call_for_a_follow_up(
    given: Given, lead: Api, place: str
) -> None:
    weak = {"ratings": {"overall": "inadequate"}}
    await done(given, lead, place, "half_day_observation", "2027-02-02", **weak, set_aside=True)
    await done(given, lead, place, "half_day_observation", "2027-02-03", **weak, status="draft_shared")
    told = await asked(given, lead, place, "2027-03-01")
    assert [each["done_on"] for each in told["entries"] if each["key"] == "half-day-observation"] == ["2027-02-02"]
    assert not [each for each in told["entries"] if each["key"] == "follow-up"]


async def test_a_visit_that_is_relied_on_counts_and_one_that_is_not_does_not(
    given: Given, lead: Api, place: str
) -> None:
    peer = await given.partnership(network="findings")
    good = {"ratings": {"overall": "good"}, "network": "findings"}
    theirs = await done(given, peer, place, "half_day_observation", "2027-02-02", **good)
    on_day(given, date(2027, 2, 10))
    for expected in (None, theirs, None):
        told = await asked(given, lead, place, "2027-02-10")
        [half_day] = [each for each in told["entries"] if each["key"] == "half-day-observation"]
        assert half_day["done_by_visit_id"] == expected
        method = "POST" if expected is None else "DELETE"
        body = {"json": {"reason": "Seen."}} if expected is None else {}
        assert (await lead.send(method, f"/v1/visits/{theirs}/reliance", **body)).status_code in (201, 204)


async def test_a_joint_visit_counts_for_everybody_whose_staff_made_it(given: Given, lead: Api, place: str) -> None:
    joint = await done(given, await given.partnership(), place, "half_day_observation", "2027-02-02", team=(lead,))
    told = await asked(given, lead, place, "2027-02-10")
    assert joint in {each["done_by_visit_id"] for each in told["entries"]}


async def test_a_provider_is_in_use_from_the_first_placement_the_first_visit_or_its_record(
    given: Given, lead: Api, place: str
) -> None:
    other = str((await given.provider(lead))["id"])
    told = await asked(given, lead, other, "2026-10-01")
    assert told["in_use_because"] == "recorded"
    await done(given, lead, other, "learning_walk", "2026-09-14", status="cancelled")
    assert (await asked(given, lead, other, "2026-10-01"))["in_use_because"] == "recorded"
    await done(given, lead, other, "learning_walk", "2026-10-14")
    told = await asked(given, lead, other, "2026-10-20")
    assert (told["in_use_because"], told["in_use_from_on"]) == ("visit", "2026-10-14")
    await placed(given, lead, other, "2026-10-19")
    told = await asked(given, lead, other, "2026-10-20")
    assert (told["in_use_because"], told["in_use_from_on"]) == ("placement", "2026-10-19")
    # Too late for the first walk: a week's notice would end after 23 October.
    assert "learning-walk 1" not in {row[0] for row in table(told)}


async def test_a_framework_without_a_number_is_visited_regularly(given: Given, lead: Api, place: str) -> None:
    query = {"programme_id": "leics-seip-qa-v1"}
    told = await asked(given, lead, place, "2027-06-02", **query)
    assert table(told) == [("qa-visit 1", "2026-06-01", "2027-06-01", "overdue")]
    await visited(given, lead, place, date(2027, 5, 3))
    told = await asked(given, lead, place, "2027-06-02", **query)
    assert table(told) == [("qa-visit 1", "2027-05-04", "2028-05-02", "due")]
    assert told["entries"][0]["follows_on"] == "2027-05-03"


async def test_what_stands_in_the_way_is_told_with_what_to_do(given: Given, lead: Api, place: str) -> None:
    path = f"/v1/providers/{place}/qa-cycle"
    missing = await lead.get(path, params=ASKED | {"academic_year": "2027-28"})
    assert (missing.status_code, missing.json()["code"]) == (409, "calendar_missing")
    assert "PUT /v1/calendars/2027-28" in missing.json()["detail"]
    walk = await lead.get(path, params=ASKED | {"programme_id": "ave-learning-walk-v8"})
    assert (walk.status_code, walk.json()["code"]) == (422, "programme_without_cycle")
    assert walk.json()["errors"][0]["parameter"] == "programme_id"
    assert (await lead.get(path, params=ASKED | {"programme_id": "none-v1"})).status_code == 404
    assert (await lead.get(path)).status_code == 422
    assert (await lead.get(f"/v1/providers/{UUID(int=0)}/qa-cycle", params=ASKED)).status_code == 404


async def test_of_a_provider_nothing_is_asked(given: Given, lead: Api, place: str) -> None:
    authority = await given.authority()
    assert (await authority.put("/v1/calendars/2026-27", {"terms": TERMS})).status_code == 201
    await done(given, lead, place, "half_day_observation", "2027-02-02", ratings={"overall": "inadequate"})
    provider = await given.api(place)
    assert (await asked(given, provider, place, "2027-03-01"))["entries"] == []
    assert await listed(provider, "/v1/qa-cycle", **ASKED) == []


# --- the worklist ---------------------------------------------------------------------------------------------------


async def test_the_worklist_holds_every_provider_used_in_the_year(given: Given, lead: Api, place: str) -> None:
    school = await given.school(partnership_id=lead.organisation_id)
    names = ("visited", "ended", "shared", "before", "later", "anothers", "unused")
    ids = {name: str((await given.provider(lead))["id"]) for name in names}
    await done(given, lead, ids["visited"], "learning_walk", "2026-11-10")
    await placed(given, lead, ids["ended"], "2026-06-01", ends_on="2026-09-01")
    await placed(given, lead, ids["before"], "2026-05-01", ends_on="2026-08-31")
    await placed(given, lead, ids["later"], "2027-09-01")
    await placed(given, school, ids["anothers"], "2026-09-07")
    pupil = await given.pupil(school)
    shared = {"organisation_id": str(lead.organisation_id), "purpose": "Referral"}
    await school.made(f"/v1/pupils/{pupil['id']}/shares", shared)
    said = {"provider_id": ids["shared"], "pupil_id": pupil["id"], "starts_on": "2026-09-07", "timetable": []}
    await school.made("/v1/placements", said)
    on_day(given, date(2026, 12, 1))
    found = await listed(lead, "/v1/qa-cycle", **ASKED)
    assert [each["provider_id"] for each in found] == [place, ids["visited"], ids["ended"], ids["shared"]]
    assert found[0] == await asked(given, lead, place, "2026-12-01")


async def test_the_worklist_is_narrowed_to_what_is_due_or_overdue(given: Given, lead: Api, place: str) -> None:
    settled = str((await given.provider(lead))["id"])
    await placed(given, lead, settled, "2026-06-01")
    await done(given, lead, settled, "learning_walk", "2026-10-05")
    on_day(given, date(2026, 10, 24))
    overdue = await listed(lead, "/v1/qa-cycle", **ASKED, state="overdue")
    assert [(each["provider_id"], [row[0] for row in table(each)]) for each in overdue] == [
        (place, ["learning-walk 1"])
    ]
    due = await listed(lead, "/v1/qa-cycle", **ASKED, state="due")
    assert [[row[0] for row in table(each)] for each in due] == [["contract-review 1"]] * 2
    assert (await lead.get("/v1/qa-cycle", params=ASKED | {"state": "done"})).status_code == 422


async def test_the_worklist_asks_the_database_as_often_for_many_providers_as_for_one(
    given: Given, lead: Api, place: str
) -> None:
    await done(given, lead, place, "half_day_observation", "2027-02-02", ratings={"overall": "inadequate"})
    on_day(given, date(2027, 3, 1))
    sent: list[int] = []
    for _ in range(3):
        with statements(given) as told:
            assert (await lead.get("/v1/qa-cycle", params=ASKED)).status_code == 200
        sent.append(len(told))
        another = str((await given.provider(lead))["id"])
        await placed(given, lead, another, "2026-06-01")
        await done(given, lead, another, "half_day_observation", "2027-02-02", ratings={"overall": "inadequate"})
    assert sent == [7, 7, 7]
