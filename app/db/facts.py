"""What the threshold engine reads about a provider, gathered over all organisations and over the caller's own alone."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import straight
from app.db.placements import Placement
from app.db.session import caller_of
from app.db.told import (
    PLACEMENT,
    Planned,
    alone_and_together,
    children_of,
    declarations_of,
    placement_fact,
    planned_from,
    with_plans,
)
from app.domain.access import Caller, Role, seer
from app.domain.registration import ChildFact, ProviderFacts

_GROUP = "SELECT * FROM apqa_provider_group($1)"
_GUARD = "SELECT * FROM apqa_guard_providers($1)"
_PLACEMENTS = f"SELECT {PLACEMENT}, home_la_code, shared_with_ids FROM apqa_placement_facts($1, $2)"  # noqa: S608
_CHILDREN = "SELECT * FROM apqa_child_facts($1)"
_HOLDS = "SELECT * FROM apqa_hold_facts($1, $2)"
_DECLARATIONS = "SELECT * FROM apqa_declaration_facts($1)"
_ADOPTED = "SELECT * FROM apqa_adopted($1)"

Ask: TypeAlias = Callable[..., Awaitable[Sequence[Any]]]  # a statement and its values: rows with attributes


class Place(Protocol):
    """What has to be known of a provider beforehand."""

    id: UUID
    registration_status: str
    la_code: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """Rows of placements and of children's records, and who asks.

    `linked`: the provider's whole group; `coming`: the caller's records of children for whom it has plans there.
    """

    placements: Sequence[Any]
    records: Sequence[Any]
    caller: Caller
    linked: frozenset[UUID]
    coming: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about one provider as everybody tells them, and with all that are linked with it counted together.

    `visible`: ids of the placements that the caller may see; `plans`: those that were added; `holds`: for what room is
    kept, which is no evidence that a child is there and counts in no check, only in decisions.
    """

    everybody: ProviderFacts
    group: ProviderFacts | None
    visible: frozenset[UUID]
    told: Told
    plans: tuple[Planned, ...] = ()
    holds: tuple[Planned, ...] = ()

    def own(self) -> ProviderFacts:
        """The same as the caller alone tells it: made when it is asked for, for few ask."""
        return with_plans(own_part(self.everybody, self.told), [plan.own() for plan in self.plans])

    def bound_by(self, adopted: frozenset[str]) -> "Facts":
        """The same facts under other agreements."""
        return replace(
            self,
            everybody=replace(self.everybody, adopted=adopted),
            group=self.group and replace(self.group, adopted=adopted),
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
        return replace(
            self,
            everybody=with_plans(self.everybody, kept),
            group=self.group and with_plans(self.group, kept),
            visible=self.visible | {plan.fact.placement_id for plan in kept},
            plans=(*self.plans, *kept),
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
    provider: Place,
    *,
    at: datetime,
    overseen_on: date | None = None,
    coming: Sequence[Planned] = (),
    using: Iterable[UUID] = (),
) -> Facts:
    """Gather the facts in a session; as `gather`."""
    ask = partial(straight.rows, session)
    return await gather(
        ask, caller_of(session), provider, at=at, overseen_on=overseen_on, coming=coming, using=frozenset(using)
    )


async def gather(
    ask: Ask,
    caller: Caller,
    provider: Place,
    *,
    at: datetime,
    overseen_on: date | None = None,
    coming: Sequence[Planned] = (),
    using: AbstractSet[UUID] = frozenset(),
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
    group = await ask(_GROUP, provider.id)
    linked = [row.id for row in group]
    declarations = await ask(_DECLARATIONS, linked)
    held = [row for row in await ask(_HOLDS, linked, at) if row.hold_id not in using]
    holds = tuple(planned_from(kept) for row in held for kept in row.placements)
    awaited = {plan.child.child_id for plan in (*coming, *holds)}
    placements = await ask(_PLACEMENTS, linked, list(awaited))
    records = await ask(_CHILDREN, list(awaited.union([row.child_id for row in placements])))
    adopted = await ask(_ADOPTED, list(_concerned(caller, placements, linked, overseen_on)))
    facts = ProviderFacts(
        provider_ids=frozenset(),
        registration_status=provider.registration_status,
        children=children_of(records, placements),
        placements=tuple(map(placement_fact, placements)),
        declarations=declarations_of(declarations),
        adopted=frozenset([row[0] for row in adopted]),
    )
    told = Told(placements, records, caller, frozenset(linked), frozenset(plan.record_id for plan in coming))
    sees = seer(caller, "placements")
    seen = frozenset([row.placement_id for row in placements if sees(row)])
    return Facts(*alone_and_together(facts, group), visible=seen, told=told, holds=holds)


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


def own_part(everybody: ProviderFacts, told: Told) -> ProviderFacts:
    """The facts that the caller itself put in: its placements, its pupils, as its own records tell them.

    Each record is a child: that others take two of them for one is not the caller's to learn. Nor is it that others
    have placed here, or keep room here for, a child that the caller has placed elsewhere alone.
    """
    caller = told.caller
    anywhere = [row for row in told.placements if caller.organisation_id in (row.commissioner_id, row.pupil_owner_id)]
    concerned = told.coming | {row.pupil_id for row in anywhere if row.provider_id in told.linked}
    mine = [row for row in anywhere if row.pupil_id in concerned]
    ids = {row.pupil_id for row in mine}
    records = [row for row in told.records if row.pupil_id in ids and row.owner_id == caller.organisation_id]
    untold = [ChildFact(pupil_id) for pupil_id in sorted(ids - {row.pupil_id for row in records})]
    placed = {each.placement_id: each for each in everybody.placements}
    return replace(
        everybody,
        placements=tuple(placed[row.placement_id]._replace(child_id=row.pupil_id) for row in mine),
        children=(*children_of(records, mine, by="pupil_id"), *untold),
        declarations=(),
    )
