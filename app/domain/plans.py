"""When a plan first brings about a registration threshold."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.domain import rulesets
from app.domain.placements import met_by
from app.domain.registration import Result, Roll


def first_met(
    before: Sequence[Roll], after: Sequence[Roll], placement_ids: Sequence[UUID], first: date, last: date | None
) -> date | None:
    """The first day, from `first` to `last` inclusive, on which a binding threshold is met with these placements, as
    they are after, that was not met with them before.

    Args:
        before: the provider alone, and its group where it has one.
        after: the same.
    """
    for on in _days(after, first, last or date.max):
        met = _met(after, placement_ids, on)
        if met and met - _met(before, placement_ids, on):
            return on
    return None


def _met(rolls: Sequence[Roll], placement_ids: Sequence[UUID], on: date) -> set[tuple[int, str]]:
    """The rulesets that are met by the provider alone (0), and by its group (1)."""
    reached = [(at, each) for at, each in enumerate(rolls) if each.overall(on) is Result.THRESHOLD_MET]
    return {(at, met.ruleset_id) for at, each in reached for met in met_by(placement_ids, each.snapshot(on).rulesets)}


def _days(rolls: Sequence[Roll], first: date, last: date) -> list[date]:
    """The days on which a threshold may come to be met: the first, and each later one on which a ruleset changes or a
    roll turns. What ends makes nothing worse."""
    changes = {day for ruleset in rulesets.ALL for day in ruleset.changes_on()}
    turns = {first}.union(changes, *(roll.turns() for roll in rolls))
    return sorted(each for each in turns if first <= each <= last)
