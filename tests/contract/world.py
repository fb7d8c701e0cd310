"""A small world that every path of the contract leads into, and its people."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from app.db.base import today
from app.settings import Settings
from tests.access.world import TERMS
from tests.given import Api, Given, week
from tests.scenarios.visiting import Walk


@dataclass(frozen=True, slots=True)
class World:
    """The service with one of everything, a lead of each role, and the ids by the names of path parameters."""

    settings: Settings
    http: httpx.AsyncClient
    given: Given
    roles: dict[str, Api]
    ids: dict[str, str] = field(default_factory=dict)


async def settled(settings: Settings, given: Given) -> World:
    """The world, made over HTTP."""
    partnership = await given.partnership()
    authority = await given.authority()
    school = await given.school(partnership_id=partnership.organisation_id)
    place = await given.provider(partnership, name="Hollow Oak Workshop", la_code="855")
    roles = {"partnership": partnership, "authority": authority, "school": school}
    world = World(settings, given.http, given, roles | {"provider": await given.api(place["id"])})
    world.ids.update(provider_id=place["id"], organisation_id=str(school.organisation_id))
    await _people(world)
    await _placed(world)
    await _known(world)
    await _checked(world)
    await _decided(world)
    await _planned(world)
    await _billed(world)
    await _recorded(world)
    await _visited(world)
    sent = {"params": {"provider_id": place["id"]}, "files": {"file": ("a.txt", b"Seen.")}}
    world.ids["evidence_id"] = (await partnership.send("POST", "/v1/evidence", **sent)).json()["id"]
    assert (await authority.put("/v1/calendars/2026-27", {"terms": TERMS})).status_code == 201
    world.ids.update(
        academic_year="2026-27", list_name="la-codes", ruleset_id="leics-seip-sla-2022-03", urn="990001", source="sims"
    )
    return world


async def _people(world: World) -> None:
    school = world.roles["school"]
    member = {"issuer": "https://id.example", "subject": "s-1", "grade": "viewer"}
    world.ids["membership_id"] = (await school.made("/v1/people", member))["id"]
    client = {"name": "MIS", "grade": "lead", "scopes": ["placements:read"]}
    world.ids["client_id"] = (await school.made("/v1/clients", client))["id"]


async def _placed(world: World) -> None:
    school, provider_id = world.roles["school"], world.ids["provider_id"]
    pupil = await world.given.pupil(school, "looked_after", source="sims", external_id="p-1")
    shared = {"organisation_id": str(world.roles["partnership"].organisation_id), "purpose": "Referral"}
    site = await world.roles["partnership"].made(f"/v1/providers/{provider_id}/sites", {"name": "Mill Lane"})
    body = {"provider_id": provider_id, "pupil_id": pupil["id"], "starts_on": today().isoformat()}
    body |= {"timetable": week(6, 2), "source": "sims", "external_id": "x-1"}
    placement = await school.made("/v1/placements", body)
    share = await school.made(f"/v1/pupils/{pupil['id']}/shares", shared)
    world.ids.update(pupil_id=pupil["id"], share_id=share["id"], site_id=site["id"])
    world.ids.update(placement_id=placement["id"], external_id="x-1")


async def _known(world: World) -> None:
    partnership, provider = world.roles["partnership"], f"/v1/providers/{world.ids['provider_id']}"
    staff = await partnership.made(f"{provider}/staff", {"name": "Ada Invented", "role": "dsl"})
    audit = await partnership.made(f"{provider}/audits", {"body": "LEBC", "audited_on": "2026-01-05"})
    world.ids.update(staff_id=staff["id"], audit_id=audit["id"])
    item = await partnership.made(f"{provider}/compliance-items", {"type": "fire_drill", "given_on": "2026-01-05"})
    registered = {"kind": "lebc_registered", "confirmed_on": "2026-01-05"}
    check = await world.roles["school"].made(f"/v1/placements/{world.ids['placement_id']}/checks", registered)
    world.ids.update(compliance_item_id=item["id"], placement_check_id=check["id"])


async def _decided(world: World) -> None:
    """By the authority, whose decision binds nobody else."""
    said = {"provider_id": world.ids["provider_id"]}
    concern = await world.roles["partnership"].made(
        "/v1/concerns", said | {"title": "Machinery", "detail": "No guard."}
    )
    said |= {"kind": "withdraw_pupils", "reason": "No guard.", "withdraw_by_on": "2199-12-31"}
    decision = await world.roles["authority"].made("/v1/decisions", said)
    world.ids.update(concern_id=concern["id"], decision_id=decision["id"])


async def _visited(world: World) -> None:
    """A visit of which a draft is shared."""
    said = {"provider_id": world.ids["provider_id"], "framework_id": "leics-seip-qa-v1", "kind": "qa_visit"}
    said |= {"planned_on": today().isoformat()}
    visit = await world.roles["partnership"].made("/v1/visits", said | {"visitors": [{"name": "Ayesha Grant"}]})
    lead, school, provider, authority = (
        world.roles[each] for each in ("partnership", "school", "provider", "authority")
    )
    walk = Walk(lead, school, provider, authority, visit, world.given)
    await walk.prepared()
    noted = await walk.note(walk.lead, {"item_key": "criterion:safety-observed", "text": "Tidy."})
    await walk.visited()
    await walk.judge_all(walk.lead)
    shared = await walk.step("draft_shared")
    report = (await walk.lead.get(f"{walk.path}/report")).json()
    world.ids.update(visit_id=visit["id"], response_id=noted[0]["id"], judgement_id=shared["judgements"][0]["id"])
    world.ids.update(content_hash=report["content_hash"], framework_id=said["framework_id"])


async def _planned(world: World) -> None:
    partnership = world.roles["partnership"]
    plan = await partnership.made("/v1/action-plans", {"provider_id": world.ids["provider_id"]})
    action = await partnership.made("/v1/actions", {"plan_id": plan["id"], "action": "Keep a log."})
    world.ids.update(plan_id=plan["id"], action_id=action["id"])


async def _billed(world: World) -> None:
    """What came on paper, entered by the school."""
    line = {"placement_id": world.ids["placement_id"], "quantity": "1", "unit_amount": "85.00", "description": "Days"}
    said = {"provider_id": world.ids["provider_id"], "reference": "X-1", "lines": [line]}
    said |= {"period_from_on": today().isoformat(), "period_to_on": today().isoformat()}
    world.ids["invoice_id"] = (await world.roles["school"].made("/v1/invoices", said))["id"]


async def _recorded(world: World) -> None:
    """That a child was seen, how far it came, and a letter."""
    school, provider = world.roles["school"], world.roles["provider"]
    of = {"placement_id": world.ids["placement_id"]}
    seen = await school.made("/v1/welfare-visits", of | {"seen_on": today().isoformat()})
    said = {"kind": "tracking", "academic_year": "2026/27", "term": 1, "summary": "As planned."}
    report = await provider.made("/v1/progress-reports", of | said)
    letter = {"kind": "other", "title": "A letter", "commissioner_id": str(school.organisation_id)}
    document = await provider.made("/v1/provider-documents", letter)
    world.ids.update(welfare_visit_id=seen["id"], progress_report_id=report["id"])
    world.ids.update(provider_document_id=document["id"])


async def _checked(world: World) -> None:
    authority, school, provider_id = world.roles["authority"], world.roles["school"], world.ids["provider_id"]
    check = await authority.made("/v1/registration-checks", {"provider_id": provider_id})
    sweep = await authority.post("/v1/registration-checks/sweeps", {})
    plan: dict[str, Any] = {
        "pupil_id": world.ids["pupil_id"],
        "starts_on": today().isoformat(),
        "timetable": week(6, 1),
    }
    asked = {"provider_id": provider_id, "placements": [plan], "hold_minutes": 1440}
    held = (await school.post("/v1/registration-checks/what-if", asked)).json()
    world.ids.update(check_id=check["id"], sweep_id=sweep.json()["id"], hold_id=held["hold_id"])
