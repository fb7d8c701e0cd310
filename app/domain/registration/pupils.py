"""What one child's facts come to on a day, seen from a provider: the profile that every test reads."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from app.domain.calendar import compulsory_school_age
from app.domain.registration.facts import (
    Arrangement,
    ChildFact,
    DeclaredGroup,
    PlacementFact,
    ProviderFacts,
)
from app.domain.registration.week import Known, Week, week_of
from app.domain.rulesets import FlagKind, Measure

FOREVER = date.max.toordinal() + 1


class Profile(NamedTuple):
    """All that a test may ask of a pupil (or of each pupil of a declared group) on a day.

    `programme_days`: the longest planned span of the placements here, None where one is open-ended.
    """

    week: Week
    total_minutes: Known
    compulsory_school_age: bool | None
    flags: frozenset[FlagKind]
    sole_provision: bool
    main_responsibility: bool
    programme_days: int | None

    def amount(self, measure: Measure) -> Known:
        """The pupil's own amount of what a cap measures."""
        match measure:
            case Measure.WEEKLY_MINUTES:
                return self.week.minutes
            case Measure.TOTAL_WEEKLY_MINUTES:
                return self.total_minutes
            case Measure.DAYS_PER_WEEK:
                return self.week.days
            case Measure.SESSIONS_PER_WEEK:
                return self.week.sessions
            case Measure.MAIN_RESPONSIBILITY:
                return Known(int(self.main_responsibility), exact=True)
            case Measure.FULL_TIME_PUPILS:
                raise ValueError(measure)


class Stay(NamedTuple):
    """A placement on a line of day numbers, `last` inclusive."""

    first: int
    last: int
    placement: PlacementFact
    arrangements: tuple[tuple[int, Arrangement], ...]

    def on(self, day: int) -> Arrangement | None:
        """The arrangement in force: the latest begun. None before the first, whose hours nobody told."""
        for begins, arrangement in self.arrangements:
            if begins <= day:
                return arrangement
        return None


class Traits:
    """What holds of a child wherever it is, on a line of day numbers."""

    __slots__ = ("_ages", "_flags")

    def __init__(self, child: ChildFact) -> None:
        self._ages = [_school_age(born_on) for born_on in child.born_on]
        self._flags = [(f.from_on.toordinal(), _end(f.to_on), f.kind) for f in child.flags]

    def on(self, day: int) -> tuple[bool | None, frozenset[FlagKind]]:
        """Whether the child is of compulsory school age (None: unknown, or told differently), and its flags."""
        ages = {first <= day <= last for first, last in self._ages}
        flags = frozenset([kind for first, last, kind in self._flags if first <= day <= last])
        return ages.pop() if len(ages) == 1 else None, flags

    def cuts(self) -> list[int]:
        """The days on which something of it changes."""
        days: list[int] = []
        for first, last in self._ages:
            days += (first, last + 1)
        for first, last, _ in self._flags:
            days += (first, last + 1)
        return days


class Pupil:
    """One child with its stays here and at other unregistered providers."""

    __slots__ = ("_traits", "child", "elsewhere", "here")

    def __init__(self, child: ChildFact, here: list[Stay], elsewhere: list[Stay]) -> None:
        self.child, self.here, self.elsewhere = child, here, elsewhere
        self._traits = Traits(child)

    def here_on(self, day: int) -> list[Stay]:
        """The stays here that last on the day, both ends inclusive."""
        return [stay for stay in self.here if stay.first <= day <= stay.last]

    def unregistered_on(self, day: int) -> list[Stay]:
        """The stays at any unregistered provider, this one taken to be among them."""
        return self.here_on(day) + self._elsewhere_on(day)

    def profile(self, day: int) -> Profile | None:
        """The pupil on a day; None when not here."""
        here = self.here_on(day)
        return profile_of(here, self._elsewhere_on(day), self._traits.on(day), day) if here else None

    def cuts(self, since: int = 0) -> list[int]:
        """Every day, in order, on which the profile may change; what changed before a day is told as on that day."""
        first = max(since, min([stay.first for stay in self.here]))
        end = max([stay.last for stay in self.here]) + 1
        days = [first, *self._traits.cuts()]
        for stay in self.here + self.elsewhere:
            days += (stay.first, stay.last + 1)
            days += [begins for begins, _ in stay.arrangements]
        return sorted({day for day in days if first <= day <= end})

    def _elsewhere_on(self, day: int) -> list[Stay]:
        return [stay for stay in self.elsewhere if stay.first <= day <= stay.last]


def pupils_of(facts: ProviderFacts) -> list[Pupil]:
    """Every child that has or had a placement here; one without a record of its own is a child of unknown age."""
    placed: dict[UUID, list[PlacementFact]] = {}
    for placement in facts.placements:
        placed.setdefault(placement.child_id, []).append(placement)
    children = {child.child_id: child for child in facts.children}
    found = (
        pupil_of(children.get(child_id) or ChildFact(child_id), map(stay_of, theirs), facts.provider_ids)
        for child_id, theirs in placed.items()
    )
    return [pupil for pupil in found if pupil is not None]


def pupil_of(child: ChildFact, stays: Iterable[Stay], here_ids: frozenset[UUID]) -> Pupil | None:
    """A child as a pupil of the providers `here_ids`; None where none of its stays is or was here."""
    here, elsewhere = divided(stays, here_ids)
    return Pupil(child, here, elsewhere) if here else None


def divided(stays: Iterable[Stay], here_ids: frozenset[UUID]) -> tuple[list[Stay], list[Stay]]:
    """The stays at the providers `here_ids`, and those at other unregistered providers."""
    here: list[Stay] = []
    elsewhere: list[Stay] = []
    for stay in stays:
        if stay.placement.provider_id in here_ids:
            here.append(stay)
        elif stay.placement.provider_unregistered:
            elsewhere.append(stay)
    return here, elsewhere


def profile_of(
    here: list[Stay], elsewhere: list[Stay], traits: tuple[bool | None, frozenset[FlagKind]], day: int
) -> Profile:
    """A pupil on a day on which all the stays last, and it has these traits."""
    week = _week(here, day)
    return Profile(
        week,
        _week(here + elsewhere, day).minutes if elsewhere else week.minutes,
        *traits,
        True in [stay.placement.sole_provision for stay in here],
        True in [stay.placement.main_responsibility for stay in here],
        _longest_span(here),
    )


def declared_profile(group: DeclaredGroup) -> Profile:
    """Each pupil of a declared group. Nothing is declared of other providers, or of an end."""
    minutes, days = Known(group.weekly_minutes, exact=True), group.days_per_week
    known_days = Known(days or 0, exact=days is not None)
    return Profile(
        week=Week(minutes, known_days, Known(2 * known_days.at_least, known_days.exact)),
        total_minutes=minutes,
        compulsory_school_age=group.compulsory_school_age,
        flags=frozenset(kind for kind in FlagKind if getattr(group, kind)),
        sole_provision=group.sole_provision,
        main_responsibility=False,
        programme_days=None,
    )


def stay_of(placement: PlacementFact) -> Stay:
    """A placement laid on the line of day numbers."""
    latest_first = [(a.from_on.toordinal(), a) for a in placement.arrangements]
    if len(latest_first) > 1:
        latest_first.sort(key=_begins, reverse=True)
    return Stay(placement.starts_on.toordinal(), _end(placement.ends_on), placement, tuple(latest_first))


def _week(stays: Iterable[Stay], day: int) -> Week:
    return week_of([stay.on(day) for stay in stays])


def _begins(dated: tuple[int, Arrangement]) -> int:
    return dated[0]


def _end(last_on: date | None) -> int:
    return FOREVER if last_on is None else last_on.toordinal()


def _longest_span(stays: Sequence[Stay]) -> int | None:
    if FOREVER in [stay.last for stay in stays]:
        return None
    return max([stay.last - stay.first + 1 for stay in stays])


@lru_cache(maxsize=20_000)
def _school_age(born_on: date) -> tuple[int, int]:
    first, last = compulsory_school_age(born_on)
    return first.toordinal(), last.toordinal()
