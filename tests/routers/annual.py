"""What tests of annual reports begin with: a provider, its year, and those who read of it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.db.base import today
from app.domain.calendar import academic_year, academic_year_label
from tests.given import Api, Given, week

START = academic_year(today())[0]
"""The first day of the present academic year."""
FIRST = START.replace(year=START.year - 1)
"""The first day of the year that is reported."""
LAST_YEAR = academic_year_label(FIRST)
WRITTEN: dict[str, Any] = {
    "introduction": "A workshop for those who learn by doing.",
    "qualifications": [{"title": "Motor vehicle studies", "level": "Entry 3", "entered": 12, "achieved": 7}],
    "non_accredited_statement": "Most came to the workshop on time by the spring.",
    "plans_following_year": "A second bay is opened in January.",
    "plans_long_term": "Within three years we mean to register as a school.",
    "finances_at_year_end": "We ended the year with a small surplus.",
    "finances_ahead": "Agreed places cover the costs of the coming year.",
}
REPORTS = "/v1/annual-reports"


@dataclass
class Scene:
    """A provider, the partnership that had pupils there last year with its school, and others who had not."""

    given: Given
    partnership: Api
    school: Api
    authority: Api
    neighbour: Api
    stranger: Api
    made: dict[str, Any]
    provider: Api
    placements: list[dict[str, Any]] = field(default_factory=list)

    async def placed(self, by: Api | None = None, *, on: date = FIRST, **more: Any) -> dict[str, Any]:
        """A pupil placed at the provider, on the first day of last year where nothing else is said."""
        by = by or self.partnership
        said = {"provider_id": self.made["id"], "pupil_id": (await self.given.pupil(by))["id"]}
        said |= {"starts_on": on.isoformat(), "timetable": week(6, 2)} | more
        made = await by.made("/v1/placements", said)
        self.placements.append(made)
        return made

    async def begun(self, by: Api | None = None, **more: Any) -> dict[str, Any]:
        """The report of last year, begun."""
        return await (by or self.provider).made(REPORTS, {"academic_year": LAST_YEAR} | more)

    async def act(self, report: dict[str, Any], act: str, body: Any = None, *, by: Api | None = None) -> Any:
        """What an act on a version of a report is answered with."""
        headers = {"If-Match": f'"{report["version"]}"'}
        return await (by or self.provider).send("POST", f"{REPORTS}/{report['id']}/{act}", json=body, headers=headers)

    async def write(self, report: dict[str, Any], said: dict[str, Any], *, by: Api | None = None) -> Any:
        """What writing in a report is answered with."""
        return await (by or self.provider).patch(f"{REPORTS}/{report['id']}", said, report["version"])

    async def written(self, **more: Any) -> dict[str, Any]:
        """A draft of which nothing is missing."""
        answer = await self.write(await self.begun(), WRITTEN | more)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def published(self, report: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
        """A report, published."""
        answer = await self.act(report or await self.written(), "publish", said)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def seen(self, report: dict[str, Any], by: Api) -> Any:
        """What somebody is answered who asks for a report."""
        return await by.get(f"{REPORTS}/{report['id']}")


async def scene(given: Given) -> Scene:
    """A provider and those around it."""
    network = f"network-{given.number()}"
    partnership = await given.partnership(network=network)
    made = await given.provider(partnership, la_code="855")
    return Scene(
        given,
        partnership,
        await given.school(partnership_id=partnership.organisation_id),
        await given.authority(),
        await given.partnership(network=network, la_code="856"),
        await given.partnership(la_code="856"),
        made,
        await given.api(made["id"]),
    )
