"""Pupils told by another system under its own ids, and children known to several organisations, all at once."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.db import pupils
from app.db.base import today
from app.db.pupils import Pupil
from app.domain.access import Caller, Grade, Role
from tests.given import Api, Given

NAMES = {"given_name": "Wilhelmina", "family_name": "Inventory"}
A, B, C = "H801200001001", "B801200005001", "C855412324001"
PATH = "/v1/sources/sims/pupils/1"


async def test_a_second_telling_changes_what_differs_and_nothing_else(given: Given) -> None:
    school = await given.school()
    told = NAMES | {
        "upn": A,
        "born_on": "2012-02-29",
        "former_upns": [B],
        "sen_provision": "S",
        "characteristics": [{"kind": "sen_support"}, {"kind": "ehcp", "from_on": "2025-01-01"}],
    }
    first = await school.put(PATH, told)
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert first.headers["location"] == f"/v1/pupils/{first.json()['id']}"
    assert (first.json()["source"], first.json()["external_id"]) == ("sims", "1")
    again = await school.put(PATH, told | {"characteristics": told["characteristics"][::-1]})
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, first.json(), '"1"')
    shorter = await school.put(PATH, NAMES | {"upn": A})
    assert (shorter.status_code, shorter.headers["etag"]) == (200, '"2"')
    assert (shorter.json()["born_on"], shorter.json()["characteristics"]) == (None, [])
    assert shorter.json()["former_upns"] == [B]  # a number that the pupil had is not unlearnt


async def test_one_external_id_names_a_record_of_each_organisation_and_of_each_source(given: Given) -> None:
    school, other = await given.school(), await given.school()
    answers = [
        await api.put(f"/v1/sources/{source}/pupils/1", NAMES)
        for api, source in ((school, "sims"), (other, "sims"), (school, "arbor"))
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 3


async def test_an_upsert_tried_dry_keeps_nothing(given: Given) -> None:
    school = await given.school()
    assert (await school.put(f"{PATH}?dry_run=true", NAMES)).status_code == 201
    assert (await school.get("/v1/pupils")).json()["data"] == []


async def test_tellings_that_meet_make_one_record(given: Given) -> None:
    school = await given.school()
    told = [NAMES | {"upn": A, "year_group": str(1 + each)} for each in range(6)]
    answers = await asyncio.gather(*(school.put(PATH, each) for each in told))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 200, 201]
    assert sorted(answer.json()["version"] for answer in answers) == [1, 2, 3, 4, 5, 6]
    assert len((await school.get("/v1/pupils")).json()["data"]) == 1


async def test_of_records_that_meet_one_is_made_and_the_others_are_refused(given: Given) -> None:
    school = await given.school()
    answers = await asyncio.gather(*(school.post("/v1/pupils", NAMES | {"upn": A}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"pupil_exists"}


# --- one child, known to several ------------------------------------------------------------------------------------


async def children(given: Given) -> dict[str, UUID]:
    """The child of each record."""
    async with given.held.database.session_for(Caller.system("test")) as session:
        found = await session.execute(select(col(Pupil.id), col(Pupil.child_id)))
    return {str(pupil_id): child_id for pupil_id, child_id in found}


async def record(by: Api, upn: str | None, *former: str) -> str:
    """The id of a new record of an invented child."""
    made = await by.made("/v1/pupils", NAMES | {"upn": upn, "former_upns": former})
    return str(made["id"])


async def test_organisations_that_record_one_child_at_once_record_one_child(given: Given) -> None:
    apis = [await given.school() for _ in range(5)]
    answers = await asyncio.gather(*(api.post("/v1/pupils", NAMES | {"upn": A}) for api in apis))
    assert {answer.status_code for answer in answers} == {201}
    known = await children(given)
    assert len(known) == 5
    assert len(set(known.values())) == 1
    for answer in answers:
        assert str(next(iter(known.values()))) not in answer.text


async def test_a_former_upn_joins_what_were_two_children(given: Given) -> None:
    first, second, third, fourth = [await given.school() for _ in range(4)]
    ids = [await record(first, A), await record(second, B), await record(third, None)]
    known = await children(given)
    assert len({known[each] for each in ids}) == 3
    ids.append(await record(fourth, C, A, B))
    known = await children(given)
    assert len({known[each] for each in (ids[0], ids[1], ids[3])}) == 1
    assert known[ids[2]] != known[ids[0]]


async def test_a_upn_told_later_joins_and_one_that_was_wrong_parts(given: Given) -> None:
    first, second = await given.school(), await given.school()
    theirs, mine = await record(first, A), await record(second, None)
    alone = (await children(given))[mine]
    path = f"/v1/pupils/{mine}"
    assert (await second.patch(path, {"upn": B}, 1)).status_code == 200
    assert (await children(given))[mine] == alone  # a number that nobody knew yet is this child's
    assert (await second.patch(path, {"former_upns": [A]}, 2)).status_code == 200
    known = await children(given)
    assert known[mine] == known[theirs]
    assert (await second.patch(path, {"upn": C, "former_upns": []}, 3)).status_code == 200
    known = await children(given)
    assert known[mine] != known[theirs]
    assert (await second.patch(path, {"upn": None}, 4)).status_code == 200
    assert known[mine] != (await children(given))[mine]


async def test_children_are_not_joined_past_a_record_that_is_still_being_made(given: Given) -> None:
    first, second, third, fourth = [await given.school() for _ in range(4)]
    await record(first, A)
    await record(fourth, B)
    unfinished = Caller(Role.SCHOOL, Grade.LEAD, second.organisation_id)
    said: dict[str, Any] = NAMES | {"upn": B}
    async with given.held.database.session_for(unfinished) as session:
        await pupils.add(session, said, on=today())
        joining = asyncio.create_task(third.post("/v1/pupils", NAMES | {"upn": A, "former_upns": [B]}))
        await asyncio.wait([joining], timeout=0.3)
        assert not joining.done()
    assert (await joining).status_code == 201
    assert len(set((await children(given)).values())) == 1
