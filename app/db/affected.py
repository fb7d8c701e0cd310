"""What a decision means for whoever reads it: their own placements there, and for its maker who has still to act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import today
from app.db.concerns import Concern, Decision, DecisionAcknowledgement, ExitPlan
from app.db.decisions import bound
from app.db.placements import Placement
from app.db.session import caller_of
from app.domain.decisions import WITHDRAWING
from app.domain.placements import Status

_COUNTS = text("SELECT * FROM apqa_exit_counts(:decision, :on)")
MOST = 200


@dataclass(frozen=True, slots=True)
class Followed:
    """For the maker of a decision alone: who has confirmed it, who has still to, and how many exits are planned."""

    acknowledgements: Sequence[DecisionAcknowledgement]
    awaited_ids: list[UUID]
    affected: int
    without_plan: int | None


@dataclass(frozen=True, slots=True)
class Detail:
    """A decision with what the caller may know of what it rests on, and of what follows from it.

    `placements`: (id, pupil_id, commissioner_id, starts_on, ends_on, exit_plan_id), `MOST` at most.
    """

    decision: Decision
    acknowledged_at: datetime | None
    concern_ids: Sequence[UUID]
    placements: Sequence[Any]
    more: bool
    followed: Followed | None


async def detail(session: AsyncSession, decision_id: UUID, *, at: datetime) -> Detail:
    """One decision, through the caller's own eyes: nobody learns of others' concerns or placements.

    Raises:
        NotFound
    """
    decision, caller = await rows.get(session, Decision, decision_id), caller_of(session)
    concerns = select(col(Concern.id)).where(col(Concern.decision_id) == decision.id).order_by(col(Concern.id))
    # To the maker every confirmation is visible, to others their own alone.
    query = select(DecisionAcknowledgement).where(col(DecisionAcknowledgement.decision_id) == decision.id)
    read = (await session.execute(query.order_by(col(DecisionAcknowledgement.acknowledged_at)))).scalars().all()
    placements = await _placements(session, decision, today(at))
    mine = decision.organisation_id == caller.organisation_id
    return Detail(
        decision=decision,
        acknowledged_at=next((e.acknowledged_at for e in read if e.organisation_id == caller.organisation_id), None),
        concern_ids=(await session.execute(concerns)).scalars().all(),
        placements=placements[:MOST],
        more=len(placements) > MOST,
        followed=await _followed(session, decision, read, today(at)) if mine else None,
    )


async def _placements(session: AsyncSession, decision: Decision, on: date) -> Sequence[Any]:
    """The caller's current and coming placements there, with the plan for each where there is one."""
    planned = and_(col(ExitPlan.placement_id) == col(Placement.id), col(ExitPlan.decision_id) == decision.id)
    named = ("id", "pupil_id", "commissioner_id", "starts_on", "ends_on")
    query = (
        select(*(getattr(Placement, name) for name in named), col(ExitPlan.id).label("exit_plan_id"))
        .outerjoin(ExitPlan, planned)
        .where(
            col(Placement.provider_id) == decision.provider_id,
            col(Placement.status) != Status.CANCELLED,
            or_(col(Placement.ends_on).is_(None), col(Placement.ends_on) >= on),
        )
    )
    return (await session.execute(query.order_by(col(Placement.id)).limit(MOST + 1))).all()


async def _followed(
    session: AsyncSession, decision: Decision, read: Sequence[DecisionAcknowledgement], on: date
) -> Followed:
    awaited = await bound(session, decision) - {decision.organisation_id, *(each.organisation_id for each in read)}
    counted = (await session.execute(_COUNTS, {"decision": decision.id, "on": on})).one()
    planned = decision.kind in WITHDRAWING
    return Followed(read, sorted(awaited), counted.placements, counted.without_plan if planned else None)
