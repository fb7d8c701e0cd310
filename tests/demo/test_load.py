"""The demo county in a database: recorded once, by whom it would be, and with the results that its cases promise."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select
from sqlmodel import col

from app.db import organisations
from app.db.base import now, today
from app.db.providers import Provider
from app.db.records import Audit
from app.db.session import Database
from app.demo.county import PLACEMENTS, County, county
from app.demo.load import load
from app.demo.organisations import AUTHORITY, PARTNERSHIPS, SCHOOLS
from app.domain.access import Caller
from app.domain.calendar import academic_year_label
from tests.given import Api, Given

SYSTEM = Caller.system("test")


class BrokenOff(Exception):
    """Somebody pressed Ctrl-C."""


def break_off(done: int, of: int) -> None:
    assert 0 < done < of
    raise BrokenOff


def break_off_later(done: int, of: int) -> None:
    assert done < of
    if done > PLACEMENTS + 20:
        raise BrokenOff


@pytest.fixture
def database(given: Given) -> Database:
    return given.held.database


async def organisation(database: Database, slug: str) -> organisations.Organisation:
    async with database.session_for(SYSTEM) as session:
        return await organisations.by_ref(session, slug)


async def acts(database: Database) -> int:
    async with database.session_for(SYSTEM) as session:
        return (await session.execute(select(func.count()).select_from(Audit))).scalar_one()


async def standing(authority: Api, database: Database, made: County) -> dict[str, dict[str, Any]]:
    """What the authority is told of every provider, by key."""
    names = {each.name: each.key for each in made.providers}
    async with database.session_for(SYSTEM) as session:
        found = (await session.execute(select(col(Provider.id), col(Provider.name)))).all()
    told = {}
    for provider_id, name in found:
        answer = await authority.get(f"/v1/providers/{provider_id}/registration-status?as_of_on={made.today}")
        assert answer.status_code == 200, answer.text
        told[names[name]] = answer.json()
    return told


def result(check: dict[str, Any], ruleset_id: str) -> str:
    rulesets: list[dict[str, str]] = check["rulesets"]
    return next(each["result"] for each in rulesets if each["ruleset_id"] == ruleset_id)


async def test_a_load_that_was_broken_off_is_completed_days_later_and_its_cases_are_as_promised(
    given: Given, database: Database
) -> None:
    begun_on = today() - timedelta(days=3)
    with time_machine.travel(now() - timedelta(days=3)), pytest.raises(BrokenOff):
        await load(database, county(begun_on), at=now(), on_progress=break_off)
    with pytest.raises(BrokenOff):
        await load(database, county(today()), at=now(), on_progress=break_off_later)
    there = await load(database, county(today()), at=now())
    assert there == county(begun_on)

    recorded = await acts(database)
    assert await load(database, county(today()), at=now()) == there
    assert await acts(database) == recorded

    authority = await given.api((await organisation(database, AUTHORITY.slug)).id)
    ensure_cases(await standing(authority, database, there))
    await ensure_own_rows(given, database, there)
    await ensure_quality(given, database, there)
    await ensure_owed(given, database)


async def ensure_owed(given: Given, database: Database) -> None:
    """Each partnership reads what its agreement makes due; its calendar leaves nothing of it open."""
    for each in PARTNERSHIPS:
        partnership = await given.api((await organisation(database, each.slug)).id)
        told = (await partnership.get("/v1/obligations?limit=200")).json()
        assert {"welfare_visit", "visit", "audit", "annual_report"} <= {one["kind"] for one in told["data"]}
        assert told["cannot_determine"] == []


def ensure_cases(told: dict[str, dict[str, Any]]) -> None:
    overall = {key: check["overall"] for key, check in told.items()}
    assert {key: value for key, value in overall.items() if value not in ("clear_on_known_data", "not_applicable")} == {
        "over-national-five": "threshold_met",
        "over-sla-four": "threshold_met",
        "one-looked-after": "threshold_met",
        "ehcp-at-eighteen-hours": "threshold_met",
        "three-days": "limit_exceeded",
        "hours-missing": "cannot_determine",
        "leaves-in-june": "threshold_met",
        "renamed": "threshold_met",
        "renamed-from": "threshold_met",  # in the group of its successor
        "linked-first": "threshold_met",
        "linked-second": "threshold_met",
        "sole-provision": "at_risk",
    }
    assert {key for key, value in overall.items() if value == "not_applicable"} == {
        "registered",
        "independent-special",
        "state-ap",
    }
    assert told["about-to-meet"]["projection"]["result"] == "threshold_met"
    assert result(told["ten-hours-first"], "herefordshire-apqa") == "limit_exceeded"
    for key in ("linked-first", "linked-second", "renamed-from"):
        assert result(told[key], "eng-s463") == "clear_on_known_data"
        assert told[key]["group"]["overall"] == "threshold_met"
    renamed = next(each for each in told["renamed"]["rulesets"] if each["ruleset_id"] == "eng-s463")
    assert date.fromisoformat(renamed["first_met_on"]) < date.fromisoformat(told["renamed"]["as_of_on"]) - timedelta(90)


async def ensure_own_rows(given: Given, database: Database, there: County) -> None:
    slug = SCHOOLS[0].slug
    school = await given.api((await organisation(database, slug)).id)
    rows = (await school.get("/v1/placements?limit=200")).json()["data"]
    mine = {each.key for each in there.placements if each.pupil.owner == slug}
    assert {each["external_id"] for each in rows} == mine
    partnership = await organisation(database, str(SCHOOLS[0].partnership))
    assert (await organisation(database, slug)).partnership_id == partnership.id
    audited = (await school.get("/v1/audit?limit=200")).json()["data"]
    created = Counter(each["entity"] for each in audited if each["action"] == "create")
    assert created["placement"] == len(mine)


async def ensure_quality(given: Given, database: Database, there: County) -> None:
    names = {each.key: each.name for each in there.providers}
    async with database.session_for(SYSTEM) as session:
        found = await session.execute(select(col(Provider.name), col(Provider.id)))
        ids = {row.name: row.id for row in found}
    for visit in there.history.visits:
        provider = await given.api(ids[names[visit.provider]])
        seen = (await provider.get("/v1/visits")).json()["data"]
        assert [each["status"] for each in seen] == ([] if visit.until == "planned" else [visit.until.value]), visit.key
        judged = (await provider.get("/v1/judgements?limit=200")).json()["data"]
        assert bool(judged) is (visit.until in ("draft_shared", "finalised"))
    authority = await given.api((await organisation(database, AUTHORITY.slug)).id)
    sections = (await authority.get("/v1/judgements?level=section&limit=200")).json()["data"]
    standings = Counter((each["provider_id"], each["standing"]) for each in sections)
    assert standings == {
        (str(ids[names["other-2"]]), "current"): 4,
        (str(ids[names["work-2"]]), "current"): 4,
        (str(ids[names["other-3"]]), "stale"): 4,
        (str(ids[names["tuition-1"]]), "current"): 3,
    }
    reports = {each["provider_id"]: each for each in (await authority.get("/v1/annual-reports")).json()["data"]}
    assert [each["status"] for each in reports.values()] == ["published"]
    assert reports.keys() == {str(ids[names["tuition-1"]])}
    writing = await given.api(ids[names["over-sla-four"]])
    (draft,) = (await writing.get("/v1/annual-reports")).json()["data"]
    assert (draft["status"], draft["academic_year"]) == ("draft", next(iter(reports.values()))["academic_year"])
    year = academic_year_label(there.today).replace("/", "-")
    await ensure_consequences(given, database, ids[names["work-2"]], year)


async def ensure_consequences(given: Given, database: Database, suspended: UUID, year: str) -> None:
    school = await given.api((await organisation(database, "ashmere-school")).id)
    (decision,) = (await school.get("/v1/decisions?unread=true")).json()["data"]
    assert (decision["provider_id"], decision["kind"]) == (str(suspended), "suspend_new_placements")
    assert (await school.get(f"/v1/providers/{suspended}")).json()["commissioning_status"] == "suspended"
    reader = await given.api((await organisation(database, "withybrook-academy")).id)
    (read,) = (await reader.get("/v1/decisions")).json()["data"]
    assert read["acknowledged_at"] is not None
    decider = await given.api((await organisation(database, "nclip")).id)
    assert {each["status"] for each in (await decider.get("/v1/concerns")).json()["data"]} == {"decided"}
    (plan,) = (await decider.get("/v1/action-plans")).json()["data"]
    assert plan["provider_id"] == str(suspended)
    assert len((await decider.get(f"/v1/actions?plan_id={plan['id']}")).json()["data"]) > 5
    walker = await given.api((await organisation(database, "slip")).id)
    (follow_up,) = (await walker.get("/v1/visits?kind=follow_up")).json()["data"]
    assert follow_up["due_by_on"] is not None
    terms = (await school.get(f"/v1/calendars/{year}")).json()
    assert (terms["resolved_from"], len(terms["closures"])) == ("school", 2)


async def test_another_leicestershire_is_left_alone(database: Database) -> None:
    async with database.session_for(SYSTEM) as session:
        await organisations.add(session, kind="local_authority", name="Leicestershire", slug="leicestershire")
    before = await acts(database)
    assert await load(database, county(today()), at=now()) is None
    assert await acts(database) == before
