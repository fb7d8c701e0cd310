"""Where a provider stands while placements come and go: what was counted for a day is not counted again."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from app.domain.registration.facts import ChildFact, PlacementFact, ProviderFacts
from app.domain.registration.position import count_declared
from app.domain.registration.pupils import Pupil, pupil_of, stay_of
from app.domain.registration.results import Result, Snapshot, worst
from app.domain.registration.snapshot import snapshot_of
from app.domain.registration.tally import Tally, board_of
from app.domain.rulesets import ALL, Ruleset


class _Day(NamedTuple):
    """What was counted for a day: how many pupils stand how, and the cells in which each of them was counted."""

    tally: Tally
    marks: dict[UUID, tuple[int, ...]]


class Roll:
    """The children of a provider with their placements, and the tallies of the days that were asked about.

    One placement concerns one child, so that child alone is counted anew: a hundred placements, one after the other,
    cost little more than one reading of the provider. Of a pupil who was counted nothing is kept but where.
    """

    def __init__(self, facts: ProviderFacts, *, rulesets: Sequence[Ruleset] = ALL) -> None:
        self._facts = facts
        self._rulesets = rulesets
        self._board = board_of(tuple(rulesets))
        self._binding: dict[date, list[int]] = {}
        self._children = {child.child_id: child for child in facts.children}
        self._placed: dict[UUID, list[PlacementFact]] = {}
        for placement in facts.placements:
            self._placed.setdefault(placement.child_id, []).append(placement)
        self._days: dict[int, _Day] = {}
        self._overall: dict[date, Result] = {}
        self._pupils: dict[UUID, Pupil | None] = {}  # empty until grounds are asked for

    @property
    def placements(self) -> Iterable[PlacementFact]:
        """Every placement, of whichever child."""
        return (each for placed in self._placed.values() for each in placed)

    @property
    def children(self) -> Iterable[ChildFact]:
        """Every child of whom anything is known."""
        return self._children.values()

    def instead(self, placement_id: UUID, child: ChildFact, placement: PlacementFact | None) -> "Roll":
        """The same with a placement of a child as told, in the place of what it was; None: without it."""
        child_id = child.child_id
        theirs = [each for each in self._placed.get(child_id, ()) if each.placement_id != placement_id]
        if placement is not None:
            theirs.append(placement)
        new = object.__new__(Roll)
        changed = {"_children": self._children | {child_id: child}, "_placed": self._placed | {child_id: theirs}}
        vars(new).update(vars(self), **changed, _overall={})
        pupil = new._pupil(child_id)
        new._days = {day: new._moved(counted, day, child_id, pupil) for day, counted in self._days.items()}
        if self._pupils:
            new._pupils = self._pupils | {child_id: pupil}
        return new

    def results(self, on: date) -> dict[str, Result]:
        """The result of every ruleset on a day, as `snapshot` gives it, without its grounds, which take most of the
        time."""
        return self._tally(on.toordinal()).results(on, registered=self._facts.registered)

    def overall(self, on: date) -> Result:
        """The overall result on a day, as `snapshot` gives it."""
        if on not in self._overall:
            tally, binding = self._tally(on.toordinal()), self._binding_on(on)
            self._overall[on] = worst([tally.result(number) for number in binding])
        return self._overall[on]

    def snapshot(self, on: date) -> Snapshot:
        """The position on a day with its grounds."""
        if not self._pupils:
            self._pupils = {child_id: self._pupil(child_id) for child_id in self._placed}
        return snapshot_of(self._facts, [each for each in self._pupils.values() if each], on, self._rulesets)

    def _binding_on(self, on: date) -> list[int]:
        """The numbers of the rulesets that count towards the overall result: the same whatever the placements."""
        if on not in self._binding:
            asked = () if self._facts.registered else enumerate(self._rulesets)
            self._binding[on] = [number for number, each in asked if each.binds_on(on, self._facts.adopted)]
        return self._binding[on]

    def _pupil(self, child_id: UUID) -> Pupil | None:
        child = self._children.get(child_id) or ChildFact(child_id)
        return pupil_of(child, map(stay_of, self._placed[child_id]), self._facts.provider_ids)

    def _tally(self, day: int) -> Tally:
        if day not in self._days:
            marks = {child_id: self._marks(self._pupil(child_id), day) for child_id in self._placed}
            tally = Tally(self._board)
            for cells in marks.values():
                tally.add(cells, 1)
            count_declared(tally, self._facts, day)
            self._days[day] = _Day(tally, marks)
        return self._days[day].tally

    def _marks(self, pupil: Pupil | None, day: int) -> tuple[int, ...]:
        """The cells in which a child counts; none where it is not here."""
        profile = pupil and pupil.profile(day)
        return self._board.marks(profile) if profile else ()

    def _moved(self, counted: _Day, day: int, child_id: UUID, pupil: Pupil | None) -> _Day:
        before, after = counted.marks.get(child_id, ()), self._marks(pupil, day)
        if before == after:
            return counted
        tally = counted.tally.copy()
        tally.add(before, -1)
        tally.add(after, 1)
        return _Day(tally, counted.marks | {child_id: after})
