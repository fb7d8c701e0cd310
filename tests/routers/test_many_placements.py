"""Placements recorded many at once: the same as one after the other, with a bounded number of statements."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from random import Random as Chance  # noqa: TID251 - seeded
from typing import Any

import pytest
from sqlalchemy import text

from app.db.base import new_id, today
from app.domain.access import Caller
from tests.given import Api, Given, week
from tests.statements import sent

TODAY = today()
SOON, AGO, OVER = ((TODAY + timedelta(days=days)).isoformat() for days in (14, -30, -5))
BATCH = "/v1/placements/batch"


async def scene(given: Given, pupils: int) -> tuple[Api, list[str], list[str]]:
    """A school with pupils, and five providers, of which the last two are run together: their ids."""
    partnership = await given.partnership()
    school = await given.school(partnership_id=partnership.organisation_id)
    places = [(await given.provider(partnership))["id"] for _ in range(4)]
    places.append((await given.provider(partnership, linked_ids=[places[-1]]))["id"])
    return school, places, [(await given.pupil(school))["id"] for _ in range(pupils)]


async def test_a_placement_takes_a_bounded_number_of_statements(given: Given) -> None:
    school, places, pupils = await scene(given, 3)
    said = {"provider_id": places[0], "starts_on": SOON, "timetable": week(5, 1)}
    with sent(given) as statements:
        await school.made("/v1/placements", said | {"pupil_id": pupils[0]})  # looks types up
        statements.clear()
        await school.made("/v1/placements", said | {"pupil_id": pupils[1]})
        assert len(statements) <= 16, statements  # and one by a cursor, of which the driver tells nobody


async def test_a_batch_takes_as_many_statements_whatever_its_length(given: Given) -> None:
    school, places, pupils = await scene(given, 30)
    with sent(given) as statements:

        async def took(some: list[str], sourced: bool) -> int:
            items: list[dict[str, Any]] = [
                {"provider_id": places[n % 3], "pupil_id": pupil, "starts_on": AGO, "timetable": week(2, 1)}
                for n, pupil in enumerate(some)
            ]
            for each in items if sourced else []:
                each |= {"source": "sims", "external_id": each["pupil_id"]}
            statements.clear()
            answer = await school.post(BATCH, {"mode": "atomic", "items": items})
            assert answer.status_code == 200, answer.text
            return len(statements)

        await took(pupils[:3], sourced=False)
        few, many = await took(pupils[3:6], sourced=False), await took(pupils[6:], sourced=False)
        assert many == few, statements
        assert many <= 18
        first, again = await took(pupils, sourced=True), await took(pupils, sourced=True)
        assert first <= 20
        assert again < first, "what is known and unchanged is not written"


async def test_what_the_database_refuses_is_refused_alone(given: Given) -> None:
    """Another batch has used the id meanwhile, for another provider, and is not seen before it is committed."""
    school, places, pupils = await scene(given, 3)
    said = {"starts_on": AGO, "timetable": week(2, 1), "source": "sims"}
    items = [said | {"provider_id": places[1], "pupil_id": p, "external_id": str(n)} for n, p in enumerate(pupils)]
    there = await school.made("/v1/placements", items[0] | {"provider_id": places[0], "external_id": "9"})
    async with given.held.database.session_for(Caller.system("test")) as session:
        await session.execute(text(_AS_ANOTHER), {"new": new_id(), "old": there["id"]})
        batch = asyncio.create_task(school.post(BATCH, {"mode": "independent", "items": items}))
        for _ in range(1000):
            if (await session.execute(_WAITING)).scalar_one():
                break
            await asyncio.sleep(0.01)
        assert not batch.done()
    results = (await batch).json()["results"]
    assert [each["status"] for each in results] == [201, 409, 201]
    assert results[1]["problem"]["code"] == "placement_moved"  # looked for by itself, it is seen
    assert len((await school.get("/v1/placements")).json()["data"]) == 4


_AS_ANOTHER = """
    INSERT INTO placements
    SELECT r.*
      FROM placements p, jsonb_populate_record(p, jsonb_build_object('id', CAST(:new AS uuid), 'external_id', '1')) r
     WHERE p.id = :old
"""
_WAITING = text(
    "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE NOT l.granted AND a.datname = current_database())"
)


def drawn(draw: Chance, places: list[str], pupils: list[str], upns: list[str], foreign: str) -> dict[str, Any]:
    """An item that may be anything: a plan or a fact, of a known pupil or a new one, right or wrong."""
    starts_on = draw.choice([SOON, SOON, AGO])
    item: dict[str, Any] = {"provider_id": draw.choice(places), "starts_on": starts_on, "timetable": week(20, 4)}
    if draw.random() < 0.2:
        upn = draw.choice(upns)
        item["pupil"] = {"upn": upn} | ({"given_name": "Ada", "family_name": "Field"} if draw.random() < 0.7 else {})
    else:
        item["pupil_id"] = draw.choice([*pupils, *pupils, foreign])
    more: list[dict[str, Any]] = [
        {"sen_provision_entry": "E"},
        {"ends_on": "2001-01-01"},
        {"timetable": [], "sessions_per_week": 4},
        {"override": {"reason": "No other place."}},
        {"site_id": foreign},
        {"home_school_id": foreign},
        {"sole_provision": True},
        {"provider_id": foreign},
        {"urn": 990001, "provider_id": None},
    ]
    if starts_on == AGO:
        more += [{"ends_on": OVER}] * 3
    return item | (draw.choice(more) if draw.random() < 0.4 else {})


@pytest.mark.parametrize("seed", range(6))
async def test_a_batch_does_what_its_items_would_do_one_after_the_other(given: Given, seed: int) -> None:
    singly, together = [await side(given, Chance(seed)) for _ in range(2)]
    answers = [await singly.school.post("/v1/placements", item) for item in singly.items]
    batch = await together.school.post(BATCH, {"mode": "independent", "items": together.items})
    results = batch.json()["results"]
    assert [each["status"] for each in results] == [each.status_code for each in answers]
    problems = [each.json() if each.status_code != 201 else None for each in answers]
    told = [said(each["problem"], together.names) for each in results]
    assert told == [said(each, singly.names) for each in problems]
    assert await recorded(together) == await recorded(singly)
    assert {201, 404, 409, 422} >= {each.status_code for each in answers} >= {201, 422}


@dataclass(frozen=True, slots=True)
class Side:
    """One of two places that are alike: a school, what its placements are to be, and names that both have alike."""

    school: Api
    items: list[dict[str, Any]]
    names: dict[str, str]


async def side(given: Given, draw: Chance) -> Side:
    """A school with 24 placements to record."""
    school, places, pupils = await scene(given, 8)
    foreign = (await given.pupil(await given.school()))["id"]
    upns = [given.upn() for _ in range(3)]
    names = {name: f"{n}" for n, name in enumerate([*places, *pupils, *upns, foreign, str(school.organisation_id)])}
    return Side(school, [drawn(draw, places, pupils, upns, foreign) for _ in range(24)], names)


def said(problem: Any, names: dict[str, str]) -> Any:
    """What a problem says, by names that are the same in both places."""
    if problem is None:
        return None
    check = problem.get("check") or {}
    told = {name: problem.get(name) for name in ("code", "detail", "errors")}
    where = names.get(check.get("provider_id", ""))
    return told | {"check": [where, check.get("overall"), check.get("as_of_on"), bare(check.get("rulesets"))]}


def bare(node: Any) -> Any:
    """A document without the ids of placements, of which only the number is the same."""
    if isinstance(node, dict):
        kept = {key: each for key, each in node.items() if key != "placement_id"}
        return {key: len(each) if key.endswith("_ids") else bare(each) for key, each in kept.items()}
    return [bare(each) for each in node] if isinstance(node, list) else node


async def recorded(there: Side) -> list[Any]:
    """What has been recorded and told: placements, in their order; new pupils, the audit trail and events."""
    placements, trail, changes = [
        (await there.school.get(f"/v1/{each}?limit=200")).json()["data"] for each in ("placements", "audit", "changes")
    ]
    pupils = (await there.school.post("/v1/pupils/search", {"family_name": "Field"})).json()["data"]
    names = there.names | {each["id"]: there.names[each["upn"]] for each in pupils}
    return [
        [{key: names.get(str(each[key]), each[key]) for key in _SAME} for each in placements],
        sorted((each["action"], each["entity"]) for each in trail),
        sorted((each["kind"], sorted(each["payload"])) for each in changes),
        sorted(there.names[each["upn"]] for each in pupils),
    ]


_SAME = frozenset(
    {
        *(
            "provider_id",
            "pupil_id",
            "status",
            "starts_on",
            "ends_on",
            "timetable",
            "weekly_minutes",
            "hours_basis",
            "version",
        ),
        *("registration", "sen_provision_entry", "sole_provision", "home_school_id", "arrangements"),
    }
)
