"""Everybody at a provider on a day, known or declared, with how they stand towards every test."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.registration.declared import Spell, spells_of
from app.domain.registration.facts import ProviderFacts
from app.domain.registration.pupils import Profile, Pupil, declared_profile
from app.domain.registration.tally import WIDTH, Standing, Tally, board_of
from app.domain.rulesets import Cap, Limb, Measure, Ruleset


@dataclass(slots=True)
class Position:
    """The pupils here on `day` (a day number) and the declarations that speak on it, counted test by test."""

    facts: ProviderFacts
    day: int
    tally: Tally
    pupils: list[tuple[Pupil, Profile]] = field(default_factory=list)
    known: set[Profile] = field(default_factory=set)
    cells: dict[int, list[tuple[Pupil, Profile]]] = field(default_factory=dict)
    spells: list[Spell] = field(default_factory=list)
    declared: set[Profile] = field(default_factory=set)

    def standing(self, at: int, towards: Standing) -> list[tuple[Pupil, Profile]]:
        """The known pupils who stand so towards the test numbered `at`."""
        return self.cells.get(at * WIDTH + towards, [])

    def observed(self, at: int) -> tuple[int, int]:
        """What the test numbered `at` observes: among known pupils, and in current declarations."""
        test = self.tally.board.tests[at][1]
        if isinstance(test, Limb):
            known = len(self.standing(at, Standing.COUNTS))
            return known, self.tally.count(at, Standing.COUNTS) - known
        return _most(test, self.known), _most(test, self.declared)

    def contributing(self, at: int) -> tuple[UUID, ...]:
        """The placements of the pupils whom the test counts, in order of id."""
        total = self.tally.board.tests[at][1].measure is Measure.TOTAL_WEEKLY_MINUTES
        counted = self.standing(at, Standing.COUNTS)
        stays = (
            stay
            for pupil, _ in counted
            for stay in (pupil.unregistered_on(self.day) if total else pupil.here_on(self.day))
        )
        return tuple(sorted(stay.placement.placement_id for stay in stays))


def position_of(facts: ProviderFacts, pupils: Iterable[Pupil], day: int, rulesets: Sequence[Ruleset]) -> Position:
    """Count the pupils and declarations of a day."""
    position = Position(facts, day, Tally(board_of(tuple(rulesets))))
    _count_known(position, pupils)
    position.spells = count_declared(position.tally, facts, day)
    current = (group for spell in position.spells if not spell.stale for group in spell.groups if group.count)
    position.declared.update(map(declared_profile, current))
    return position


def _count_known(position: Position, pupils: Iterable[Pupil]) -> None:
    tally = position.tally
    for pupil in pupils:
        profile = pupil.profile(position.day)
        if profile is None:
            continue
        position.pupils.append((pupil, profile))
        marks = tally.board.marks(profile)
        tally.add(marks, 1)
        for cell in marks:
            position.cells.setdefault(cell, []).append((pupil, profile))
    position.known.update(profile for _, profile in position.pupils)


def count_declared(tally: Tally, facts: ProviderFacts, day: int) -> list[Spell]:
    """Count the pupils that the providers declare; gives the declarations that speak on the day."""
    spells = [spell for spell in spells_of(facts) if spell.first <= day <= spell.last]
    for spell in spells:
        for group in spell.groups:
            tally.add(tally.board.marks(declared_profile(group), spell.stale), group.count)
    return spells


def _most(cap: Cap, profiles: Iterable[Profile]) -> int:
    concerned = (profile for profile in profiles if cap.concerns(profile.programme_days))
    return max((profile.amount(cap.measure).at_least for profile in concerned), default=0)
