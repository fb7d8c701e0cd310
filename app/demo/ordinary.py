"""The placements that fill the demo county up to the published proportions: part time, within every limit."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from app.demo.cast import Cast
from app.demo.census import quotas
from app.demo.days import DAY, last_school_day
from app.demo.gias import SCHOOL_PROVIDERS
from app.demo.providers import BY_KEY, PROVIDERS
from app.demo.shapes import Placement
from app.demo.weeks import usual_week

_CEASED = "renamed-from"
_OPEN: Mapping[str, tuple[str, ...]] = {
    setting: tuple(each.key for each in PROVIDERS if each.setting_type == setting and each.key != _CEASED)
    for setting in {each.setting_type for each in PROVIDERS}
}
_GOALS = ("reintegration", "post_16", "specialist", "other")


def place_others(cast: Cast, total: int) -> None:
    """Add placements until there are `total`, so many of each setting type and reason as their quota is."""
    placed = Counter((BY_KEY[each.provider].setting_type, each.reason) for each in cast.placements)
    for (setting, reason), quota in quotas(total).items():
        for _ in range(quota - placed[setting, reason]):
            cast.add(_placement(cast, cast.chance.choice(_OPEN[setting]), reason))


def _placement(cast: Cast, provider: str, reason: str) -> Placement:
    school, chance = cast.school(), cast.chance
    starts_on, ends_on = _dates(cast)
    left_by_then = starts_on > cast.days.leaving_on
    pupil = cast.roll.pupil(
        cast.commissioner(school, reason),
        school,
        years_left=1 if left_by_then else None,
        flags=cast.roll.usual_flags(),
    )
    sites = BY_KEY[provider].sites
    return Placement(
        provider=provider,
        site=chance.choice(sites).key if sites else None,
        pupil=pupil,
        starts_on=starts_on,
        ends_on=_no_later(ends_on, cast.days.leaving_on) if pupil.year_group == "11" else ends_on,
        week=usual_week(chance, BY_KEY[provider].setting_type, registered=provider in SCHOOL_PROVIDERS),
        reason=reason,
        goal=chance.choices(_GOALS, (60, 20, 12, 8))[0],
    )


def _dates(cast: Cast) -> tuple[date, date | None]:
    """Some placements have ended, a few are planned, most last: for twelve weeks, to the end of the year, or on."""
    days, chance = cast.days, cast.chance
    match chance.choices(("ended", "planned", "twelve weeks", "to summer", "open"), (12, 5, 13, 35, 35))[0]:
        case "ended":
            return days.before(chance.randint(120, 330)), days.before(chance.randint(5, 60))
        case "planned":
            starts_on = days.after(chance.randint(7, 45))
            return starts_on, last_school_day(starts_on + 83 * DAY)
        case "twelve weeks":
            starts_on = days.before(chance.randint(0, 40))
            return starts_on, last_school_day(starts_on + 83 * DAY)
        case "to summer":
            return days.before(chance.randint(5, 240)), days.end_of_year()
        case _:
            return days.before(chance.randint(5, 240)), None


def _no_later(ends_on: date | None, last_on: date) -> date:
    """An end agreed in advance: nobody in year 11 is placed beyond the school leaving date (SLA 2022)."""
    return last_on if ends_on is None else min(ends_on, last_on)
