"""Decisions on a provider's future use: made, read, and confirmed as read; and the status that follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import facts, rows
from app.db.base import LONDON, Keyset, Page, today
from app.db.concerns import Concern, Decision, DecisionAcknowledgement
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import Database, caller_of
from app.db.visits import Visit
from app.domain.access import Caller
from app.domain.decisions import DecisionKind, check_decision, status_of
from app.domain.errors import Fault, Invalid
from app.domain.visits import VisitStatus

_BOUND = text("SELECT apqa_bound_by(:organisation, :networks)")
_AUTHORITIES = text("SELECT * FROM apqa_authorities(:codes)")
_COMMISSIONERS = text("SELECT commissioner_id FROM apqa_commissioners(:providers, :on)")
SAID = ("kind", "reason", "conditions", "effective_on", "withdraw_by_on", "review_on")
# What was found on a visit is there from then on, and the provider knows of the visit.
_FOUND = (VisitStatus.VISITED, VisitStatus.DRAFT_SHARED, VisitStatus.DISPUTED, VisitStatus.FINALISED)


def not_over(at: datetime) -> ColumnElement[bool]:
    """Decisions to which no later one of the same organisation has followed yet."""
    return or_(col(Decision.ended_at).is_(None), col(Decision.ended_at) > at)


def in_force(at: datetime) -> ColumnElement[bool]:
    """Decisions that hold at an instant."""
    return and_(col(Decision.effective_on) <= today(at), not_over(at))


# --- deciding -------------------------------------------------------------------------------------------------------


async def make(session: AsyncSession, said: Mapping[str, Any], *, at: datetime) -> Decision:
    """Decide on a provider's future use, in the place of what the organisation has decided on it before.

    Under the provider's guard, so that no placement is recorded meanwhile on what held before.

    Args:
        said: `provider_id`, `concern_ids`, `visit_id`, and what `SAID` names.

    Raises:
        Invalid: `decision_invalid`, or a concern or visit of another provider.
        NotFound, Forbidden
    """
    caller, provider = caller_of(session), await rows.get(session, Provider, said["provider_id"])
    row = _drawn(caller, provider, said, at)
    await _check_visit(session, row)
    await facts.lock(session, [provider.id])
    row.decided_by_name = (session.info.get("acting_for") or {}).get("display_name")
    session.add(row)
    await session.flush()  # before the concerns are locked: whoever moves a visit takes it before its concerns
    await _follow(session, row, at)
    await _settle_concerns(session, row, said["concern_ids"])
    await derive(session, provider.id, at)
    told: dict[str, Any] = {"provider_id": str(provider.id), "decision": row.kind}
    told["effective_on"] = row.effective_on.isoformat()
    audit(session, "decide", "decision", row.id, **told)
    audience = await _audience(session, row, provider, today(at))
    tell(session, "decision.made", "decision", row.id, audience, **told, organisation_id=str(row.organisation_id))
    return row


def _drawn(caller: Caller, provider: Provider, said: Mapping[str, Any], at: datetime) -> Decision:
    columns = {name: said[name] for name in SAID} | {"effective_on": said["effective_on"] or today(at)}
    checked = {name: columns[name] for name in ("conditions", "effective_on", "withdraw_by_on", "review_on")}
    check_decision(DecisionKind(said["kind"]), **checked, on=today(at))
    return Decision(
        **columns,
        provider_id=provider.id,
        organisation_id=caller.organisation,
        visit_id=said["visit_id"],
        network_ids=list(caller.network_ids),
        la_code=provider.la_code,
        decided_by=caller.principal,
    )


async def _check_visit(session: AsyncSession, row: Decision) -> None:
    if row.visit_id is None:
        return
    visit = await rows.get(session, Visit, row.visit_id)
    if visit.provider_id != row.provider_id:
        raise _of_another("visit", "/visit_id")
    if visit.status not in _FOUND:
        fault = Fault("visit_not_made", "A decision rests on a visit that has taken place.", "/visit_id")
        raise Invalid("The visit has not taken place.", code="visit_not_made", errors=(fault,))


def _of_another(what: str, pointer: str) -> Invalid:
    fault = Fault(f"{what}_of_another_provider", f"Name a {what} of this provider.", pointer)
    return Invalid(f"The {what} is of another provider.", code=fault.code, errors=(fault,))


async def _follow(session: AsyncSession, row: Decision, at: datetime) -> None:
    """End what the organisation has decided before: on the day that the new decision takes effect, and at once what
    would have begun later."""
    starts_at = max(at, datetime.combine(row.effective_on, time.min, LONDON))
    query = select(Decision).where(
        col(Decision.provider_id) == row.provider_id,
        col(Decision.organisation_id) == row.organisation_id,
        col(Decision.id) != row.id,
        not_over(at),
    )
    for earlier in (await session.execute(query)).scalars():
        ends_at = starts_at if earlier.effective_on < row.effective_on else at
        if earlier.ended_at is None or ends_at < earlier.ended_at:
            earlier.ended_at, earlier.ended_by_id = ends_at, row.id
            earlier.touch()
    await session.flush()


async def _settle_concerns(session: AsyncSession, row: Decision, concern_ids: Sequence[UUID]) -> None:
    """Open concerns are decided by it; what another decision has answered, or was withdrawn, stays so."""
    for concern_id in sorted(set(concern_ids)):
        concern = await rows.for_change(session, Concern, concern_id)
        if concern.provider_id != row.provider_id:
            raise _of_another("concern", f"/concern_ids/{concern_ids.index(concern_id)}")
        if concern.status == "open":
            concern.status, concern.decision_id = "decided", row.id
            concern.touch()
            audit(session, "decide", "concern", concern.id, decision_id=str(row.id))
            tell(session, "concern.decided", "concern", concern.id, concern.team_ids, decision_id=str(row.id))


async def derive(session: AsyncSession, provider_id: UUID, at: datetime) -> None:
    """Whether the provider takes new placements, by the strictest of all the decisions in force."""
    provider = await rows.for_change(session, Provider, provider_id)
    query = select(col(Decision.kind)).where(col(Decision.provider_id) == provider_id, in_force(at))
    status = status_of(map(DecisionKind, (await session.execute(query)).scalars()))
    if provider.commissioning_status != status:
        provider.commissioning_status = status.value
        provider.touch()
        audit(session, "derive", "provider", provider.id, commissioning_status=status.value)


async def take_effect(database: Database, *, at: datetime) -> None:
    """See that the status of every provider follows decisions whose day has come. For the scheduled work."""
    caller = Caller.system("decisions")
    async with database.session_for(caller, readonly=True) as session:
        decided = select(col(Decision.provider_id)).where(in_force(at))
        query = select(col(Provider.id)).where(
            or_(col(Provider.commissioning_status) != "open", col(Provider.id).in_(decided))
        )
        found = (await session.execute(query)).scalars().all()
    for provider_id in found:
        async with database.session_for(caller) as session:
            await facts.lock(session, [provider_id])
            await derive(session, provider_id, at)


async def bound(session: AsyncSession, row: Decision) -> set[UUID]:
    """The decider, its schools, and its network: whom the decision binds."""
    told = {"organisation": row.organisation_id, "networks": row.network_ids}
    return set((await session.execute(_BOUND, told)).scalars())


async def _audience(session: AsyncSession, row: Decision, provider: Provider, on: date) -> set[UUID]:
    """Whom it binds, the authority of the area, whoever has pupils there or is about to, and the provider."""
    codes = [provider.la_code] if provider.la_code else []
    there = await session.execute(_COMMISSIONERS, {"providers": [provider.id], "on": on})
    areas = await session.execute(_AUTHORITIES, {"codes": codes})
    return {*await bound(session, row), *areas.scalars(), *there.scalars(), provider.id}


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """A decision, and when the caller's organisation has confirmed that it has read it."""

    decision: Decision
    acknowledged_at: datetime | None

    @property
    def id(self) -> UUID:
        """The decision's id, by which lists are paged."""
        return self.decision.id


async def list_page(
    session: AsyncSession,
    keyset: Keyset,
    *,
    at: datetime,
    wanted: Mapping[str, Any],
    holding: bool | None = None,
    unread: bool | None = None,
) -> Page[Seen]:
    """Decisions that the caller may know of, by id.

    Args:
        wanted: columns by value; None where every value will do.
        holding: only those in force, or only others.
        unread: only other organisations' that the caller's has not confirmed as read, or only others.
    """
    read, me = DecisionAcknowledgement, caller_of(session).organisation_id
    mine = and_(col(read.decision_id) == col(Decision.id), col(read.organisation_id) == me)
    query: Select[Any] = select(Decision, col(read.acknowledged_at)).outerjoin(read, mine)  # type: ignore[assignment]
    query = query.where(*(getattr(Decision, name) == value for name, value in wanted.items() if value is not None))
    if holding is not None:
        query = query.where(in_force(at) if holding else ~in_force(at))
    if unread is not None:
        open_ = and_(col(read.acknowledged_at).is_(None), col(Decision.organisation_id) != me)
        query = query.where(open_ if unread else ~open_)
    found = (await session.execute(keyset.cut(query, col(Decision.id)))).all()
    return keyset.page([Seen(row.Decision, row.acknowledged_at) for row in found])


async def acknowledge(
    session: AsyncSession, decision_id: UUID, *, at: datetime
) -> tuple[DecisionAcknowledgement, bool]:
    """Confirm for the caller's organisation that it has read a decision; whether it is new. Twice changes nothing.

    Raises:
        NotFound
    """
    decision, caller = await rows.get(session, Decision, decision_id), caller_of(session)
    row = DecisionAcknowledgement(
        decision_id=decision.id,
        organisation_id=caller.organisation,
        decided_by_id=decision.organisation_id,
        acknowledged_at=at,
        acknowledged_by=caller.principal,
        acknowledged_by_name=(session.info.get("acting_for") or {}).get("display_name"),
    )
    result = await session.execute(insert(DecisionAcknowledgement).values(row.model_dump()).on_conflict_do_nothing())
    new = bool(result.rowcount)  # type: ignore[attr-defined]
    if new:
        audit(session, "acknowledge", "decision", decision.id)
        told = {"organisation_id": str(row.organisation_id)}
        tell(session, "decision.acknowledged", "decision", decision.id, [decision.organisation_id], **told)
    query = select(DecisionAcknowledgement).where(
        col(DecisionAcknowledgement.decision_id) == decision.id,
        col(DecisionAcknowledgement.organisation_id) == caller.organisation,
    )
    return (await session.execute(query)).scalar_one(), new
