"""Judgements over HTTP: found, read on their scales, told in series; where they stand, in SQL as by the rule."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.db import judgements
from app.db.base import new_id, today
from app.db.judgements import standing_on
from app.db.staff import ProviderChange
from app.db.visits import Judgement, Visit
from app.demo.chance import Chance
from app.domain.access import Caller
from app.domain.judgements import Change, ProviderChangeKind, Standing, standing
from tests.given import Api, Given
from tests.routers.found import changed, judgement, listed, noon, on_day, statements, visited
from tests.scenarios.visiting import Walk, planned

DAY = date(2026, 11, 2)
SAFETY, PROGRESS = "section:learner-safety", "section:learner-progress"


@pytest.fixture
async def lead(given: Given) -> Api:
    """A partnership in a network."""
    on_day(given, DAY)
    return await given.partnership(network="findings")


@pytest.fixture
async def place(given: Given, lead: Api) -> str:
    """A provider."""
    return str((await given.provider(lead, la_code="855"))["id"])


# --- one judgement --------------------------------------------------------------------------------------------------


async def test_a_judgement_says_what_its_rating_means_and_where_it_stands(given: Given, lead: Api, place: str) -> None:
    visit_id = await visited(given, lead, place, date(2026, 3, 2), {SAFETY: "red"})
    [told] = await listed(lead, "/v1/judgements")
    assert told | {"id": None, "meaning": None} == {
        "id": None,
        "visit_id": str(visit_id),
        "provider_id": place,
        "site_id": None,
        "framework_id": "leics-seip-qa-v1",
        "level": "section",
        "item_key": SAFETY,
        "section_key": "learner-safety",
        "criterion_key": None,
        "rating": "red",
        "scale": "leics-seip-rag",
        "label": "Red",
        "meaning": None,
        "concern": True,
        "rationale": None,
        "action_points": [],
        "decided_by": "assessor",
        "made_by": None,
        "made_at": "2026-03-02T12:00:00Z",
        "visited_on": "2026-03-02",
        "valid_until_on": "2027-03-01",
        "standing": "current",
        "stale_because": [],
        "superseded_by": None,
        "version": 1,
    }
    assert told["meaning"]
    one = await lead.get(f"/v1/judgements/{told['id']}")
    assert one.json() == told
    again = await lead.get(f"/v1/judgements/{told['id']}", headers={"If-None-Match": one.headers["ETag"]})
    assert again.status_code == 304
    on_day(given, date(2027, 3, 2))
    again = await lead.get(f"/v1/judgements/{told['id']}", headers={"If-None-Match": one.headers["ETag"]})
    assert (again.status_code, again.json()["standing"]) == (200, "expired")


async def test_what_changes_at_the_provider_makes_a_judgement_stale_and_is_named(
    given: Given, lead: Api, place: str
) -> None:
    await visited(given, lead, place, date(2026, 3, 2), {SAFETY: "green"})
    await changed(given, place, "site", date(2026, 9, 1))
    await changed(given, place, "dsl", date(2026, 6, 1))
    await changed(given, place, "proprietor", DAY + timedelta(days=1))
    await changed(given, place, "registration", date(2026, 3, 1))
    [told] = await listed(lead, "/v1/judgements")
    assert (told["standing"], told["stale_because"]) == ("stale", ["dsl", "site"])


async def test_of_a_caveat_it_says_whether_the_condition_holds(given: Given, lead: Api, place: str) -> None:
    visit_id = await visited(given, lead, place, DAY, form="herefordshire-apqa-v1", status="visited")
    async with given.held.database.session_for(Caller.system("test")) as session:
        visit = await session.get_one(Visit, visit_id)
        row = judgement(visit, "section:safeguarding", "not_met", level="caveat", key="dbs", scale="met-not-met")
        session.add(row)
    [told] = await listed(lead, "/v1/judgements", level="caveat")
    assert (told["item_key"], told["label"], told["concern"]) == ("caveat:dbs", "Not met", True)


# --- filters --------------------------------------------------------------------------------------------------------


async def test_judgements_are_found_by_each_of_their_filters(given: Given, lead: Api, place: str) -> None:
    other = str((await given.provider(lead))["id"])
    first = await visited(given, lead, place, date(2025, 3, 3), {SAFETY: "red", "criterion:safety-observed": "amber"})
    second = await visited(given, lead, place, date(2026, 3, 2), {SAFETY: "green", PROGRESS: "amber"})
    third = await visited(given, lead, other, date(2026, 6, 1), {"overall": "good"}, form="ave-qa-v8")
    everything = await listed(lead, "/v1/judgements")
    assert len(everything) == 5
    for query, expected in (
        ({"provider_id": other}, [third]),
        ({"visit_id": str(first)}, [first, first]),
        ({"framework_id": "ave-qa-v8"}, [third]),
        ({"level": "criterion"}, [first]),
        ({"section_key": "learner-safety"}, [first, first, second]),
        ({"criterion_key": "safety-observed"}, [first]),
        ({"rating": "amber"}, [first, second]),
        ({"la_code": "855"}, [first, first, second, second, third]),
        ({"la_code": "856"}, []),
        ({"made_since": "2026-03-02T12:00:00Z"}, [second, second, third]),
        ({"made_since": "2026-03-02T12:00:01Z"}, [third]),
        ({"validity": "superseded"}, [first]),
        ({"validity": "expired"}, [first]),
        ({"validity": "current"}, [second, second, third]),
        ({"validity": "current", "rating": "green", "section_key": "learner-safety"}, [second]),
    ):
        found = await listed(lead, "/v1/judgements", **query)
        assert [each["visit_id"] for each in found] == list(map(str, expected)), query
    refused = await lead.get("/v1/judgements?validity=valid")
    assert refused.status_code == 422


async def test_a_page_of_judgements_asks_the_database_three_times_however_long_it_is(
    given: Given, lead: Api, place: str
) -> None:
    other = str((await given.provider(lead))["id"])
    await changed(given, place, "dsl", DAY)
    sent: list[int] = []
    for day in (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)):
        for provider_id in (place, other):
            await visited(given, lead, provider_id, day, {SAFETY: "red", PROGRESS: "green"})
        for path in ("/v1/judgements", f"/v1/providers/{place}/judgements", "/v1/judgements?validity=stale"):
            with statements(given) as asked:
                assert (await lead.get(path)).json()["data"]
            sent.append(len(asked))
    assert sent == [2, 3, 2] * 3


# --- series ---------------------------------------------------------------------------------------------------------


async def test_the_history_of_an_item_is_told_oldest_first_with_its_trend(given: Given, lead: Api, place: str) -> None:
    for day, rating in ((date(2024, 10, 1), "red"), (date(2025, 10, 1), "green"), (date(2026, 10, 1), "amber")):
        await visited(given, lead, place, day, {SAFETY: rating, PROGRESS: "red"})
    aside = await visited(given, lead, place, date(2026, 9, 1), {SAFETY: "red"}, set_aside=True)
    await visited(given, lead, place, DAY, {SAFETY: "green"}, status="visited")
    path = f"/v1/providers/{place}/judgements/history"
    found = await listed(lead, path, framework_id="leics-seip-qa-v1", key=SAFETY)
    assert [(each["visited_on"], each["rating"], each["standing"], each["trend"]) for each in found] == [
        ("2024-10-01", "red", "superseded", None),
        ("2025-10-01", "green", "superseded", "improving"),
        ("2026-09-01", "red", "set_aside", None),
        ("2026-10-01", "amber", "current", "declining"),
    ]
    assert found[2]["visit_id"] == str(aside)
    steady = await listed(lead, path, framework_id="leics-seip-qa-v1", key=PROGRESS)
    assert [each["trend"] for each in steady] == [None, "steady", "steady"]
    assert await listed(lead, path, framework_id="ave-qa-v8", key=SAFETY) == []
    assert await listed(lead, path, framework_id="leics-seip-qa-v1", key="overall") == []
    assert (await lead.get(f"{path}?framework_id=ave-qa-v8&key=learner-safety")).status_code == 422
    assert (
        await lead.get(f"/v1/providers/{new_id()}/judgements/history?framework_id=x&key=overall")
    ).status_code == 404


async def test_a_provider_at_a_glance_is_the_newest_finding_on_each_section_of_each_form_and_site(
    given: Given, lead: Api, place: str
) -> None:
    site = await lead.made(f"/v1/providers/{place}/sites", {"name": "Mill Lane"})
    await visited(given, lead, place, date(2025, 6, 2), {SAFETY: "red", "criterion:safety-observed": "red"})
    await visited(given, lead, place, date(2026, 6, 1), {SAFETY: "amber", PROGRESS: "green"})
    await visited(given, lead, place, date(2026, 6, 8), {SAFETY: "green"}, set_aside=True)
    await visited(given, lead, place, date(2025, 9, 1), {SAFETY: "green"}, site_id=UUID(site["id"]))
    await visited(given, lead, place, date(2026, 9, 1), {"overall": "good"}, form="ave-qa-v8")
    on_day(given, date(2026, 10, 1))
    async with given.held.database.session_for(Caller.system("test")) as session:  # recorded with the site, today
        for each in (await session.execute(select(ProviderChange))).scalars():
            await session.delete(each)
    found = await listed(lead, f"/v1/providers/{place}/judgements")
    at = {(each["site_id"], each["item_key"]): each for each in found}
    assert len(at) == len(found)
    assert {key: (each["rating"], each["standing"], each["trend"]) for key, each in at.items()} == {
        (None, SAFETY): ("amber", "current", "improving"),
        (None, PROGRESS): ("green", "current", None),
        (site["id"], SAFETY): ("green", "expired", None),
        (None, "overall"): ("good", "current", None),
    }
    assert (await lead.get(f"/v1/providers/{new_id()}/judgements")).status_code == 404


# --- where it stands, in SQL ----------------------------------------------------------------------------------------

# Around midnight and noon in London, summer and winter, both clock changes among them.
INSTANTS = [
    datetime(2026, month, day, hour, 30, tzinfo=UTC)
    for month, day in ((3, 28), (3, 29), (7, 14), (7, 15), (10, 24), (10, 25), (11, 2))
    for hour in (0, 11, 22, 23)
]
DAYS = sorted({today(each) + timedelta(days=more) for each in INSTANTS for more in (-1, 0, 1)})


async def test_sql_says_of_every_judgement_where_it_stands_as_the_rule_does(given: Given, lead: Api) -> None:
    chance = Chance(7)
    changes = {place: _some_changes(chance) for place in [str((await given.provider(lead))["id"]) for _ in range(8)]}
    for place, those in changes.items():
        visit_id = await visited(given, lead, place, DAY)
        for each in those:
            await changed(given, place, each.kind.value, each.changed_on, each.recorded_at)
        async with given.held.database.session_for(Caller.system("test")) as session:
            visit = await session.get_one(Visit, visit_id)
            session.add_all([_any_judgement(chance, visit, number) for number in range(60)])
    seen: Counter[Standing] = Counter()
    same_day = 0
    async with given.held.database.session_for(Caller.system("test"), readonly=True) as session:
        for on in DAYS:
            rows = (await session.execute(select(Judgement, standing_on(on)))).all()
            read = await judgements.read(session, [row for row, _ in rows], on=on)
            for (row, by_sql), found in zip(rows, read, strict=True):
                those = changes[str(row.provider_id)]
                expected = _rule(row, those, on)
                assert (by_sql, found.standing, found.stale_because) == (expected[0], *expected), (row, on)
                seen[expected[0]] += 1
                same_day += any(each.changed_on == today(row.made_at) for each in those)
    assert set(seen) == set(Standing)
    assert min(seen.values()) > 50
    assert same_day > 500


def _some_changes(chance: Chance) -> list[Change]:
    """Half of them written down on the day itself."""
    recorded = [chance.choice(INSTANTS) for _ in range(chance.randrange(5))]
    days = [chance.choice((today(each), chance.choice(DAYS))) for each in recorded]
    return [Change(chance.choice(list(ProviderChangeKind)), *each) for each in zip(days, recorded, strict=True)]


def _any_judgement(chance: Chance, visit: Visit, number: int) -> Judgement:
    row = judgement(visit, SAFETY, "green", made_at=chance.choice(INSTANTS), valid_until_on=chance.choice(DAYS))
    row.key, row.set_aside = f"n{number}", chance.random() < 0.1
    row.superseded_by = row.id if chance.random() < 0.1 else None
    return row


def _rule(row: Judgement, changes: list[Change], on: date) -> tuple[Standing, tuple[ProviderChangeKind, ...]]:
    return standing(
        on=on,
        made_on=today(row.made_at),
        made_at=row.made_at,
        valid_until_on=row.valid_until_on or date.max,
        changes=changes,
        superseded=row.superseded_by is not None,
        set_aside=row.set_aside,
    )


async def test_a_change_of_the_same_day_counts_by_the_instant_and_a_judgement_without_an_end_holds(
    given: Given, lead: Api, place: str
) -> None:
    visit_id = await visited(given, lead, place, DAY, {SAFETY: "green"})
    async with given.held.database.session_for(Caller.system("test")) as session:
        [row] = (await session.execute(select(Judgement).where(col(Judgement.visit_id) == visit_id))).scalars()
        row.valid_until_on = None
    on_day(given, date(2100, 1, 1))
    for minutes, expected in ((-1, "current"), (0, "current"), (1, "stale")):
        await changed(given, place, "dsl", DAY, noon(DAY) + timedelta(minutes=minutes))
        [told] = await listed(lead, "/v1/judgements", validity=expected)
        assert told["standing"] == expected


# --- who is told what -----------------------------------------------------------------------------------------------


async def everything(walk: Walk, by: Api) -> dict[str, Any]:
    """What somebody is told of judgements by any route, and by the ids that there are."""
    place = walk.visit["provider_id"]
    paths = ["/v1/judgements", *(f"/v1/judgements?{query}" for query in _queries(walk))]
    paths += [f"/v1/providers/{place}/judgements", f"/v1/providers/{place}/recent-assurance", "/v1/reliances"]
    paths += [f"/v1/providers/{place}/judgements/history?framework_id=leics-seip-qa-v1&key={SAFETY}"]
    for each in (await walk.lead.get(f"/v1/judgements?visit_id={walk.visit['id']}&limit=3")).json()["data"]:
        paths.append(f"/v1/judgements/{each['id']}")
    answers = {}
    for path in paths:
        answer = await by.get(path)
        told = answer.json()
        assert answer.status_code == (200 if "page" in told or "rating" in told else 404), answer.text
        answers[path] = (told.get("data", told.get("rating")), answer.headers.get("ETag"), answer.headers.get("Link"))
    return answers


def _queries(walk: Walk) -> list[str]:
    queries = [f"visit_id={walk.visit['id']}", f"provider_id={walk.visit['provider_id']}", "rating=red"]
    queries += ["level=section", "section_key=learner-safety", "criterion_key=safety-observed", "limit=1"]
    queries += ["made_since=2026-01-01T00:00:00Z", *(f"validity={each}" for each in Standing)]
    return queries


def told_anything(answers: dict[str, Any]) -> set[str]:
    """The paths that told anything at all."""
    return {path for path, told in answers.items() if told[0] or told[1] or told[2]}


async def test_until_a_draft_is_shared_the_provider_is_told_nothing_and_others_nothing_until_it_is_final(
    given: Given,
) -> None:
    walk = await planned(given, "leics-seip-qa-v1")
    await walk.step("preparing")
    await walk.judge_all(walk.lead, phase="before_visit")
    for status in ("with_provider", "visited"):
        await walk.step(status, visited_on=today().isoformat(), duration_minutes=120)
        await walk.judge_all(walk.school, learner_safety="red")
        assert len(told_anything(await everything(walk, walk.lead))) > 8
        for outsider in (walk.provider, walk.authority):
            assert told_anything(await everything(walk, outsider)) == set(), status
    await walk.step("draft_shared")
    draft = await everything(walk, walk.provider)
    place = f"/v1/providers/{walk.visit['provider_id']}"
    assert {each["standing"] for each in draft["/v1/judgements"][0]} == {None}
    assert not {path for path in told_anything(draft) if path.startswith(place) or "validity" in path}
    assert told_anything(await everything(walk, walk.authority)) == set()
    await walk.step("visited", reason="To be put right.")
    assert told_anything(await everything(walk, walk.provider)) == set()
    await walk.step("draft_shared")
    await walk.provider.post(f"{walk.path}/comments", {"kind": "conclusion", "text": "Understood."})
    await walk.step("finalised")
    for reader in (walk.provider, walk.authority, walk.school):
        final = await everything(walk, reader)
        assert {each["standing"] for each in final["/v1/judgements"][0]} == {"current"}
        assert f"{place}/judgements" in told_anything(final)
        assert f"{place}/recent-assurance" in told_anything(final)


async def test_findings_are_read_in_their_network_and_area_and_nowhere_else(
    given: Given, lead: Api, place: str
) -> None:
    peer, stranger = await given.school(network="findings", la_code="856"), await given.school()
    area, elsewhere = await given.authority(), await given.authority(la_code="856")
    await visited(given, lead, place, DAY, {SAFETY: "red"}, network="findings")
    found = {
        name: len(await listed(by, "/v1/judgements"))
        + len(await listed(by, f"/v1/providers/{place}/judgements"))
        + len(await listed(by, f"/v1/providers/{place}/recent-assurance"))
        for name, by in {"peer": peer, "stranger": stranger, "area": area, "elsewhere": elsewhere}.items()
    }
    assert found == {"peer": 3, "stranger": 0, "area": 3, "elsewhere": 0}


async def test_where_the_newest_finding_is_out_of_sight_no_trend_gives_it_away(
    given: Given, lead: Api, place: str
) -> None:
    peer = await given.school(network="findings", la_code="856")
    await visited(given, lead, place, date(2026, 3, 2), {SAFETY: "amber"}, network="findings")
    apart = await given.partnership()
    await visited(given, apart, place, date(2026, 6, 1), {SAFETY: "green"})
    await visited(given, lead, place, date(2026, 9, 1), {SAFETY: "amber"}, network="findings")
    found = await listed(peer, f"/v1/providers/{place}/judgements/history", framework_id="leics-seip-qa-v1", key=SAFETY)
    assert [(each["rating"], each["trend"]) for each in found] == [("amber", None), ("amber", "steady")]
