"""Since when each ruleset's result stands, and when it next changes, by one sweep over the days of change."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress

from app.domain.registration.changes import changes_of
from app.domain.registration.declared import spells_of
from app.domain.registration.facts import ProviderFacts
from app.domain.registration.pupils import Pupil, declared_profile
from app.domain.registration.results import REACHED, Result, worst
from app.domain.registration.tally import Board, Tally, board_of
from app.domain.rulesets import Ruleset

Event = tuple[int, tuple[int, ...], int]  # on a day, in these cells of the tally, so many pupils more


@dataclass(slots=True)
class Track:
    """The history of one result: first reached up to the day asked for, now, and its next change after that."""

    now: Result = Result.NOT_APPLICABLE
    first_met: int | None = None
    next_change: int | None = None
    next_result: Result | None = None

    def see(self, day: int, result: Result, on: int) -> None:
        """Take note of the result from `day`; days come in order."""
        if day <= on:
            self.now = result
            if self.first_met is None and result in REACHED:
                self.first_met = day
        elif self.next_change is None and result is not self.now:
            self.next_change, self.next_result = day, result


def timeline(
    facts: ProviderFacts, pupils: Iterable[Pupil], on: date, horizon_on: date, rulesets: Sequence[Ruleset]
) -> tuple[Track, list[Track]]:
    """The track of the overall result, and that of each ruleset in the order given."""
    tally, asked, horizon = Tally(board_of(tuple(rulesets))), on.toordinal(), horizon_on.toordinal()
    overall, tracks = Track(), [Track() for _ in rulesets]
    if facts.registered:
        return overall, tracks
    by_day = _by_day(_events(facts, pupils, tally.board))
    turns = {day.toordinal() for ruleset in rulesets for day in ruleset.changes_on()}
    results, everything = [Result.NOT_APPLICABLE] * len(rulesets), range(len(rulesets))
    days = sorted(cut for cut in by_day.keys() | turns | {asked} if cut <= horizon)
    for day in days:
        moved: Iterable[int] = _counted(tally, by_day.get(day, ()))
        if day in turns or day == days[0]:
            applies = [ruleset.applies_on(date.fromordinal(day)) for ruleset in rulesets]
            binding = [ruleset.binds_on(date.fromordinal(day), facts.adopted) for ruleset in rulesets]
            moved = everything
        for number in moved:
            results[number] = tally.result(number) if applies[number] else Result.NOT_APPLICABLE
            tracks[number].see(day, results[number], asked)
        if moved:
            overall.see(day, worst(compress(results, binding)), asked)
    return overall, tracks


def _counted(tally: Tally, events: Iterable[tuple[tuple[int, ...], int]]) -> set[int]:
    """Count a day's events; gives the numbers of the rulesets in whose cells something was counted."""
    moved, owners = set[int](), tally.board.owners
    for marks, pupils in events:
        tally.add(marks, pupils)
        moved.update([owners[cell] for cell in marks])
    return moved


def _by_day(events: Iterable[Event]) -> dict[int, list[tuple[tuple[int, ...], int]]]:
    by_day: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    for day, marks, pupils in events:
        by_day.setdefault(day, []).append((marks, pupils))
    return by_day


def _events(facts: ProviderFacts, pupils: Iterable[Pupil], board: Board) -> Iterator[Event]:
    for pupil in pupils:
        before: tuple[int, ...] = ()
        for day, marks in changes_of(pupil, board, pupil.cuts()):
            yield day, before, -1
            yield day, marks, 1
            before = marks
    for spell in spells_of(facts):
        for group in spell.groups:
            marks = board.marks(declared_profile(group), spell.stale)
            yield spell.first, marks, group.count
            yield spell.last + 1, marks, -group.count
