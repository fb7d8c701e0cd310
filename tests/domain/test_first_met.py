"""The first day on which a plan brings about a threshold, found among few days, is that of a reading of every day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.placements import met_by
from app.domain.plans import first_met
from app.domain.registration import ProviderFacts, Roll, snapshot
from tests.domain.histories import LINKED, days, provider_facts


def _with(facts: ProviderFacts, number: int) -> ProviderFacts:
    return replace(facts, placements=facts.placements[:number])


def _met(several: Sequence[ProviderFacts], placement_id: UUID, on: date) -> set[tuple[int, str]]:
    told = enumerate(met_by([placement_id], snapshot(facts, on=on).rulesets) for facts in several)
    return {(at, each.ruleset_id) for at, met in told for each in met}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(provider_facts().filter(lambda facts: facts.placements), days, st.booleans(), st.booleans())
def test_the_first_day_is_that_of_a_reading_of_every_day(
    facts: ProviderFacts, first: date, linked: bool, moved: bool
) -> None:
    """The last placement is planned, or moved to another first day; the provider is alone, or has a group."""
    facts = replace(facts, provider_ids=facts.provider_ids - {LINKED})
    several = [facts, replace(facts, provider_ids=facts.provider_ids | {LINKED})] if linked else [facts]
    number, plan = len(facts.placements), facts.placements[-1]
    earlier = replace(facts, placements=(*facts.placements[:-1], plan._replace(starts_on=first + timedelta(days=20))))
    before = [replace(each, placements=earlier.placements) if moved else _with(each, number - 1) for each in several]
    last = first + timedelta(days=50)
    every = (first + timedelta(days=ahead) for ahead in range(51))
    expected = (on for on in every if _met(several, plan.placement_id, on) - _met(before, plan.placement_id, on))
    rolls = [[Roll(facts, since=first) for facts in each] for each in (before, several)]
    assert first_met(rolls[0], rolls[1], [plan.placement_id], first, last) == next(expected, None)
