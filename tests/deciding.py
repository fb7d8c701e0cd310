"""What tests of concerns, decisions and the placements under them begin with."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.db.base import new_id, today
from app.db.visits import Visit
from app.domain.access import Caller
from tests.given import Api, Given, week

TODAY = today()


def day(days: int) -> str:
    """So many days from today."""
    return (TODAY + timedelta(days=days)).isoformat()


@dataclass(frozen=True, slots=True)
class Circle:
    """A partnership with a school, another partnership of its network, the area's authority; strangers; a provider."""

    partnership: Api
    school: Api
    sister: Api
    authority: Api
    stranger: Api
    school_elsewhere: Api
    provider: Api
    provider_id: str

    @property
    def all(self) -> dict[str, Api]:
        """Each by name."""
        named = ("partnership", "school", "sister", "authority", "stranger", "school_elsewhere", "provider")
        return {name: getattr(self, name) for name in named}


async def circle(given: Given) -> Circle:
    """Who decides, who is bound, who is not."""
    partnership = await given.partnership(network="county")
    provider = await given.provider(partnership, la_code="855")
    return Circle(
        partnership=partnership,
        school=await given.school(partnership_id=partnership.organisation_id),
        sister=await given.partnership(network="county"),
        authority=await given.authority(),
        stranger=await given.partnership(la_code="856"),
        school_elsewhere=await given.school(la_code="856"),
        provider=await given.api(provider["id"]),
        provider_id=provider["id"],
    )


def decision(provider_id: str, kind: str = "suspend_new_placements", **more: Any) -> dict[str, Any]:
    """A decision with the least that its kind needs."""
    least: dict[str, dict[str, Any]] = {
        "continue_with_conditions": {"conditions": ["Guards are fitted to the bench saw."]},
        "withdraw_pupils": {"withdraw_by_on": day(30)},
    }
    said = {"provider_id": provider_id, "kind": kind, "reason": "What was found on the visit."}
    return said | least.get(kind, {}) | more


async def decided(by: Api, provider_id: str, kind: str = "suspend_new_placements", **more: Any) -> dict[str, Any]:
    """A decision made."""
    return await by.made("/v1/decisions", decision(provider_id, kind, **more))


async def placement(given: Given, by: Api, provider_id: str, first: int, last: int | None = None) -> dict[str, Any]:
    """What records a new pupil's light week at the provider, the days counted from today."""
    pupil = await given.pupil(by)
    said = {"provider_id": provider_id, "pupil_id": pupil["id"], "timetable": week(4, 1), "starts_on": day(first)}
    return said | ({} if last is None else {"ends_on": day(last)})


async def placed(given: Given, by: Api, provider_id: str, first: int, last: int | None = None) -> dict[str, Any]:
    """Such a placement, recorded."""
    return await by.made("/v1/placements", await placement(given, by, provider_id, first, last))


async def visited(given: Given, lead: Api, provider_id: str, status: str, *team: Api) -> str:
    """The id of a visit that stands as told."""
    visit_id = new_id()
    async with given.held.database.session_for(Caller.system("test")) as session:
        session.add(
            Visit(
                id=visit_id,
                provider_id=UUID(provider_id),
                framework_id="leics-seip-visit-record",
                programme_id="leics-seip-visit-record",
                kind="qa_visit",
                status=status,
                lead_organisation_id=lead.organisation_id,
                team_ids=[each.organisation_id for each in (lead, *team)],
                la_code="855",
            )
        )
    return str(visit_id)


async def kinds(api: Api) -> list[str]:
    """The kinds of the events that an organisation has been told."""
    return [each["kind"] for each in (await api.get("/v1/changes?limit=200")).json()["data"]]
