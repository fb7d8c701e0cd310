"""What would have to be known for a ruleset's result to be certain."""

from collections.abc import Iterator

from app.domain.registration.position import Position
from app.domain.registration.pupils import Profile, Pupil, Stay
from app.domain.registration.results import Missing
from app.domain.registration.tally import Standing
from app.domain.registration.week import Known, week_of
from app.domain.rulesets import Limb, Measure

_DAYS = ("days", "days_missing", "days a week of the placement")
_SESSIONS = ("sessions", "sessions_missing", "sessions a week of the placement")
_HOURS = ("minutes", "hours_missing", "weekly hours of the placement")


def missing_of(position: Position, number: int) -> tuple[Missing, ...]:
    """What leaves a pupil unknown to the ruleset numbered `number`, or would tip it were it not stale; each once."""
    found = {missing for at in position.tally.board.spans[number] for missing in _missing_for(position, at)}
    return tuple(sorted(found, key=lambda missing: (missing.code, str(missing.placement_id))))


def _missing_for(position: Position, at: int) -> Iterator[Missing]:
    test = position.tally.board.tests[at][1]
    unknown = position.standing(at, Standing.UNKNOWN)
    for pupil, profile in unknown:
        total = test.measure is Measure.TOTAL_WEEKLY_MINUTES
        stays = pupil.unregistered_on(position.day) if total else pupil.here_on(position.day)
        yield from _untold(stays, test.measure, position.day)
        if isinstance(test, Limb) and test.compulsory_school_age:
            yield from _birth_date(pupil, profile, position.day)
    if position.tally.count(at, Standing.UNKNOWN) > len(unknown):
        yield Missing("declared_days_missing", None, "days a week of declared pupils")
    counts, stale = position.tally.count(at, Standing.COUNTS), position.tally.count(at, Standing.STALE)
    if counts < test.pupils <= counts + stale:
        yield Missing("declaration_stale", None, "a current declaration by the provider")


def _untold(stays: list[Stay], measure: Measure, day: int) -> Iterator[Missing]:
    part, code, what = {Measure.DAYS_PER_WEEK: _DAYS, Measure.SESSIONS_PER_WEEK: _SESSIONS}.get(measure, _HOURS)
    for stay in stays:
        known: Known = getattr(week_of([stay.on(day)]), part)
        if not known.exact:
            yield Missing(code, stay.placement.placement_id, what)


def _birth_date(pupil: Pupil, profile: Profile, day: int) -> Iterator[Missing]:
    if profile.compulsory_school_age is None:
        told = bool(pupil.child.born_on)
        code = "birth_dates_disagree" if told else "birth_date_missing"
        what = "which of the dates of birth told is right" if told else "date of birth of the pupil"
        for stay in pupil.here_on(day):
            yield Missing(code, stay.placement.placement_id, what)
