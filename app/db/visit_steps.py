"""Taking a visit from status to status: who may, what is missing, and what each step brings about."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import frameworks, registration, rows, visit_reports
from app.db.base import Versions
from app.db.concluding import conclude, moderate, settle
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.staff import ProviderAudit
from app.db.visit_content import Written, names_in, written
from app.db.visiting import Clock, allow_notice, facts_of, side_of
from app.db.visits import Visit
from app.domain.access import Grade
from app.domain.errors import Fault
from app.domain.frameworks import Framework, VisitKind
from app.domain.visit_reports import Stage
from app.domain.visits import VisitStatus, ensure_allowed, ensure_complete, notice

_MEMBERS = text("SELECT apqa_network_members(:networks)")
_AUTHORITIES = text("SELECT * FROM apqa_authorities(:codes)")


@dataclass(frozen=True, slots=True)
class Step:
    """A step being taken: the visit before it, its form and programme, what was said, and what has been written."""

    session: AsyncSession
    visit: Visit
    provider: Provider
    form: Framework
    programme: Framework
    said: Mapping[str, Any]
    clock: Clock
    content: Written
    alerts: list[Fault] = field(default_factory=list)


async def take(
    session: AsyncSession, visit_id: UUID, to: VisitStatus, said: Mapping[str, Any], *, expected: Versions, clock: Clock
) -> tuple[Visit, Sequence[Fault]]:
    """Take a visit to another status; the visit, and what its lead should know.

    Args:
        said: `reason`, and what the step needs: `visited_on` and `duration_minutes`, `comments_due_on`,
            `names_reviewed`, `override`, `outcome`, `how` and `amendments`.

    Raises:
        Conflict: `transition_not_allowed`, `visit_incomplete` with what is missing by pointer, `notice_not_kept`.
        Forbidden: `not_your_transition`, `moderator_not_independent`.
        NotFound, Stale, Invalid
    """
    visit = await rows.for_change(session, Visit, visit_id, expected=expected, alone=True)
    step = Step(
        session,
        visit,
        provider=await rows.get(session, Provider, visit.provider_id),
        form=await frameworks.named(session, visit.framework_id),
        programme=await frameworks.named(session, visit.programme_id),
        said=said,
        clock=clock,
        content=await written(session, visit.id),
    )
    caller, before = caller_of(session), VisitStatus(visit.status)
    lead = caller.grade is Grade.LEAD
    ensure_allowed(before, to, side_of(caller, visit), lead_grade=lead, reason=said.get("reason"))
    await _STEPS[before, to](step)
    visit.status = to.value
    visit.touch()
    await session.flush()
    if to is VisitStatus.FINALISED:
        await conclude(session, visit, step.form, step.programme, await written(session, visit.id))
    if stage := _FROZEN.get((before, to)):
        await visit_reports.freeze(session, visit, step.form, stage, at=clock.at)
    audit(session, "transition", "visit", visit.id, **{"from": before.value, "to": to.value})
    tell(session, f"visit.{to.value}", "visit", visit.id, await _audience(session, visit), status=to.value)
    return visit, step.alerts


_FROZEN = {
    (VisitStatus.VISITED, VisitStatus.DRAFT_SHARED): Stage.DRAFT,
    (VisitStatus.DRAFT_SHARED, VisitStatus.FINALISED): Stage.FINAL,
    (VisitStatus.DISPUTED, VisitStatus.FINALISED): Stage.FINAL,
}


async def _ready(step: Step, to: VisitStatus, names: tuple[Fault, ...] = ()) -> None:
    """Refuse a step for which something is missing."""
    facts = facts_of(step.visit, step.provider)
    content = step.content.content(names)
    ensure_complete(VisitStatus(step.visit.status), to, facts, content, step.form, step.clock.today)


async def _prepare(step: Step) -> None:
    """Attach where the provider stands: the register, the thresholds, the last external audit.

    No check is kept yet: it would tell the provider, and others, that something is being prepared.
    """
    await _ready(step, VisitStatus.PREPARING)
    provider, clock = step.provider, step.clock
    check = await registration.status(
        step.session, provider.id, on=clock.today, at=clock.at, horizon_days=registration.HORIZON_DAYS
    )
    newest = select(ProviderAudit).where(col(ProviderAudit.provider_id) == provider.id)
    newest = newest.order_by(col(ProviderAudit.audited_on).desc(), col(ProviderAudit.id).desc()).limit(1)
    audited = (await step.session.execute(newest)).scalar_one_or_none()
    step.visit.registration = {
        "status": provider.registration_status,
        "checked_on": _written(provider.registration_checked_on),
        "gias_extract_on": _written(provider.gias_extract_on),
        "urn": provider.urn,
        "as_of_on": clock.today.isoformat(),
        "overall": check.overall.value,
        "audit": audited and _audit(audited, step),
    }


def _written(day: Any) -> str | None:
    return day.isoformat() if day else None


def _audit(row: ProviderAudit, step: Step) -> dict[str, Any]:
    open_ = [each for each in row.recommendations if not each.get("done_on")]
    current = row.valid_until_on is None or row.valid_until_on >= step.clock.today
    return {
        "id": str(row.id),
        "body": row.body,
        "audited_on": row.audited_on.isoformat(),
        "valid_until_on": _written(row.valid_until_on),
        "is_current": current,
        "open_recommendations": len(open_),
    }


async def _tell_provider(step: Step) -> None:
    await _ready(step, VisitStatus.WITH_PROVIDER)
    facts, kind = facts_of(step.visit), VisitKind(step.visit.kind)
    faults = notice.telling_faults(step.programme, kind, facts, step.clock.today)
    allow_notice(step.session, step.visit, faults, step.said.get("override"))
    step.visit.notified_at = step.clock.at
    check, _ = await registration.run(step.session, step.provider.id, on=step.clock.today, at=step.clock.at)
    step.visit.registration_check_id = check.id
    told = {"as_of_on": check.as_of_on.isoformat(), "overall": check.overall}
    step.visit.registration = (step.visit.registration or {}) | told


async def _visit(step: Step) -> None:
    """What has happened is recorded; the rules that it broke are told."""
    for name in ("visited_on", "duration_minutes"):
        setattr(step.visit, name, step.said.get(name))
    await _ready(step, VisitStatus.VISITED)
    facts = facts_of(step.visit)
    step.alerts.extend(notice.told_afterwards(step.programme, VisitKind(step.visit.kind), facts))


async def _share(step: Step) -> None:
    visit, clock = step.visit, step.clock
    visit.comments_due_on = step.said.get("comments_due_on") or clock.today + timedelta(days=clock.comment_days)
    await _ready(step, VisitStatus.DRAFT_SHARED)
    step.alerts.extend(await names_in(step.session, visit, step.content))
    await settle(step.session, visit, step.form, step.content, clock)


async def _finalise(step: Step) -> None:
    visit = step.visit
    visit.names_reviewed = step.said.get("names_reviewed") or visit.names_reviewed
    await _ready(step, VisitStatus.FINALISED, await names_in(step.session, visit, step.content))
    await _close(step)


async def _moderate(step: Step) -> None:
    visit = step.visit
    visit.names_reviewed = step.said.get("names_reviewed") or visit.names_reviewed
    await moderate(step.session, visit, step.form, step.content, step.said, step.clock)
    said = await written(step.session, visit.id)
    await settle(step.session, visit, step.form, said, step.clock)
    complete = await written(step.session, visit.id)
    names = await names_in(step.session, visit, complete)
    facts = facts_of(visit, step.provider)
    ensure_complete(
        VisitStatus.DISPUTED, VisitStatus.FINALISED, facts, complete.content(names), step.form, step.clock.today
    )
    await _close(step)


async def _close(step: Step) -> None:
    """From here on the network reads it; the sharing network is the one that the lead has now."""
    step.visit.finalised_at = step.clock.at
    if step.visit.lead_organisation_id == caller_of(step.session).organisation_id:
        step.visit.network_ids = list(caller_of(step.session).network_ids)


async def _dispute(step: Step) -> None:
    step.visit.disputed_at, step.visit.disputed_because = step.clock.at, step.said["reason"]


async def _withdraw_dispute(step: Step) -> None:
    step.visit.disputed_at = step.visit.disputed_because = None


async def _cancel(step: Step) -> None:
    step.visit.cancelled_because = step.said["reason"]


async def _nothing(_: Step) -> None:
    """The step itself is all."""


_STEPS: Mapping[tuple[VisitStatus, VisitStatus], Callable[[Step], Awaitable[None]]] = {
    (VisitStatus.PLANNED, VisitStatus.PREPARING): _prepare,
    (VisitStatus.PREPARING, VisitStatus.WITH_PROVIDER): _tell_provider,
    (VisitStatus.WITH_PROVIDER, VisitStatus.VISITED): _visit,
    (VisitStatus.VISITED, VisitStatus.DRAFT_SHARED): _share,
    (VisitStatus.DRAFT_SHARED, VisitStatus.VISITED): _nothing,
    (VisitStatus.DRAFT_SHARED, VisitStatus.DISPUTED): _dispute,
    (VisitStatus.DISPUTED, VisitStatus.DRAFT_SHARED): _withdraw_dispute,
    (VisitStatus.DRAFT_SHARED, VisitStatus.FINALISED): _finalise,
    (VisitStatus.DISPUTED, VisitStatus.FINALISED): _moderate,
    **{
        (before, VisitStatus.CANCELLED): _cancel
        for before in (VisitStatus.PLANNED, VisitStatus.PREPARING, VisitStatus.WITH_PROVIDER)
    },
}


async def _audience(session: AsyncSession, visit: Visit) -> set[UUID]:
    """Who may know of the step: the team; the provider once it was told; the network and the area when it is final."""
    told = set(visit.team_ids)
    if visit.notified_at is not None:
        told.add(visit.provider_id)
    if visit.status == VisitStatus.FINALISED:
        told |= set((await session.execute(_MEMBERS, {"networks": visit.network_ids})).scalars())
        codes = [visit.la_code] if visit.la_code else []
        told |= set((await session.execute(_AUTHORITIES, {"codes": codes})).scalars())
    return told
