"""A year by a simulated clock: organisations with their agreements and calendars, and what they ask of the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import time_machine

from tests.given import Api, Given, week

# Leicestershire's custom: back in the last days of August, six terms, a week ahead of its neighbours.
LEICESTERSHIRE = (
    ("2026-08-27", "2026-10-16"), ("2026-10-26", "2026-12-18"), ("2027-01-04", "2027-02-12"),
    ("2027-02-22", "2027-03-25"), ("2027-04-12", "2027-05-28"), ("2027-06-07", "2027-07-14"),
)  # fmt: skip
DERBYSHIRE = (
    ("2026-09-02", "2026-10-23"), ("2026-11-02", "2026-12-18"), ("2027-01-04", "2027-02-12"),
    ("2027-02-22", "2027-03-25"), ("2027-04-12", "2027-05-28"), ("2027-06-07", "2027-07-21"),
)  # fmt: skip
HEREFORDSHIRE = (
    ("2026-09-01", "2026-10-23"), ("2026-11-02", "2026-12-18"), ("2027-01-05", "2027-02-12"),
    ("2027-02-22", "2027-04-01"), ("2027-04-19", "2027-05-28"), ("2027-06-07", "2027-07-20"),
)  # fmt: skip


SAFE = {"key": "safe", "kind": "yes_no", "text": "Do you feel safe?"}


@dataclass(slots=True)
class Year:
    """A commissioner and a provider that it uses, at the time to which the clock is set."""

    given: Given
    commissioner: Api
    provider: Api
    site_id: str

    @property
    def provider_id(self) -> str:
        """The provider's id, which is its organisation's."""
        return str(self.provider.organisation_id)

    @contextmanager
    def on(self, day: str, hour: int = 12) -> Iterator[None]:
        """Let it be a day: everybody signs in again, since a token lasts an hour."""
        at = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=hour)
        with time_machine.travel(at, tick=True):
            for each in (self.commissioner, self.provider):
                self.sign_in(each)
            yield

    def sign_in(self, api: Api) -> None:
        """A fresh token for the same member."""
        object.__setattr__(api, "token", self.given.token(api.organisation_id, f"{api.organisation_id}-year"))

    async def owed(self, by: Api | None = None, **wanted: Any) -> list[dict[str, Any]]:
        """Every obligation that an organisation is told, over all pages."""
        found: list[dict[str, Any]] = []
        query = {"limit": 20} | wanted
        for _ in range(100):
            answer = await (by or self.commissioner).get("/v1/obligations", params=query)
            assert answer.status_code == 200, answer.text
            found += answer.json()["data"]
            if not answer.json()["page"]["has_more"]:
                return found
            query = query | {"cursor": answer.json()["page"]["next_cursor"]}
        raise AssertionError("the list has no end")

    async def table(self, by: Api | None = None, **wanted: Any) -> list[tuple[str, str, str, str]]:
        """What is owed: the duty (for visits their title), from when, until when, and how it stands."""
        return [
            (each["title"] if each["kind"] == "visit" else each["duty"], each["opens_on"], each["due_on"], state(each))
            for each in await self.owed(by, **wanted)
        ]

    async def gives(self, kind: str, **said: Any) -> dict[str, Any]:
        """The provider gives a document."""
        other = {"commissioner_id": str(self.commissioner.organisation_id)}
        return await self.provider.made("/v1/provider-documents", {"kind": kind, "title": kind} | other | said)


def state(told: dict[str, Any]) -> str:
    """How an obligation stands, and whether it was met late."""
    return f"{told['state']} late" if told["late"] else str(told["state"])


async def begin(
    given: Given,
    kind: str,
    la_code: str,
    agreement: str,
    terms: tuple[tuple[str, str], ...],
    **parameters: int,
) -> Year:
    """A commissioner that has adopted an agreement and told its terms, and a provider with one site."""
    organisation_id = await given.organisation(kind, la_code=la_code)
    commissioner = await given.api(organisation_id, subject=f"{organisation_id}-year")
    provider = await given.provider(commissioner, la_code=la_code)
    site = await commissioner.made(f"/v1/providers/{provider['id']}/sites", {"name": "The workshop"})
    year = Year(given, commissioner, await given.api(provider["id"], subject=f"{provider['id']}-year"), site["id"])
    adopted = {"agreements": [{"agreement_id": agreement, "parameters": parameters}]}
    answer = await commissioner.patch(f"/v1/organisations/{organisation_id}", adopted, 1)
    assert answer.status_code == 200, answer.text
    await put_terms(year, "2026-27", terms)
    return year


async def put_terms(year: Year, academic_year: str, terms: tuple[tuple[str, str], ...]) -> None:
    """The commissioner tells its terms."""
    told = [{"ordinal": n, "starts_on": first, "ends_on": last} for n, (first, last) in enumerate(terms, start=1)]
    answer = await year.commissioner.put(f"/v1/calendars/{academic_year}", {"terms": told})
    assert answer.status_code == 201, answer.text


async def place(year: Year, starts_on: str, *, by: Api | None = None, **more: Any) -> dict[str, Any]:
    """A pupil placed two days a week, Monday and Tuesday, at the provider's site."""
    by = by or year.commissioner
    pupil = more.pop("pupil", None) or await year.given.pupil(by)
    said = {
        "provider_id": year.provider_id,
        "pupil_id": pupil["id"],
        "site_id": year.site_id,
        "starts_on": starts_on,
        "timetable": week(10, 2),
    }
    return await by.made("/v1/placements", said | more)


async def ask(year: Year, audience: str, *, answers: int = 1, **bound: Any) -> dict[str, Any]:
    """A questionnaire that is opened, and answered so often."""
    by = year.commissioner
    said = {"title": "How is it?", "audience": audience, "questions": [SAFE]} | bound
    made = await by.made("/v1/questionnaires", said)
    headers = {"If-Match": f'"{made["version"]}"'}
    opened = await by.post(f"/v1/questionnaires/{made['id']}/steps", {"to": "open"}, headers=headers)
    assert opened.status_code == 200, opened.text
    for _ in range(answers):
        opened_on = date.fromisoformat(opened.json()["opened_at"][:10])
        links = {"count": 1, "expires_at": f"{opened_on + timedelta(days=30)}T00:00:00Z"}
        (url,) = (await by.made(f"/v1/questionnaires/{made['id']}/links", links))["urls"]
        answer = await year.given.http.post(httpx.URL(url).path, json={"answers": {"safe": "yes"}})
        assert answer.status_code == 204, answer.text
    told: dict[str, Any] = opened.json()
    return told
