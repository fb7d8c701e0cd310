"""Where a provider stands while placements come and go: what was counted for a day is not counted again."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from app.domain.registration.facts import ChildFact, PlacementFact, ProviderFacts
from app.domain.registration.position import count_declared
from app.domain.registration.pupils import Pupil, pupil_of
from app.domain.registration.results import Result, Snapshot, worst
from app.domain.registration.snapshot import snapshot_of
from app.domain.registration.tally import Board, Tally, board_of
from app.domain.rulesets import ALL, Ruleset


class _Counted:
    """A pupil, with the cells of a tally in which it was counted on each day that was asked about."""

    __slots__ = ("_marks", "pupil")

    def __init__(self, pupil: Pupil) -> None:
        self.pupil = pupil
        self._marks: dict[int, tuple[int, ...]] = {}

    def marks(self, day: int, board: Board) -> tuple[int, ...]:
        """The cells in which it counts; none where it is not here."""
        found = self._marks.get(day)
        if found is None:
            profile = self.pupil.profile(day)
            found = self._marks[day] = board.marks(profile) if profile else ()
        return found


class Roll:
    """The children of a provider with their placements, and the tallies of the days that were asked about.

    One placement concerns one child, so that child alone is counted anew: a hundred placements, one after the other,
    cost little more than one reading of the provider.
    """

    def __init__(self, facts: ProviderFacts, *, rulesets: Sequence[Ruleset] = ALL) -> None:
        self._facts = facts
        self._rulesets = rulesets
        self._board = board_of(tuple(rulesets))
        self._binding: dict[date, list[int]] = {}
        self._children = {child.child_id: child for child in facts.children}
        self._placed: dict[UUID, dict[UUID, PlacementFact]] = {}
        for placement in facts.placements:
            self._placed.setdefault(placement.child_id, {})[placement.placement_id] = placement
        made = ((child_id, self._pupil(child_id)) for child_id in self._placed)
        self._pupils = {child_id: pupil for child_id, pupil in made if pupil is not None}
        self._tallies: dict[int, Tally] = {}
        self._overall: dict[date, Result] = {}

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
        child_id = child.child_id
        theirs = {key: each for key, each in self._placed.get(child_id, {}).items() if key != placement_id}
        if placement is not None:
            theirs[placement_id] = placement
        new = object.__new__(Roll)
        changed = {"_children": self._children | {child_id: child}, "_placed": self._placed | {child_id: theirs}}
        vars(new).update(vars(self), **changed, _overall={})
        before, after = self._pupils.get(child_id), new._pupil(child_id)
        if after is not None:
            new._pupils = self._pupils | {child_id: after}
        elif before is not None:
            new._pupils = {key: each for key, each in self._pupils.items() if key != child_id}
        new._tallies = {day: new._moved(tally, day, before, after) for day, tally in self._tallies.items()}
        return new

    def results(self, on: date) -> dict[str, Result]:
        """The result of every ruleset on a day, as `snapshot` gives it, without its grounds, which take most of the
        time."""
        tally, registered = self._tally(on.toordinal()), self._facts.registered
        return {
            ruleset.id: Result.NOT_APPLICABLE if registered or not ruleset.applies_on(on) else tally.result(number)
            for number, ruleset in enumerate(self._rulesets)
        }

    def overall(self, on: date) -> Result:
        """The overall result on a day, as `snapshot` gives it."""
        if on not in self._overall:
            tally, binding = self._tally(on.toordinal()), self._binding_on(on)
            self._overall[on] = worst([tally.result(number) for number in binding])
        return self._overall[on]

    def snapshot(self, on: date) -> Snapshot:
        """The position on a day with its grounds."""
        return snapshot_of(self._facts, [each.pupil for each in self._pupils.values()], on, self._rulesets)

    def _binding_on(self, on: date) -> list[int]:
        """The numbers of the rulesets that count towards the overall result: the same whatever the placements."""
        if on not in self._binding:
            asked = () if self._facts.registered else enumerate(self._rulesets)
            self._binding[on] = [number for number, each in asked if each.binds_on(on, self._facts.adopted)]
        return self._binding[on]

    def _pupil(self, child_id: UUID) -> _Counted | None:
        child = self._children.get(child_id) or ChildFact(child_id)
        pupil = pupil_of(child, self._placed[child_id].values(), self._facts.provider_ids)
        return _Counted(pupil) if pupil else None

    def _tally(self, day: int) -> Tally:
        if day not in self._tallies:
            tally = Tally(self._board)
            for pupil in self._pupils.values():
                tally.add(pupil.marks(day, self._board), 1)
            count_declared(tally, self._facts, day)
            self._tallies[day] = tally
        return self._tallies[day]

    def _moved(self, tally: Tally, day: int, before: _Counted | None, after: _Counted | None) -> Tally:
        moved = tally.copy()
        if before is not None:
            moved.add(before.marks(day, self._board), -1)
        if after is not None:
            moved.add(after.marks(day, self._board), 1)
        return moved
