"""Attendance by session: the statutory codes, what a mark may say, how it is amended, and what marks come to."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.domain.amendments import ensure_room
from app.domain.calendar import SchoolYear, add_school_days, is_school_day
from app.domain.errors import Conflict, Fault

# A reason not yet established is put right within five school days (SI 2024/208, as DfE guidance reads it).
REASON_WITHIN_SCHOOL_DAYS = 5
NOT_YET_KNOWN = "N"
LATE = frozenset({"L", "U"})
_TENTH = Decimal("0.1")


class Session(StrEnum):
    """Half of a school day; each is registered for itself."""

    AM = "AM"
    PM = "PM"


class CountsAs(StrEnum):
    """What a code is in the department's statistics."""

    ATTENDING = "attending"
    AUTHORISED_ABSENCE = "authorised_absence"
    UNAUTHORISED_ABSENCE = "unauthorised_absence"
    NOT_POSSIBLE = "not_possible"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the register. `session`: only of this half of the day; `nature`: it tells of what activity or cause."""

    code: str
    label: str
    counts_as: CountsAs
    session: Session | None
    nature: bool
    valid_from: date
    valid_to: date

    @property
    def came(self) -> bool:
        """Whether the pupil was there, if late."""
        return self.counts_as is CountsAs.ATTENDING or self.code in LATE


def _code(told: Mapping[str, Any]) -> Code:
    return Code(
        told["code"],
        told["label"],
        CountsAs(told["counts_as"]),
        Session(told["session"]) if "session" in told else None,
        told.get("nature", False),
        date.fromisoformat(told["valid_from"]) if "valid_from" in told else date.min,
        date.fromisoformat(told["valid_to"]) if "valid_to" in told else date.max,
    )


_FILE = Path(__file__).with_name("reference") / "attendance-codes.json"
CODES: Mapping[str, Code] = {
    each["code"]: _code(each) for each in json.loads(_FILE.read_text(encoding="utf-8"))["items"]
}


# --- one mark -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of a session."""

    code: str
    minutes_late: int | None = None
    nature: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of one session of one day."""

    session_on: date
    session: Session
    entry: Entry


@dataclass(frozen=True, slots=True)
class Placed:
    """The days of the placement that a mark is about; `ends_on` None: still open."""

    starts_on: date
    ends_on: date | None
    cancelled: bool = False


def faults_of(mark: Mark, placed: Placed, *, reported_at: datetime, at: datetime, today: date) -> tuple[Fault, ...]:
    """What is wrong with a mark, by pointers into it.

    Args:
        at: the present instant.
        today: the present day in England.
    """
    return (*_dated(mark, placed, today), *_coded(mark), *_reported(reported_at, at))


def _dated(mark: Mark, placed: Placed, today: date) -> Iterator[Fault]:
    if placed.cancelled:
        yield Fault("placement_cancelled", "The placement never was: it has no register.", pointer="/placement_id")
    if mark.session_on > today:
        yield Fault("in_the_future", "A session is marked on its day or after.", pointer="/session_on")
    if not placed.starts_on <= mark.session_on <= (placed.ends_on or date.max):
        yield Fault("outside_placement", "On a day of the placement.", pointer="/session_on")


def _coded(mark: Mark) -> Iterator[Fault]:
    entry, code = mark.entry, CODES.get(mark.entry.code)
    if code is None:
        yield Fault("code_unknown", "See the reference list attendance-codes.", pointer="/code")
        return
    if not code.valid_from <= mark.session_on <= code.valid_to:
        yield Fault("code_not_in_force", "This code was not in force on that day.", pointer="/code")
    if code.session not in (None, mark.session):
        yield Fault("code_of_other_session", "Present is / in the morning and \\ in the afternoon.", pointer="/code")
    if entry.minutes_late is not None and not code.came:
        yield Fault("minutes_of_absence", "Only who comes can be late.", pointer="/minutes_late")
    # SI 2024/208 asks for the nature with B, K and Y7; with B and K, the placement itself is what is attended.
    if code.nature and code.counts_as is CountsAs.NOT_POSSIBLE and not entry.nature:
        yield Fault("nature_missing", "Say what the unavoidable cause was.", pointer="/nature")


def _reported(reported_at: datetime, at: datetime) -> Iterator[Fault]:
    if reported_at > at:
        yield Fault("in_the_future", "It has been reported: not at a time to come.", pointer="/reported_at")


def ensure_amendable(held: Entry, new: Entry, *, reason: str | None, amended: int) -> bool:
    """Whether a mark that is on record changes. The original, the amended entry, why, when and who are kept (SI
    2024/208).

    Args:
        amended: how often it has been amended before.

    Raises:
        Conflict: `mark_exists`, another entry without a reason for it; `too_many_amendments`.
    """
    if held == new:
        return False
    if not reason:
        fault = Fault("reason_required", "Say why the register is amended.", pointer="/reason")
        raise Conflict("The session is marked otherwise already.", code="mark_exists", errors=(fault,))
    ensure_room(amended)
    return True


# --- many marks -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """What marks come to, in sessions. `late` are among those present or, after the register closed, absent.

    `percent`: sessions attended among those possible, to one decimal place; None where none was possible.
    """

    sessions: int
    present: int
    absent: int
    authorised_absences: int
    unauthorised_absences: int
    not_possible: int
    late: int
    awaiting_reason: int
    percent: Decimal | None


def tally(marks: Sequence[Mark]) -> Tally:
    """Count marks as the department's statistics do."""
    groups = [CODES[each.entry.code].counts_as for each in marks]
    present = groups.count(CountsAs.ATTENDING)
    authorised, unauthorised = map(groups.count, (CountsAs.AUTHORISED_ABSENCE, CountsAs.UNAUTHORISED_ABSENCE))
    possible = present + authorised + unauthorised
    return Tally(
        sessions=len(marks),
        present=present,
        absent=authorised + unauthorised,
        authorised_absences=authorised,
        unauthorised_absences=unauthorised,
        not_possible=groups.count(CountsAs.NOT_POSSIBLE),
        late=sum(was_late(each.entry) for each in marks),
        awaiting_reason=sum(each.entry.code == NOT_YET_KNOWN for each in marks),
        percent=_percent(present, possible),
    )


def joined(tallies: Iterable[Tally]) -> Tally:
    """What several counts come to together."""
    every = list(tallies)
    numbers = {each.name: sum(getattr(one, each.name) for one in every) for each in fields(Tally)[:-1]}
    return Tally(**numbers, percent=_percent(numbers["present"], numbers["present"] + numbers["absent"]))


def _percent(present: int, possible: int) -> Decimal | None:
    return (Decimal(100 * present) / possible).quantize(_TENTH, ROUND_HALF_UP) if possible else None


def was_late(entry: Entry) -> bool:
    """Whether the pupil came late."""
    return entry.code in LATE or bool(entry.minutes_late)


def reasons_overdue(marks: Iterable[Mark], years: Sequence[SchoolYear], *, on: date) -> int:
    """How many sessions have waited for a reason longer than they may.

    Raises:
        Invalid: `calendar_unknown`.
    """
    waiting = [each.session_on for each in marks if each.entry.code == NOT_YET_KNOWN]
    return sum(add_school_days(day, REASON_WITHIN_SCHOOL_DAYS, years) < on for day in waiting)


@dataclass(frozen=True, slots=True)
class Week:
    """On which weekdays (1 Monday … 7 Sunday) a child is placed every week from a day on; None: not known."""

    from_on: date
    weekdays: frozenset[int] | None


def unreported(
    from_on: date, to_on: date, weeks: Sequence[Week], years: Sequence[SchoolYear], marked: Collection[date]
) -> tuple[date, ...]:
    """The school days of the timetable on which no session is marked (SLA 2022, Learner Pastoral Care 1: each day).

    Args:
        weeks: oldest first; the first holds for the days before it, too. Days of alternate weeks are left out, for
            nobody says which week is which.

    Raises:
        Invalid: `calendar_unknown`.
    """
    days = (from_on + timedelta(days=n) for n in range((to_on - from_on).days + 1))
    expected = (day for day in days if day.isoweekday() in (_week_on(day, weeks).weekdays or ()))
    return tuple(day for day in expected if day not in marked and is_school_day(day, years))


def _week_on(on: date, weeks: Sequence[Week]) -> Week:
    return next((each for each in reversed(weeks) if each.from_on <= on), weeks[0])
