"""A remembered position is never told after something has changed on which it rests."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.db.organisations import Organisation
from app.db.providers import Provider
from app.domain.access import Caller
from app.shapes.registration import RegistrationCheck
from tests.given import Api, Given, week


async def remembered(by: Api, provider: dict[str, Any]) -> dict[str, Any]:
    """Where the provider stands, asked for twice: the second answer is the remembered one."""
    path = f"/v1/providers/{provider['id']}/registration-status"
    answers = [await by.get(path) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200], answers[0].text
    told: list[dict[str, Any]] = [each.json() for each in answers]
    assert told[0] | {"created_at": None} == told[1] | {"created_at": None}
    assert RegistrationCheck.model_validate_json(answers[1].content).model_dump(mode="json") == told[1]
    return told[1]


async def afresh(by: Api, provider: dict[str, Any]) -> dict[str, Any]:
    """The same, computed for a check that is kept."""
    return await by.made("/v1/registration-checks", {"provider_id": provider["id"]})


async def test_whatever_a_position_rests_on_is_told_at_once_to_everybody(given: Given) -> None:
    one, other, area = await given.partnership(), await given.partnership(la_code="856"), await given.authority()
    provider, linked = await given.provider(one, la_code="855"), await given.provider(one)
    own = await given.api(provider["id"])
    pupil, another = await given.pupil(one), await given.pupil(other)
    placement = {"provider_id": provider["id"], "starts_on": "2026-01-05", "timetable": week(25, 5)}
    placed: dict[str, Any] = {}

    async def place() -> None:
        placed.update(await one.made("/v1/placements", placement | {"pupil_id": pupil["id"]}))

    async def place_elsewhere() -> None:
        told = placement | {"pupil_id": another["id"], "provider_id": linked["id"]}
        await other.made("/v1/placements", told)

    async def flag() -> None:
        flags = {"characteristics": [{"kind": "ehcp", "from_on": "2026-01-01", "to_on": None}]}
        assert (await one.patch(f"/v1/pupils/{pupil['id']}", flags, pupil["version"])).status_code == 200

    async def declare() -> None:
        groups = [{"count": 3, "weekly_minutes": 1200}]
        answer = await own.post(f"/v1/providers/{provider['id']}/declarations", {"groups": groups})
        assert answer.status_code == 201, answer.text

    async def link() -> None:
        said = {"linked_ids": [linked["id"]]}
        assert (await one.patch(f"/v1/providers/{provider['id']}", said, provider["version"])).status_code == 200

    async def adopt() -> None:
        await system(given, update(Organisation).where(col(Organisation.id) == one.organisation_id), rulesets=RULESETS)

    async def move() -> None:
        await system(given, update(Provider).where(col(Provider.id) == UUID(provider["id"])), la_code="856")

    async def end() -> None:
        path = f"/v1/placements/{placed['id']}"
        version = (await one.get(path)).json()["version"]
        answer = await one.post(f"{path}/end", {"ends_on": "2026-02-06"}, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == 200, answer.text

    steps: list[Callable[[], Awaitable[None]]] = [place, place_elsewhere, flag, declare, link, adopt, move, end]
    for step in steps:
        before = [await remembered(by, provider) for by in (one, other, area, own)]
        await step()
        after = [await remembered(by, provider) for by in (one, other, area, own)]
        fresh = [await afresh(by, provider) for by in (one, other, area, own)]
        bare = dict.fromkeys(("id", "created_at"))
        assert [each | bare for each in after] == [each | bare for each in fresh], step.__name__
        moved = [each | bare for each in before] != [each | bare for each in after]
        assert moved == (step is not place_elsewhere), step.__name__  # not linked yet


RULESETS = ["leics-seip-sla-2022-03"]


async def system(given: Given, statement: Any, **values: Any) -> None:
    """Change rows as the service itself."""
    async with given.held.database.session_for(Caller.system("test")) as session:
        await session.execute(statement.values(**values))
