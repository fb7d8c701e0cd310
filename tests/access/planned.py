"""The improvement plans of the small county, each owner's with actions at every stage."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.db.action_plans import ActionPlan, PlannedAction
from app.db.staff import ProviderAudit
from app.db.visits import Visit, part_of
from app.domain.evidence import NO_VISIT
from tests.access.organisations import ORGANISATIONS
from tests.access.placed import DAY

Ids = dict[str, UUID]

# Owner, provider, networks, what the plan is called, its status, the status of its one action. What a route changes is
# a caller's first: for a provider one that is open, for an owner one that is submitted.
APART: tuple[tuple[str, str, tuple[str, ...], str, str, str | None], ...] = (
    ("west", "forge", ("county",), "Going on", "open", "open"),
    *((name, "yard", ("county",), "Going on", "open", "submitted") for name in ("east", "oak", "shire")),
    *((name, "barn", (), "Done", "open", "verified") for name in ("east", "oak", "shire")),
    *((name, "forge", (), "Over", "closed", None) for name in ("east", "oak", "shire")),
    ("elm", "barn", ("border",), "Going on", "open", "in_progress"),
    ("city", "forge", (), "Going on", "open", "cancelled"),
)


def plans(ids: Ids, networks: Ids, visits: Iterable[Visit], audits: Iterable[ProviderAudit]) -> Iterator[SQLModel]:
    """Plans that rest on no visit, those of audits, and one for every visit that has been made."""
    for owner, provider, shared, title, status, action in APART:
        plan = ActionPlan(
            provider_id=ids[provider],
            organisation_id=ids[owner],
            network_ids=[networks[each] for each in shared],
            la_code=ORGANISATIONS[provider][1],
            title=title,
            status=status,
        )
        yield plan
        if action is not None:
            yield _action(plan, action, **_apart(plan))
    for audit in audits:
        plan = ActionPlan(
            provider_id=audit.provider_id, organisation_id=audit.organisation_id, title="Audit", status="closed"
        )
        yield plan
        yield _action(plan, "verified", **_apart(plan), audit_id=audit.id, origin="hs-1", source="audit")
    for visit in visits:
        plan = ActionPlan(
            provider_id=visit.provider_id,
            organisation_id=visit.lead_organisation_id,
            visit_id=visit.id,
            title="Visit",
            status="closed",
        )
        yield plan
        yield _action(plan, "open", **part_of(visit), origin="overall#x", source="action_point")


def _apart(plan: ActionPlan) -> dict[str, Any]:
    return {
        "visit_status": NO_VISIT,
        "provider_id": plan.provider_id,
        "network_ids": plan.network_ids,
        "la_code": plan.la_code,
    }


def _action(plan: ActionPlan, status: str, **said: Any) -> PlannedAction:
    ended = {"ended_on": DAY, "cancelled_because": "x"} if status in ("verified", "cancelled") else {}
    return PlannedAction(
        plan_id=plan.id,
        organisation_id=plan.organisation_id,
        action="Lock the store.",
        due_on=DAY,
        status=status,
        **(said | ended),
    )
