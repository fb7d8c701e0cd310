"""Two records of one pupil made one."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlmodel import col

from app.db.placements import Placement
from app.db.pupils import Pupil
from app.db.records import Audit, Event
from app.domain.access import Caller
from tests.given import Api, Given, week
from tests.sharing import placed, placement, readers, shared

A, B = "H801200001001", "B801200005001"


async def merged(by: Api, kept: dict[str, Any], other: dict[str, Any], version: int = 1) -> Any:
    """The answer to a merge."""
    path = f"/v1/pupils/{kept['id']}/merges"
    return await by.post(path, {"pupil_id": other["id"]}, headers={"If-Match": f'"{version}"'})


async def test_the_kept_record_gains_what_it_did_not_know_and_the_other_names_it(given: Given) -> None:
    school = await given.school()
    kept = await given.pupil(school, "sen_support", upn=A, source="sims", external_id="1")
    other = await given.pupil(school, "looked_after", upn=B, uln="1000000043", source="sims", external_id="2")
    answer = await merged(school, kept, other)
    assert answer.status_code == 200, answer.text
    flags = sorted(kept["characteristics"] + other["characteristics"], key=lambda each: str(each["kind"]))
    gained = {"former_upns": [B], "uln": "1000000043", "characteristics": flags, "version": 2}
    assert answer.json() == kept | gained | {"updated_at": answer.json()["updated_at"]}
    assert answer.headers["etag"] == '"2"'
    left = (await school.get(f"/v1/pupils/{other['id']}")).json()
    assert left == other | {"merged_into_id": kept["id"], "version": 2, "updated_at": left["updated_at"]}
    assert [each["id"] for each in (await school.get("/v1/pupils")).json()["data"]] == [kept["id"]]
    found = (await school.post("/v1/pupils/search", {"upn": B})).json()["data"]
    assert [each["id"] for each in found] == [kept["id"]]


async def test_a_record_without_a_upn_takes_the_other_ones(given: Given) -> None:
    school = await given.school()
    kept, other = await given.pupil(school, upn=None), await given.pupil(school, upn=A)
    answer = (await merged(school, kept, other)).json()
    assert (answer["upn"], answer["former_upns"]) == (A, [])


async def test_a_merged_record_is_finished(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    kept, other, third = [await given.pupil(school) for _ in range(3)]
    await school.patch(f"/v1/pupils/{other['id']}", {"source": "sims", "external_id": "2"}, 1)
    assert (await merged(school, kept, other)).status_code == 200
    path = f"/v1/pupils/{other['id']}"
    told = {"given_name": "X", "family_name": "Y"}
    for answer in (
        await school.patch(path, {"given_name": "X"}, 3),
        await school.put("/v1/sources/sims/pupils/2", told),
        await school.post(f"{path}/shares", {"organisation_id": str(partnership.organisation_id), "purpose": "x"}),
        await merged(school, third, other),
        await merged(school, other, third, 3),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "pupil_merged"), answer.text
        assert answer.json()["merged_into_id"] == kept["id"]


async def test_what_refuses_a_merge(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    kept, other, lent = [await given.pupil(each) for each in (partnership, partnership, school)]
    await shared(school, lent, partnership)
    for answer, told in (
        (await merged(partnership, kept, other, 7), (412, "stale_version")),
        (await merged(partnership, kept, kept), (422, "merged_with_itself")),
        (await merged(partnership, kept, lent), (403, "not_yours")),
        (await merged(partnership, lent, kept), (403, "not_yours")),
        (await merged(school, lent, kept), (404, "not_found")),
        (await partnership.post(f"/v1/pupils/{kept['id']}/merges", {"pupil_id": other["id"]}), (428, None)),
    ):
        assert (answer.status_code, told[1] and answer.json()["code"]) == told
    assert (await partnership.get(f"/v1/pupils/{kept['id']}")).json() == kept


async def test_placements_of_every_commissioner_and_settings_move_to_the_kept_record(given: Given) -> None:
    school, partnership, authority = await given.school(), await given.partnership(), await given.authority()
    provider = await given.provider(partnership)
    kept, other = await given.pupil(school), await given.pupil(school)
    mine = await placed(given, kept, provider, school)
    moving = [await placed(given, other, provider, by) for by in (school, authority)]
    seated = update(Pupil).where(col(Pupil.id) == UUID(other["id"])).values(setting_ids=[UUID(provider["id"])])
    async with given.held.database.session_for(Caller.system("test")) as session:
        await session.execute(seated)
    assert (await merged(school, kept, other)).status_code == 200
    async with given.held.database.session_for(Caller.system("test")) as session:
        rows = (await session.execute(select(Placement))).scalars().all()
    assert {str(row.id): (str(row.pupil_id), row.version) for row in rows} == {mine: (kept["id"], 1)} | dict.fromkeys(
        moving, (kept["id"], 2)
    )
    teacher = await given.api(provider["id"])
    assert (await teacher.get(f"/v1/pupils/{kept['id']}")).status_code == 200
    assert (await teacher.get(f"/v1/pupils/{other['id']}")).status_code == 404


async def test_a_merge_waits_for_a_placement_that_is_being_recorded(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    kept, other = await given.pupil(school), await given.pupil(school)
    async with given.held.database.session_for(Caller.system("test")) as session:
        row = placement(other, provider, school)
        session.add(row)
        await session.flush()
        merging = asyncio.create_task(merged(school, kept, other))
        await asyncio.wait([merging], timeout=0.3)
        assert not merging.done()
    assert (await merging).status_code == 200
    async with given.held.database.session_for(Caller.system("test")) as session:
        assert str((await session.get_one(Placement, row.id)).pupil_id) == kept["id"]


async def test_whoever_either_record_was_shared_with_reads_the_kept_one_with_all_its_placements(given: Given) -> None:
    school, first, second = await given.school(), await given.partnership(), await given.partnership()
    provider = await given.provider(first)
    kept, other = await given.pupil(school), await given.pupil(school)
    placements = [await placed(given, each, provider, school) for each in (kept, other)]
    both = [await shared(school, kept, first), await shared(school, other, first)]
    moved = await shared(school, other, second)
    assert (await merged(school, kept, other)).status_code == 200
    everybody = {first.organisation_id, second.organisation_id}
    assert set(map(frozenset, (await readers(given, Placement)).values())) == {frozenset(everybody)}
    assert await readers(given, Pupil) == {kept["id"]: everybody, other["id"]: everybody}
    assert (await second.get(f"/v1/pupils/{other['id']}")).json()["merged_into_id"] == kept["id"]
    listed = (await school.get(f"/v1/pupils/{kept['id']}/shares")).json()["data"]
    assert [each["id"] for each in listed if each["revoked_at"] is None] == [both[0]["id"], moved["id"]]
    # One revocation ends it, whichever record it was made for.
    assert (await school.send("DELETE", f"/v1/pupils/{kept['id']}/shares/{moved['id']}")).status_code == 200
    assert (await readers(given, Pupil))[other["id"]] == {first.organisation_id}
    seen = await readers(given, Placement)
    assert [seen[each] for each in placements] == [{first.organisation_id}] * 2


async def test_a_merge_joins_the_children_and_counts_the_kept_record_alone(given: Given) -> None:
    school, other_school = await given.school(), await given.school()
    kept, other = await given.pupil(school, upn=A), await given.pupil(school, "ehcp", upn=B)
    await given.pupil(other_school, upn=B)
    assert (await merged(school, kept, other)).status_code == 200
    async with given.held.database.session_for(Caller.system("test")) as session:
        children = set((await session.execute(select(col(Pupil.child_id)))).scalars())
        told = await session.execute(text("SELECT * FROM apqa_child_facts(:children)"), {"children": list(children)})
        owners = [row.owner_id for row in told]
    assert len(children) == 1
    assert sorted(owners) == sorted((school.organisation_id, other_school.organisation_id))
    later = await (await given.school()).made("/v1/pupils", {"given_name": "X", "family_name": "Y", "upn": B})
    async with given.held.database.session_for(Caller.system("test")) as session:
        child = select(col(Pupil.child_id)).where(col(Pupil.id) == UUID(later["id"]))
        assert {(await session.execute(child)).scalar_one()} == children


async def test_merges_in_turn_all_name_the_last_record(given: Given) -> None:
    school = await given.school()
    first, second, third = [await given.pupil(school) for _ in range(3)]
    assert (await merged(school, second, first)).status_code == 200
    assert (await merged(school, third, second)).status_code == 200
    named = [(await school.get(f"/v1/pupils/{each['id']}")).json()["merged_into_id"] for each in (first, second, third)]
    assert named == [third["id"], third["id"], None]
    assert (await school.get(f"/v1/pupils/{third['id']}")).json()["former_upns"] == [second["upn"], first["upn"]]


async def test_of_two_opposite_merges_at_once_one_happens(given: Given) -> None:
    school = await given.school()
    one, two = await given.pupil(school), await given.pupil(school)
    answers = await asyncio.gather(merged(school, one, two), merged(school, two, one))
    # The later one finds its own record merged, and so changed since it was read.
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len((await school.get("/v1/pupils")).json()["data"]) == 1


async def test_a_merge_is_told_to_every_reader_and_audited_by_ids(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    kept, other = await given.pupil(school), await given.pupil(school)
    await shared(school, other, partnership)
    await merged(school, kept, other)
    async with given.held.database.session_for(Caller.system("test")) as session:
        told = (await session.execute(select(Event).where(col(Event.kind) == "pupil.merged"))).scalar_one()
        audited = (await session.execute(select(Audit).where(col(Audit.action) == "merge"))).scalar_one()
    assert (str(told.entity_id), told.audience, told.payload) == (
        kept["id"],
        sorted((school.organisation_id, partnership.organisation_id)),
        {"merged_id": other["id"]},
    )
    assert (str(audited.entity_id), audited.details) == (kept["id"], {"merged_id": other["id"]})


async def test_what_one_organisation_says_of_former_upns_makes_no_child_of_two_that_another_tells_apart(
    given: Given,
) -> None:
    school, other, partnership = await given.school(), await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    upns = [given.upn() for _ in range(5)]
    for upn in upns:
        pupil = await given.pupil(school, upn=upn)
        said = {"provider_id": provider["id"], "pupil_id": pupil["id"], "starts_on": "2026-01-05"}
        await school.made("/v1/placements", said | {"timetable": week(20, 4)})
    status = f"/v1/providers/{provider['id']}/registration-status"
    before = (await partnership.get(status)).json()
    claimed = await given.pupil(other, upn=upns[0], former_upns=upns[1:])
    second = await given.pupil(other)
    await other.patch(f"/v1/pupils/{second['id']}", {"former_upns": [upns[1]]}, 1)
    merged = await other.post(
        f"/v1/pupils/{claimed['id']}/merges",
        {"pupil_id": second["id"]},
        headers={"If-Match": f'"{claimed["version"]}"'},
    )
    after = (await partnership.get(status)).json()
    assert merged.status_code == 200
    assert before["overall"] == after["overall"] == "threshold_met"
    assert [each["result"] for each in before["rulesets"]] == [each["result"] for each in after["rulesets"]]


async def test_a_keeper_told_late_still_has_two_records_of_two_children(given: Given) -> None:
    school, other, partnership = await given.school(), await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    upns = [given.upn() for _ in range(5)]
    await given.pupil(other, upn=upns[0], former_upns=upns[1:])
    for upn in upns:
        pupil = await given.pupil(school, upn=upn)
        said = {"provider_id": provider["id"], "pupil_id": pupil["id"], "starts_on": "2026-01-05"}
        await school.made("/v1/placements", said | {"timetable": week(20, 4)})
    checked = (await partnership.get(f"/v1/providers/{provider['id']}/registration-status")).json()
    assert checked["overall"] == "threshold_met"
