"""How long a judgement holds, what makes it stale, and where ratings are heading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.domain.calendar import eve_of_anniversary
from app.domain.frameworks import Scale


class Level(StrEnum):
    """What is judged: the levels of a framework, and the caveats for using an unregistered provider."""

    CRITERION = "criterion"
    SECTION = "section"
    OVERALL = "overall"
    CAVEAT = "caveat"


class ProviderChangeKind(StrEnum):
    """What changes at a provider so that earlier judgements no longer speak of it."""

    DSL = "dsl"
    SITE = "site"
    PROPRIETOR = "proprietor"
    REGISTRATION = "registration"


@dataclass(frozen=True, slots=True)
class Change:
    """A change at a provider: the day on which it took effect (Europe/London), and when it was written down."""

    kind: ProviderChangeKind
    changed_on: date
    recorded_at: datetime


class Standing(StrEnum):
    """Whether a judgement may still be relied on; the first that is true, read from the last to the first."""

    CURRENT = "current"
    EXPIRED = "expired"
    STALE = "stale"
    SUPERSEDED = "superseded"
    SET_ASIDE = "set_aside"


class Trend(StrEnum):
    """Where the ratings of one thing are heading."""

    IMPROVING = "improving"
    STEADY = "steady"
    DECLINING = "declining"


def valid_until(visited_on: date, months: int, follow_up_due_on: date | None) -> date:
    """The last day on which a judgement holds: the eve of the anniversary, or the follow-up's due day if sooner.

    A year from 29 February is 28 February, as `months_after` counts.
    """
    eve = eve_of_anniversary(visited_on, months)
    return eve if follow_up_due_on is None else min(eve, follow_up_due_on)


def standing(
    *,
    on: date,
    made_on: date,
    made_at: datetime,
    valid_until_on: date,
    changes: Iterable[Change],
    superseded: bool,
    set_aside: bool,
) -> tuple[Standing, tuple[ProviderChangeKind, ...]]:
    """Where a judgement stands on a day and, when it is stale, the kinds of change that made it so, earliest first.

    `made_on` is the day of `made_at` in Europe/London. A change of that same day makes the judgement stale when it was
    written down after it; one that is yet to take effect does not.
    """
    if set_aside:
        return Standing.SET_ASIDE, ()
    if superseded:
        return Standing.SUPERSEDED, ()
    later = [
        each for each in changes if each.changed_on <= on and (each.changed_on, each.recorded_at) > (made_on, made_at)
    ]
    if later:
        later.sort(key=lambda each: (each.changed_on, each.recorded_at))
        return Standing.STALE, tuple(dict.fromkeys(each.kind for each in later))
    return (Standing.EXPIRED if on > valid_until_on else Standing.CURRENT), ()


def trend(history: Sequence[tuple[str, str]], scale: Scale) -> Trend | None:
    """Where the newest of some ratings stands beside the one before it.

    `history` is (scale id, rating), oldest first. None for fewer than two, and where either is on another scale than
    `scale`: ratings of different scales are not comparable.
    """
    latest = history[-2:]
    if len(latest) < 2 or any(scale_id != scale.id for scale_id, _ in latest):
        return None
    before, now = (scale.rank(rating) for _, rating in latest)
    if before == now:
        return Trend.STEADY
    return Trend.IMPROVING if now < before else Trend.DECLINING
