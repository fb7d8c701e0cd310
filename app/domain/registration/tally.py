"""How pupils stand towards the tests of some rulesets, from which each ruleset's result follows."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate

from app.domain.registration.pupils import Profile
from app.domain.registration.results import Result, worst
from app.domain.rulesets import Cap, Limb, Ruleset

NEAR_MINUTES = 120  # so little below the full-time limit, a pupil puts the provider at risk


class Standing(IntEnum):
    """How a pupil stands towards a test; one who does not count at all has none."""

    COUNTS = 0
    UNKNOWN = 1  # would count, for all that is known
    MIGHT = 2  # a person must decide (sole provision), or little is lacking
    STALE = 3  # counted when declared, too long ago


WIDTH = len(Standing)


def standing(ruleset: Ruleset, test: Limb | Cap, profile: Profile) -> Standing | None:
    """How each pupil of the profile stands towards one test of the ruleset."""
    return _towards_cap(test, profile) if isinstance(test, Cap) else _towards_limb(ruleset, test, profile)


class Board:
    """The tests of some rulesets, numbered in order, with the cells of a tally in which a profile is counted."""

    def __init__(self, rulesets: tuple[Ruleset, ...]) -> None:
        self.rulesets = rulesets
        self.tests = tuple((ruleset, test) for ruleset in rulesets for test in ruleset.tests)
        ends = tuple(accumulate(len(ruleset.tests) for ruleset in rulesets))
        self.spans = tuple(map(range, (0, *ends), ends))
        # To each cell the number of its ruleset.
        self.owners = tuple(number for number, span in enumerate(self.spans) for _ in span for _ in range(WIDTH))
        # To each ruleset its tests: the cells in the order of `Standing`, the pupils needed, whether it is a limb.
        self.needs = tuple(tuple(map(self._needs, span)) for span in self.spans)
        self.marks = lru_cache(maxsize=10_000)(self._marks)  # few weeks differ, and checks come by the thousand

    def _needs(self, at: int) -> tuple[int, int, int, bool]:
        test = self.tests[at][1]
        return at * WIDTH, (at + 1) * WIDTH, test.pupils, isinstance(test, Limb)

    def _marks(self, profile: Profile, stale: bool = False) -> tuple[int, ...]:
        """The cells that count a pupil of the profile: `divmod(cell, WIDTH)` gives test and standing.

        Of a stale declaration only those who would have counted matter, and they count as nothing certain.
        """
        found = [(at, standing(ruleset, test, profile)) for at, (ruleset, test) in enumerate(self.tests)]
        if stale:
            found = [(at, Standing.STALE) for at, towards in found if towards is Standing.COUNTS]
        return tuple(at * WIDTH + towards for at, towards in found if towards is not None)


@lru_cache(maxsize=16)
def board_of(rulesets: tuple[Ruleset, ...]) -> Board:
    """The board of some rulesets, made once."""
    return Board(rulesets)


class Tally:
    """Numbers of pupils by test and standing."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.cells = [0] * (WIDTH * len(board.tests))

    def copy(self) -> "Tally":
        """The same numbers, to go on from."""
        other = Tally(self.board)
        other.cells = self.cells.copy()
        return other

    def add(self, marks: Iterable[int], pupils: int) -> None:
        """Count so many more (or, below zero, fewer) pupils in the cells."""
        for cell in marks:
            self.cells[cell] += pupils

    def count(self, at: int, towards: Standing) -> int:
        """How many pupils stand so towards the test numbered `at`."""
        return self.cells[at * WIDTH + towards]

    def results(self, on: date, *, registered: bool) -> dict[str, Result]:
        """The result of every ruleset on the day that was counted; a registered school's are not applicable."""
        return {
            ruleset.id: Result.NOT_APPLICABLE if registered or not ruleset.applies_on(on) else self.result(number)
            for number, ruleset in enumerate(self.board.rulesets)
        }

    def result(self, number: int) -> Result:
        """The result of one ruleset, in the order: threshold, cap, unknown, risk, clear."""
        exceeded = unknown = risk = False
        for first, last, needed, limb in self.board.needs[number]:
            counts, unknowns, might, stale = self.cells[first:last]
            if counts >= needed:
                if limb:
                    return Result.THRESHOLD_MET
                exceeded = True
            unknown = unknown or unknowns > 0 or counts + stale >= needed
            risk = risk or counts + might >= needed or counts >= max(1, needed - 1)
        if exceeded:
            return Result.LIMIT_EXCEEDED
        if unknown:
            return Result.CANNOT_DETERMINE
        return Result.AT_RISK if risk else Result.CLEAR_ON_KNOWN_DATA


def overall_of(results: Mapping[str, Result], rulesets: Iterable[Ruleset], on: date, adopted: frozenset[str]) -> Result:
    """The worst result of the rulesets that bind on a day."""
    return worst(results[ruleset.id] for ruleset in rulesets if ruleset.binds_on(on, adopted))


def _towards_limb(ruleset: Ruleset, limb: Limb, profile: Profile) -> Standing | None:
    """Full time, of the age and with a flag that the limb asks for: Kleene's three values, and "might" beside them."""
    of_age = profile.compulsory_school_age if limb.compulsory_school_age else True
    if of_age is False or (limb.any_of and not limb.any_of & profile.flags):
        return None
    towards = _full_time(ruleset, profile)
    return Standing.UNKNOWN if towards is Standing.COUNTS and of_age is None else towards


def _full_time(ruleset: Ruleset, profile: Profile) -> Standing | None:
    full_time, minutes = ruleset.full_time, profile.week.minutes
    assert full_time is not None, "a ruleset with limbs says what full time is"
    if full_time.comparison.holds(minutes.at_least, full_time.limit_minutes):
        return Standing.COUNTS
    if not minutes.exact:
        return Standing.UNKNOWN
    near = minutes.at_least >= full_time.limit_minutes - NEAR_MINUTES
    return Standing.MIGHT if near or (profile.sole_provision and full_time.sole_provision_open) else None


def _towards_cap(cap: Cap, profile: Profile) -> Standing | None:
    """Caps ask neither age nor flags, and an allowed limit is allowed: nobody is near one."""
    if not cap.concerns(profile.programme_days):
        return None
    amount = profile.amount(cap.measure)
    if cap.comparison.holds(amount.at_least, cap.limit):
        return Standing.COUNTS
    return None if amount.exact else Standing.UNKNOWN
