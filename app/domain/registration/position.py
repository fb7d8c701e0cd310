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
    _count_declared(position)
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


def _count_declared(position: Position) -> None:
    tally = position.tally
    position.spells = [spell for spell in spells_of(position.facts) if spell.first <= position.day <= spell.last]
    for spell in position.spells:
        for group in spell.groups:
            profile = declared_profile(group)
            tally.add(tally.board.marks(profile, spell.stale), group.count)
            if group.count and not spell.stale:
                position.declared.add(profile)


def _most(cap: Cap, profiles: Iterable[Profile]) -> int:
    concerned = (profile for profile in profiles if cap.concerns(profile.programme_days))
    return max((profile.amount(cap.measure).at_least for profile in concerned), default=0)
