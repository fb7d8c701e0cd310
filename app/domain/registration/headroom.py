"""How much more a provider may take before a limit is reached."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from app.domain.registration.facts import PlacementFact, ProviderFacts
from app.domain.registration.position import Position
from app.domain.registration.pupils import stay_of
from app.domain.registration.results import Headroom, MinutesLeft, Result, RulesetHeadroom, RulesetOutcome
from app.domain.registration.tally import Standing
from app.domain.registration.week import Known, week_of
from app.domain.rulesets import ALL, Measure, Ruleset


def headroom_of(position: Position, outcomes: Sequence[RulesetOutcome]) -> Headroom:
    """Room for full-time pupils without a flag, by each ruleset that applies."""
    rooms = [
        (outcome, room)
        for number, outcome in enumerate(outcomes)
        if outcome.result is not Result.NOT_APPLICABLE and (room := _room(position, number)) is not None
    ]
    return Headroom(
        full_time_pupils=min((room for outcome, room in rooms if outcome.binding), default=None),
        by_ruleset=tuple(RulesetHeadroom(outcome.ruleset_id, room) for outcome, room in rooms),
    )


def minutes_left(
    facts: ProviderFacts, *, child_id: UUID, on: date, rulesets: Sequence[Ruleset] = ALL
) -> tuple[MinutesLeft, ...]:
    """How many more minutes a week one child, already here or not, may have here, by each ruleset.

    Age and flags are not asked: this is the room before the child's week is full time, or its total over the cap.
    """
    day = on.toordinal()
    lasting = [p for p in facts.placements if p.child_id == child_id and p.lasts_on(on)]
    here = _minutes(day, (p for p in lasting if p.provider_id in facts.provider_ids))
    total = _minutes(day, (p for p in lasting if p.provider_id in facts.provider_ids or p.provider_unregistered))
    return tuple(MinutesLeft(r.id, _before_full_time(r, here), _before_cap(r, here, total)) for r in rulesets)


def _minutes(day: int, placements: Iterable[PlacementFact]) -> Known:
    return week_of([stay_of(placement).on(day) for placement in placements]).minutes


def _before_full_time(ruleset: Ruleset, here: Known) -> int | None:
    full_time = ruleset.full_time
    if full_time is None or not here.exact:
        return None
    return full_time.comparison.room(here.at_least, full_time.limit_minutes)


def _before_cap(ruleset: Ruleset, here: Known, total: Known) -> int | None:
    amounts = {Measure.WEEKLY_MINUTES: here, Measure.TOTAL_WEEKLY_MINUTES: total}
    rooms = [
        cap.comparison.room(amounts[cap.measure].at_least, cap.limit)
        for cap in ruleset.caps
        if cap.measure in amounts and amounts[cap.measure].exact
    ]
    return min(rooms, default=None)


def _room(position: Position, number: int) -> int | None:
    limbs = position.tally.board.rulesets[number].limbs
    first = position.tally.board.spans[number].start
    rooms = [
        max(0, limb.limit - 1 - position.tally.count(at, Standing.COUNTS))
        for at, limb in enumerate(limbs, first)
        if not limb.any_of
    ]
    return min(rooms, default=None)
