"""From when on a pupil counts where, in the tally of some rulesets."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.domain.registration.pupils import Pupil
from app.domain.registration.tally import Board


class Change(NamedTuple):
    """From a day (a day number) on the pupil counts in these cells."""

    day: int
    marks: tuple[int, ...]


def changes_of(pupil: Pupil, board: Board, days: Iterable[int]) -> Iterator[Change]:
    """Every change on some days, which come in order; before the first the pupil counts nowhere."""
    before: tuple[int, ...] = ()
    for day in days:
        profile = pupil.profile(day)
        marks = board.marks(profile) if profile else ()
        if marks != before:
            yield Change(day, marks)
            before = marks
