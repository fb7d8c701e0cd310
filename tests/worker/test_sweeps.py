"""Sweeps that were asked for, and the one that comes by itself."""

from fastapi import FastAPI

from app.worker.loop import Worker
from tests.given import Given


async def test_a_sweep_that_was_asked_for_is_made_and_read_by_role(given: Given, app: FastAPI) -> None:
    partnership, authority, school = await given.partnership(), await given.authority(), await given.school()
    far = await given.authority(la_code="884")
    provider = await given.provider(partnership)
    asked = await partnership.post("/v1/registration-checks/sweeps", {})
    assert asked.status_code == 202
    path = asked.headers["location"]
    assert (await partnership.get(path)).json()["finished_at"] is None
    held = app.state.services
    await Worker(held.database, held.settings).once()
    made = (await authority.get(path)).json()
    assert made["providers"] == 1
    assert made["results"] == {"clear_on_known_data": 1}
    seen = (await authority.get(f"{path}/results")).json()["data"]
    assert [each["provider_id"] for each in seen] == [provider["id"]]
    assert (await far.get(f"{path}/results")).json()["data"] == []
    assert (await school.get(path)).status_code == 403


async def test_the_scheduled_sweep_is_made_once_in_its_time(given: Given, app: FastAPI) -> None:
    partnership = await given.partnership()
    await given.provider(partnership)
    held = app.state.services
    settings = held.settings.model_copy(update={"sweep_every_hours": 24})
    for _ in range(2):
        await Worker(held.database, settings).once()
    swept = (await partnership.get("/v1/registration-checks/sweeps")).json()["data"]
    assert len(swept) == 1
    assert swept[0]["providers"] == 1
