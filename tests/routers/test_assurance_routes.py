"""Recent assurance and reliance over HTTP: whose finalised visits spare whom a visit of its own."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.given import Api, Given
from tests.routers.found import changed, concerned, listed, on_day, statements, visited

DAY = date(2026, 11, 2)
QUALITY, BEHAVIOUR = "section:quality-of-education", "section:behaviour-and-attitudes"
REASON = {"reason": "Visited in October, on the same form."}


@pytest.fixture
async def lead(given: Given) -> Api:
    """A partnership in a network."""
    on_day(given, DAY)
    return await given.partnership(network="findings")


@pytest.fixture
async def peer(given: Given, lead: Api) -> Api:
    """Another partnership of the network."""
    return await given.partnership(network="findings", la_code="856")


@pytest.fixture
async def place(given: Given, lead: Api) -> str:
    """A provider."""
    return str((await given.provider(lead, la_code="855"))["id"])


async def relied(by: Api, visit_id: UUID, status: int = 201) -> dict[str, Any]:
    """Somebody relies on a visit, or is refused."""
    answer = await by.post(f"/v1/visits/{visit_id}/reliance", REASON)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


# --- recent assurance -----------------------------------------------------------------------------------------------


async def test_a_recent_visit_is_told_at_a_glance(given: Given, lead: Api, peer: Api, place: str) -> None:
    ratings = {"overall": "requires_improvement", BEHAVIOUR: "good", QUALITY: "requires_improvement"}
    walk: dict[str, Any] = {"form": "ave-half-day-v8", "programme": "ave-qa-v8", "kind": "half_day_observation"}
    visit_id = await visited(given, lead, place, date(2026, 10, 1), ratings, network="findings", **walk)
    await concerned(given, lead, visit_id)
    [told] = await listed(peer, f"/v1/providers/{place}/recent-assurance")
    rated = [(each["title"], each["label"], each["concern"], each["standing"]) for each in told.pop("ratings")]
    assert rated == [
        ("The quality of education", "Requires improvement", False, "current"),
        ("Behaviour and attitudes", "Good", False, "current"),
        ("Overall effectiveness", "Requires improvement", False, "current"),
    ]
    assert told == {
        "visit_id": str(visit_id),
        "lead_organisation_id": str(lead.organisation_id),
        "lead_organisation_name": "partnership 1",
        "kind": "half_day_observation",
        "framework_id": "ave-half-day-v8",
        "framework_title": "Half-day quality assurance observation",
        "programme_id": "ave-qa-v8",
        "site_id": None,
        "visited_on": "2026-10-01",
        "standings": {"current": 3, "expired": 0, "stale": 0, "superseded": 0, "set_aside": 0},
        "open_concerns": 1,
        "meets_commissioning_floor": False,
        "content_hash": f"{visit_id.int:064x}",
        "relied_on": False,
    }


async def test_the_floor_is_the_publishers_own(given: Given, lead: Api) -> None:
    for form, ratings, expected in (
        ("ave-qa-v8", {QUALITY: "good", "overall": "inadequate"}, True),
        ("ave-qa-v8", {QUALITY: "requires_improvement", "overall": "good"}, False),
        ("ave-qa-v8", {BEHAVIOUR: "good"}, None),
        ("herefordshire-apqa-v1", {"section:safeguarding": "not_met"}, False),
        ("herefordshire-apqa-v1", {"section:safeguarding": "fully_met"}, None),
        ("leics-seip-qa-v1", {"section:learner-safety": "red"}, None),
    ):
        place = str((await given.provider(lead))["id"])
        await visited(given, lead, place, DAY, ratings, form=form)
        [told] = await listed(lead, f"/v1/providers/{place}/recent-assurance")
        assert told["meets_commissioning_floor"] is expected, (form, ratings)


async def test_recent_visits_are_told_newest_first_and_no_older_than_asked(given: Given, lead: Api, place: str) -> None:
    days = [DAY - timedelta(days=each) for each in (30, 365, 0, 366, 30, 100)]
    made = {await visited(given, lead, place, day): day for day in days}
    await visited(given, lead, place, DAY, status="draft_shared")
    path = f"/v1/providers/{place}/recent-assurance"
    found = await listed(lead, path)
    assert [each["visited_on"] for each in found] == [str(day) for day in sorted(days, reverse=True)][:5]
    assert len({each["visit_id"] for each in found} & {str(each) for each in made}) == 5
    assert len(await listed(lead, path, within_days=366)) == 6
    assert len(await listed(lead, path, within_days=29)) == 1
    assert (await lead.get(f"{path}?within_days=0")).status_code == 422


async def test_it_says_what_still_stands(given: Given, lead: Api, place: str) -> None:
    first, second = {QUALITY: "good", BEHAVIOUR: "good"}, {QUALITY: "outstanding"}
    await visited(given, lead, place, DAY - timedelta(days=300), first, form="ave-qa-v8")
    await visited(given, lead, place, DAY - timedelta(days=200), second, form="ave-qa-v8")
    await visited(given, lead, place, DAY - timedelta(days=100), first, form="ave-qa-v8", set_aside=True)
    await changed(given, place, "dsl", DAY - timedelta(days=250))
    found = await listed(lead, f"/v1/providers/{place}/recent-assurance")
    assert [{name: count for name, count in each["standings"].items() if count} for each in found] == [
        {"set_aside": 2},
        {"current": 1},
        {"stale": 1, "superseded": 1},
    ]
    assert [each["meets_commissioning_floor"] for each in found] == [None, True, True]


async def test_any_number_of_visits_is_told_by_as_many_statements(given: Given, lead: Api, place: str) -> None:
    sent: list[int] = []
    for _ in range(3):
        await visited(given, lead, place, DAY, {QUALITY: "good", "overall": "good"}, form="ave-qa-v8")
        with statements(given) as asked:
            await lead.get(f"/v1/providers/{place}/recent-assurance")
        sent.append(len(asked))
    assert sent == [8, 8, 8]


# --- reliance -------------------------------------------------------------------------------------------------------


async def test_another_partnership_relies_on_a_visit_its_lead_is_told_and_it_is_taken_back(
    given: Given, lead: Api, peer: Api, place: str
) -> None:
    visit_id = await visited(given, lead, place, DAY, {QUALITY: "good"}, form="ave-qa-v8", network="findings")
    told = await relied(peer, visit_id)
    assert told | {"id": None, "created_at": None} == {
        "id": None,
        "visit_id": str(visit_id),
        "provider_id": place,
        "organisation_id": str(peer.organisation_id),
        "lead_organisation_id": str(lead.organisation_id),
        "relied_on": "2026-11-02",
        "reason": REASON["reason"],
        "created_at": None,
    }
    assert (await relied(peer, visit_id, 409))["code"] == "already_relied_on"
    path = f"/v1/providers/{place}/recent-assurance"
    assert [[each["relied_on"] for each in await listed(by, path)] for by in (peer, lead)] == [[True], [False]]
    stranger = await given.partnership(network="findings")
    for by, seen in ((peer, 1), (lead, 1), (stranger, 0), (await given.api(place), 0)):
        assert len(await listed(by, "/v1/reliances")) == seen
    assert len(await listed(peer, "/v1/reliances", visit_id=str(visit_id), provider_id=place)) == 1
    assert await listed(lead, "/v1/reliances", organisation_id=str(lead.organisation_id)) == []
    gone = await peer.send("DELETE", f"/v1/visits/{visit_id}/reliance")
    assert gone.status_code == 204
    assert (await peer.send("DELETE", f"/v1/visits/{visit_id}/reliance")).status_code == 404
    assert await listed(peer, "/v1/reliances") == []
    events = [each for each in await listed(lead, "/v1/changes") if each["entity_id"] == str(visit_id)]
    assert [each["kind"] for each in events] == ["visit.relied_on", "visit.no_longer_relied_on"]
    assert [each["payload"]["organisation_id"] for each in events] == [str(peer.organisation_id)] * 2


async def test_a_visit_that_is_not_final_or_not_anothers_is_not_relied_on(
    given: Given, lead: Api, peer: Api, place: str
) -> None:
    final = await visited(given, lead, place, DAY, {QUALITY: "good"}, form="ave-qa-v8", team=(peer,))
    draft = await visited(given, lead, place, DAY, {QUALITY: "good"}, form="ave-qa-v8", team=(peer,), status="visited")
    for by in (lead, peer):
        assert (await relied(by, final, 409))["code"] == "own_visit"
        assert (await relied(by, draft, 409))["code"] == "not_finalised"
    stranger, provider = await given.partnership(), await given.api(place)
    for visit_id in (final, draft):
        assert (await relied(stranger, visit_id, 404))["code"] == "not_found"
        assert (await relied(provider, visit_id, 403))["code"] == "not_yours"
    assert (await provider.send("DELETE", f"/v1/visits/{final}/reliance")).status_code == 403
    viewer = await given.api(peer.organisation_id, "viewer")
    assert (await relied(viewer, final, 403))["code"] == "permission_required"


async def test_what_no_longer_stands_is_not_relied_on(given: Given, lead: Api, peer: Api, place: str) -> None:
    shared: dict[str, Any] = {"form": "ave-qa-v8", "network": "findings"}
    both = {QUALITY: "good", BEHAVIOUR: "good"}
    old = await visited(given, lead, place, DAY - timedelta(days=366), both, **shared)
    aside = await visited(given, lead, place, DAY, both, set_aside=True, **shared)
    for visit_id in (old, aside):
        assert (await relied(peer, visit_id, 409))["code"] == "judgements_not_current"
    partly = await visited(given, lead, place, DAY - timedelta(days=60), both, **shared)
    await visited(given, lead, place, DAY - timedelta(days=30), {QUALITY: "inadequate"}, **shared)
    await relied(peer, partly)
    await changed(given, place, "dsl", DAY - timedelta(days=1))
    another = await given.partnership(network="findings")
    assert (await relied(another, partly, 409))["code"] == "judgements_not_current"


async def test_a_walk_on_which_nothing_was_rated_holds_as_long_as_a_rating_would(
    given: Given, lead: Api, peer: Api, place: str
) -> None:
    walk: dict[str, Any] = {"form": "ave-learning-walk-v8", "programme": "ave-qa-v8", "kind": "learning_walk"}
    visit_id = await visited(given, lead, place, date(2025, 11, 3), network="findings", **walk)
    old = await visited(given, lead, place, date(2025, 11, 2), network="findings", **walk)
    await relied(peer, visit_id)
    assert (await relied(peer, old, 409))["code"] == "judgements_not_current"
