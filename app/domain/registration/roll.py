"""Where a provider stands while placements come and go: what was counted for a day is not counted again."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from uuid import UUID

from app.domain.registration.changes import Change, changes_of
from app.domain.registration.facts import ChildFact, PlacementFact, ProviderFacts
from app.domain.registration.position import count_declared
from app.domain.registration.pupils import Pupil, pupil_of, stay_of
from app.domain.registration.results import Result, Snapshot, worst
from app.domain.registration.snapshot import snapshot_of
from app.domain.registration.tally import Tally, board_of
from app.domain.rulesets import ALL, Ruleset


class Roll:
    """The children of a provider with their placements, and the tallies of the days that were asked about.

    One placement concerns one child, so that child alone is counted anew: a hundred placements, one after the other,
    cost little more than one reading of the provider. Of a pupil who was counted nothing is kept but where, from when.

    Args:
        since: the first day that will be asked about.
    """

    def __init__(self, facts: ProviderFacts, *, rulesets: Sequence[Ruleset] = ALL, since: date = date.min) -> None:
        self._facts = facts
        self._rulesets = rulesets
        self._since = since.toordinal()
        self._board = board_of(tuple(rulesets))
        self._binding: dict[date, list[int]] = {}
        self._children = {child.child_id: child for child in facts.children}
        self._placed: dict[UUID, list[PlacementFact]] = {}
        for placement in facts.placements:
            self._placed.setdefault(placement.child_id, []).append(placement)
        self._ahead = False  # whether changes after the first day are known: few ask about another
        self._changes = {child_id: self._changes_of(self._pupil(child_id)) for child_id in self._placed}
        self._tallies: dict[date, Tally] = {}
        self._overall: dict[date, Result] = {}
        self._pupils: dict[UUID, Pupil | None] = {}  # empty until grounds are asked for

    def instead(self, placement_id: UUID, child: ChildFact, placement: PlacementFact | None) -> "Roll":
        """The same with a placement of a child as told, in the place of what it was; None: without it."""
        if placement is not None and placement.starts_on.toordinal() > self._since:
            self._look_ahead()  # once for this and for what comes of it
        child_id = child.child_id
        theirs = [each for each in self._placed.get(child_id, ()) if each.placement_id != placement_id]
        if placement is not None:
            theirs.append(placement)
        new = object.__new__(Roll)
        changed = {"_children": self._children | {child_id: child}, "_placed": self._placed | {child_id: theirs}}
        vars(new).update(vars(self), **changed)
        pupil = new._pupil(child_id)
        new._recount(child_id, self._changes_of(pupil))
        if self._pupils:
            new._pupils = self._pupils | {child_id: pupil}
        return new

    def turns(self) -> AbstractSet[date]:
        """The days on which a placement begins, a pupil comes to count otherwise and still counts, or is declared."""
        self._look_ahead()
        begun = {each.starts_on for placed in self._placed.values() for each in placed}
        counted = (date.fromordinal(day) for told in self._changes.values() for day, marks in told if marks)
        return begun.union(counted, (each.declared_on for each in self._facts.declarations))

    def results(self, on: date) -> dict[str, Result]:
        """The result of every ruleset on a day, as `snapshot` gives it, without its grounds, which take most of the
        time."""
        return self._tally(on).results(on, registered=self._facts.registered)

    def overall(self, on: date) -> Result:
        """The overall result on a day, as `snapshot` gives it."""
        if on not in self._overall:
            tally, binding = self._tally(on), self._binding_on(on)
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

    def _changes_of(self, pupil: Pupil | None) -> tuple[Change, ...]:
        if pupil is None:
            return ()
        return tuple(changes_of(pupil, self._board, pupil.cuts(self._since) if self._ahead else (self._since,)))

    def _look_ahead(self) -> None:
        if not self._ahead:
            self._ahead = True
            self._changes = {child_id: self._changes_of(self._pupil(child_id)) for child_id in self._placed}

    def _recount(self, child_id: UUID, after: tuple[Change, ...]) -> None:
        """Count a child otherwise on the days that were asked about, in copies of what others may go on from."""
        before = self._changes.get(child_id, ())
        self._changes = self._changes | {child_id: after}
        self._tallies, self._overall = self._tallies.copy(), self._overall.copy()
        for on, tally in self._tallies.items():
            was, now = _on(before, on.toordinal()), _on(after, on.toordinal())
            if was != now:
                self._tallies[on] = new = tally.copy()
                new.add(was, -1)
                new.add(now, 1)
                self._overall.pop(on, None)

    def _tally(self, on: date) -> Tally:
        if on not in self._tallies:
            day, tally = on.toordinal(), Tally(self._board)
            if day < self._since:
                raise ValueError(f"nobody was counted on {on}")
            if day > self._since:
                self._look_ahead()
            for changes in self._changes.values():
                tally.add(_on(changes, day), 1)
            count_declared(tally, self._facts, day)
            self._tallies[on] = tally
        return self._tallies[on]


def _on(changes: Iterable[Change], day: int) -> tuple[int, ...]:
    """The cells in which a pupil counts on a day."""
    found: tuple[int, ...] = ()
    for begins, marks in changes:
        if begins > day:
            break
        found = marks
    return found
