"""Evidence of a visit: seen by whom the visit's status allows, and as it was once the visit has ended."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from app.db.visits import STATUSES, Visit
from app.domain.access import Caller, Role
from tests.evidence.sending import content_of, kept, refusal, send
from tests.given import Api, Given

SYSTEM = Caller.system("test")


@pytest.fixture
async def school(given: Given) -> Api:
    """A school whose staff visit."""
    return await given.school()


@pytest.fixture
async def visit_id(given: Given, partnership: Api, school: Api, provider_id: str) -> UUID:
    """A visit that the partnership leads and the school joins, as it is with the provider."""
    return await visit_to(given, provider_id, partnership, school)


async def visit_to(given: Given, provider_id: str, lead: Api, *others: Api) -> UUID:
    """A visit, as it is with the provider."""
    visit = Visit(
        provider_id=UUID(provider_id),
        framework_id="leics-seip-qa-v1",
        programme_id="leics-seip-qa-v1",
        kind="qa_visit",
        status="with_provider",
        lead_organisation_id=lead.organisation_id,
        team_ids=[each.organisation_id for each in (lead, *others)],
        la_code="855",
    )
    async with given.held.database.session_for(SYSTEM) as session:
        session.add(visit)
    return visit.id


async def move(given: Given, visit_id: UUID, status: str) -> None:
    """Take the visit to a status."""
    async with given.held.database.session_for(SYSTEM) as session:
        await session.execute(update(Visit).where(col(Visit.id) == visit_id).values(status=status))


async def test_who_sees_what_at_each_status(
    given: Given, partnership: Api, school: Api, provider: Api, provider_id: str, visit_id: UUID
) -> None:
    theirs = await kept(provider, provider_id, b"Policy.", visit_id=visit_id, item_key="criterion:safety-observed")
    noted = await kept(school, provider_id, b"Photograph.", visit_id=visit_id, item_key="overall")
    assert (theirs["side"], noted["side"]) == ("provider", "observer")
    authority, elsewhere = await given.authority(), await given.authority(la_code="856")
    everybody = [partnership, school, provider, authority, elsewhere, await given.partnership()]
    shared, final = ("draft_shared", "disputed", "finalised"), ("finalised",)
    for status in [each for each in STATUSES if each != "cancelled"]:
        await move(given, visit_id, status)
        told, ended = status in shared, status in final
        for file, expected in ((theirs, [1, 1, 1, ended, 0, 0]), (noted, [1, 1, told, ended, 0, 0])):
            got = [await content_of(each, file["id"]) for each in everybody]
            assert [each.status_code for each in got] == [200 if each else 404 for each in expected], status
            listed = [(await each.get(f"/v1/evidence?visit_id={visit_id}")).text for each in everybody]
            assert [file["id"] in each for each in listed] == [bool(each) for each in expected], status


async def test_files_are_listed_by_item(partnership: Api, provider_id: str, visit_id: UUID) -> None:
    about = [
        await kept(partnership, provider_id, key.encode(), visit_id=visit_id, item_key=key)
        for key in ("overall", "section:safety", "criterion:safety-observed")
    ]
    found = (await partnership.get(f"/v1/evidence?visit_id={visit_id}&item_key=section:safety")).json()["data"]
    assert [each["id"] for each in found] == [about[1]["id"]]


async def test_an_ended_visit_keeps_its_evidence_as_it_was(
    given: Given, partnership: Api, provider: Api, provider_id: str
) -> None:
    headers = {"If-Match": '"1"'}
    for status in ("finalised", "cancelled"):
        visit_id = await visit_to(given, provider_id, partnership)
        told = await kept(provider, provider_id, visit_id=visit_id)
        path = f"/v1/evidence/{told['id']}"
        await move(given, visit_id, status)
        assert (await provider.get(path)).json()["frozen"] is True
        assert refusal(await provider.send("DELETE", path, headers=headers)) == (409, "evidence_frozen")
        assert refusal(await send(partnership, provider_id, visit_id=visit_id)) == (409, "evidence_frozen")
        again = await send(provider, provider_id, evidence_id=told["id"], visit_id=visit_id)
        assert (again.status_code, again.json()["id"]) == (200, told["id"])
        assert refusal(await partnership.send("DELETE", path, headers=headers)) == (403, "not_yours")
        assert (await content_of(provider, told["id"])).status_code == 200


async def test_a_visit_that_goes_on_lets_its_evidence_go(
    given: Given, provider: Api, provider_id: str, visit_id: UUID
) -> None:
    for status in ("with_provider", "visited", "draft_shared", "disputed"):
        told = await kept(provider, provider_id, visit_id=visit_id)
        await move(given, visit_id, status)
        path, headers = f"/v1/evidence/{told['id']}", {"If-Match": '"1"'}
        assert (await provider.send("DELETE", path, headers=headers)).status_code == 204


async def test_the_database_keeps_a_file_as_it_was_sent_and_an_ended_visit_as_it_was(
    given: Given, provider: Api, provider_id: str, visit_id: UUID
) -> None:
    told = await kept(provider, provider_id, visit_id=visit_id)
    caller = Caller(role=Role.PROVIDER, organisation_id=UUID(provider_id))
    for forged in ("sha256 = 'x'", "scan = 'clean'", "visit_status = 'none'", "title = 'x'", "visit_id = NULL"):
        async with given.held.database.session_for(caller) as session:
            with pytest.raises(DBAPIError, match="stays as it was sent"):
                await session.execute(text(f"UPDATE evidence SET {forged}"))
            await session.rollback()
    await move(given, visit_id, "finalised")
    async with given.held.database.session_for(caller) as session:
        for statement in ("DELETE FROM evidence", "UPDATE evidence SET scan = 'clean'"):
            done: Any = await session.execute(text(statement))
            assert done.rowcount == 0
    assert (await content_of(provider, told["id"])).status_code == 200


async def test_who_does_not_see_a_visit_adds_nothing_to_it(
    given: Given, partnership: Api, provider: Api, provider_id: str, visit_id: UUID
) -> None:
    stranger, other = await given.school(), (await given.provider(partnership))["id"]
    assert refusal(await send(stranger, provider_id, visit_id=visit_id)) == (404, "not_found")
    assert refusal(await send(partnership, other, visit_id=visit_id)) == (422, "visit_of_another_provider")
    await move(given, visit_id, "preparing")
    assert refusal(await send(provider, provider_id, visit_id=visit_id)) == (404, "not_found")
    assert (await send(partnership, provider_id, visit_id=visit_id)).status_code == 201


async def test_what_the_team_adds_is_told_to_nobody_else(
    given: Given, partnership: Api, school: Api, provider: Api, provider_id: str, visit_id: UUID
) -> None:
    told = await kept(partnership, provider_id, visit_id=visit_id)
    for reader, expected in ((partnership, True), (school, True), (provider, False), (await given.authority(), False)):
        assert (told["id"] in (await reader.get("/v1/changes?limit=200")).text) is expected


async def test_what_is_added_while_a_visit_is_finalised_waits_and_is_refused(
    app: FastAPI, given: Given, provider: Api, provider_id: str, visit_id: UUID
) -> None:
    told = await kept(provider, provider_id, visit_id=visit_id)
    async with given.held.database.session_for(SYSTEM) as session:
        await session.execute(update(Visit).where(col(Visit.id) == visit_id).values(status="finalised"))
        adding = asyncio.create_task(send(provider, provider_id, b"Late.", visit_id=visit_id))
        path, headers = f"/v1/evidence/{told['id']}", {"If-Match": '"1"'}
        removing = asyncio.create_task(provider.send("DELETE", path, headers=headers))
        _, waiting = await asyncio.wait([adding, removing], timeout=0.3)
        assert waiting == {adding, removing}
    assert [refusal(await each) for each in (adding, removing)] == [(409, "evidence_frozen")] * 2


async def test_what_is_added_before_a_visit_is_finalised_is_frozen_with_it(
    given: Given, provider: Api, provider_id: str, visit_id: UUID
) -> None:
    sending = [send(provider, provider_id, f"{n}".encode(), visit_id=visit_id) for n in range(8)]
    finalising = asyncio.create_task(move(given, visit_id, "finalised"))
    answers = await asyncio.gather(*sending)
    await finalising
    taken = [each.json()["id"] for each in answers if each.status_code == 201]
    refused = [refusal(each) for each in answers if each.status_code != 201]
    assert set(refused) <= {(409, "evidence_frozen")}
    rows = (await provider.get(f"/v1/evidence?visit_id={visit_id}")).json()["data"]
    assert sorted(each["id"] for each in rows) == sorted(taken)
    assert all(each["frozen"] for each in rows)
