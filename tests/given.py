"""What a test begins with: organisations and tokens for them, made the way the service makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.db import organisations, people
from app.db.base import new_id, now
from app.deps import Services
from app.domain.access import Caller, Grade
from app.domain.identifiers import make_upn
from app.integrations.keys import issue


@dataclass(frozen=True, slots=True)
class Api:
    """A client that speaks for one organisation."""

    http: httpx.AsyncClient
    token: str
    organisation_id: UUID

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, signed in."""
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """GET."""
        return await self.send("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """POST a JSON body."""
        return await self.send("POST", path, json=body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """PUT a JSON body."""
        return await self.send("PUT", path, json=body, **more)

    async def patch(self, path: str, body: Any, version: int | str, **more: Any) -> httpx.Response:
        """PATCH with the version as If-Match."""
        return await self.send("PATCH", path, json=body, headers={"If-Match": f'"{version}"'}, **more)

    async def made(self, path: str, body: Any, **more: Any) -> dict[str, Any]:
        """POST that must create, and what it created."""
        answer = await self.post(path, body, **more)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created


class Given:
    """Makes what a test needs, each thing with a name of its own."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient) -> None:
        self.app = app
        self.http = http
        self.held: Services = app.state.services
        self._count = 0

    def number(self) -> int:
        """The next number: names and identifiers differ by it."""
        self._count += 1
        return self._count

    async def organisation(self, kind: str, **more: Any) -> UUID:
        """An organisation of a kind (`la_code`, `urn`, `partnership_id`, `network`, `rulesets`)."""
        number = self.number()
        async with self.held.database.session_for(Caller.system("test")) as session:
            row = await organisations.add(
                session, kind=kind, name=f"{kind} {number}", slug=f"{kind.replace('_', '-')}-{number}", **more
            )
        return row.id

    async def api(
        self,
        organisation_id: UUID | str,
        grade: Grade | str = Grade.LEAD,
        *,
        scopes: Sequence[str] | None = None,
        subject: str | None = None,
    ) -> Api:
        """A member's client for an organisation (a provider's id is its organisation's)."""
        organisation_id = UUID(str(organisation_id))
        subject = subject or f"test-{self.number()}"
        async with self.held.database.session_for(Caller.system("test")) as session:
            await people.add_member(
                session,
                organisation_id,
                issuer=self.held.settings.issuer,
                subject=subject,
                grade=Grade(grade).value,
            )
        return Api(self.http, self.token(organisation_id, subject, scopes), organisation_id)

    def token(self, organisation_id: UUID | None, subject: str, scopes: Sequence[str] | None = None) -> str:
        """A token of our own for an identity."""
        settings = self.held.settings
        return issue(
            self.held.keys,
            issuer=settings.issuer,
            audience=settings.audience,
            subject=subject,
            token_id=new_id(),
            organisation_id=organisation_id,
            scopes=None if scopes is None else frozenset(scopes),
            client_id=None,
            at=now() - timedelta(seconds=1),
            minutes=60,
        )

    async def school(self, grade: Grade | str = Grade.LEAD, **more: Any) -> Api:
        """A school's client."""
        return await self.api(await self.organisation("school", **{"la_code": "855"} | more), grade)

    async def partnership(self, grade: Grade | str = Grade.LEAD, **more: Any) -> Api:
        """A partnership's client."""
        return await self.api(await self.organisation("partnership", **{"la_code": "855"} | more), grade)

    async def authority(self, grade: Grade | str = Grade.LEAD, **more: Any) -> Api:
        """A local authority's client."""
        return await self.api(await self.organisation("local_authority", **{"la_code": "855"} | more), grade)

    async def provider(self, by: Api, **more: Any) -> dict[str, Any]:
        """A provider, recorded by a partnership or an authority."""
        return await by.made("/v1/providers", {"name": f"Provider {self.number()}"} | more)

    def upn(self) -> str:
        """A check-valid, made-up UPN."""
        return make_upn(855, 4123 + self.number() // 1000, 19, self._count % 1000)

    async def pupil(self, by: Api, *flags: str, **more: Any) -> dict[str, Any]:
        """A pupil of compulsory school age (born in 2013), with characteristics since 2020."""
        number = self.number()
        said = {
            "upn": self.upn(),
            "given_name": f"Given{number}",
            "family_name": f"Family{number}",
            "born_on": "2013-01-15",
            "characteristics": [{"kind": flag, "from_on": "2020-01-01"} for flag in flags],
        }
        return await by.made("/v1/pupils", said | more)


def week(hours: float, days: int, *, start: str = "09:00", weeks: str = "every") -> list[dict[str, Any]]:
    """A timetable of so many equal days from Monday on.

    Args:
        hours: in all, a week.
    """
    begin = datetime.strptime(start, "%H:%M").replace(tzinfo=UTC)
    end = begin + timedelta(hours=hours / days)
    return [
        {"weekday": day, "starts_at": start, "ends_at": end.strftime("%H:%M"), "weeks": weeks}
        for day in range(1, days + 1)
    ]


def day(text: str) -> date:
    """A date from ISO text."""
    return date.fromisoformat(text)
