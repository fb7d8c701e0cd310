"""A placement about which children are seen, progress is reported and documents are given."""

from datetime import timedelta
from typing import Any

from app.db.base import today
from tests.given import Api, Given, week

AGO = (today() - timedelta(days=60)).isoformat()
TODAY, TOMORROW = today().isoformat(), (today() + timedelta(days=1)).isoformat()
SHARED = {"purpose": "Programme management"}


class Scene:
    """A school that shares a pupil with its partnership, which places it, and others around them."""

    def __init__(self, given: Given) -> None:
        self.given = given

    async def settle(self) -> "Scene":
        """Make them."""
        network = f"network-{self.given.number()}"
        self.partnership = await self.given.partnership(network=network)
        self.sister = await self.given.partnership(network=network)
        self.stranger = await self.given.partnership()
        self.school = await self.given.school(partnership_id=self.partnership.organisation_id)
        self.other_school = await self.given.school()
        self.pupil = await self.given.pupil(self.school, home_school_id=str(self.school.organisation_id))
        reader = {"organisation_id": str(self.partnership.organisation_id)}
        self.share = await self.school.made(f"/v1/pupils/{self.pupil['id']}/shares", SHARED | reader)
        made = await self.given.provider(self.partnership)
        self.site = await self.partnership.made(f"/v1/providers/{made['id']}/sites", {"name": "Barn"})
        self.provider = await self.given.api(made["id"])
        said = {"provider_id": made["id"], "pupil_id": self.pupil["id"], "starts_on": AGO, "timetable": week(5, 1)}
        said |= {"home_school_id": str(self.school.organisation_id)}
        self.placement = await self.partnership.made("/v1/placements", said)
        return self

    def seen(self, **more: Any) -> dict[str, Any]:
        """What is said of a child seen today."""
        return {"placement_id": self.placement["id"], "site_id": self.site["id"], "seen_on": TODAY} | more


async def faults(answer: Any) -> list[tuple[str, str]]:
    """The faults of a refusal."""
    assert answer.status_code == 422, answer.text
    return [(each["code"], each["pointer"]) for each in answer.json()["errors"]]


async def told(by: Api, path: str, **query: Any) -> list[dict[str, Any]]:
    """A list."""
    answer = await by.get(path, params=query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def report(**more: Any) -> dict[str, Any]:
    """What is said of a term."""
    said = {"kind": "tracking", "academic_year": "2026/27", "term": 1, "summary": "Three units done."}
    return said | {"targets": [{"target": "Entry 3", "progress": "Half way"}]} | more
