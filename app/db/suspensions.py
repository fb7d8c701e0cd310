"""Which decisions keep a placement from being made, or kept on, at a provider, and what its commissioner is told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Table, Uuid, any_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import straight
from app.db.base import today
from app.db.concerns import Decision
from app.db.placements import Placement
from app.db.reading import Hot
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.access import Caller, Permission
from app.domain.decisions import SUSPENDING, DecisionKind, Span, Standing, bearing, strictest
from app.domain.errors import Conflict, Forbidden
from app.domain.placements import Alert

_READ = "decisions read"
_DECISIONS: Table = Decision.__table__  # type: ignore[attr-defined]


_COLUMNS = ("id", "kind", "provider_id", "organisation_id", "network_ids", "effective_on", "ended_at")
_AGAINST = Hot(
    select(*(_DECISIONS.c[name] for name in _COLUMNS)).where(
        _DECISIONS.c.provider_id == any_(bindparam("provider_ids", None, ARRAY(Uuid()))),
        _DECISIONS.c.kind.in_([kind.value for kind in SUSPENDING]),
        or_(_DECISIONS.c.ended_at.is_(None), _DECISIONS.c.ended_at > bindparam("at", None, DateTime(timezone=True))),
    )
)


async def read(session: AsyncSession, provider_ids: Iterable[UUID], at: datetime) -> dict[UUID, list[Standing]]:
    """The decisions against new placements that are not over, of each provider.

    One statement in a transaction: under the providers' guards nobody makes another.
    """
    known: dict[UUID, list[Standing]] = session.info.setdefault(_READ, {})
    wanted = sorted({each for each in provider_ids if each not in known})
    if wanted:
        known |= {provider_id: [] for provider_id in wanted}
        for row in await straight.seen(session, _AGAINST, provider_ids=wanted, at=at):
            known[row["provider_id"]].append(_standing(row))
    return known


async def standing(session: AsyncSession, provider_id: UUID, at: datetime) -> Sequence[Standing]:
    """Those of one provider."""
    return (await read(session, [provider_id], at))[provider_id]


def _standing(row: Any) -> Standing:
    return Standing(
        id=row["id"],
        kind=DecisionKind(row["kind"]),
        organisation_id=row["organisation_id"],
        network_ids=frozenset(row["network_ids"]),
        effective_on=row["effective_on"],
        ended_on=today(row["ended_at"]) if row["ended_at"] else None,
    )


async def ensure_open(
    session: AsyncSession, row: Placement, *, before: Span | None, at: datetime, override: str | None
) -> list[Alert]:
    """Refuse a placement that a decision keeps from being made or kept on. The provider's guard is taken.

    Args:
        row: the placement as it is to be.
        before: its days as they were; None for a new one.
        override: a lead's reason for going ahead all the same, which the decider is told of.

    Returns:
        What its commissioner should know of the decisions that hold while it lasts.

    Raises:
        Conflict: `provider_suspended` or `provider_ceased`, with the decision.
        Forbidden: an override by somebody who is no lead.
    """
    held = await standing(session, row.provider_id, at)
    if not held:
        return []
    caller, now = caller_of(session), Span(row.starts_on, row.ends_on)
    against = [each for each in held if each.binds(caller) and each.refuses(now, before)]
    if against:
        _allow(session, row, against, override)
    return alerts(held, now, caller)


def _allow(session: AsyncSession, row: Placement, against: Sequence[Standing], override: str | None) -> None:
    caller = caller_of(session)
    if override is None:
        raise refusal(against)
    if not caller.may(Permission.REGISTRATION_OVERRIDE):
        raise Forbidden("Only a lead may override a decision.", code="permission_required")
    told = {"provider_id": str(row.provider_id), "organisation_id": str(caller.organisation_id)}
    for each in against:
        audit(session, "override", "placement", row.id, decision_id=str(each.id), reason=override)
        # Whose pupil it is the decider need not know: the placement is not named.
        audience = (each.organisation_id, caller.organisation_id)
        tell(session, "decision.overridden", "decision", each.id, audience, **told)


async def foretold(
    session: AsyncSession, provider_id: UUID, spans: Sequence[Span], *, at: datetime, holding: bool
) -> list[Alert]:
    """What would be told of new placements on these days, each decision once.

    Args:
        holding: room is to be kept for them, which is refused where they would be.

    Raises:
        Conflict: as `ensure_open`.
    """
    caller, held = caller_of(session), await standing(session, provider_id, at)
    against = [each for each in held if each.binds(caller) and any(each.refuses(span, None) for span in spans)]
    if holding and against:
        raise refusal(against)
    return list(dict.fromkeys(alert for span in spans for alert in alerts(held, span, caller)))


def refusal(against: Iterable[Standing]) -> Conflict:
    """A placement refused, naming the strictest of the decisions against it."""
    named = strictest(against)
    assert named is not None
    decision = {
        "id": str(named.id),
        "kind": named.kind.value,
        "effective_on": named.effective_on.isoformat(),
        "organisation_id": str(named.organisation_id),
    }
    code, detail = _OURS[named.kind]
    return Conflict(detail, code=code, facts={"decision": decision})


_SUSPENDED = ("provider_suspended", "By a decision that binds you the provider takes no new placements.")
_OURS = {
    DecisionKind.SUSPEND_NEW_PLACEMENTS: _SUSPENDED,
    DecisionKind.WITHDRAW_PUPILS: _SUSPENDED,
    DecisionKind.CEASE: ("provider_ceased", "By a decision that binds you the provider is no longer used."),
}
_ELSEWHERE = ("provider_suspended_elsewhere", "Another organisation has decided to make no new placements there.")


def alerts(held: Iterable[Standing], span: Span, caller: Caller) -> list[Alert]:
    """What to tell of the decisions that hold on the days of a placement."""
    return [
        Alert(*(_OURS[each.kind] if each.binds(caller) else _ELSEWHERE), decision_id=each.id)
        for each in bearing(held, span)
    ]
