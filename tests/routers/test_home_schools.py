"""The home school of a placement is a school that the service knows, however the placement is told."""

from typing import Any

import pytest

from app.db.base import new_id, today
from tests.given import Given, week
from tests.statements import sent

TODAY = today().isoformat()


@pytest.fixture
async def scene(given: Given) -> tuple[Any, dict[str, Any], dict[str, str]]:
    """A school, a placement that it may record, and ids that are no school's."""
    partnership, authority = await given.partnership(), await given.authority()
    school = await given.school(partnership_id=partnership.organisation_id)
    provider = await given.provider(partnership)
    said = {"provider_id": provider["id"], "pupil_id": (await given.pupil(school))["id"], "starts_on": TODAY}
    wrong = {"provider": provider["id"], "authority": str(authority.organisation_id), "nobody": str(new_id())}
    return school, said | {"timetable": week(5, 1)}, wrong | {"partnership": str(partnership.organisation_id)}


def told(problem: dict[str, Any]) -> list[Any]:
    return [problem["status"], problem["code"], [each["pointer"] for each in problem["errors"]]]


UNKNOWN = [422, "school_unknown", ["/home_school_id"]]


@pytest.mark.parametrize("kind", ["provider", "authority", "nobody", "partnership"])
async def test_what_is_no_school_is_no_home_school(scene: Any, kind: str) -> None:
    school, said, wrong = scene
    bad = said | {"home_school_id": wrong[kind]}
    assert told((await school.post("/v1/placements", bad)).json()) == UNKNOWN
    assert told((await school.put("/v1/sources/sims/placements/1", bad)).json()) == UNKNOWN
    several = {"mode": "independent", "items": [bad, said]}
    first, second = (await school.post("/v1/placements/batch", several)).json()["results"]
    assert told(first["problem"]) == UNKNOWN
    assert second["status"] == 201
    path = f"/v1/placements/{second['id']}"
    assert told((await school.patch(path, {"home_school_id": wrong[kind]}, 1)).json()) == UNKNOWN
    assert len((await school.get("/v1/placements")).json()["data"]) == 1


async def test_a_pupil_that_would_be_made_is_not_where_its_home_school_is_none(given: Given, scene: Any) -> None:
    school, said, wrong = scene
    new = {"upn": given.upn(), "given_name": "Ada", "family_name": "Field"}
    bad = {**said, "pupil_id": None, "pupil": new, "home_school_id": wrong["provider"]}
    assert told((await school.post("/v1/placements", bad)).json()) == UNKNOWN
    assert (await school.post("/v1/pupils/search", {"upn": new["upn"]})).json()["data"] == []


async def test_schools_are_read_once_for_a_whole_batch(given: Given, scene: Any) -> None:
    school, said, _ = scene
    home = {"home_school_id": str(school.organisation_id)}
    pupils = [(await given.pupil(school))["id"] for _ in range(9)]
    with sent(given) as statements:

        async def took(some: list[str]) -> int:
            items = [said | home | {"pupil_id": each} for each in some]
            statements.clear()
            assert (await school.post("/v1/placements/batch", {"mode": "atomic", "items": items})).status_code == 200
            return len(statements)

        await took(pupils[:1])
        assert await took(pupils[1:3]) == await took(pupils[3:])
