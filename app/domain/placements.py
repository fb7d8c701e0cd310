"""What makes a placement: its dates, its week, its standing on a day, and whether a plan may go ahead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, time
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import Any
from uuid import UUID

from app.domain.errors import Fault, Invalid
from app.domain.registration import REACHED, Arrangement, HoursBasis, Result, RulesetOutcome, Slot, Weeks
from app.domain.registration.week import Week, week_of


class Status(StrEnum):
    """Where a placement stands on a day."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    ENDED = "ended"
    CANCELLED = "cancelled"


def status_on(stored: str, starts_on: date, ends_on: date | None, *, on: date) -> Status:
    """A placement's standing on a day: its dates say it, unless it was cancelled."""
    if stored == Status.CANCELLED:
        return Status.CANCELLED
    if ends_on is not None and ends_on < on:
        return Status.ENDED
    return Status.PROPOSED if starts_on > on else Status.ACTIVE


def check_dates(starts_on: date, ends_on: date | None) -> None:
    """Refuse a placement that ends before it starts.

    Raises:
        Invalid: `ends_before_start`.
    """
    if ends_on is not None and ends_on < starts_on:
        fault = Fault("ends_before_start", "A placement ends on or after its first day.", pointer="/ends_on")
        raise Invalid("The placement ends before it starts.", code="ends_before_start", errors=(fault,))


# --- the week -------------------------------------------------------------------------------------------------------


def minutes(clock: time) -> int:
    """A time of day in minutes after midnight."""
    return clock.hour * 60 + clock.minute


def slots_of(timetable: Sequence[Mapping[str, Any]]) -> tuple[Slot, ...]:
    """A timetable `[{weekday, starts_at, ends_at, weeks, site_id}]` as the engine's slots."""
    return tuple(
        [
            _slot(said["weekday"], said["starts_at"], said["ends_at"], said.get("weeks"), said.get("site_id"))
            for said in timetable
        ]
    )


@lru_cache(maxsize=20_000)
def _slot(weekday: int, starts_at: str, ends_at: str, weeks: str | None, site_id: str | None) -> Slot:
    """One of the few slots of which weeks are made."""
    return Slot(
        weekday=weekday,
        starts_minute=minutes(time.fromisoformat(starts_at)),
        ends_minute=minutes(time.fromisoformat(ends_at)),
        weeks=Weeks(weeks or Weeks.EVERY),
        site_id=UUID(site_id) if site_id else None,
    )


def check_week(slots: Sequence[Slot]) -> None:
    """Refuse a week in which a slot ends before it starts, or two slots overlap.

    Raises:
        Invalid: `timetable_invalid`, by position.
    """
    faults = (*_backwards(slots), *_overlaps(slots))
    if faults:
        raise Invalid("The timetable cannot be so.", code="timetable_invalid", errors=faults)


def _backwards(slots: Sequence[Slot]) -> Iterable[Fault]:
    for at, slot in enumerate(slots):
        if slot.ends_minute <= slot.starts_minute:
            yield Fault("ends_before_start", "A slot ends after it starts.", pointer=f"/timetable/{at}/ends_at")


def _overlaps(slots: Sequence[Slot]) -> Iterable[Fault]:
    found: set[int] = set()
    for week in (Weeks.A, Weeks.B):
        mine = sorted(
            (slot.weekday, slot.starts_minute, slot.ends_minute, at)
            for at, slot in enumerate(slots)
            if slot.weeks in (Weeks.EVERY, week)
        )
        found |= {later[3] for sooner, later in pairwise(mine) if sooner[0] == later[0] and later[1] < sooner[2]}
    for at in sorted(found):
        yield Fault("slots_overlap", "Two slots of one week overlap.", pointer=f"/timetable/{at}")


@dataclass(frozen=True, slots=True)
class StatedWeek:
    """A placement's week as a client states it; `timetable` decides where there is one."""

    timetable: tuple[Mapping[str, Any], ...] = ()
    weekly_minutes: int | None = None
    days_per_week: float | None = None
    sessions_per_week: int | None = None
    hours_basis: str | None = None

    @classmethod
    def told(cls, said: Mapping[str, Any]) -> "StatedWeek":
        """What a client said of a week, among whatever else it said."""
        return cls(**{name: said[name] for name in _WEEK if said.get(name) is not None})


_WEEK = tuple(field.name for field in fields(StatedWeek))


@lru_cache(maxsize=2_000)
def _drawn(slots: tuple[Slot, ...]) -> Week:
    """What a timetable comes to. Few weeks differ: those of a class, or of a file, are checked once.

    Raises:
        Invalid: a timetable that cannot be.
    """
    check_week(slots)
    return week_of([Arrangement(date.min, slots)])


def arrangement_from(week: StatedWeek, *, from_on: date, session_minutes: int) -> dict[str, Any]:
    """A stated week as the document that is kept, with what follows from it filled in.

    Where only sessions are told (as in the census), hours are estimated as so many sessions of `session_minutes`.

    Raises:
        Invalid: a timetable that cannot be.
    """
    slots = slots_of(week.timetable)
    told: dict[str, Any] = {
        "from_on": from_on.isoformat(),
        "timetable": list(week.timetable),
        "weekly_minutes": week.weekly_minutes,
        "days_per_week": week.days_per_week,
        "sessions_per_week": week.sessions_per_week,
        "hours_basis": week.hours_basis,
    }
    if slots:
        drawn = _drawn(slots)
        return told | {
            "weekly_minutes": drawn.minutes.at_least,
            "days_per_week": drawn.days.at_least,
            "sessions_per_week": drawn.sessions.at_least,
            "hours_basis": HoursBasis.TIMETABLE.value,
        }
    if week.weekly_minutes is not None:
        return told | {"hours_basis": HoursBasis(week.hours_basis or HoursBasis.DECLARED).value}
    if week.sessions_per_week is not None:
        estimate = week.sessions_per_week * session_minutes
        return told | {"weekly_minutes": estimate, "hours_basis": HoursBasis.ESTIMATED.value}
    return told | {"hours_basis": None}


def engine_arrangement(kept: Mapping[str, Any]) -> Arrangement:
    """A kept arrangement as the engine reads it; part of a day is a day on which the child is there."""
    days = kept.get("days_per_week")
    return Arrangement(
        from_on=date.fromisoformat(kept["from_on"]),
        slots=slots_of(kept.get("timetable") or ()),
        weekly_minutes=kept.get("weekly_minutes"),
        days_per_week=None if days is None else ceil(days),
        sessions_per_week=kept.get("sessions_per_week"),
        hours_basis=_BASES[kept.get("hours_basis") or None],
    )


_BASES: dict[str | None, HoursBasis | None] = {None: None, **{basis.value: basis for basis in HoursBasis}}


def arranged_on(arrangements: Sequence[dict[str, Any]], *, on: date) -> dict[str, Any] | None:
    """The arrangement in force on a day; the first one before that."""
    if len(arrangements) < 2:  # nearly every placement: pages of them are answered through here
        return arrangements[0] if arrangements else None
    day = on.isoformat()
    return next((each for each in reversed(arrangements) if each["from_on"] <= day), arrangements[0])


def check_change(from_on: date, ends_on: date | None, *, said_at: str = "/from_on") -> None:
    """Refuse another week that would begin after the placement has ended.

    Args:
        said_at: the pointer to what says so.

    Raises:
        Invalid: `after_end`.
    """
    if ends_on is not None and from_on > ends_on:
        fault = Fault("after_end", "It begins on the last day of the placement, or before.", pointer=said_at)
        raise Invalid("The placement has ended by then.", code="after_end", errors=(fault,))


def rearranged(arrangements: Sequence[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """The series with a new arrangement from its day on, in the place of any that began that day."""
    kept = [each for each in arrangements if each["from_on"] != new["from_on"]]
    return sorted([*kept, new], key=lambda each: str(each["from_on"]))


def begun_on(arrangements: Sequence[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """The series of a placement that begins on another day: what holds then is its first, what never held is left."""
    first = arranged_on(arrangements, on=day)
    later = [each for each in arrangements if each["from_on"] > day.isoformat() and each is not first]
    return [] if first is None else [first | {"from_on": day.isoformat()}, *later]


# --- the decision ---------------------------------------------------------------------------------------------------


class Policy(StrEnum):
    """What a commissioner wants done with a plan that would meet a threshold."""

    ADVISE = "advise"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that whoever commissions this placement should know."""

    code: str
    detail: str
    ruleset_id: str | None = None
    decision_id: UUID | None = None
    evidence_types: tuple[str, ...] = ()


def newly(before: Mapping[str, Result], after: Mapping[str, Result]) -> dict[str, Result]:
    """The results, by ruleset, that a placement changes for the worse, as they are with it."""
    severity = list(Result)
    return {each: now for each, now in after.items() if severity.index(now) < severity.index(before[each])}


def met_by(placement_ids: Iterable[UUID], after: Sequence[RulesetOutcome]) -> list[RulesetOutcome]:
    """The binding rulesets that are met with these placements among those that count towards it."""
    concerned = frozenset(placement_ids)
    return [
        each
        for each in after
        if each.binding
        and each.result is Result.THRESHOLD_MET
        and any(test.fired and concerned & set(test.contributing_placement_ids) for test in each.tests)
    ]


def alerts_of(worse: Mapping[str, Result], arrangement: Mapping[str, Any] | None) -> list[Alert]:
    """What to tell of a placement that has been recorded."""
    found = [Alert(result.value, _TOLD[result], each) for each, result in worse.items() if result in _TOLD]
    if arrangement is None or arrangement.get("weekly_minutes") is None:
        found.append(Alert("hours_missing", "The weekly hours are not known: nothing is assumed in their place."))
    elif arrangement.get("hours_basis") == HoursBasis.ESTIMATED:
        found.append(Alert("hours_estimated", "The weekly hours are estimated from sessions."))
    return found


_TOLD = {
    Result.THRESHOLD_MET: "With this placement the provider meets a registration threshold.",
    Result.LIMIT_EXCEEDED: "With this placement a limit on unregistered provision is exceeded.",
    Result.CANNOT_DETERMINE: "With this placement it can no longer be determined whether a threshold is met.",
    Result.AT_RISK: "With this placement the provider is close to a registration threshold.",
}
assert frozenset(_TOLD) > REACHED
