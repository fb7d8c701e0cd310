"""The placements by which each case among the demo county's providers meets, or escapes, its limit."""

from dataclasses import replace

from app.demo.cast import Cast
from app.demo.days import DAY, Days
from app.demo.organisations import AUTHORITY
from app.demo.providers import BY_KEY
from app.demo.shapes import Flag, Placement, Pupil, Week
from app.demo.weeks import NOT_TOLD, lessons

_FULL_TIME = lessons("09:30", "14:30", 1, 2, 3, 4)  # 20 h
_EIGHTEEN_HOURS = lessons("09:00", "15:00", 1, 3, 5)
_THREE_DAYS = lessons("10:00", "14:30", 1, 2, 4)  # 13.5 h
_TWELVE_HOURS = lessons("09:00", "15:00", 2, 4)
_SCHOOL_WEEK = lessons("09:00", "15:00", 1, 2, 3, 4, 5)
_TWO_LONG_DAYS = lessons("08:30", "18:00", 2, 4)  # 19 h, yet not three days


def place_cases(cast: Cast) -> None:
    """Make every case's pupils and placements."""
    for provider, pupils in (("over-national-five", 5), ("over-sla-four", 4)):
        for _ in range(pupils):
            cast.add(_placement(cast, provider, _child(cast), _FULL_TIME))
    _one_looked_after(cast)
    cast.add(_placement(cast, "ehcp-at-eighteen-hours", _child(cast, "ehcp"), _EIGHTEEN_HOURS))
    for _ in range(9):
        cast.add(_placement(cast, "three-days", _child(cast), _THREE_DAYS))
    _ten_hours(cast)
    cast.add(_placement(cast, "hours-missing", _child(cast), NOT_TOLD))
    _about_to_meet(cast)
    cast.add(_placement(cast, "leaves-in-june", _child(cast, "looked_after", years_left=0), _TWO_LONG_DAYS))
    _renamed(cast)
    _linked(cast)
    alone = _placement(cast, "sole-provision", _child(cast, "looked_after"), _TWELVE_HOURS)
    cast.add(replace(alone, sole_provision=True))
    for kind in ("ehcp", "looked_after", "sen_support", "ehcp", "sen_support", "ehcp"):
        cast.add(_placement(cast, "registered", _child(cast, kind), _SCHOOL_WEEK))


def _one_looked_after(cast: Cast) -> None:
    at_school = _child(cast)
    known = cast.roll.also(at_school, AUTHORITY, _flags(cast, "looked_after"))
    cast.add(replace(_placement(cast, "one-looked-after", known, _FULL_TIME), main_responsibility=True))


def _ten_hours(cast: Cast) -> None:
    at_school = _child(cast)
    cast.add(_placement(cast, "ten-hours-first", at_school, lessons("09:00", "15:00", 2)))
    at_partnership = cast.roll.also(at_school, cast.partnership_of(at_school))
    cast.add(_placement(cast, "ten-hours-second", at_partnership, lessons("09:30", "14:30", 4)))


def _about_to_meet(cast: Cast) -> None:
    planned = replace(
        _placement(cast, "about-to-meet", _child(cast, "looked_after"), _FULL_TIME),
        starts_on=cast.days.after(28),
        override="Interim place, six weeks at most, while a registered school is found; agreed with the authority.",
    )
    cast.add(planned)


def _renamed(cast: Cast) -> None:
    child, renamed_on = _child(cast, "ehcp"), cast.days.before(60)
    before = replace(
        _placement(cast, "renamed-from", child, _FULL_TIME),
        starts_on=cast.days.before(200),
        ends_on=Days(renamed_on).before(1),
    )
    cast.add(before)
    cast.add(replace(_placement(cast, "renamed", child, _FULL_TIME), starts_on=renamed_on))


def _linked(cast: Cast) -> None:
    for _ in range(5):
        child = _child(cast)
        for provider, weekdays in (("linked-first", (1, 2)), ("linked-second", (3, 4))):
            cast.add(_placement(cast, provider, child, lessons("09:30", "14:30", *weekdays)))


def _child(cast: Cast, *kinds: str, years_left: int | None = None) -> Pupil:
    """A child kept by its school, of compulsory school age for a year and more unless it is said for how long."""
    school = cast.school()
    left = cast.chance.randint(1, 3) if years_left is None else years_left
    return cast.roll.pupil(school, school, years_left=left, flags=_flags(cast, *kinds))


def _flags(cast: Cast, *kinds: str) -> tuple[Flag, ...]:
    return tuple(Flag(kind, cast.days.today - 700 * DAY) for kind in kinds)


def _placement(cast: Cast, provider: str, pupil: Pupil, week: Week) -> Placement:
    """A placement that has lasted for some weeks and is open-ended."""
    return Placement(
        provider=provider,
        site=next((site.key for site in BY_KEY[provider].sites), None),
        pupil=pupil,
        starts_on=cast.days.before(cast.chance.randint(25, 110)),
        week=week,
    )
