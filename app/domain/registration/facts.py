"""The facts about a provider that the threshold engine reads, as plain values."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.domain.rulesets import FlagKind

REGISTERED = frozenset({"registered_independent_school", "state_ap_school", "other_school"})


class Weeks(StrEnum):
    """The weeks of a fortnightly timetable in which a slot recurs."""

    EVERY = "every"
    A = "a"
    B = "b"


class HoursBasis(StrEnum):
    """How the hours of an arrangement are known."""

    TIMETABLE = "timetable"
    DECLARED = "declared"
    ESTIMATED = "estimated"


class Slot(NamedTuple):
    """Time of one weekday (1 Monday … 7 Sunday), in minutes after midnight, breaks included."""

    weekday: int
    starts_minute: int
    ends_minute: int
    weeks: Weeks = Weeks.EVERY
    site_id: UUID | None = None


class Arrangement(NamedTuple):
    """A placement's week from `from_on` until its next arrangement.

    Slots decide where there are any; otherwise the stated figures do. With neither, the hours are unknown: never zero.
    """

    from_on: date
    slots: tuple[Slot, ...] = ()
    weekly_minutes: int | None = None
    days_per_week: int | None = None
    sessions_per_week: int | None = None
    hours_basis: HoursBasis | None = None


class PlacementFact(NamedTuple):
    """One child at one provider for one commissioner, both dates inclusive; `ends_on` None: open-ended."""

    placement_id: UUID
    commissioner_id: UUID
    provider_id: UUID
    child_id: UUID
    starts_on: date
    ends_on: date | None = None
    arrangements: tuple[Arrangement, ...] = ()
    site_id: UUID | None = None
    sole_provision: bool | None = None
    main_responsibility: bool | None = None
    provider_unregistered: bool = True

    def lasts_on(self, on: date) -> bool:
        """Whether the placement lasts on a day."""
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class Flag(NamedTuple):
    """A characteristic that a child has from a day, to a day inclusive (None: still)."""

    kind: FlagKind
    from_on: date
    to_on: date | None = None


class ChildFact(NamedTuple):
    """One child, joined from every record of it: `born_on` holds each distinct date told, none if unknown.

    A flag that any record carries counts. `disagreements` names what the records tell differently.
    """

    child_id: UUID
    born_on: tuple[date, ...] = ()
    flags: tuple[Flag, ...] = ()
    disagreements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredGroup:
    """So many alike pupils, not in the service, as the provider declares them."""

    count: int
    weekly_minutes: int
    days_per_week: int | None = None
    compulsory_school_age: bool = True
    ehcp: bool = False
    looked_after: bool = False
    sen_support: bool = False
    sole_provision: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationFact:
    """All that a provider declared on a day; it replaces its earlier declarations and is stale from `stale_from_on`."""

    provider_id: UUID
    declared_on: date
    stale_from_on: date
    groups: tuple[DeclaredGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """A provider, or a group of linked ones counted together.

    `placements`: those here, and those of the same children at other providers; `adopted`: the ids of the rulesets
    adopted by somebody concerned.
    """

    provider_ids: frozenset[UUID]
    registration_status: str | None = None
    children: tuple[ChildFact, ...] = ()
    placements: tuple[PlacementFact, ...] = ()
    declarations: tuple[DeclarationFact, ...] = ()
    adopted: frozenset[str] = frozenset()

    @property
    def registered(self) -> bool:
        """Whether the provider is a registered school, for which every ruleset is informational."""
        return self.registration_status in REGISTERED
