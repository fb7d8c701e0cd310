"""The actions of a plan: added, worded, reported on, and taken from step to step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import frameworks, pages, rows
from app.db.action_drafting import shared_part, terms_known
from app.db.action_plans import ActionPlan, PlannedAction
from app.db.base import Keyset, Page, Versions
from app.db.evidence import Evidence
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.staff import ProviderAudit
from app.db.visits import Visit
from app.domain.action_plans import (
    ENDED,
    ActionSide,
    ActionStatus,
    PlanStatus,
    action_side,
    area,
    due_by,
    ensure_may_say,
    ensure_not_ended,
    ensure_open,
    ensure_reviewed_on,
    ensure_step,
)
from app.domain.errors import Fault, Invalid
from app.domain.evidence import NO_VISIT
from app.domain.visits import DRAFT_SHARED


@dataclass(frozen=True, slots=True)
class Seen:
    """An action, and where its plan stands."""

    action: PlannedAction
    plan: PlanStatus

    @property
    def id(self) -> UUID:
        """The action's id, by which lists are paged."""
        return self.action.id


_SEEN: Select[Any] = select(PlannedAction, col(ActionPlan.status).label("plan_status")).join(  # type: ignore[assignment]
    ActionPlan, col(ActionPlan.id) == col(PlannedAction.plan_id)
)


def _seen(row: Any) -> Seen:
    return Seen(row.PlannedAction, PlanStatus(row.plan_status))


async def list_page(
    session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any], overdue: bool | None, on: date
) -> Page[Seen]:
    """Actions that the caller may know of, by id.

    Args:
        wanted: columns by value; None where every value will do.
        overdue: only those that are overdue on the day, or only others.
    """
    query = _SEEN.where(*(getattr(PlannedAction, name) == value for name, value in wanted.items() if value is not None))
    if overdue is not None:
        ended = [each.value for each in ENDED]
        late = and_(col(PlannedAction.due_on) < on, col(PlannedAction.status).not_in(ended))
        query = query.where(late if overdue else ~late)
    cut = pages.under(query, keyset, col(PlannedAction.id), col(PlannedAction.plan_id), ActionPlan, wanted.values())
    return keyset.page(list(map(_seen, (await session.execute(cut)).all())))


async def get(session: AsyncSession, action_id: UUID) -> Seen:
    """One action that the caller may know of.

    Raises:
        NotFound
    """
    row = await rows.get(session, PlannedAction, action_id)
    return Seen(row, PlanStatus((await rows.get(session, ActionPlan, row.plan_id)).status))


async def add(session: AsyncSession, said: Mapping[str, Any], *, on: date) -> Seen:
    """Add an action of its own to a plan of the caller's organisation.

    Args:
        said: columns as the client gave them; without `due_on` it is due by rule.

    Raises:
        Conflict: `plan_closed`, `visit_not_shared`.
        Invalid: `visit_of_another_plan`, `framework_missing`, `section_unknown`, `criterion_unknown`,
            `evidence_unknown`.
        NotFound, Forbidden
    """
    seen = await rows.get(session, ActionPlan, said["plan_id"])
    part = await _part(session, seen, said.get("visit_id"))  # the visit before its plan, as whoever moves it has them
    plan = await rows.for_change(session, ActionPlan, seen.id)
    ensure_open(PlanStatus(plan.status))
    await _check_evidence(session, plan.provider_id, said.get("evidence_ids") or (), ())
    terms = await terms_known(session, plan.organisation_id, on)
    row = PlannedAction(
        **part,
        **await _area(session, said, part["visit_id"]),
        plan_id=plan.id,
        organisation_id=plan.organisation_id,
        due_on=said.get("due_on") or due_by(on, concern=False, terms=terms),
        **{name: said[name] for name in ("action", "responsible", "evidence_ids") if said.get(name)},
    )
    session.add(row)
    await session.flush()
    audit(session, "create", "action", row.id, plan_id=str(plan.id))
    _tell(session, row, "added")
    return Seen(row, PlanStatus.OPEN)


async def change(session: AsyncSession, action_id: UUID, said: Mapping[str, Any], *, expected: Versions) -> Seen:
    """Change what is to be done, by whom and by when; or, as the provider, which evidence shows it.

    Raises:
        Forbidden: `not_yours`, `wording_not_yours`.
        Conflict: `action_ended`.
        Invalid: `evidence_unknown`.
        NotFound, Stale
    """
    row = await rows.for_change(session, PlannedAction, action_id, expected=expected)
    ensure_may_say(_side(session, row), ActionStatus(row.status), said.keys())
    await _check_evidence(session, row.provider_id, said.get("evidence_ids") or (), row.evidence_ids)
    for name, value in said.items():
        setattr(row, name, value)
    row.touch()
    await session.flush()
    audit(session, "change", "action", row.id, fields=sorted(said))
    _tell(session, row, "changed")
    return await get(session, row.id)


async def review(session: AsyncSession, action_id: UUID, said: Mapping[str, Any], *, at: datetime, on: date) -> Seen:
    """Add a dated review of progress, by the provider or the plan's owner. What was reviewed before stays.

    Args:
        said: `reviewed_on`, `progress`, `reviewed_by`.

    Raises:
        Conflict: `action_ended`, `too_many_reviews`.
        Invalid: `in_the_future`.
        NotFound, Forbidden
    """
    row = await rows.for_change(session, PlannedAction, action_id)
    ensure_not_ended(ActionStatus(row.status))
    reviewed_on = said.get("reviewed_on") or on
    ensure_reviewed_on(reviewed_on, on, held=len(row.reviews))
    told = {
        "reviewed_on": reviewed_on.isoformat(),
        "progress": said["progress"],
        "reviewed_by": said.get("reviewed_by") or (session.info.get("acting_for") or {}).get("display_name"),
        "organisation_id": str(caller_of(session).organisation),
        "recorded_at": at.isoformat(),
    }
    row.reviews = [*row.reviews, told]
    row.touch()
    await session.flush()
    audit(session, "review", "action", row.id, reviewed_on=told["reviewed_on"])
    _tell(session, row, "reviewed")
    return await get(session, row.id)


async def step(
    session: AsyncSession, action_id: UUID, to: ActionStatus, reason: str | None, *, expected: Versions, on: date
) -> Seen:
    """Take an action to another status. What an audit recommended is done when it is verified.

    Raises:
        Conflict: `plan_closed`, `transition_not_allowed`.
        Forbidden: `not_yours`, `not_your_transition`.
        Invalid: `reason_required`.
        NotFound, Stale
    """
    row = await rows.for_change(session, PlannedAction, action_id, expected=expected)
    before, side = ActionStatus(row.status), _side(session, row)
    # Whoever opens again what has ended waits for whoever closes the plan.
    closing = before in ENDED and side is ActionSide.OWNER
    plan = await (rows.for_change if closing else rows.get)(session, ActionPlan, row.plan_id)
    taken = ensure_step(before, to, side, PlanStatus(plan.status), reason=reason)
    await _follow_up_audit(session, row, before, to, on)
    row.status, row.ended_on = to.value, on if to in ENDED else None
    if to is ActionStatus.CANCELLED:
        row.cancelled_because = reason
    elif taken.needs_reason:
        row.reopened_because = reason
    row.touch()
    await session.flush()
    audit(session, "transition", "action", row.id, **{"from": before.value, "to": to.value})
    _tell(session, row, taken.told_as)
    return Seen(row, PlanStatus(plan.status))


# --- the pieces -----------------------------------------------------------------------------------------------------


def _side(session: AsyncSession, row: PlannedAction) -> ActionSide:
    return action_side(caller_of(session), provider_id=row.provider_id, organisation_id=row.organisation_id)


async def _part(session: AsyncSession, plan: ActionPlan, visit_id: UUID | None) -> dict[str, Any]:
    """The columns of `VisitPart`."""
    if visit_id is None:
        apart = {"visit_id": None, "provider_id": plan.provider_id, "visit_status": NO_VISIT}
        return apart | {"network_ids": list(caller_of(session).network_ids), "la_code": plan.la_code}
    visit = await rows.get(session, Visit, visit_id)
    if (visit.provider_id, visit.lead_organisation_id) != (plan.provider_id, plan.organisation_id):
        detail = "Name a visit to this provider that the plan's owner leads."
        fault = Fault("visit_of_another_plan", detail, pointer="/visit_id")
        raise Invalid("The visit has another plan.", code=fault.code, errors=(fault,))
    return await shared_part(session, visit)


async def _area(session: AsyncSession, said: Mapping[str, Any], visit_id: UUID | None) -> dict[str, Any]:
    """The theme and criterion of an action, and the framework that has them."""
    framework_id = said.get("framework_id")
    if visit_id is not None:
        framework_id = (await rows.get(session, Visit, visit_id)).framework_id
    form = await frameworks.named(session, framework_id) if framework_id else None
    section_key, criterion_key = area(form, said.get("section_key"), said.get("criterion_key"))
    return {"framework_id": framework_id, "section_key": section_key, "criterion_key": criterion_key}


async def _check_evidence(
    session: AsyncSession, provider_id: UUID, named: Sequence[UUID], held: Sequence[UUID]
) -> None:
    """Refuse evidence that is added and not of the provider, or not the caller's to see."""
    query = select(col(Evidence.id)).where(col(Evidence.id).in_(named), col(Evidence.provider_id) == provider_id)
    known = {*held, *((await session.execute(query)).scalars() if named else ())}
    faults = tuple(
        Fault("evidence_unknown", "There is no such evidence of this provider.", pointer=f"/evidence_ids/{at}")
        for at, each in enumerate(named)
        if each not in known
    )
    if faults:
        raise Invalid("The action names unknown evidence.", code="evidence_unknown", errors=faults)


async def _follow_up_audit(
    session: AsyncSession, row: PlannedAction, before: ActionStatus, to: ActionStatus, on: date
) -> None:
    """Write down with the audit that its recommendation is done, or is open again."""
    if row.audit_id is None or ActionStatus.VERIFIED not in (before, to):
        return
    audited = await rows.for_change(session, ProviderAudit, row.audit_id)
    done_on = on.isoformat() if to is ActionStatus.VERIFIED else None
    audited.recommendations = [
        each | {"done_on": done_on} if each["key"] == row.origin else each for each in audited.recommendations
    ]
    audited.touch()


def _tell(session: AsyncSession, row: PlannedAction, what: str) -> None:
    """Tell the plan's owner, and the provider unless its visit's draft has been taken back."""
    shown = row.visit_status in (NO_VISIT, *DRAFT_SHARED)
    told = [row.organisation_id, row.provider_id if shown else None]
    tell(session, f"action.{what}", "action", row.id, told, plan_id=str(row.plan_id), status=row.status)
