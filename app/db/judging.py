"""Saving what the visitors agree on, item by item: a rating that somebody else has set is never overwritten unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import frameworks, rows
from app.db.base import Versions
from app.db.concluding import attribute, judgement_of
from app.db.providers import Provider
from app.db.records import audit
from app.db.session import caller_of
from app.db.visit_content import item_of
from app.db.visiting import facts_of, hold, side_of
from app.db.visits import Judgement, Visit
from app.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Stale
from app.domain.frameworks import Framework
from app.domain.visits import OPEN_FOR_NOTES, Side, check_judgement


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement as it now is, and whether it is new."""

    row: Judgement
    created: bool


async def save(
    session: AsyncSession, visit_id: UUID, items: Sequence[Mapping[str, Any]], *, at: datetime
) -> list[Judged | DomainError]:
    """Save the ratings that can be saved; each item for itself.

    Args:
        items: `item_key`, `rating`, `rationale`, `action_points`, and the `version` of the judgement that is changed.

    Raises:
        NotFound: no such visit.
        Forbidden: somebody whose staff do not visit.
        Conflict: `visit_closed_for_judgements`.
    """
    visit = await _open(session, visit_id)
    form = await frameworks.named(session, visit.framework_id)
    facts = facts_of(visit, await rows.get(session, Provider, visit.provider_id))
    held = await _held(session, visit.id)
    found: list[Judged | DomainError] = []
    new: dict[str, Judgement] = {}
    for said in items:
        try:
            _check(form, facts.registered, said)
            row = held.get(said["item_key"])
            if row is None and said["item_key"] in new:
                raise Invalid("This item is judged twice.", code="duplicate_key")
            found.append(_changed(session, row, said, at) if row else _drawn(session, visit, form, said, new, at))
        except DomainError as refusal:
            found.append(refusal)
    await _insert(session, list(new.values()))
    await session.flush()
    kept = await _held(session, visit.id)
    audit(session, "judge", "visit", visit.id, items=sorted(each["item_key"] for each in items))
    return [_as_kept(each, kept) for each in found]


async def _open(session: AsyncSession, visit_id: UUID) -> Visit:
    visit = await hold(session, visit_id)
    if side_of(caller_of(session), visit) not in (Side.LEAD, Side.TEAM):
        raise Forbidden("Those who visit judge.", code="not_yours")
    if visit.status not in OPEN_FOR_NOTES:
        raise Conflict("The visit does not take judgements now.", code="visit_closed_for_judgements")
    return visit


async def _held(session: AsyncSession, visit_id: UUID) -> dict[str, Judgement]:
    query = select(Judgement).where(col(Judgement.visit_id) == visit_id).order_by(col(Judgement.id))
    locked = query.with_for_update().execution_options(populate_existing=True)
    return {item_of(each): each for each in (await session.execute(locked)).scalars()}


def _check(form: Framework, registered: bool, said: Mapping[str, Any]) -> None:
    faults = check_judgement(form, registered, said["item_key"], said["rating"])
    if faults:
        raise Invalid(faults[0].detail, code=faults[0].code, errors=faults)


def _changed(session: AsyncSession, row: Judgement, said: Mapping[str, Any], at: datetime) -> Judged:
    told = {name: said.get(name) for name in ("rating", "rationale")} | {
        "action_points": list(said.get("action_points") or ())
    }
    if all(getattr(row, name) == value for name, value in told.items()):
        return Judged(row, created=False)
    if said.get("version") != row.version:
        raise _moved(row)
    for name, value in told.items():
        setattr(row, name, value)
    attribute(session, row, at)
    row.touch()
    return Judged(row, created=False)


def _moved(row: Judgement) -> Stale:
    facts = {"current": {"rating": row.rating, "version": row.version}}
    return Stale("Somebody has judged this since you read it. Read it again.", facts=facts)


def _drawn(
    session: AsyncSession,
    visit: Visit,
    form: Framework,
    said: Mapping[str, Any],
    new: dict[str, Judgement],
    at: datetime,
) -> Judged:
    row = judgement_of(session, visit, form, said["item_key"], said["rating"], at)
    row.rationale, row.action_points = said.get("rationale"), list(said.get("action_points") or ())
    new[said["item_key"]] = row
    return Judged(row, created=True)


async def _insert(session: AsyncSession, new: Sequence[Judgement]) -> None:
    """In one order for everybody; an item that is judged at this moment is passed over, and told afterwards."""
    if new:
        query = insert(Judgement).on_conflict_do_nothing(constraint="uq_judgements_item")
        await session.execute(query, [each.model_dump() for each in sorted(new, key=item_of)])


def _as_kept(judged: Judged | DomainError, kept: Mapping[str, Judgement]) -> Judged | DomainError:
    if not isinstance(judged, Judged):
        return judged
    row = kept.get(item_of(judged.row))
    if row is None:
        return Stale("Somebody has taken this judgement back. Read it again.")
    if row.id == judged.row.id:
        return replace(judged, row=row)
    same = all(getattr(row, name) == getattr(judged.row, name) for name in ("rating", "rationale", "action_points"))
    return Judged(row, created=False) if same else _moved(row)


async def remove(session: AsyncSession, visit_id: UUID, judgement_id: UUID, *, expected: Versions) -> None:
    """Take back a judgement, while the visit is judged.

    Raises:
        NotFound, Forbidden, Stale
        Conflict: `visit_closed_for_judgements`.
    """
    visit = await _open(session, visit_id)
    row = await rows.for_change(session, Judgement, judgement_id, expected=expected)
    if row.visit_id != visit.id:
        raise NotFound("This visit has no such judgement.")
    await session.delete(row)
    audit(session, "remove", "judgement", row.id, visit_id=str(visit.id))
    await session.flush()
