"""Improvement plans and their actions: the tables, and what is done with a plan as a whole."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import rows
from app.db.base import Keyset, Page, Root, Versions, document, instant, one_of, uuids
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.visits import VisitPart
from app.domain.action_plans import ActionSource, ActionStatus, PlanStatus, ensure_closable
from app.domain.errors import Conflict

# The open plan of an owner for a provider, if there is one; nobody opens, fills or closes one until the transaction
# ends. Who drafts from a visit may do so before it sees the plan.
_OPEN_PLAN = text("SELECT apqa_open_plan(:provider, :owner)")


class ActionPlan(Root, table=True):
    """What a provider is to improve, as one commissioner has asked; one open plan carries on over all visits.

    `visit_id`: the visit that opened it, if one did. `team_ids`, `network_ids` and `la_code` say who reads one of its
    actions by now; a trigger adds to them.
    """

    __tablename__ = "action_plans"
    __table_args__ = (
        one_of("status", tuple(each.value for each in PlanStatus)),
        UniqueConstraint("id", "provider_id", "organisation_id", name="uq_action_plans_owner"),
        Index(
            "uq_action_plans_one_open",
            "provider_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_action_plans_provider_id_id", "provider_id", "id"),
        Index("ix_action_plans_organisation_id_id", "organisation_id", "id"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    visit_id: UUID | None = Field(default=None, foreign_key="visits.id", index=True)
    team_ids: list[UUID] = uuids()
    network_ids: list[UUID] = uuids()
    la_code: str | None = None
    title: str
    status: str = PlanStatus.OPEN.value
    closed_at: datetime | None = instant(default=None)
    closed_because: str | None = None
    reopened_because: str | None = None


class PlannedAction(VisitPart, Root, table=True):
    """One thing that a provider is to do. `organisation_id` is the plan's owner.

    `origin` tells what the visit, or the audit (a recommendation's key), asked for; an action of one's own has none.
    `reviews`: `{reviewed_on, progress, reviewed_by, organisation_id, recorded_at}`, oldest first; only added to.
    """

    __tablename__ = "actions"
    __table_args__ = (
        one_of("status", tuple(each.value for each in ActionStatus)),
        one_of("source", tuple(each.value for each in ActionSource)),
        CheckConstraint("(visit_id IS NULL) = (visit_status = 'none')", name="visit_status"),
        CheckConstraint("(status IN ('verified', 'cancelled')) = (ended_on IS NOT NULL)", name="ended_on"),
        CheckConstraint("status <> 'cancelled' OR cancelled_because IS NOT NULL", name="cancelled_because"),
        ForeignKeyConstraint(
            ["plan_id", "provider_id", "organisation_id"],
            ["action_plans.id", "action_plans.provider_id", "action_plans.organisation_id"],
            name="fk_actions_plan_id",
        ),
        UniqueConstraint("visit_id", "origin", name="uq_actions_visit_id_origin"),
        UniqueConstraint("audit_id", "origin", name="uq_actions_audit_id_origin"),
        Index("ix_actions_plan_id_id", "plan_id", "id"),
        Index("ix_actions_provider_id_id", "provider_id", "id"),
        Index("ix_actions_organisation_id_id", "organisation_id", "id"),
    )

    plan_id: UUID
    organisation_id: UUID
    audit_id: UUID | None = Field(default=None, foreign_key="audits.id")
    origin: str | None = None
    source: str = ActionSource.OWN.value
    framework_id: str | None = None
    section_key: str | None = None
    criterion_key: str | None = None
    action: str
    due_on: date
    responsible: str | None = None
    status: str = ActionStatus.OPEN.value
    ended_on: date | None = None
    cancelled_because: str | None = None
    reopened_because: str | None = None
    reviews: list[dict[str, Any]] = document(default_factory=list)
    evidence_ids: list[UUID] = uuids()


async def list_page(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any]) -> Page[ActionPlan]:
    """Plans that the caller may know of, by id.

    Args:
        wanted: columns by value; None where every value will do.
    """
    query = select(ActionPlan).where(
        *(getattr(ActionPlan, name) == value for name, value in wanted.items() if value is not None)
    )
    return keyset.page((await session.execute(keyset.cut(query, col(ActionPlan.id)))).scalars().all())


async def open_plan_id(session: AsyncSession, provider_id: UUID, owner_id: UUID) -> UUID | None:
    """The id of the owner's open plan for a provider, held until the transaction ends as is its absence."""
    found = await session.execute(_OPEN_PLAN, {"provider": provider_id, "owner": owner_id})
    plan_id: UUID | None = found.scalar_one()
    return plan_id


async def create(session: AsyncSession, provider_id: UUID, title: str) -> ActionPlan:
    """Open a plan of the caller's organisation that rests on no visit.

    Raises:
        Conflict: `plan_open`, with its `plan_id` among the facts.
        NotFound
    """
    caller, provider = caller_of(session), await rows.get(session, Provider, provider_id)
    await _ensure_none_open(session, provider.id, caller.organisation)
    row = ActionPlan(
        provider_id=provider.id,
        organisation_id=caller.organisation,
        network_ids=list(caller.network_ids),
        la_code=provider.la_code,
        title=title,
    )
    session.add(row)
    await session.flush()
    audit(session, "create", "action_plan", row.id, provider_id=str(provider.id))
    _tell(session, row, "opened")
    return row


async def change(session: AsyncSession, plan_id: UUID, title: str, *, expected: Versions) -> ActionPlan:
    """Give a plan another title.

    Raises:
        NotFound, Forbidden, Stale
    """
    row = await rows.for_change(session, ActionPlan, plan_id, expected=expected)
    row.title = title
    row.touch()
    await session.flush()
    audit(session, "change", "action_plan", row.id)
    return row


async def close(
    session: AsyncSession, plan_id: UUID, reason: str | None, *, expected: Versions, at: datetime
) -> ActionPlan:
    """Close a plan of which every action is verified, or cancelled with a reason.

    Raises:
        Conflict: `plan_closed`, `actions_open`.
        NotFound, Forbidden, Stale
    """
    row = await rows.for_change(session, ActionPlan, plan_id, expected=expected, alone=True)
    query = select(col(PlannedAction.id), col(PlannedAction.status)).where(col(PlannedAction.plan_id) == row.id)
    found = (await session.execute(query.order_by(col(PlannedAction.id)))).all()
    ensure_closable(PlanStatus(row.status), [(each.id, ActionStatus(each.status)) for each in found])
    row.status, row.closed_at, row.closed_because = PlanStatus.CLOSED.value, at, reason
    row.touch()
    await session.flush()
    audit(session, "close", "action_plan", row.id)
    _tell(session, row, "closed")
    return row


async def reopen(session: AsyncSession, plan_id: UUID, reason: str, *, expected: Versions) -> ActionPlan:
    """Open a closed plan again.

    Raises:
        Conflict: `plan_open`, this one is, or another with its `plan_id` among the facts.
        NotFound, Forbidden, Stale
    """
    row = await rows.for_change(session, ActionPlan, plan_id, expected=expected)
    await _ensure_none_open(session, row.provider_id, row.organisation_id)
    row.status, row.closed_at, row.closed_because = PlanStatus.OPEN.value, None, None
    row.reopened_because = reason
    row.touch()
    await session.flush()
    audit(session, "reopen", "action_plan", row.id)
    _tell(session, row, "reopened")
    return row


async def _ensure_none_open(session: AsyncSession, provider_id: UUID, owner_id: UUID) -> None:
    present = await open_plan_id(session, provider_id, owner_id)
    if present is not None:
        detail = "The organisation has one open plan for a provider: add to it."
        raise Conflict(detail, code="plan_open", facts={"plan_id": str(present)})


def _tell(session: AsyncSession, row: ActionPlan, what: str) -> None:
    told = [row.organisation_id, row.provider_id]
    tell(session, f"action_plan.{what}", "action_plan", row.id, told, provider_id=str(row.provider_id))
