"""What-ifs: where a provider would stand with placements that are not recorded, and holds that keep room for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import admission, organisations, registration, rows
from app.db import facts as facts_
from app.db.base import Keyset, Page, new_id, now
from app.db.checks import ThresholdHold
from app.db.facts import Facts
from app.db.providers import Provider
from app.db.pupils import Pupil
from app.db.records import audit
from app.db.registration import Check
from app.db.session import caller_of
from app.db.threshold import Clock
from app.db.told import Planned, planned_from
from app.domain.decisions import Span
from app.domain.errors import Conflict
from app.domain.placements import Alert, StatedWeek, arrangement_from, check_dates
from app.domain.plans import first_met
from app.domain.registration import REGISTERED, MinutesLeft, Result, Roll, minutes_left


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Before and after, in the caller's view; the hours left for each child asked about; the hold if one was wanted.

    `alerts`: what else stands against the plans, or is to be known: decisions on the provider, and what it lacks.
    """

    before: Check
    after: Check
    minutes_left: list[tuple[MinutesLeft, ...]]
    hold: ThresholdHold | None
    alerts: list[Alert]

    @property
    def changed(self) -> bool:
        """Whether the plans change the overall result, or that of any ruleset as the caller sees it."""
        return _results(self.before) != _results(self.after)


def _results(check: Check) -> list[Result]:
    outcomes = (*check.one.rulesets, *(check.group.rulesets if check.group else ()))
    return [check.overall, *(each.result for each in outcomes)]


async def what_if(
    session: AsyncSession,
    provider_id: UUID,
    plans: Sequence[Mapping[str, Any]],
    *,
    on: date | None,
    hold_minutes: int | None,
    clock: Clock,
) -> WhatIf:
    """Where the provider stands, and would stand with the plans.

    Args:
        plans: what placements would say, pupils by id or described; a hold that one of them names would be used.
        on: the day; by default the first on which one of the plans lasts, today or later.
        hold_minutes: keep the room for so long, so that nobody else is told it is free; holds used are given up for it.

    Raises:
        Conflict: `registration_threshold`, a hold on room that there is not; `admission.foretold`.
        NotFound
    """
    provider = await rows.get(session, Provider, provider_id)
    if hold_minutes is not None:
        await facts_.lock(session, [provider.id])
    documents = [await _document(session, plan, provider, clock) for plan in plans]
    on = on or max(clock.today, min(date.fromisoformat(each["placement"]["starts_on"]) for each in documents))
    planned = [planned_from(each) for each in documents]
    named = {plan["hold_id"] for plan in plans} - {None}
    used = {each: await rows.get(session, ThresholdHold, each) for each in named}
    facts = await facts_.load(session, provider, at=clock.at, overseen_on=on, coming=planned, using=used)
    before, own, caller = facts.holding(), facts.own(), caller_of(session)
    if hold_minutes is not None:
        await _refuse_without_room(session, provider, before, planned, clock)
    spans = [Span(each.fact.starts_on, each.fact.ends_on) for each in planned]
    holding = hold_minutes is not None
    alerts = await admission.foretold(session, provider.id, spans, clock=clock, holding=holding)
    return WhatIf(
        before=registration.evaluate(before, provider, caller, on=on),
        after=registration.evaluate(before.planning(planned), provider, caller, on=on),
        minutes_left=[minutes_left(own, child_id=each.record_id, on=on) for each in planned],
        hold=await _hold(session, provider, documents, used.values(), hold_minutes, clock),
        alerts=alerts,
    )


async def _refuse_without_room(
    session: AsyncSession, provider: Provider, facts: Facts, plans: Sequence[Planned], clock: Clock
) -> None:
    """Promise nothing that the placements, once recorded, would be refused on any day."""
    caller = caller_of(session)
    facts = facts.bound_by(await organisations.adopted(session, {caller.organisation}))
    planned = facts.planning(plans)
    first = max(clock.today, min(each.fact.starts_on for each in plans))
    last = max(each.fact.ends_on or date.max for each in plans)
    met_on = first_met(_rolls(facts), _rolls(planned), [each.fact.placement_id for each in plans], first, last)
    if met_on is not None:
        raise Conflict(
            "There is no room to hold: with these placements a registration threshold is met.",
            code="registration_threshold",
            facts={"check": registration.evaluate(planned, provider, caller, on=met_on).shown()},
        )


def _rolls(facts: Facts) -> list[Roll]:
    return [Roll(each) for each in (facts.everybody, facts.group) if each]


async def _hold(
    session: AsyncSession,
    provider: Provider,
    documents: list[dict[str, Any]],
    used: Iterable[ThresholdHold],
    minutes: int | None,
    clock: Clock,
) -> ThresholdHold | None:
    if minutes is None:
        return None
    row = ThresholdHold(
        provider_id=provider.id,
        organisation_id=caller_of(session).organisation,
        expires_at=clock.at + timedelta(minutes=minutes),
        placements=documents,
    )
    for each in used:
        await session.delete(each)
    session.add(row)
    await session.flush()
    audit(session, "hold", "threshold_hold", row.id, provider_id=str(provider.id), minutes=minutes)
    return row


async def _document(session: AsyncSession, plan: Mapping[str, Any], provider: Provider, clock: Clock) -> dict[str, Any]:
    """A plan as a hold keeps it and the engine's facts are made from it (`db.told.planned_from`)."""
    check_dates(plan["starts_on"], plan.get("ends_on"))
    week = StatedWeek.told(plan)
    return {
        "placement": {
            "placement_id": str(new_id()),
            "commissioner_id": str(caller_of(session).organisation_id or provider.id),
            "provider_id": str(provider.id),
            "site_id": plan.get("site_id") and str(plan["site_id"]),
            "starts_on": plan["starts_on"].isoformat(),
            "ends_on": plan["ends_on"].isoformat() if plan.get("ends_on") else None,
            "arrangement": arrangement_from(week, from_on=plan["starts_on"], session_minutes=clock.session_minutes),
            "sole_provision": plan.get("sole_provision"),
            "main_responsibility": plan.get("main_responsibility"),
            "provider_unregistered": provider.registration_status not in REGISTERED,
        },
        "child": await _child(session, plan) | {"sen_provision_entry": plan.get("sen_provision_entry")},
    }


async def _child(session: AsyncSession, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The child of a plan: from the record that the caller names, or as described."""
    described: Mapping[str, Any] = plan.get("pupil") or {}
    pupil = await _recorded(session, plan.get("pupil_id"), described)
    if pupil is None:
        unknown = str(new_id())
        return {
            "child_id": unknown,
            "record_id": unknown,
            "born_on": described.get("born_on"),
            "characteristics": described.get("characteristics") or [],
            "sen_provision": described.get("sen_provision"),
        }
    return {
        "child_id": str(pupil.child_id),
        "record_id": str(pupil.id),
        "born_on": pupil.born_on.isoformat() if pupil.born_on else None,
        "characteristics": pupil.characteristics,
        "sen_provision": pupil.sen_provision,
    }


async def _recorded(session: AsyncSession, pupil_id: UUID | None, described: Mapping[str, Any]) -> Pupil | None:
    if pupil_id is not None:
        return await rows.get(session, Pupil, pupil_id)
    if described.get("upn") is None:
        return None
    query = select(Pupil).where(col(Pupil.upn) == described["upn"], col(Pupil.merged_into_id).is_(None))
    return (await session.execute(query.order_by(col(Pupil.id)).limit(1))).scalar_one_or_none()


async def list_holds(session: AsyncSession, keyset: Keyset) -> Page[ThresholdHold]:
    """The caller's own holds."""
    query = keyset.cut(select(ThresholdHold), col(ThresholdHold.id))
    return keyset.page((await session.execute(query)).scalars().all())


async def release(session: AsyncSession, hold_id: UUID) -> None:
    """Give up a hold."""
    row = await rows.get(session, ThresholdHold, hold_id)
    await session.delete(row)
    audit(session, "release", "threshold_hold", row.id, provider_id=str(row.provider_id))


async def purge(session: AsyncSession) -> None:
    """Forget holds that have been over for a day: until then, whoever uses one is told so. For the scheduled work."""
    over = col(ThresholdHold.expires_at) < now() - timedelta(days=1)
    await session.execute(delete(ThresholdHold).where(over))
