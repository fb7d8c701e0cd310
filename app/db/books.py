"""Providers as decisions on placements need them: read once under their guards, and kept in step with what is
recorded."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import straight
from app.db.session import caller_of
from app.db.told import (
    PLACEMENT,
    Planned,
    alone_and_together,
    child_of,
    declarations_of,
    joined,
    placement_fact,
    planned_from,
    with_plans,
)
from app.domain.access import Caller
from app.domain.registration import ChildFact, PlacementFact, ProviderFacts, Roll

_DECLARATIONS = "SELECT * FROM apqa_declaration_facts($1)"
_HOLDS = "SELECT * FROM apqa_hold_facts($1, $2)"
_PLACEMENTS = f"SELECT {PLACEMENT} FROM apqa_placement_facts($1, $2, $3)"  # noqa: S608 - our own names
_CHILDREN = "SELECT * FROM apqa_child_facts($1)"
_ADOPTED = "SELECT * FROM apqa_adopted($1)"


@dataclass(frozen=True, slots=True)
class Placed:
    """A placement, with what tells whose it is and what it says of the child on entry."""

    fact: PlacementFact
    pupil_id: UUID
    pupil_owner_id: UUID
    sen_provision_entry: str | None

    @property
    def starts_on(self) -> date:
        """Its first day."""
        return self.fact.starts_on

    @property
    def ends_on(self) -> date | None:
        """Its last day."""
        return self.fact.ends_on

    def is_of(self, caller: Caller) -> bool:
        """Whether the caller put it in (`facts.own_part`)."""
        return caller.organisation_id in (self.fact.commissioner_id, self.pupil_owner_id)

    def own(self) -> PlacementFact:
        """The fact as the caller's own records tell it: each record is a child."""
        return self.fact._replace(child_id=self.pupil_id)


@dataclass(frozen=True, slots=True)
class Children:
    """What is known of some children, whatever the provider: all their records and placements."""

    caller: Caller
    records: Mapping[UUID, Sequence[Any]]
    placed: Mapping[UUID, Sequence[Placed]]

    def of(self, ids: Iterable[UUID]) -> "Children":
        """Some of the children."""
        keys = [*ids]
        records = {key: self.records[key] for key in keys if key in self.records}
        return Children(self.caller, records, {key: self.placed[key] for key in keys if key in self.placed})

    def child(self, child_id: UUID) -> ChildFact:
        """A child, joined from every record of it."""
        records = self.records.get(child_id)
        return child_of(child_id, records, self.placed.get(child_id, ())) if records else ChildFact(child_id)

    def record(self, child_id: UUID, pupil_id: UUID) -> ChildFact:
        """The child as the caller's own record tells it; where it keeps none, a child of whom nothing is known."""
        mine = [each for each in self.records.get(child_id, ()) if each.pupil_id == pupil_id]
        if not mine or mine[0].owner_id != self.caller.organisation_id:
            return ChildFact(pupil_id)
        placed = [each for each in self.placed.get(child_id, ()) if each.pupil_id == pupil_id]
        return child_of(pupil_id, mine, [each for each in placed if each.is_of(self.caller)])

    def instead(self, placement_id: UUID, child_id: UUID, placed: Placed | None) -> "Children":
        """The same with one placement as told; None: without it."""
        theirs = [each for each in self.placed.get(child_id, ()) if each.fact.placement_id != placement_id]
        if placed is not None:
            theirs.append(placed)
        return Children(self.caller, self.records, {**self.placed, child_id: theirs})


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for several providers. `here`: who is or was at each; `expected`: who is to come to each; `plans`:
    for what each keeps room; `since`: the first day that will be asked about."""

    children: Children
    here: Mapping[UUID, set[UUID]]
    expected: Mapping[UUID, set[UUID]]
    declared: Sequence[Any]
    plans: Sequence[tuple[UUID, Planned]]
    adopted: frozenset[str]
    since: date

    def roll(self, facts: ProviderFacts) -> Roll:
        """The roll of one of the providers, or of a group of them."""
        return Roll(facts, since=self.since)


@dataclass(frozen=True, slots=True)
class Books:
    """One provider as everybody knows it, as the caller alone does, and together with those that it is linked with.

    `concerned`: the children who are or were here, are to be, or have room kept for them; `facts`: as they were read;
    `holds`: for what room is
    kept, by child; `held`: the rolls of the provider, and of its group, with that room filled.
    """

    concerned: frozenset[UUID]
    children: Children
    facts: ProviderFacts
    everybody: Roll
    group: Roll | None
    holds: Mapping[UUID, Sequence[Planned]]
    held: tuple[Roll, ...]

    @property
    def both(self) -> tuple[Roll, ...]:
        """The provider alone, and its group where it has one."""
        return _several(self.everybody, self.group)

    def own(self) -> Roll:
        """The provider as the caller alone knows it: made when it is asked for, for few ask."""
        children = self.children
        placed = [each for key in self.concerned for each in children.placed.get(key, ())]
        mine = [each for each in placed if each.is_of(children.caller)]
        return Roll(
            replace(
                self.facts,
                placements=tuple(each.own() for each in mine),
                children=tuple(children.record(each.fact.child_id, each.pupil_id) for each in mine),
                declarations=(),
            )
        )

    def instead(self, placement_id: UUID, child_id: UUID, placed: Placed | None) -> "Books":
        """The same with one placement as told; None: without it."""
        children = self.children.instead(placement_id, child_id, placed)
        child, fact = children.child(child_id), placed.fact if placed else None
        everybody = self.everybody.instead(placement_id, child, fact)
        group = self.group and self.group.instead(placement_id, child, fact)
        entered = [flag for plan in self.holds.get(child_id, ()) for flag in plan.entered]
        expected = child._replace(flags=joined(child.flags, entered)) if entered else child
        held = tuple(each.instead(placement_id, expected, fact) for each in self.held) if self.holds else None
        known = (self.concerned, children, self.facts, everybody, group, self.holds)
        return Books(*known, held or _several(everybody, group))


async def opened(
    session: AsyncSession,
    groups: Mapping[UUID, Sequence[Any]],
    coming: Mapping[UUID, Iterable[UUID]],
    *,
    since: date,
    at: datetime,
) -> dict[UUID, Books]:
    """The books of providers whose guards are taken, in five statements for any number of them.

    Args:
        groups: of each provider, rows of `apqa_guard_providers`.
        coming: to which provider which children are to come.
        since: the first day that will be asked about.
        at: the instant at which holds count.
    """
    linked = sorted({row.id for group in groups.values() for row in group})
    declared = await straight.rows(session, _DECLARATIONS, linked)
    held = await straight.rows(session, _HOLDS, linked, at)
    plans = [(row.provider_id, planned_from(each)) for row in held for each in row.placements]
    expected = defaultdict(set, {provider_id: set(children) for provider_id, children in coming.items()})
    for provider_id, plan in plans:
        expected[provider_id].add(plan.child.child_id)
    named = set[UUID]().union(*expected.values())
    children = await _children(session, linked, named, since)
    here = defaultdict[UUID, set[UUID]](set)
    for child_id, theirs in children.placed.items():
        for each in theirs:
            here[each.fact.provider_id].add(child_id)
    adopted = await straight.rows(session, _ADOPTED, [children.caller.organisation])
    told = _Read(children, here, expected, declared, plans, frozenset(row[0] for row in adopted), since)
    return {provider_id: _books(told, group) for provider_id, group in groups.items()}


async def _children(session: AsyncSession, linked: Sequence[UUID], named: AbstractSet[UUID], since: date) -> Children:
    """The children who are or were at the providers, or are named, with all their placements and records."""
    placed, records, known = defaultdict[UUID, list[Placed]](list), defaultdict[UUID, list[Any]](list), dict[Any, Any]()
    placements = straight.each(session, known, _PLACEMENTS, linked, sorted(named), since, own="placement_id")
    async with aclosing(placements) as rows:
        async for row in rows:
            told = Placed(placement_fact(row), row.pupil_id, row.pupil_owner_id, row.sen_provision_entry)
            placed[row.child_id].append(told)
    async with aclosing(straight.each(session, known, _CHILDREN, sorted({*named, *placed}))) as rows:
        async for row in rows:
            records[row.child_id].append(row)
    return Children(caller_of(session), records, placed)


def _books(read: _Read, group: Sequence[Any]) -> Books:
    ids = frozenset(row.id for row in group)
    concerned = set[UUID]().union(*(read.here[each] for each in ids), *(read.expected[each] for each in ids))
    plans = [plan for provider_id, plan in read.plans if provider_id in ids]
    children = read.children.of(concerned)
    everybody, together = _facts(read, group, ids, children)
    alone, both = read.roll(everybody), read.roll(together) if together else None
    return Books(
        concerned=frozenset(concerned),
        children=children,
        facts=everybody,
        everybody=alone,
        group=both,
        holds=_by_child(plans),
        held=_held(read, [each for each in (everybody, together) if each], plans) if plans else _several(alone, both),
    )


def _facts(
    read: _Read, group: Sequence[Any], ids: frozenset[UUID], children: Children
) -> tuple[ProviderFacts, ProviderFacts | None]:
    """The provider alone, and counted together with its group where that is more."""
    together = ProviderFacts(
        provider_ids=frozenset(),
        registration_status=next(row.registration_status for row in group if row.id == row.provider_id),
        children=tuple(map(children.child, children.records)),
        placements=tuple(each.fact for theirs in children.placed.values() for each in theirs),
        declarations=declarations_of(row for row in read.declared if row.provider_id in ids),
        adopted=read.adopted,
    )
    return alone_and_together(together, group)


def _by_child(plans: Iterable[Planned]) -> dict[UUID, list[Planned]]:
    found: defaultdict[UUID, list[Planned]] = defaultdict(list)
    for plan in plans:
        found[plan.child.child_id].append(plan)
    return found


def _held(read: _Read, several: Iterable[ProviderFacts], plans: Sequence[Planned]) -> tuple[Roll, ...]:
    return tuple(read.roll(with_plans(each, plans)) for each in several)


def _several(alone: Roll, group: Roll | None) -> tuple[Roll, ...]:
    return (alone, group) if group else (alone,)
