"""Where a provider stands while placements come and go: what was counted for a day is not counted again."""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date
from uuid import UUID

from app.domain.registration.facts import ChildFact, PlacementFact, ProviderFacts
from app.domain.registration.position import count_declared
from app.domain.registration.pupils import Pupil, pupil_of, stay_of
from app.domain.registration.results import Result, Snapshot
from app.domain.registration.snapshot import snapshot_of
from app.domain.registration.tally import Tally, board_of, overall_of
from app.domain.rulesets import ALL, Ruleset


class Roll:
    """The children of a provider with their placements, and the tallies of the days that were asked about.

    One placement concerns one child, so that child alone is counted anew: a hundred placements, one after the other,
    cost little more than one reading of the provider.
    """

    def __init__(self, facts: ProviderFacts, *, rulesets: Sequence[Ruleset] = ALL) -> None:
        self._facts = facts
        self._rulesets = rulesets
        self._children = {child.child_id: child for child in facts.children}
        self._placed: dict[UUID, dict[UUID, PlacementFact]] = {}
        for placement in facts.placements:
            self._placed.setdefault(placement.child_id, {})[placement.placement_id] = placement
        made = ((child_id, self._pupil(child_id)) for child_id in self._placed)
        self._pupils = {child_id: pupil for child_id, pupil in made if pupil is not None}
        self._tallies: dict[int, Tally] = {}

    @property
    def placements(self) -> Iterable[PlacementFact]:
        """Every placement, of whichever child."""
        return (each for placed in self._placed.values() for each in placed.values())

    @property
    def children(self) -> Iterable[ChildFact]:
        """Every child of whom anything is known."""
        return self._children.values()

    def instead(self, placement_id: UUID, child: ChildFact, placement: PlacementFact | None) -> "Roll":
        """The same with a placement of a child as told, in the place of what it was; None: without it."""
        theirs = {key: each for key, each in self._placed.get(child.child_id, {}).items() if key != placement_id}
        if placement is not None:
            theirs[placement_id] = placement
        new = copy(self)
        new._children = self._children | {child.child_id: child}
        new._placed = self._placed | {child.child_id: theirs}
        before, after = self._pupils.get(child.child_id), new._pupil(child.child_id)
        new._pupils = {key: each for key, each in self._pupils.items() if key != child.child_id}
        if after is not None:
            new._pupils[child.child_id] = after
        new._tallies = {day: _moved(tally, day, before, after) for day, tally in self._tallies.items()}
        return new

    def results(self, on: date) -> dict[str, Result]:
        """The result of every ruleset on a day, as `snapshot` gives it, without its grounds, which take most of the
        time."""
        return self._tally(on.toordinal()).results(on, registered=self._facts.registered)

    def overall(self, on: date) -> Result:
        """The overall result on a day, as `snapshot` gives it."""
        return overall_of(self.results(on), self._rulesets, on, self._facts.adopted)

    def snapshot(self, on: date) -> Snapshot:
        """The position on a day with its grounds."""
        return snapshot_of(self._facts, self._pupils.values(), on, self._rulesets)

    def _pupil(self, child_id: UUID) -> Pupil | None:
        child = self._children.get(child_id) or ChildFact(child_id)
        return pupil_of(child, map(stay_of, self._placed[child_id].values()), self._facts.provider_ids)

    def _tally(self, day: int) -> Tally:
        if day not in self._tallies:
            tally = Tally(board_of(tuple(self._rulesets)))
            for pupil in self._pupils.values():
                _count(tally, day, pupil, 1)
            count_declared(tally, self._facts, day)
            self._tallies[day] = tally
        return self._tallies[day]


def _moved(tally: Tally, day: int, before: Pupil | None, after: Pupil | None) -> Tally:
    moved = tally.copy()
    _count(moved, day, before, -1)
    _count(moved, day, after, 1)
    return moved


def _count(tally: Tally, day: int, pupil: Pupil | None, more: int) -> None:
    profile = pupil and pupil.profile(day)
    if profile is not None:
        tally.add(tally.board.marks(profile), more)
