"""How each pupil leaves a provider that is no longer used, as the pupil's commissioner plans it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import Keyset, Page, Versions
from app.db.concerns import Decision, ExitPlan
from app.db.placements import Placement
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.decisions import WITHDRAWING, check_leaving
from app.domain.errors import Conflict, NotFound, Stale
from app.domain.placements import Status


async def held(session: AsyncSession, decision_id: UUID, placement_id: UUID) -> ExitPlan | None:
    """The plan for a placement under a decision, where there is one that the caller may see."""
    query = select(ExitPlan).where(col(ExitPlan.decision_id) == decision_id, col(ExitPlan.placement_id) == placement_id)
    return (await session.execute(query)).scalar_one_or_none()


async def put(
    session: AsyncSession,
    decision_id: UUID,
    placement_id: UUID,
    said: Mapping[str, Any],
    *,
    expected: Versions | None,
    at: datetime,
) -> tuple[ExitPlan, bool]:
    """Make or replace the plan for one of the caller's placements; whether it is new.

    Args:
        said: `leave_by_on`, `plan`, `next_provision`, `status`.
        expected: the versions that may be replaced; None: there is none.

    Raises:
        Conflict: `no_exit_plans` for the kind of decision, `decision_over`, `placement_cancelled`.
        Invalid: `leaves_too_late`.
        NotFound, Forbidden, Stale
    """
    decision = await rows.get(session, Decision, decision_id)
    # Held to the end, so that two who plan at once make one plan.
    placement = await rows.for_change(session, Placement, placement_id)
    _ensure_planned(decision, placement, at)
    check_leaving(said["leave_by_on"], decision.withdraw_by_on)
    row = await held(session, decision.id, placement.id)
    if expected is not None if row is None else row.version not in (expected or ()):
        raise Stale("The plan has changed since you read it. Read it again.")
    kept = _kept(session, row, decision, placement, said)
    await session.flush()
    audit(session, "plan_exit", "placement", placement.id, decision_id=str(decision.id), status=kept.status)
    told = {kept.organisation_id, placement.pupil_owner_id, kept.provider_id}
    tell(session, "exit_plan.changed", "exit_plan", kept.id, told, decision_id=str(decision.id))
    return kept, row is None


def _kept(
    session: AsyncSession, row: ExitPlan | None, decision: Decision, placement: Placement, said: Mapping[str, Any]
) -> ExitPlan:
    """The plan as it is now said, on record."""
    if row is not None:
        row.sqlmodel_update(dict(said))
        row.touch()
        return row
    made = ExitPlan(
        decision_id=decision.id,
        placement_id=placement.id,
        provider_id=decision.provider_id,
        organisation_id=caller_of(session).organisation,
        **said,
    )
    session.add(made)
    return made


def _ensure_planned(decision: Decision, placement: Placement, at: datetime) -> None:
    if placement.provider_id != decision.provider_id:
        raise NotFound("There is no such record, or it is not yours to see.")
    if decision.kind not in WITHDRAWING:
        raise Conflict("Under this decision no pupil leaves.", code="no_exit_plans")
    if decision.ended_at is not None and decision.ended_at <= at:
        raise Conflict("The decision has given way to a later one.", code="decision_over")
    if placement.status == Status.CANCELLED:
        raise Conflict("The placement is cancelled.", code="placement_cancelled")


async def list_page(session: AsyncSession, decision_id: UUID, keyset: Keyset) -> Page[ExitPlan]:
    """The plans under a decision that the caller may see: a commissioner its own, a provider those for its pupils.

    Raises:
        NotFound
    """
    await rows.get(session, Decision, decision_id)
    query = select(ExitPlan).where(col(ExitPlan.decision_id) == decision_id)
    return keyset.page((await session.execute(keyset.cut(query, col(ExitPlan.id)))).scalars().all())
