"""Many placements in one transaction, each in a savepoint, under the guards of every provider that they name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import facts, placing, standing
from app.db.base import new_id
from app.db.placements import Placement
from app.db.placing import Recorded
from app.db.providers import Provider
from app.db.pupils import Pupil
from app.db.resolving import PROVIDER_KEYS, PUPIL_KEYS, provider_named, resolved
from app.db.session import caller_of
from app.db.threshold import Clock
from app.domain.errors import DomainError
from app.domain.placements import Status

_LOCK_PUPILS = text("SELECT * FROM apqa_lock_pupils(:pupils)")

_TOGETHER = 20

Refusal = DomainError | DBAPIError


@dataclass(frozen=True, slots=True)
class Told:
    """One placement of several, as its client tells it (`resolving.resolved`).

    With a source and no external id it is known by its pupil, provider and first day. `acting_for`: the person for whom
    it is told, where that differs from item to item.
    """

    said: Mapping[str, Any]
    override: str | None = None
    hold_id: UUID | None = None
    acting_for: dict[str, Any] | None = None


async def record(session: AsyncSession, items: Sequence[Told | Refusal], *, clock: Clock) -> list[Recorded | Refusal]:
    """Record what can be recorded, in the order given; an item with an id of another system is brought up to date.

    Args:
        items: what is told, or why it cannot be read, which is passed on.

    Returns:
        For each item what became of it: what is refused has left nothing behind.
    """
    for_all = session.info.get("acting_for")
    known = await _with_providers(session, [item for item in items if isinstance(item, Told)])
    told = [replace(item, acting_for=item.acting_for or for_all) for item in known]
    held = await _hold(session, [item.said for item in told])
    outcomes: list[Recorded | Refusal] = []
    for start in range(0, len(told), _TOGETHER):
        outcomes += await _in_savepoint(session, told[start : start + _TOGETHER], clock)
    held.clear()  # what a session has read it need not read again, as long as somebody holds it
    found = iter(outcomes)
    return [next(found) if isinstance(item, Told) else item for item in items]


async def _in_savepoint(session: AsyncSession, items: Sequence[Told], clock: Clock) -> list[Recorded | Refusal]:
    """A few items in one savepoint, for it costs as much as an item; where one of them is refused, each in its own."""
    try:
        async with session.begin_nested():
            with session.no_autoflush:  # each step writes down itself what the next one reads
                return [await _recorded(session, item, clock) for item in items]
    except (DomainError, DBAPIError) as refusal:
        if isinstance(refusal, DBAPIError) and refusal.connection_invalidated:
            raise
        if len(items) == 1:
            return [refusal]
    return [outcome for item in items for outcome in await _in_savepoint(session, [item], clock)]


async def _recorded(session: AsyncSession, item: Told, clock: Clock) -> Recorded:
    session.info["acting_for"] = item.acting_for
    said = await resolved(session, item.said, on=clock.today)
    source = said.get("source")
    if source is None:
        return await placing.record(session, said, clock=clock, override=item.override, hold_id=item.hold_id)
    external_id = said.get("external_id") or await _known_as(session, source, said) or new_id().hex
    return await standing.put(
        session, source, external_id, said, clock=clock, override=item.override, hold_id=item.hold_id
    )


async def _known_as(session: AsyncSession, source: str, said: Mapping[str, Any]) -> str | None:
    """The id by which a placement that has none in its source was recorded before: by pupil, provider and first day.

    An id made from these would be simpler, but a merge of records changes the pupil, and one made from a UPN could be
    turned back into it by whoever sees the placement.
    """
    query = select(col(Placement.external_id)).where(
        col(Placement.commissioner_id) == (said.get("commissioner_id") or caller_of(session).organisation),
        col(Placement.source) == source,
        col(Placement.pupil_id) == said["pupil_id"],
        col(Placement.provider_id) == said["provider_id"],
        col(Placement.starts_on) == said["starts_on"],
    )
    living_first = query.order_by(col(Placement.status) == Status.CANCELLED, col(Placement.id)).limit(1)
    return (await session.execute(living_first)).scalar_one_or_none()


async def _with_providers(session: AsyncSession, items: Sequence[Told]) -> list[Told]:
    """The items, with the ids of providers that are told by other keys, where these name one."""
    ids: dict[tuple[Any, ...], UUID | None] = {}
    known: list[Told] = []
    for item in items:
        key = tuple(item.said.get(name) for name in ("provider_id", *PROVIDER_KEYS))
        if key not in ids:
            ids[key] = item.said.get("provider_id") or await provider_named(session, item.said)
        known.append(replace(item, said={**item.said, "provider_id": ids[key]}))
    return known


async def _hold(session: AsyncSession, told: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Take every lock that the items will need, each kind in one order for everybody, so that no two batches deadlock.

    Providers come before pupils, as where a single placement is recorded. Gives the rows.
    """
    wanted = {said["provider_id"] for said in told if said["provider_id"]}
    providers = (await session.execute(select(Provider).where(col(Provider.id).in_(wanted)))).scalars().all()
    await facts.guard(session, [row.id for row in providers])
    named = [said.get("pupil") or {} for said in told]
    keys = {key: {each[key] for each in named if each.get(key)} for key in PUPIL_KEYS}
    keys["id"] = {said["pupil_id"] for said in told if said.get("pupil_id")}
    query = select(Pupil).where(or_(*(col(getattr(Pupil, key)).in_(values) for key, values in keys.items())))
    pupils = (await session.execute(query)).scalars().all()
    await session.execute(_LOCK_PUPILS, {"pupils": [row.id for row in pupils]})
    return [*providers, *pupils]
