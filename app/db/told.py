"""From rows, and from plans as holds keep them, to the facts that the threshold engine reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.domain.placements import engine_arrangement
from app.domain.registration import (
    REGISTERED,
    Arrangement,
    ChildFact,
    DeclarationFact,
    DeclaredGroup,
    Flag,
    PlacementFact,
    ProviderFacts,
)
from app.domain.rulesets import FlagKind


@dataclass(frozen=True, slots=True)
class Planned:
    """A placement that is not recorded yet: one asked about, or one that a hold keeps room for.

    `record_id`: the planner's own record of the child; `entered`: what its census return says of the SEN provision on
    entry.
    """

    fact: PlacementFact
    child: ChildFact
    record_id: UUID
    entered: tuple[Flag, ...] = ()

    def own(self) -> "Planned":
        """The same as the planner's own records tell it (`facts.own_part`)."""
        fact, child = self.fact._replace(child_id=self.record_id), self.child._replace(child_id=self.record_id)
        return replace(self, fact=fact, child=child)


# What of `apqa_placement_facts` is read for each placement.
PLACEMENT = """
    placement_id, commissioner_id, provider_id, child_id, pupil_id, pupil_owner_id, starts_on, ends_on, site_id,
    arrangements::text, sole_provision, main_responsibility, sen_provision_entry, registration_status"""


def placement_fact(row: Any) -> PlacementFact:
    """One row of placements, its arrangements as the database writes them."""
    return PlacementFact(
        row.placement_id,
        row.commissioner_id,
        row.provider_id,
        row.child_id,
        row.starts_on,
        row.ends_on,
        _arrangements(row.arrangements),
        row.site_id,
        row.sole_provision,
        row.main_responsibility,
        row.registration_status not in REGISTERED,
    )


@lru_cache(maxsize=1024)
def _arrangements(kept: str) -> tuple[Arrangement, ...]:
    """Nearly every placement has one, and but for the day it begins few differ: it is read once. Many of a file, or of
    a provider, begin on the same day, too: they have one object."""
    opening, from_on, week = kept[:14], kept[14:24], kept[24:]
    if opening == _OPENING and "from_on" not in week:
        return (Arrangement(date.fromisoformat(from_on), *_read(week)[1:]),)
    return tuple(map(engine_arrangement, orjson.loads(kept)))


_OPENING = '[{"from_on": "'  # jsonb spells the shortest name first


@lru_cache(maxsize=4096)
def _read(week: str) -> Arrangement:
    return engine_arrangement(orjson.loads(f"{_OPENING}{date.min}{week}")[0])


def children_of(rows: Iterable[Any], placements: Iterable[Any] = (), *, by: str = "child_id") -> tuple[ChildFact, ...]:
    """Rows of `apqa_child_facts`, one for each record, joined to one fact for each child.

    A plan that a placement's census return names on entry counts while the placement lasts, where no record tells of
    one.
    """
    records: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        records[getattr(row, by)].append(row)
    placed: dict[UUID, list[Any]] = defaultdict(list)
    for row in placements:
        placed[getattr(row, by)].append(row)
    return tuple(child_of(child_id, told, placed[child_id]) for child_id, told in records.items())


def child_of(child_id: UUID, records: Sequence[Any], placements: Iterable[Any]) -> ChildFact:
    """One child, from its records and its placements."""
    told = [row for row in placements if row.sen_provision_entry]
    entered = [flag for row in told for flag in entered_with(row.sen_provision_entry, row.starts_on, row.ends_on)]
    return _child(child_id, records, entered)


def _child(child_id: UUID, records: Sequence[Any], entered: Sequence[Flag]) -> ChildFact:
    flags = [flags_of(row.characteristics, row.sen_provision) for row in records]
    recorded = flags[0] if len(flags) == 1 else tuple([flag for told in flags for flag in told])
    return ChildFact(
        child_id=child_id,
        born_on=tuple(sorted({row.born_on for row in records if row.born_on is not None})),
        flags=joined(recorded, entered) if recorded or entered else (),
        disagreements=_told_apart(flags) if len(flags) > 1 else (),
    )


def _told_apart(flags: Sequence[Sequence[Flag]]) -> tuple[str, ...]:
    """Kinds of flags that some records of a child tell, and others do not."""
    kinds = [{flag.kind for flag in told} for told in flags]
    return tuple(sorted({kind.value for told in kinds for kind in told if any(kind not in other for other in kinds)}))


def joined(recorded: Sequence[Flag], entered: Sequence[Flag]) -> tuple[Flag, ...]:
    """What is recorded of a child, and what was told on entry of kinds of which no record tells."""
    if not recorded and not entered:  # most children
        return ()
    kinds = {flag.kind for flag in recorded}
    return tuple(dict.fromkeys([*recorded, *(flag for flag in entered if flag.kind not in kinds)]))


def entered_with(provision: str | None, starts_on: date, ends_on: date | None) -> tuple[Flag, ...]:
    """What SEN provision on entry to a placement tells of the child while it lasts."""
    kind = _BY_PROVISION.get(provision or "")
    return (Flag(kind, starts_on, ends_on),) if kind else ()


# A census code without dates says what the child has now; nothing says since when, so it counts throughout. Statements
# and School Action count as what replaced them (Children and Families Act 2014, Part 3).
_BY_PROVISION = {
    "E": FlagKind.EHCP,
    "S": FlagKind.EHCP,
    "K": FlagKind.SEN_SUPPORT,
    "A": FlagKind.SEN_SUPPORT,
    "P": FlagKind.SEN_SUPPORT,
}


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


def declarations_of(rows: Iterable[Any]) -> tuple[DeclarationFact, ...]:
    """Declarations in the order in which they were made: of two of one day the later counts."""
    latest = {(row.provider_id, row.declared_on): row for row in rows}
    return tuple(
        DeclarationFact(
            provider_id=row.provider_id,
            declared_on=row.declared_on,
            stale_from_on=row.stale_from_on,
            groups=tuple(DeclaredGroup(**group) for group in row.groups),
        )
        for row in latest.values()
    )


def planned_from(kept: Mapping[str, Any]) -> Planned:
    """A plan as a hold keeps it (`db.planning` makes it)."""
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
    born_on = (date.fromisoformat(child["born_on"]),) if child["born_on"] else ()
    return Planned(
        fact,
        ChildFact(child_id, born_on, flags_of(child["characteristics"], child["sen_provision"])),
        UUID(child["record_id"]),
        entered_with(child["sen_provision_entry"], fact.starts_on, fact.ends_on),
    )


def alone_and_together(facts: ProviderFacts, group: Iterable[Any]) -> tuple[ProviderFacts, ProviderFacts | None]:
    """A provider by itself, and counted together with all that are linked with it, where that is more.

    Args:
        facts: all facts about any of them.
        group: rows of `apqa_provider_group`.
    """
    rows = list(group)
    # A new name is not a new provider: it answers for those whose history it carries on.
    line = frozenset(row.id for row in rows if row.predecessor)
    # A registered school's own pupils do not count for its sister company.
    ids = line | {row.id for row in rows if row.registration_status not in REGISTERED}
    return _at(facts, line), _at(facts, ids) if ids > line else None


def _at(facts: ProviderFacts, ids: frozenset[UUID]) -> ProviderFacts:
    declared = tuple(each for each in facts.declarations if each.provider_id in ids)
    return replace(facts, provider_ids=ids, declarations=declared)


def with_plans(facts: ProviderFacts, plans: Sequence[Planned]) -> ProviderFacts:
    """Facts with plans added to them, as if they were placements."""
    children = {child.child_id: child for child in facts.children}
    for plan in plans:
        child = children.get(plan.child.child_id, plan.child)
        children[child.child_id] = child._replace(flags=joined(child.flags, plan.entered))
    return replace(
        facts,
        placements=(*facts.placements, *(plan.fact for plan in plans)),
        children=tuple(children.values()),
    )
