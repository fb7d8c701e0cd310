"""What the threshold engine reads about a provider, gathered over all organisations and over the caller's own alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import organisations
from app.db.placements import Placement
from app.db.providers import Provider
from app.db.session import caller_of
from app.domain.access import Caller, Role
from app.domain.placements import engine_arrangement
from app.domain.registration import (
    REGISTERED,
    ChildFact,
    DeclarationFact,
    DeclaredGroup,
    Flag,
    PlacementFact,
    ProviderFacts,
)
from app.domain.rulesets import FlagKind

_GROUP = text("SELECT * FROM apqa_provider_group(:provider)")
_LOCK = text("SELECT * FROM apqa_lock_providers(:providers)")
_PLACEMENTS = text("SELECT * FROM apqa_placement_facts(:providers)")
_CHILDREN = text("SELECT * FROM apqa_child_facts(:children)")
_HOLDS = text("SELECT * FROM apqa_hold_facts(:providers, :at)")
_DECLARATIONS = text("SELECT * FROM apqa_declaration_facts(:providers)")


@dataclass(frozen=True, slots=True)
class Planned:
    """A placement that is not recorded yet: one asked about, or one that a hold keeps room for."""

    fact: PlacementFact
    child: ChildFact


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about one provider: everybody's, and those of the caller alone; each also for its linked providers.

    `visible`: ids of the placements that the caller may see.
    """

    everybody: ProviderFacts
    own: ProviderFacts
    group: ProviderFacts | None
    own_group: ProviderFacts | None
    visible: frozenset[UUID]

    def instead(self, placement_id: UUID, fact: PlacementFact | None) -> "Facts":
        """The same facts with one placement as it was before (None: not there yet)."""

        def swap(facts: ProviderFacts) -> ProviderFacts:
            others = tuple(each for each in facts.placements if each.placement_id != placement_id)
            return replace(facts, placements=(*others, fact) if fact else others)

        return replace(
            self,
            everybody=swap(self.everybody),
            own=swap(self.own),
            group=self.group and swap(self.group),
            own_group=self.own_group and swap(self.own_group),
        )

    def holding(self, plans: Iterable[Planned]) -> "Facts":
        """The same facts with room kept by others, which the caller does not see."""
        kept = tuple(plans)
        return replace(self, everybody=_with(self.everybody, kept), group=self.group and _with(self.group, kept))

    def planning(self, plans: Iterable[Planned]) -> "Facts":
        """The same facts with these plans added, to everybody's and to the caller's own."""
        kept = tuple(plans)
        return replace(
            self,
            everybody=_with(self.everybody, kept),
            own=_with(self.own, kept),
            group=self.group and _with(self.group, kept),
            own_group=self.own_group and _with(self.own_group, kept),
            visible=self.visible | {plan.fact.placement_id for plan in kept},
        )


def _with(facts: ProviderFacts, plans: Sequence[Planned]) -> ProviderFacts:
    known = {child.child_id for child in facts.children}
    fresh = {plan.child.child_id: plan.child for plan in plans if plan.child.child_id not in known}
    return replace(
        facts,
        placements=(*facts.placements, *(plan.fact for plan in plans)),
        children=(*facts.children, *fresh.values()),
    )


async def lock(session: AsyncSession, provider_ids: Iterable[UUID]) -> None:
    """Take the guard rows of providers and of all that are linked with them, in one order for everybody.

    A decision about a threshold spans rows of several organisations that no one of them sees, so no version on a row of
    theirs could guard it. The lock is a statement of its own: whatever is counted after it sees every commit before it.
    """
    ids: set[UUID] = set()
    for provider_id in provider_ids:
        ids |= {row.id for row in await session.execute(_GROUP, {"provider": provider_id})}
    await session.execute(_LOCK, {"providers": sorted(ids)})


async def load(session: AsyncSession, provider: Provider, *, at: datetime, without_hold: UUID | None = None) -> Facts:
    """Gather the facts.

    Args:
        provider: one that the caller may know of.
        at: the instant at which holds count.
        without_hold: a hold that is being used, and so no longer counts.
    """
    caller = caller_of(session)
    group = (await session.execute(_GROUP, {"provider": provider.id})).all()
    linked = [row.id for row in group]
    placements = (await session.execute(_PLACEMENTS, {"providers": linked})).all()
    children = (await session.execute(_CHILDREN, {"children": list({row.child_id for row in placements})})).all()
    declarations = (await session.execute(_DECLARATIONS, {"providers": linked})).all()
    holds = (await session.execute(_HOLDS, {"providers": linked, "at": at})).all()
    everybody = ProviderFacts(
        # A new name is not a new provider: it answers for those whose history it carries on.
        provider_ids=frozenset(row.id for row in group if row.predecessor),
        registration_status=provider.registration_status,
        children=children_of(children, placements),
        placements=tuple(map(placement_fact, placements)),
        declarations=tuple(map(declaration_fact, declarations)),
        adopted=await organisations.adopted(session, _concerned(caller, placements)),
    )
    own = own_part(everybody, placements, children, caller)
    # A registered school's own pupils do not count for its sister company.
    ids = everybody.provider_ids | {row.id for row in group if row.registration_status not in REGISTERED}
    grouped = ids > everybody.provider_ids
    facts = Facts(
        everybody=everybody,
        own=own,
        group=replace(everybody, provider_ids=ids) if grouped else None,
        own_group=replace(own, provider_ids=ids) if grouped else None,
        visible=await visible(session, linked),
    )
    return facts.holding(planned_from(kept) for row in holds if row.hold_id != without_hold for kept in row.placements)


def _concerned(caller: Caller, placements: Sequence[Any]) -> set[UUID]:
    """Whose agreements bear on the answer: the caller's, or for those who oversee the place, every commissioner's."""
    if caller.role in (Role.PROVIDER, Role.LOCAL_AUTHORITY, Role.SYSTEM):
        return {row.commissioner_id for row in placements}
    return {caller.organisation}


async def visible(session: AsyncSession, provider_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Ids of the placements with these providers that the caller may see."""
    query = select(col(Placement.id)).where(col(Placement.provider_id).in_(provider_ids))
    return frozenset((await session.execute(query)).scalars())


def own_part(
    everybody: ProviderFacts, placements: Sequence[Any], children: Sequence[Any], caller: Caller
) -> ProviderFacts:
    """The facts that the caller itself put in: its placements, its pupils, as its own records tell them."""
    mine = [row for row in placements if caller.organisation_id in (row.commissioner_id, row.pupil_owner_id)]
    ids = {row.child_id for row in mine}
    told = [row for row in children if row.child_id in ids and row.owner_id == caller.organisation_id]
    untold = [ChildFact(child_id) for child_id in sorted(ids - {row.child_id for row in told})]
    return replace(
        everybody,
        placements=tuple(map(placement_fact, mine)),
        children=(*children_of(told, mine), *untold),
        declarations=(),
    )


# --- from rows to facts ---------------------------------------------------------------------------------------------


def placement_fact(row: Any) -> PlacementFact:
    """One row of `apqa_placement_facts`."""
    return PlacementFact(
        placement_id=row.placement_id,
        commissioner_id=row.commissioner_id,
        provider_id=row.provider_id,
        child_id=row.child_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        arrangements=tuple(map(engine_arrangement, row.arrangements)),
        site_id=row.site_id,
        sole_provision=row.sole_provision,
        main_responsibility=row.main_responsibility,
        provider_unregistered=row.registration_status not in REGISTERED,
    )


def children_of(rows: Iterable[Any], placements: Iterable[Any] = ()) -> tuple[ChildFact, ...]:
    """Rows of `apqa_child_facts`, one for each record, joined to one fact for each child.

    A plan that a placement's census return names on entry counts from that day where no record tells of one.
    """
    records: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        records[row.child_id].append(row)
    entered: dict[UUID, list[Flag]] = defaultdict(list)
    for row in placements:
        if row.sen_provision_entry in _BY_PROVISION:
            entered[row.child_id].append(Flag(_BY_PROVISION[row.sen_provision_entry], row.starts_on))
    return tuple(_child(child_id, told, entered[child_id]) for child_id, told in records.items())


def _child(child_id: UUID, records: Sequence[Any], entered: Sequence[Flag]) -> ChildFact:
    flags = [flags_of(row.characteristics, row.sen_provision) for row in records]
    recorded = {flag.kind for told in flags for flag in told}
    kinds = [{flag.kind for flag in told} for told in flags]
    apart = {kind.value for told in kinds for kind in told if any(kind not in other for other in kinds)}
    return ChildFact(
        child_id=child_id,
        born_on=tuple(sorted({row.born_on for row in records if row.born_on is not None})),
        flags=tuple(
            dict.fromkeys(
                [*(flag for told in flags for flag in told), *(flag for flag in entered if flag.kind not in recorded)]
            )
        ),
        disagreements=tuple(sorted(apart)),
    )


# A census code without dates says what the child has now; nothing says since when, so it counts throughout.
_BY_PROVISION = {"E": FlagKind.EHCP, "K": FlagKind.SEN_SUPPORT}


def flags_of(characteristics: Iterable[Mapping[str, Any]], sen_provision: str | None) -> tuple[Flag, ...]:
    """A record's dated characteristics, and what its SEN provision says where no date is given."""
    dated = [
        Flag(
            FlagKind(each["kind"]),
            date.fromisoformat(each["from_on"]) if each.get("from_on") else date.min,
            date.fromisoformat(each["to_on"]) if each.get("to_on") else None,
        )
        for each in characteristics
    ]
    kind = _BY_PROVISION.get(sen_provision or "")
    if kind is not None and all(flag.kind is not kind for flag in dated):
        dated.append(Flag(kind, date.min))
    return tuple(dated)


def declaration_fact(row: Any) -> DeclarationFact:
    """One row of `apqa_declaration_facts`."""
    return DeclarationFact(
        provider_id=row.provider_id,
        declared_on=row.declared_on,
        stale_from_on=row.stale_from_on,
        groups=tuple(DeclaredGroup(**group) for group in row.groups),
    )


def planned_from(kept: Mapping[str, Any]) -> Planned:
    """A plan as a hold keeps it (see `planned_document`)."""
    said, child = kept["placement"], kept["child"]
    child_id = UUID(child["child_id"])
    fact = PlacementFact(
        placement_id=UUID(said["placement_id"]),
        commissioner_id=UUID(said["commissioner_id"]),
        provider_id=UUID(said["provider_id"]),
        child_id=child_id,
        starts_on=date.fromisoformat(said["starts_on"]),
        ends_on=date.fromisoformat(said["ends_on"]) if said["ends_on"] else None,
        arrangements=(engine_arrangement(said["arrangement"]),),
        site_id=UUID(said["site_id"]) if said["site_id"] else None,
        sole_provision=said["sole_provision"],
        main_responsibility=said["main_responsibility"],
        provider_unregistered=said["provider_unregistered"],
    )
    born_on = child["born_on"]
    return Planned(
        fact,
        ChildFact(
            child_id,
            (date.fromisoformat(born_on),) if born_on else (),
            flags_of(child["characteristics"], child["sen_provision"]),
        ),
    )
