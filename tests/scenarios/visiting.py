"""Walking a visit through its life by the API, as its four parties do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.db.base import now, today
from tests.given import Api, Given


@dataclass(slots=True)
class Walk:
    """One visit and the clients of those who have to do with it."""

    lead: Api
    school: Api
    provider: Api
    authority: Api
    visit: dict[str, Any]
    given: Given
    network: str = ""

    @property
    def path(self) -> str:
        """The visit's address."""
        return f"/v1/visits/{self.visit['id']}"

    async def opened(self) -> dict[str, str]:
        """What of the visit each of the four parties sees, in words; of what is absent here every route is 404."""
        parties = {"lead": self.lead, "school": self.school, "provider": self.provider, "authority": self.authority}
        return {name: await self.opened_to(api) for name, api in parties.items()}

    async def opened_to(self, by: Api) -> str:
        """What of the visit somebody sees: "visit", "answers", "notes", "judgements", and the newest report's stage."""
        answer = await by.get(self.path)
        if answer.status_code == 404:
            for part in ("form", "responses", "comments", "versions", "report"):
                assert (await by.get(f"{self.path}/{part}")).status_code == 404, part
            return ""
        told = answer.json()
        sides = {each["side"] for each in told["responses"]}
        seen = {"visit": True, "answers": "provider" in sides, "notes": "observer" in sides}
        seen["judgements"] = bool(told["judgements"])
        report = await by.get(f"{self.path}/report")
        assert (report.status_code == 200) is bool(told["versions"]), report.text
        words = [name for name, found in seen.items() if found]
        return " ".join([*words, *([report.json()["stage"]] if told["versions"] else [])])

    async def kinds(self, by: Api) -> list[str]:
        """The kinds of the events that somebody was told."""
        answer = await by.get("/v1/changes", params={"limit": 200})
        return [each["kind"] for each in answer.json()["data"]]

    async def prepared(self, **otherwise: str) -> None:
        """Take the visit to the provider, everything before it judged as `judge_all` does."""
        await self.step("preparing")
        await self.judge_all(self.lead, phase="before_visit", **otherwise)
        await self.step("with_provider")

    async def visited(self, on: date | None = None, minutes: int = 180) -> dict[str, Any]:
        """Say that the visit has taken place."""
        return await self.step("visited", visited_on=(on or today()).isoformat(), duration_minutes=minutes)

    async def concluded(self) -> dict[str, Any]:
        """The provider has no more to say, and the record is finalised."""
        said = {"kind": "conclusion", "text": "We have no more to say."}
        await self.provider.made(f"{self.path}/comments", said)
        return await self.step("finalised")

    async def seen(self, by: Api) -> dict[str, Any]:
        """The visit as somebody sees it."""
        answer = await by.get(self.path)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def step(self, to: str, by: Api | None = None, status: int = 200, **said: Any) -> dict[str, Any]:
        """Take the visit to another status; what is answered."""
        by = by or self.lead
        answer = await by.get(self.path)
        etag = answer.headers.get("etag", '"1"')
        answer = await by.post(f"{self.path}/transitions", {"to": to, **said}, headers={"If-Match": etag})
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def form(self, by: Api | None = None) -> dict[str, Any]:
        """The form, and what is missing."""
        answer = await (by or self.lead).get(f"{self.path}/form")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def note(self, by: Api, *items: dict[str, Any]) -> list[dict[str, Any]]:
        """Save responses."""
        answer = await by.post(f"{self.path}/responses", {"items": list(items)})
        assert answer.status_code == 207, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    async def judge(self, by: Api, *items: dict[str, Any]) -> list[dict[str, Any]]:
        """Save judgements."""
        answer = await by.post(f"{self.path}/judgements", {"items": list(items)})
        assert answer.status_code == 207, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    async def judge_all(self, by: Api, *, phase: str | None = None, **otherwise: str) -> None:
        """Judge everything that is required, as well as can be, but for the items named (by bare key)."""
        form = await self.form()
        items = [
            {"item_key": each["item_key"], "rating": self._rating(each, otherwise), "rationale": "As observed."}
            for each in form["items"]
            if each["required"] and each["values"] and phase in (None, each["phase"])
        ]
        results = await self.judge(by, *items) if items else []
        assert {each["status"] for each in results} <= {200, 201}, results

    def _rating(self, item: dict[str, Any], otherwise: dict[str, str]) -> str:
        key = item["item_key"].rpartition(":")[2].replace("-", "_")
        rating: str = otherwise.get(key, item["values"][0])
        return rating

    async def answer_questions(self, by: Api) -> None:
        """Answer every question of the form."""
        form = await self.form()
        asked = [each["item_key"] for each in form["items"] if each["kind"] == "question"]
        if asked:
            results = await self.note(by, *({"item_key": key, "text": "As asked."} for key in asked))
            assert {each["status"] for each in results} == {201}, results


async def planned(given: Given, framework_id: str, kind: str = "qa_visit", **said: Any) -> Walk:
    """A visit planned by a partnership, with a school of its own on the team, at an unregistered provider."""
    network = f"network-{given.number()}"
    lead = await given.partnership(network=network)
    school = await given.school(partnership_id=lead.organisation_id)
    authority = await given.authority(network=network)
    provider = await given.provider(lead)
    visit = await lead.made(
        "/v1/visits",
        {
            "provider_id": provider["id"],
            "framework_id": framework_id,
            "kind": kind,
            "planned_on": today().isoformat(),
            "visitors": [{"name": "Ayesha Grant", "role": "Coordinator"}],
            "team_ids": [str(school.organisation_id)],
        }
        | said,
    )
    return Walk(lead, school, await given.api(provider["id"]), authority, visit, given, network)


@contextmanager
def on_day(given: Given, day: date) -> Iterator[None]:
    """While the service takes it to be noon of another day."""
    given.held.clock = lambda: datetime.combine(day, time(12), UTC)
    try:
        yield
    finally:
        given.held.clock = now


def pointers(refused: dict[str, Any]) -> set[tuple[str, str]]:
    """The code and the place of everything that a refusal names."""
    return {(each["code"], each["pointer"]) for each in refused["errors"]}


def rated(told: dict[str, Any]) -> dict[str, str]:
    """The ratings of a visit by item key."""
    return {each["item_key"]: each["rating"] for each in told["judgements"]}


def days(number: int) -> str:
    """So many days from today."""
    return (today() + timedelta(days=number)).isoformat()


def day(written: str) -> date:
    """A date as answered."""
    return date.fromisoformat(written)
