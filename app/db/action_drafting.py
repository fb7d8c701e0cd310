"""Drafting actions into a provider's open plan from what a visit found or an audit recommends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import calendars, frameworks, rows
from app.db.action_plans import ActionPlan, PlannedAction, open_plan_id
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.staff import ProviderAudit
from app.db.visit_content import item_of
from app.db.visiting import facts_of
from app.db.visits import Judgement, Visit
from app.domain.access import ensure_may_change
from app.domain.action_plans import (
    ActionSource,
    Draft,
    Finding,
    HeldAction,
    PlanStatus,
    asked_for,
    due_by,
    still_to_draft,
)
from app.domain.calendar import Term, academic_year, academic_year_label
from app.domain.errors import Conflict, NotFound
from app.domain.evidence import NO_VISIT
from app.domain.frameworks import DecidedBy, Framework
from app.domain.visits import DRAFT_SHARED, items

# Nobody takes the visit to another status, and so changes what was found, before the transaction ends.
_HOLD = text("SELECT * FROM apqa_hold_visit(:visit)")
TITLE = "Action plan"


@dataclass(frozen=True, slots=True)
class Drafted:
    """The plan that holds what was asked for, and how many actions are new in it."""

    plan: ActionPlan
    new: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for actions: the plan's owner, the columns that each action and a new plan repeat, and a title."""

    owner_id: UUID
    part: Mapping[str, Any]
    about: Mapping[str, Any]
    title: str = TITLE


# --- from a visit ---------------------------------------------------------------------------------------------------


async def from_visit(session: AsyncSession, visit_id: UUID, *, on: date, due_on: date | None) -> Drafted:
    """Draft what a visit asks for into the open plan of the organisation that leads it, and open one where none is.

    Two who draft at once draft once: the second waits, and finds it done.

    Args:
        due_on: the day by which all of it is due; None: by rule.

    Raises:
        Conflict: `visit_not_shared`; `nothing_to_draft`, all is as it should be and no plan holds any of it.
        NotFound, Forbidden
    """
    visit = await rows.get(session, Visit, visit_id)
    ensure_may_change(caller_of(session), "visits", visit.model_dump())
    asked = _Asked(visit.lead_organisation_id, await shared_part(session, visit), {"framework_id": visit.framework_id})
    form = await frameworks.named(session, visit.framework_id)
    if form.improvement_plan is not None:
        asked = _Asked(asked.owner_id, asked.part, asked.about, form.improvement_plan.title)
    plan_id = await open_plan_id(session, visit.provider_id, asked.owner_id)
    drafts = asked_for(form, await frameworks.named(session, visit.programme_id), await _findings(session, visit, form))
    new = still_to_draft(drafts, await _held(session, visit, drafts), visit.id, visit.visited_on)
    return await _put(session, asked, plan_id, new, on=on, due_on=due_on, held=col(PlannedAction.visit_id) == visit.id)


async def shared_part(session: AsyncSession, visit: Visit) -> dict[str, Any]:
    """The columns of `VisitPart` for an action of a visit, true until the transaction ends.

    Raises:
        Conflict: `visit_not_shared`, the provider does not know yet what was found.
    """
    held = dict((await session.execute(_HOLD, {"visit": visit.id})).mappings().one())
    if held["visit_status"] not in DRAFT_SHARED:
        raise Conflict("Share the draft of the visit's report first.", code="visit_not_shared")
    return {"visit_id": visit.id, "provider_id": visit.provider_id} | held


async def _findings(session: AsyncSession, visit: Visit, form: Framework) -> list[Finding]:
    """What was agreed, in print order."""
    query = select(Judgement).where(col(Judgement.visit_id) == visit.id, col(Judgement.set_aside).is_(False))
    judged = {item_of(each): each for each in (await session.execute(query)).scalars()}
    return [
        Finding(item, row.rating or "", row.decided_by != DecidedBy.ASSESSOR, tuple(row.action_points))
        for item in items(form, registered=facts_of(visit).registered)
        if (row := judged.get(item.key)) is not None
    ]


async def _held(session: AsyncSession, visit: Visit, drafts: Sequence[Draft]) -> list[HeldAction]:
    """What the owner's plans for the provider, open and closed, hold of the drafts."""
    table = PlannedAction
    query = select(col(table.origin), col(table.visit_id), col(table.ended_on)).where(
        col(table.provider_id) == visit.provider_id,
        col(table.organisation_id) == visit.lead_organisation_id,
        col(table.framework_id) == visit.framework_id,
        col(table.origin).in_([each.origin for each in drafts]),
    )
    return [HeldAction(each.origin, each.visit_id, each.ended_on) for each in await session.execute(query)]


# --- from an audit --------------------------------------------------------------------------------------------------


async def from_audit(session: AsyncSession, audit_id: UUID, *, on: date, due_on: date | None) -> Drafted:
    """Draft what an audit recommends, and is not done, into the open plan of the organisation that recorded it.

    Args:
        due_on: the day by which all of it is due; None: as the audit says, else by rule.

    Raises:
        Conflict: `nothing_to_draft`, all is done and no plan holds any of it.
        NotFound, Forbidden
    """
    row = await rows.for_change(session, ProviderAudit, audit_id)
    provider = await rows.get(session, Provider, row.provider_id)
    part: dict[str, Any] = {"visit_id": None, "provider_id": provider.id, "visit_status": NO_VISIT}
    part |= {"network_ids": list(caller_of(session).network_ids), "la_code": provider.la_code}
    plan_id = await open_plan_id(session, provider.id, row.organisation_id)
    of_audit = col(PlannedAction.audit_id) == row.id
    held = set((await session.execute(select(col(PlannedAction.origin)).where(of_audit))).scalars())
    asked = _Asked(row.organisation_id, part, {"audit_id": row.id})
    new = [_recommended(each) for each in row.recommendations if not each.get("done_on") and each["key"] not in held]
    return await _put(session, asked, plan_id, new, on=on, due_on=due_on, held=of_audit)


def _recommended(told: Mapping[str, Any]) -> Draft:
    due_on = date.fromisoformat(told["due_on"]) if told.get("due_on") else None
    return Draft(told["key"], ActionSource.AUDIT, told["text"], due_on=due_on)


# --- into the plan --------------------------------------------------------------------------------------------------


async def _put(
    session: AsyncSession,
    asked: _Asked,
    plan_id: UUID | None,
    drafts: Sequence[Draft],
    *,
    on: date,
    due_on: date | None,
    held: Any,
) -> Drafted:
    """Add the drafts to the plan, which is opened where there is none.

    Args:
        held: which actions the same visit or audit has asked for before.
    """
    if not drafts:
        return Drafted(await _holding(session, plan_id, held), 0)
    if plan_id is None:
        plan_id = await _opened(session, asked)
    terms = await terms_known(session, asked.owner_id, on)
    session.add_all(
        PlannedAction(
            **asked.part,
            **asked.about,
            plan_id=plan_id,
            organisation_id=asked.owner_id,
            **{name: getattr(each, name) for name in ("origin", "action", "section_key", "criterion_key")},
            source=each.source.value,
            due_on=due_on or each.due_on or due_by(on, concern=each.concern, terms=terms),
        )
        for each in drafts
    )
    await session.flush()
    plan = await rows.get(session, ActionPlan, plan_id)  # in sight at the latest now that it holds these
    audit(session, "draft", "action_plan", plan.id, provider_id=str(plan.provider_id), actions=len(drafts))
    told = {"provider_id": str(plan.provider_id), "actions": len(drafts)}
    tell(session, "action_plan.drafted", "action_plan", plan.id, [plan.organisation_id, plan.provider_id], **told)
    return Drafted(plan, len(drafts))


async def _holding(session: AsyncSession, plan_id: UUID | None, held: Any) -> ActionPlan:
    """The open plan, else the newest that holds what was drafted before."""
    holders = select(col(PlannedAction.plan_id)).where(held)
    query = select(ActionPlan).where(or_(col(ActionPlan.id) == plan_id, col(ActionPlan.id).in_(holders)))
    query = query.order_by((col(ActionPlan.status) == PlanStatus.OPEN).desc(), col(ActionPlan.id).desc()).limit(1)
    plan = (await session.execute(query)).scalar_one_or_none()
    if plan is None:
        raise Conflict("There is nothing to put right.", code="nothing_to_draft")
    return plan


async def _opened(session: AsyncSession, asked: _Asked) -> UUID:
    of_visit = {name: value for name, value in asked.part.items() if name != "visit_status"}
    if of_visit["visit_id"] is not None:  # who reads it besides, its first actions tell
        of_visit |= {"network_ids": [], "la_code": None}
    row = ActionPlan(**of_visit, organisation_id=asked.owner_id, title=asked.title)
    session.add(row)
    await session.flush()
    return row.id


async def terms_known(session: AsyncSession, organisation_id: UUID, on: date) -> tuple[Term, ...]:
    """The terms of this academic year and the next, as they count for an organisation; none without this year's."""
    present = await _terms(session, organisation_id, on)
    if not present:
        return ()
    return (*present, *await _terms(session, organisation_id, academic_year(on)[1] + timedelta(days=1)))


async def _terms(session: AsyncSession, organisation_id: UUID, on: date) -> Iterable[Term]:
    try:
        return await calendars.terms_for(session, organisation_id, academic_year_label(on))
    except NotFound:
        return ()
