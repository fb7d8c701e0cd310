"""Attendance over HTTP: reported, amended beside what it said, seen by those who answer for the child, summed up."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.access import Caller, Role
from tests.access.world import TERMS
from tests.given import Api, Given, week
from tests.scenarios.visiting import on_day

FRIDAY = date(2026, 9, 11)


@dataclass
class Scene:
    """A school's placement at a provider, in an authority that has published its terms."""

    given: Given
    school: Api
    provider: Api
    authority: Api
    placement: dict[str, Any]

    def mark(self, on: str = "2026-09-07", session: str = "AM", code: str = "/", **more: Any) -> dict[str, Any]:
        """A mark."""
        said = {"placement_id": self.placement["id"], "session_on": on, "session": session, "code": code}
        return said | more

    async def marked(self, by: Api, *items: Any) -> list[dict[str, Any]]:
        """What became of each item."""
        answer = await by.post("/v1/attendance", {"items": list(items)})
        assert answer.status_code == 207, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        assert [each["index"] for each in results] == list(range(len(items)))
        return results

    async def listed(self, by: Api, **asked: Any) -> list[dict[str, Any]]:
        """The marks that somebody sees."""
        answer = await by.get("/v1/attendance", params=asked)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def summary(self, by: Api, **asked: Any) -> dict[str, Any]:
        """What the register comes to."""
        answer = await by.get(f"/v1/placements/{self.placement['id']}/attendance-summary", params=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def scene(given: Given) -> Scene:
    """Three whole days a week from Tuesday 1 September to Friday 18 December 2026."""
    school, partnership, authority = await given.school(), await given.partnership(), await given.authority()
    provider = await given.provider(partnership)
    assert (await authority.put("/v1/calendars/2026-27", {"terms": TERMS})).status_code == 201
    said = {"provider_id": provider["id"], "pupil_id": (await given.pupil(school))["id"], "timetable": week(15, 3)}
    dates = {"starts_on": "2026-09-01", "ends_on": "2026-12-18"}
    with on_day(given, date(2026, 9, 1)):
        placement = await school.made("/v1/placements", said | dates)
    return Scene(given, school, await given.api(provider["id"]), authority, placement)


async def test_the_provider_and_the_commissioner_report_and_a_repeated_report_changes_nothing(scene: Scene) -> None:
    with on_day(scene.given, FRIDAY):
        first = await scene.marked(scene.provider, scene.mark(), scene.mark(session="PM", code="\\"))
        assert [each["status"] for each in first] == [201, 201]
        again = await scene.marked(scene.school, scene.mark(), scene.mark("2026-09-08", code="L", minutes_late=15))
        assert [(each["status"], each["amended"]) for each in again] == [(200, False), (201, False)]
        assert again[0]["id"] == first[0]["id"]
    found = await scene.listed(scene.school)
    assert [(each["session_on"], each["session"], each["code"], each["minutes_late"]) for each in found] == [
        ("2026-09-07", "AM", "/", None),
        ("2026-09-07", "PM", "\\", None),
        ("2026-09-08", "AM", "L", 15),
    ]
    assert found[0]["reported_at"] == "2026-09-11T12:00:00Z"
    assert {each["organisation_id"] for each in found[:2]} == {str(scene.provider.organisation_id)}


async def test_each_item_is_refused_for_itself(scene: Scene) -> None:
    other = await scene.given.school()
    with on_day(scene.given, FRIDAY):
        results = await scene.marked(
            scene.provider,
            scene.mark("2026-09-12"),
            scene.mark("2026-08-31"),
            scene.mark(code="A"),
            scene.mark(session="NIGHT"),
            "no object",
            scene.mark(placement_id=str(other.organisation_id)),
            scene.mark(),
            scene.mark(code="I"),
        )
        assert [each["status"] for each in results] == [422, 422, 422, 422, 422, 404, 201, 409]
        told = [(each["problem"]["code"], each["problem"]["errors"][0]["pointer"]) for each in results[:3]]
        assert told == [("mark_invalid", "/session_on"), ("mark_invalid", "/session_on"), ("mark_invalid", "/code")]
        assert results[7]["problem"]["code"] == "mark_exists"
        elsewhere = await scene.marked(other, scene.mark())
        assert elsewhere[0]["status"] == 404
    assert len(await scene.listed(scene.provider)) == 1
    many = await scene.provider.post("/v1/attendance", {"items": [scene.mark()] * 501})
    assert many.status_code == 422


async def test_an_authority_that_only_reads_does_not_mark(scene: Scene) -> None:
    home = await scene.given.pupil(scene.school, home_la_code="855")
    with on_day(scene.given, FRIDAY):
        said = {"provider_id": scene.placement["provider_id"], "pupil_id": home["id"], "starts_on": "2026-09-01"}
        placement = await scene.school.made("/v1/placements", said)
        results = await scene.marked(scene.authority, scene.mark(placement_id=placement["id"]))
        assert [(each["status"], each["problem"]["code"]) for each in results] == [(403, "not_yours")]
        await scene.marked(scene.provider, scene.mark(placement_id=placement["id"]))
    assert len(await scene.listed(scene.authority)) == 1


async def test_the_register_keeps_what_it_said_with_the_reason_the_time_and_who_amended_it(scene: Scene) -> None:
    with on_day(scene.given, FRIDAY):
        await scene.marked(scene.provider, scene.mark(code="N"))
        amended = await scene.marked(scene.provider, scene.mark(code="I", reason="The parent rang."))
        assert [(each["status"], each["amended"]) for each in amended] == [(200, True)]
    with on_day(scene.given, date(2026, 9, 14)):
        doctor = scene.mark(code="M", comment="A letter came.", reason="It was an appointment.")
        await scene.marked(scene.school, doctor)
    (found,) = await scene.listed(scene.school)
    assert (found["code"], found["comment"], found["version"]) == ("M", "A letter came.", 3)
    first, second = found["amendments"]
    assert (first["was"]["code"], first["became"]["code"], first["reason"]) == ("N", "I", "The parent rang.")
    assert (second["was"]["code"], second["became"]["code"]) == ("I", "M")
    assert (first["amended_at"], second["amended_at"]) == ("2026-09-11T12:00:00Z", "2026-09-14T12:00:00Z")
    by = [first["organisation_id"], second["organisation_id"]]
    assert by == [str(scene.provider.organisation_id), str(scene.school.organisation_id)]


async def test_the_database_too_keeps_the_register(scene: Scene) -> None:
    with on_day(scene.given, FRIDAY):
        await scene.marked(scene.provider, scene.mark(code="N"))
        await scene.marked(scene.provider, scene.mark(code="I", reason="The parent rang."))
    caller = Caller(Role.PROVIDER, organisation_id=scene.provider.organisation_id)
    for statement in (
        "UPDATE attendance_marks SET code = '/'",
        "UPDATE attendance_marks SET amendments = '[]'",
        "UPDATE attendance_marks SET session_on = '2026-09-08'",
    ):
        async with scene.given.held.database.session_for(caller) as session:
            with pytest.raises(DBAPIError) as refused:
                await session.execute(text(statement))
            assert getattr(refused.value.orig, "sqlstate", None) == "42501", statement
            await session.rollback()


async def test_another_system_brings_its_marks_up_to_date_by_its_own_ids(scene: Scene) -> None:
    path = "/v1/sources/arbor/attendance/M-1"
    with on_day(scene.given, FRIDAY):
        for body, status, amendments in (
            (scene.mark(code="N"), 201, []),
            (scene.mark(code="N"), 200, []),
            (scene.mark(code="I"), 200, ["Amended in arbor."]),
            (scene.mark(code="M", reason="A letter."), 200, ["Amended in arbor.", "A letter."]),
        ):
            answer = await scene.school.put(path, body)
            assert answer.status_code == status, answer.text
            assert [each["reason"] for each in answer.json()["amendments"]] == amendments
        moved = await scene.school.put(path, scene.mark("2026-09-08"))
        assert (moved.status_code, moved.json()["code"]) == (409, "mark_moved")
        # Another's id for the same session is the same mark.
        theirs = await scene.provider.put(path, scene.mark(code="M"))
        assert (theirs.status_code, theirs.json()["organisation_id"]) == (200, str(scene.school.organisation_id))
        refused = await scene.school.put(path, scene.mark("2026-12-19"))
        assert (refused.status_code, refused.json()["code"]) == (409, "mark_moved")
    (kept,) = await scene.listed(scene.school, from_on="2026-09-07", to_on="2026-09-07")
    assert (kept["source"], kept["external_id"]) == ("arbor", "M-1")
    assert await scene.listed(scene.school, from_on="2026-09-08") == []
    assert await scene.listed(scene.school, provider_id=str(scene.school.organisation_id)) == []


async def test_those_who_answer_for_the_child_are_told_once_for_a_placement(scene: Scene) -> None:
    with on_day(scene.given, FRIDAY):
        await scene.marked(scene.provider, scene.mark(), scene.mark("2026-09-08"))
    told = (await scene.school.get("/v1/changes")).json()["data"]
    (event,) = [each for each in told if each["kind"] == "attendance.recorded"]
    assert event["payload"] == {"from_on": "2026-09-07", "to_on": "2026-09-08", "marks": 2}


async def test_a_share_opens_the_register_to_the_partnership_and_its_end_closes_it(scene: Scene) -> None:
    partnership = await scene.given.partnership()
    with on_day(scene.given, FRIDAY):
        await scene.marked(scene.provider, scene.mark())
    path = f"/v1/pupils/{scene.placement['pupil_id']}/shares"
    share = await scene.school.made(path, {"organisation_id": str(partnership.organisation_id), "purpose": "Referral"})
    assert len(await scene.listed(partnership)) == 1
    assert (await scene.school.send("DELETE", f"{path}/{share['id']}")).status_code < 300
    assert await scene.listed(partnership) == []


async def test_a_register_is_summed_up_beside_the_calendar(scene: Scene) -> None:
    with on_day(scene.given, FRIDAY):
        await scene.marked(
            scene.provider,
            scene.mark("2026-09-01", code="N"),
            scene.mark("2026-09-07"),
            scene.mark("2026-09-07", "PM", "I"),
            scene.mark("2026-09-08", code="L", minutes_late=5),
        )
        found = await scene.summary(scene.school)
    assert (found["from_on"], found["to_on"]) == ("2026-09-01", "2026-09-11")
    counted = {name: found[name] for name in ("sessions", "present", "absent", "late", "awaiting_reason", "percent")}
    assert counted == {
        "sessions": 4,
        "present": 2,
        "absent": 2,
        "late": 1,
        "awaiting_reason": 1,
        "percent": "50.0",
    }
    # Mondays to Wednesdays from 1 September, without those of which something is known.
    assert found["unreported_on"] == ["2026-09-02", "2026-09-09"]
    # Five school days after Tuesday 1 September is Tuesday 8 September.
    assert found["reasons_overdue"] == 1
    with on_day(scene.given, date(2026, 9, 8)):
        assert (await scene.summary(scene.provider))["reasons_overdue"] == 0
    with on_day(scene.given, date(2027, 2, 1)):
        later = await scene.summary(scene.provider)
        assert (later["to_on"], later["unreported_on"][-1]) == ("2026-12-18", "2026-12-16")


async def test_without_a_calendar_or_a_timetable_nobody_says_which_days_are_missing(scene: Scene) -> None:
    elsewhere = await scene.given.school(la_code="856")
    with on_day(scene.given, FRIDAY):
        for by, more in ((elsewhere, {"timetable": week(15, 3)}), (scene.school, {"weekly_minutes": 600})):
            pupil = await scene.given.pupil(by)
            said = {"provider_id": scene.placement["provider_id"], "pupil_id": pupil["id"], "starts_on": "2026-09-01"}
            scene.placement = await by.made("/v1/placements", said | more)
            await scene.marked(scene.provider, scene.mark(code="N"))
            found = await scene.summary(by)
            assert found["unreported_on"] is None
            assert found["reasons_overdue"] == (None if by is elsewhere else 0)


async def test_a_summary_is_of_a_year_at_most(scene: Scene) -> None:
    path = f"/v1/placements/{scene.placement['id']}/attendance-summary"
    for asked in ({"from_on": "2026-09-02", "to_on": "2026-09-01"}, {"from_on": "2025-08-01", "to_on": "2026-09-01"}):
        answer = await scene.school.get(path, params=asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "period_invalid")
    stranger = await scene.given.school()
    assert (await stranger.get(path)).status_code == 404
