"""The demo county: invented organisations, providers, pupils and placements around a day that is taken as today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.demo.cases import place_cases
from app.demo.cast import Cast
from app.demo.chance import Chance
from app.demo.days import Days
from app.demo.gias import gias_rows
from app.demo.history import History, history
from app.demo.ordinary import place_others
from app.demo.organisations import ORGANISATIONS
from app.demo.providers import PROVIDERS
from app.demo.shapes import Declaration, Group, Organisation, Placement, Provider, Pupil

PLACEMENTS = 340


@dataclass(frozen=True, slots=True)
class County:
    """All of it. `gias_rows` holds, by column name, the invented extract in which the registered ones are found."""

    today: date
    seed: int
    organisations: tuple[Organisation, ...]
    providers: tuple[Provider, ...]
    pupils: tuple[Pupil, ...]
    placements: tuple[Placement, ...]
    declarations: tuple[Declaration, ...]
    gias_rows: tuple[Mapping[str, str], ...]
    history: History


def county(today: date, seed: int = 855) -> County:
    """The same county for the same day and seed.

    Cases (keys of providers, see `providers.toml`) hold on every day; the rest is drawn in the proportions that are
    published for Leicestershire, and within every limit.
    """
    days = Days(today)
    cast = Cast(days, Chance(seed))
    place_cases(cast)
    place_others(cast, PLACEMENTS)
    return County(
        today=today,
        seed=seed,
        organisations=ORGANISATIONS,
        providers=PROVIDERS,
        pupils=tuple(cast.roll.records),
        placements=tuple(cast.placements),
        declarations=_declarations(days),
        gias_rows=gias_rows(today),
        history=history(today),
    )


def _declarations(days: Days) -> tuple[Declaration, ...]:
    """Part-time pupils from the city, told this term by some providers and longer ago by one; and one tells of none."""
    part_time = Group(count=3, weekly_minutes=600, days_per_week=2)
    tuition = Group(count=4, weekly_minutes=240, days_per_week=2)
    return (
        Declaration("other-1", days.before(20), (part_time,)),
        Declaration("other-2", days.before(35), (part_time, tuition)),
        Declaration("tuition-1", days.before(50), (tuition,)),
        Declaration("other-3", days.before(150), (part_time,)),
        Declaration("over-sla-four", days.before(10), ()),
    )
