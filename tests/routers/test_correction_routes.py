"""Records of obligations put right beside what they said, and taken back, by whoever wrote them or a lead."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.access import Caller, Role
from tests.given import Api, Given
from tests.routers.recorded import AGO, TOMORROW, Scene, faults, report, told

WRONG_DAY = {"reason": "It was another day.", "seen_on": AGO}


async def send(by: Api, record: dict[str, Any], path: str, body: Any, *, version: int | None = None) -> Any:
    """Put a record right, by the version that it had when it was read."""
    return await by.patch(f"{path}/{record['id']}", body, version or record["version"])


async def withdraw(by: Api, record: dict[str, Any], path: str, reason: str = "By mistake.") -> Any:
    """Take a record back."""
    headers = {"If-Match": f'"{record["version"]}"'}
    return await by.post(f"{path}/{record['id']}/withdraw", {"reason": reason}, headers=headers)


SEEN, REPORTS, DOCUMENTS = "/v1/welfare-visits", "/v1/progress-reports", "/v1/provider-documents"


async def recorded(scene: Scene, path: str) -> tuple[Api, dict[str, Any], dict[str, Any], str]:
    """A record of each kind, with who wrote it, what puts it right, and what that changes."""
    if path == SEEN:
        return scene.school, await scene.school.made(path, scene.seen(note="Well.")), WRONG_DAY, "seen_on"
    if path == REPORTS:
        made = await scene.provider.made(path, report(placement_id=scene.placement["id"]))
        return scene.provider, made, {"reason": "It was of term 2.", "term": 2}, "term"
    to = {"commissioner_id": str(scene.partnership.organisation_id), "academic_year": "2025/26"}
    made = await scene.provider.made(path, to | {"kind": "intent", "title": "Intent"})
    return scene.provider, made, {"reason": "Another year.", "academic_year": "2026/27"}, "academic_year"


@pytest.mark.parametrize("path", [SEEN, REPORTS, DOCUMENTS])
async def test_a_record_is_put_right_beside_what_it_said_and_taken_back_for_good(given: Given, path: str) -> None:
    scene = await Scene(given).settle()
    by, made, correction, field = await recorded(scene, path)
    assert (made["state"], made["amendments"], made["version"], made["withdrawn_at"]) == ("recorded", [], 1, None)
    answer = await send(by, made, path, correction)
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert (answer.headers["ETag"], now["state"], now[field]) == ('"2"', "corrected", correction[field])
    (amendment,) = now["amendments"]
    assert (amendment["was"][field], amendment["became"][field]) == (made[field], correction[field])
    assert (amendment["reason"], amendment["organisation_id"]) == (correction["reason"], str(by.organisation_id))
    assert {name: now[name] for name in amendment["became"]} == amendment["became"]
    same = await send(by, now, path, correction)
    assert (same.status_code, same.json()) == (200, now), "the same again amends nothing"

    gone = await withdraw(by, now, path)
    assert (gone.status_code, gone.json()["state"], gone.json()["version"]) == (200, "withdrawn", 3)
    assert gone.json()["withdrawn_at"] == gone.json()["amendments"][1]["amended_at"]
    assert gone.json()["amendments"][1]["became"] is None
    assert gone.json()["amendments"][0] == amendment
    for again in (await send(by, gone.json(), path, correction), await withdraw(by, gone.json(), path)):
        assert (again.status_code, again.json()["code"]) == (409, "record_withdrawn")
    read = await by.get(f"{path}/{made['id']}")
    assert (read.json(), read.headers["ETag"]) == (gone.json(), '"3"')
    assert [each["state"] for each in await told(by, path)] == ["withdrawn"]


@pytest.mark.parametrize("path", [SEEN, REPORTS, DOCUMENTS])
async def test_a_correction_says_why_and_what_it_is_based_on(given: Given, path: str) -> None:
    scene = await Scene(given).settle()
    by, made, correction, _ = await recorded(scene, path)
    without = {name: value for name, value in correction.items() if name != "reason"}
    assert (await send(by, made, path, without)).json()["errors"][0]["pointer"] == "/reason"
    assert (await send(by, made, path, correction | {"reason": ""})).status_code == 422
    assert (await send(by, made, path, correction | {"kind": "other"})).status_code == 422
    assert (await by.send("PATCH", f"{path}/{made['id']}", json=correction)).status_code == 428
    assert (await send(by, made, path, correction, version=2)).status_code == 412
    dry = await by.send("PATCH", f"{path}/{made['id']}?dry_run=true", json=correction, headers={"If-Match": '"1"'})
    assert (dry.status_code, dry.json()["state"]) == (200, "corrected")
    assert (await by.get(f"{path}/{made['id']}")).json() == made


@pytest.mark.parametrize("path", [SEEN, REPORTS, DOCUMENTS])
async def test_whoever_wrote_it_puts_it_right_or_a_lead_and_nobody_elses_lead(given: Given, path: str) -> None:
    scene = await Scene(given).settle()
    by, made, correction, _ = await recorded(scene, path)
    colleague = await given.api(by.organisation_id, "contributor")
    viewer = await given.api(by.organisation_id, "viewer")
    for act in (send(colleague, made, path, correction), withdraw(colleague, made, path)):
        refused = await act
        assert (refused.status_code, refused.json()["code"]) == (403, "not_yours_to_correct")
    assert (await send(viewer, made, path, correction)).json()["code"] == "permission_required"
    for other in (scene.stranger, scene.other_school):
        assert (await send(other, made, path, correction)).status_code == 404
        assert (await other.get(f"{path}/{made['id']}")).status_code == 404
    refused = await send(scene.partnership, made, path, correction)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours"), "it reads the record, and wrote another"
    lead = await given.api(by.organisation_id)
    assert (await send(lead, made, path, correction)).status_code == 200

    own = await recorded(with_colleague(scene, colleague), path)
    assert (await send(colleague, own[1], path, correction)).status_code == 200


def with_colleague(scene: Scene, by: Api) -> Scene:
    """The scene with somebody else of the same organisation at work."""
    if by.organisation_id == scene.school.organisation_id:
        scene.school = by
    else:
        scene.provider = by
    return scene


async def test_a_wrong_correction_is_refused_by_pointer_and_nothing_is_lost(given: Given) -> None:
    scene = await Scene(given).settle()
    elsewhere = await given.provider(scene.partnership)
    mill = await scene.partnership.made(f"/v1/providers/{elsewhere['id']}/sites", {"name": "Mill"})
    for path, said, expected in (
        (SEEN, {"seen_on": TOMORROW}, [("in_the_future", "/seen_on")]),
        (SEEN, {"site_id": mill["id"]}, [("site_unknown", "/site_id")]),
        (REPORTS, {"submitted_on": TOMORROW}, [("in_the_future", "/submitted_on")]),
        (REPORTS, {"evidence_ids": [mill["id"]]}, [("evidence_unknown", "/evidence_ids/0")]),
        (DOCUMENTS, {"academic_year": None}, [("academic_year_missing", "/academic_year")]),
        (DOCUMENTS, {"parts": ["plans"], "given_on": TOMORROW}, [
            ("parts_not_asked", "/parts"), ("in_the_future", "/given_on"),
        ]),
    ):  # fmt: skip
        by, made, _, _ = await recorded(scene, path)
        assert await faults(await send(by, made, path, {"reason": "Wrong."} | said)) == expected
        assert (await by.get(f"{path}/{made['id']}")).json() == made
    by, made, _, _ = await recorded(scene, REPORTS)
    unknown = await send(by, made, REPORTS, {"reason": "Its answer.", "request_id": mill["id"]})
    assert unknown.status_code == 404


async def test_two_corrections_at_once_are_one_and_a_stale_one(given: Given) -> None:
    scene = await Scene(given).settle()
    by, made, _, _ = await recorded(scene, SEEN)
    said = [{"reason": "Which is it?", "note": note} for note in ("Well.", "Not so well.", "Tired.")]
    answers = await asyncio.gather(*(send(by, made, SEEN, each) for each in said[1:]))
    assert sorted(each.status_code for each in answers) == [200, 412]
    assert len((await by.get(f"{SEEN}/{made['id']}")).json()["amendments"]) == 1


async def test_the_provider_reads_in_the_history_what_it_reads_in_the_record(given: Given) -> None:
    scene = await Scene(given).settle()
    made = await scene.school.made(SEEN, scene.seen(note="Hurt.", concerns="Bruises."))
    said = {"reason": "It was Ada's brother.", "concerns": "None.", "seen_by": "Head of Year"}
    now = (await send(scene.school, made, SEEN, said)).json()
    await withdraw(scene.school, now, SEEN, "Another child.")
    answer = await scene.provider.get(f"{SEEN}/{made['id']}")
    for word in ("Hurt", "Bruises", "None.", "brother", "Another child"):
        assert word not in answer.text
    first, second = answer.json()["amendments"]
    assert (first["became"]["seen_by"], first["was"]["seen_by"], first["reason"]) == ("Head of Year", None, None)
    assert (second["became"], second["reason"]) == (None, None)
    assert answer.json()["state"] == "withdrawn"


async def test_corrections_are_audited_and_told_without_what_they_say(given: Given) -> None:
    scene = await Scene(given).settle()
    for path in (SEEN, REPORTS, DOCUMENTS):
        by, made, correction, _ = await recorded(scene, path)
        now = (await send(by, made, path, correction)).json()
        await withdraw(by, now, path)
        trail = (await by.get("/v1/audit", params={"entity_id": made["id"]})).json()["data"]
        assert sorted(each["action"] for each in trail) == ["correct", "record", "withdraw"]
        assert correction["reason"] not in str(trail)
    kinds = [
        each["kind"] for each in (await scene.partnership.get("/v1/changes", params={"limit": 200})).json()["data"]
    ]
    for noun in ("welfare_visit", "progress_report", "document"):
        assert {f"{noun}.corrected", f"{noun}.withdrawn"} <= set(kinds)


async def test_the_database_keeps_what_was_said_whoever_writes_to_it(given: Given) -> None:
    scene = await Scene(given).settle()
    by, made, correction, _ = await recorded(scene, SEEN)
    now = (await send(by, made, SEEN, correction)).json()
    caller = Caller(role=Role.SCHOOL, organisation_id=by.organisation_id)
    key = {"id": now["id"]}

    async def refused(change: str) -> None:
        async with given.held.database.session_for(caller) as session:
            with pytest.raises(DBAPIError, match="welfare_visits: "):
                await session.execute(text(f"UPDATE welfare_visits SET {change} WHERE id = :id"), key)
            await session.rollback()

    await refused("note = 'Otherwise.'")
    await refused("amendments = '[]'")
    await refused("amendments = '[{}]'")
    await refused("withdrawn_at = now()")
    await refused("organisation_id = commissioner_id, amendments = amendments || '{}'::jsonb")
    await refused("recorded_by = 'x', amendments = amendments || '{}'::jsonb")
    gone = await withdraw(by, now, SEEN)
    assert gone.status_code == 200
    await refused("withdrawn_at = NULL, amendments = amendments || '{}'::jsonb")
