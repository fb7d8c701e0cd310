"""What the threshold engine reads about a provider, gathered over all organisations and over the caller's own alone."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import organisations, straight
from app.db.placements import Placement
from app.db.providers import Provider
from app.db.session import caller_of
from app.db.told import (
    Planned,
    alone_and_together,
    children_of,
    declarations_of,
    placement_fact,
    planned_from,
    with_plans,
)
from app.domain.access import Caller, Role, sees
from app.domain.registration import ChildFact, ProviderFacts

_GROUP = text("SELECT * FROM apqa_provider_group(:provider)")
_GUARD = "SELECT * FROM apqa_guard_providers($1)"
_PLACEMENTS = text("SELECT * FROM apqa_placement_facts(:providers, :children)")
_CHILDREN = text("SELECT * FROM apqa_child_facts(:children)")
_HOLDS = text("SELECT * FROM apqa_hold_facts(:providers, :at)")
_DECLARATIONS = text("SELECT * FROM apqa_declaration_facts(:providers)")


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about one provider: everybody's, and those of the caller alone; each also for its linked providers.

    `visible`: ids of the placements that the caller may see; `holds`: for what room is kept, which is no evidence that
    a child is there and counts in no check, only in decisions.
    """

    everybody: ProviderFacts
    own: ProviderFacts
    group: ProviderFacts | None
    own_group: ProviderFacts | None
    visible: frozenset[UUID]
    holds: tuple[Planned, ...] = ()

    def bound_by(self, adopted: frozenset[str]) -> "Facts":
        """The same facts under other agreements."""
        return replace(
            self,
            everybody=replace(self.everybody, adopted=adopted),
            own=replace(self.own, adopted=adopted),
            group=self.group and replace(self.group, adopted=adopted),
            own_group=self.own_group and replace(self.own_group, adopted=adopted),
        )

    def holding(self) -> "Facts":
        """The same facts with the room that is kept filled, which the caller does not see."""
        return replace(
            self,
            everybody=with_plans(self.everybody, self.holds),
            group=self.group and with_plans(self.group, self.holds),
        )

    def planning(self, plans: Iterable[Planned]) -> "Facts":
        """The same facts with these plans added, to everybody's and to the caller's own."""
        kept = tuple(plans)
        own = [plan.own() for plan in kept]
        return replace(
            self,
            everybody=with_plans(self.everybody, kept),
            own=with_plans(self.own, own),
            group=self.group and with_plans(self.group, kept),
            own_group=self.own_group and with_plans(self.own_group, own),
            visible=self.visible | {plan.fact.placement_id for plan in kept},
        )


async def lock(session: AsyncSession, provider_ids: Iterable[UUID]) -> dict[UUID, list[Any]]:
    """Take the guard rows of providers and of all that are linked with them, in one order for everybody.

    A decision about a threshold spans rows of several organisations that no one of them sees, so no version on a row of
    theirs could guard it. The lock is a statement of its own: whatever is counted after it sees every commit before it.

    Returns:
        To each provider its group, as it cannot change any more.
    """
    groups: dict[UUID, list[Any]] = {}
    for row in await straight.rows(session, _GUARD, sorted(set(provider_ids))):
        groups.setdefault(row.provider_id, []).append(row)
    return groups


async def load(
    session: AsyncSession,
    provider: Provider,
    *,
    at: datetime,
    overseen_on: date | None = None,
    coming: Sequence[Planned] = (),
    using: Iterable[UUID] = (),
) -> Facts:
    """Gather the facts.

    Args:
        provider: one that the caller may know of.
        at: the instant at which holds count.
        overseen_on: the day of which those who oversee the place are told, by the agreements of all who commission
            there; None: by the agreements that bind the caller, as for what it records itself.
        coming: the caller's plans; what is known elsewhere of their children is gathered, too.
        using: holds that are to be used, and so no longer count.
    """
    caller, group = caller_of(session), (await session.execute(_GROUP, {"provider": provider.id})).all()
    linked = [row.id for row in group]
    declarations = (await session.execute(_DECLARATIONS, {"providers": linked})).all()
    holds = await _holds(session, linked, at, frozenset(using))
    placements, records = await _told(session, linked, {plan.child.child_id for plan in (*coming, *holds)})
    everybody, group_facts = alone_and_together(
        ProviderFacts(
            provider_ids=frozenset(),
            registration_status=provider.registration_status,
            children=children_of(records, placements),
            placements=tuple(map(placement_fact, placements)),
            declarations=declarations_of(declarations),
            adopted=await organisations.adopted(session, _concerned(caller, placements, linked, overseen_on)),
        ),
        group,
    )
    own = own_part(everybody, placements, records, caller, linked, {plan.record_id for plan in coming})
    return Facts(
        everybody=everybody,
        own=own,
        group=group_facts,
        own_group=group_facts and replace(own, provider_ids=group_facts.provider_ids),
        visible=frozenset(row.placement_id for row in placements if sees(caller, "placements", row._mapping)),
        holds=holds,
    )


async def _holds(
    session: AsyncSession, provider_ids: list[UUID], at: datetime, using: frozenset[UUID]
) -> tuple[Planned, ...]:
    held = (await session.execute(_HOLDS, {"providers": provider_ids, "at": at})).all()
    return tuple(planned_from(kept) for row in held if row.hold_id not in using for kept in row.placements)


async def _told(
    session: AsyncSession, provider_ids: list[UUID], coming: set[UUID]
) -> tuple[Sequence[Any], Sequence[Any]]:
    """Placements of the children who are or were here or are coming, wherever; and all records of these children."""
    placements = (await session.execute(_PLACEMENTS, {"providers": provider_ids, "children": list(coming)})).all()
    known = list(coming.union(row.child_id for row in placements))
    return placements, (await session.execute(_CHILDREN, {"children": known})).all()


def _concerned(caller: Caller, placements: Sequence[Any], linked: Sequence[UUID], on: date | None) -> set[UUID]:
    """Whose agreements bear on the answer: the caller's, or for those who oversee the place, every commissioner's."""
    if on is None or caller.role not in (Role.PROVIDER, Role.LOCAL_AUTHORITY, Role.SYSTEM):
        return {caller.organisation}
    here = [row for row in placements if row.provider_id in linked]
    return {row.commissioner_id for row in here if row.ends_on is None or row.ends_on >= on}


async def visible(session: AsyncSession, placement_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of the placements that the caller may see."""
    query = select(col(Placement.id)).where(col(Placement.id) == any_(bindparam("ids", placement_ids, ARRAY(Uuid))))
    return frozenset((await session.execute(query)).scalars())


def own_part(
    everybody: ProviderFacts,
    placements: Sequence[Any],
    children: Sequence[Any],
    caller: Caller,
    linked: Sequence[UUID],
    coming: AbstractSet[UUID],
) -> ProviderFacts:
    """The facts that the caller itself put in: its placements, its pupils, as its own records tell them.

    Each record is a child: that others take two of them for one is not the caller's to learn. Nor is it that others
    have placed here, or keep room here for, a child that the caller has placed elsewhere alone.
    """
    anywhere = [row for row in placements if caller.organisation_id in (row.commissioner_id, row.pupil_owner_id)]
    concerned = coming | {row.pupil_id for row in anywhere if row.provider_id in linked}
    mine = [row for row in anywhere if row.pupil_id in concerned]
    ids = {row.pupil_id for row in mine}
    told = [row for row in children if row.pupil_id in ids and row.owner_id == caller.organisation_id]
    untold = [ChildFact(pupil_id) for pupil_id in sorted(ids - {row.pupil_id for row in told})]
    placed = {each.placement_id: each for each in everybody.placements}
    return replace(
        everybody,
        placements=tuple(placed[row.placement_id]._replace(child_id=row.pupil_id) for row in mine),
        children=(*children_of(told, mine, by="pupil_id"), *untold),
        declarations=(),
    )
