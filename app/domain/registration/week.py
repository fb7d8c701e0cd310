"""How much of a week some arrangements of one child take, overlapping time counted once."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.domain.registration.facts import Arrangement, Slot, Weeks

DAY = 24 * 60
NOON = 12 * 60
AFTERNOON = 13 * 60  # a morning that runs on to one o'clock is still one session


class Known(NamedTuple):
    """A weekly amount: at least so much, and whether that is all of it. Unknown hours are (0, False), never zero."""

    at_least: int
    exact: bool


class Week(NamedTuple):
    """One child's week at one place."""

    minutes: Known
    days: Known
    sessions: Known


def week_of(arrangements: Iterable[Arrangement | None]) -> Week:
    """The week that the arrangements make together; None stands for a placement without one.

    Timed slots are united, the fuller of weeks A and B standing for both. Figures without times add up.
    """
    timed: tuple[Slot, ...] = ()
    stated: list[tuple[int | None, int | None, int | None]] = []
    for arrangement in arrangements:
        if arrangement is not None and arrangement.slots:
            timed += arrangement.slots
        else:
            stated.append(_stated(arrangement))
    if not stated:
        return _timed_week(timed)
    minutes, days, sessions = map(_total, zip(_fuller_week(timed), *stated, strict=True))
    return Week(minutes, _at_most(days, 7), _at_most(sessions, 14))


def overlap_minutes(arrangements: Sequence[Arrangement | None]) -> int:
    """Minutes a week that are told more than once, in the fuller week of each telling."""
    timed = [arrangement.slots for arrangement in arrangements if arrangement is not None]
    united = tuple(slot for slots in timed for slot in slots)
    return max(
        sum(_of_week(slots, week)[0] for slots in timed) - _of_week(united, week)[0] for week in (Weeks.A, Weeks.B)
    )


def _stated(arrangement: Arrangement | None) -> tuple[int | None, int | None, int | None]:
    """Minutes, days and sessions as given without times; a day is two sessions where sessions are not given."""
    if arrangement is None:
        return None, None, None
    days, sessions = arrangement.days_per_week, arrangement.sessions_per_week
    return arrangement.weekly_minutes, days, 2 * days if sessions is None and days is not None else sessions


def _total(amounts: tuple[int | None, ...]) -> Known:
    known = [amount for amount in amounts if amount is not None]
    return Known(sum(known), exact=len(known) == len(amounts))


def _at_most(amount: Known, most: int) -> Known:
    return amount if amount.at_least < most else Known(most, exact=True)


@lru_cache(maxsize=20_000)
def _timed_week(slots: tuple[Slot, ...]) -> Week:
    return Week(*(Known(amount, exact=True) for amount in _fuller_week(slots)))


def _fuller_week(slots: tuple[Slot, ...]) -> tuple[int, int, int]:
    """Screening takes the fuller week of a fortnight, measure by measure."""
    if all(slot.weeks == Weeks.EVERY for slot in slots):
        return _of_week(slots, Weeks.A)
    a, b = _of_week(slots, Weeks.A), _of_week(slots, Weeks.B)
    return max(a[0], b[0]), max(a[1], b[1]), max(a[2], b[2])


@lru_cache(maxsize=20_000)
def _of_week(slots: tuple[Slot, ...], week: Weeks) -> tuple[int, int, int]:
    """Minutes of the union, distinct weekdays and distinct half days of one week; few weeks differ.

    A slot is a morning if it starts before noon, an afternoon if it does not or if it reaches past one o'clock.
    """
    minutes = covered = 0
    sessions: set[int] = set()
    spans = sorted(
        (slot.weekday, slot.starts_minute, slot.ends_minute) for slot in slots if slot.weeks in (Weeks.EVERY, week)
    )
    for weekday, starts, ends in spans:
        origin = weekday * DAY
        minutes += max(0, origin + ends - max(covered, origin + starts))
        covered = max(covered, origin + ends)
        if starts < NOON:
            sessions.add(2 * weekday)
        if starts >= NOON or ends > AFTERNOON:
            sessions.add(2 * weekday + 1)
    return minutes, len({session // 2 for session in sessions}), len(sessions)
