"""What is true of the threshold engine whatever the history."""

from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from json import dumps
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.registration import (
    REACHED,
    Arrangement,
    Census,
    ChildFact,
    PlacementFact,
    ProviderFacts,
    Result,
    Roll,
    assess,
    for_own,
    overall,
    snapshot,
)
from app.domain.registration.canonical import canonical
from app.domain.rulesets import BY_ID, Limb, Measure
from tests.domain import oracle
from tests.domain.histories import FIRST_ON, RULESETS, days, placements, provider_facts

several = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def expected(facts: ProviderFacts, on: date, key: str, told: list[tuple[date, dict[str, str]]]) -> tuple[object, ...]:
    """Result, first day reached and next change, read from the oracle's diary."""
    now = next(results[key] for day, results in told if day == on)
    first = next((day for day, results in told if day <= on and results[key] in REACHED), None)
    change = next(((day, results[key]) for day, results in told if day > on and results[key] != now), (None, None))
    return now, first, *change


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(provider_facts(), days, st.integers(0, 60))
def test_the_engine_agrees_with_a_brute_force_of_every_day(facts: ProviderFacts, on: date, horizon_days: int) -> None:
    told = oracle.history(facts, RULESETS, FIRST_ON, on + timedelta(days=horizon_days))
    check = assess(facts, on=on, rulesets=RULESETS, horizon_days=horizon_days)
    for outcome in check.rulesets:
        got = (outcome.result, outcome.first_met_on, outcome.next_change_on, outcome.next_result)
        first_of_ruleset = expected(facts, on, outcome.ruleset_id, told)
        assert got == first_of_ruleset, outcome.ruleset_id
    now, _, next_on, next_result = expected(facts, on, "overall", told)
    assert (check.overall, check.projection.next_change_on, check.projection.result) == (now, next_on, next_result)


@several
@given(provider_facts(), days, st.data())
def test_the_order_in_which_facts_are_told_does_not_matter(facts: ProviderFacts, on: date, data: st.DataObject) -> None:
    shuffled = replace(
        facts,
        children=tuple(data.draw(st.permutations(facts.children))),
        placements=tuple(
            placement._replace(arrangements=tuple(turned(arrangement) for arrangement in placement.arrangements[::-1]))
            for placement in data.draw(st.permutations(facts.placements))
        ),
        declarations=tuple(replace(d, groups=d.groups[::-1]) for d in facts.declarations[::-1]),
    )
    assert assess(shuffled, on=on, rulesets=RULESETS) == assess(facts, on=on, rulesets=RULESETS)


def turned(arrangement: Arrangement) -> Arrangement:
    return arrangement._replace(slots=arrangement.slots[::-1])


@several
@given(provider_facts(), days, st.data())
def test_one_placement_more_never_takes_a_fired_limb_back(facts: ProviderFacts, on: date, data: st.DataObject) -> None:
    child_id = data.draw(st.sampled_from([UUID(int=n) for n in (100, 101, 999)]))
    more = replace(facts, placements=(*facts.placements, data.draw(placements(900, child_id))))
    for before, after in zip(fired_limbs(facts, on), fired_limbs(more, on), strict=True):
        assert before <= after


def fired_limbs(facts: ProviderFacts, on: date) -> list[set[str]]:
    limbs = {id_: {limb.code for limb in ruleset.limbs} for id_, ruleset in BY_ID.items()}
    outcomes = snapshot(facts, on=on, rulesets=RULESETS).rulesets
    return [{t.code for t in o.tests if t.fired and t.code in limbs[o.ruleset_id]} for o in outcomes]


@several
@given(provider_facts(), days)
def test_a_fired_limb_means_threshold_met_and_a_snapshot_agrees_with_the_check(facts: ProviderFacts, on: date) -> None:
    check, position = assess(facts, on=on, rulesets=RULESETS), snapshot(facts, on=on, rulesets=RULESETS)
    assert (check.overall, check.headroom, check.caveats) == (position.overall, position.headroom, position.caveats)
    assert overall(facts, on=on, rulesets=RULESETS) is position.overall
    for ruleset, outcome in zip(RULESETS, position.rulesets, strict=True):
        fired = any(t.fired for t, test in zip(outcome.tests, ruleset.tests, strict=True) if isinstance(test, Limb))
        if ruleset.applies_on(on):
            assert fired is (outcome.result is Result.THRESHOLD_MET)
        assert bool(outcome.missing) or outcome.result is not Result.CANNOT_DETERMINE


@several
@given(provider_facts(), days)
def test_a_school_sees_the_same_bytes_whether_others_have_rows_or_not(facts: ProviderFacts, on: date) -> None:
    school = UUID(int=50)
    own_rows = tuple(p for p in facts.placements if p.commissioner_id == school)
    own_ids = {placement.child_id for placement in own_rows}
    own_children = tuple(child for child in facts.children if child.child_id in own_ids)
    own = replace(facts, placements=own_rows, children=own_children, declarations=())
    seen_by_all, seen_alone = assess(facts, on=on), assess(own, on=on)
    among_others, alone = for_own(seen_by_all, seen_alone), for_own(seen_alone, seen_alone)
    assert repr(replace(among_others, overall=alone.overall)) == repr(alone)
    assert among_others.overall == seen_by_all.overall
    assert among_others.headroom is None


@several
@given(provider_facts(), days)
def test_equal_facts_have_equal_hashes_and_one_more_fact_has_another(facts: ProviderFacts, on: date) -> None:
    def hash_of(facts: ProviderFacts) -> str:
        return assess(facts, on=on, horizon_days=1).inputs_hash

    assert hash_of(facts) == hash_of(replace(facts, adopted=frozenset(sorted(facts.adopted))))
    assert hash_of(facts) != hash_of(replace(facts, children=(*facts.children, ChildFact(UUID(int=7)))))
    assert hash_of(facts) != assess(facts, on=on + timedelta(days=1), horizon_days=1).inputs_hash
    assert hash_of(facts) != assess(facts, on=on, rulesets=RULESETS[1:], horizon_days=1).inputs_hash


def plainly_spelt(value: Any) -> str:
    """The spelling of facts as it was first defined, field by field: hashes that were kept stay comparable."""
    if hasattr(value, "_fields") or is_dataclass(value):
        names = getattr(value, "_fields", None) or [field.name for field in fields(value)]
        return f"[{','.join(plainly_spelt(getattr(value, name)) for name in names)}]"
    if isinstance(value, tuple | frozenset):
        return f"[{','.join(sorted(map(plainly_spelt, value)))}]"
    return dumps(value, default=str)


@several
@given(provider_facts())
def test_facts_are_spelt_as_kept_hashes_were(facts: ProviderFacts) -> None:
    assert canonical(facts) == plainly_spelt(facts)


@several
@given(provider_facts(), days)
def test_what_a_child_had_elsewhere_before_it_came_or_after_it_left_changes_nothing(
    facts: ProviderFacts, on: date
) -> None:
    """Such placements are not read (`apqa_placement_facts`)."""
    here = [each for each in facts.placements if each.provider_id in facts.provider_ids]

    def bears(each: PlacementFact) -> bool:
        last = each.ends_on or date.max
        theirs = (stay for stay in here if stay.child_id == each.child_id)
        return any(stay.starts_on <= last and each.starts_on <= (stay.ends_on or date.max) for stay in theirs)

    told = replace(facts, placements=tuple(filter(bears, facts.placements)))
    whole, without = (assess(each, on=on, rulesets=RULESETS) for each in (facts, told))
    assert replace(without, inputs_hash=whole.inputs_hash) == whole


@several
@given(provider_facts(), days, days, st.data())
def test_a_roll_kept_in_step_stands_where_the_same_facts_read_anew_stand(
    facts: ProviderFacts, on: date, other: date, data: st.DataObject
) -> None:
    children = {child.child_id: child for child in facts.children}
    begun = data.draw(st.integers(0, len(facts.placements)))
    kept = {placement.placement_id: placement for placement in facts.placements[:begun]}
    since = data.draw(st.sampled_from([date.min, min(on, other)]))
    roll = Roll(replace(facts, placements=tuple(kept.values())), rulesets=RULESETS, since=since)
    for placement in data.draw(st.permutations(facts.placements)):
        child = children.get(placement.child_id, ChildFact(placement.child_id))
        stays = data.draw(st.booleans())
        kept.pop(placement.placement_id, None)
        if stays:
            kept[placement.placement_id] = placement
        before = {day: roll.results(day) for day in (on, other)}  # of which what follows has to be kept in step
        later = roll.instead(placement.placement_id, child, placement if stays else None)
        assert {day: roll.results(day) for day in (on, other)} == before
        roll = later
        for day in (on, other):
            anew = snapshot(replace(facts, placements=tuple(kept.values())), on=day, rulesets=RULESETS)
            assert roll.results(day) == {each.ruleset_id: each.result for each in anew.rulesets}
            assert roll.overall(day) is anew.overall
            assert roll.snapshot(day).headroom == anew.headroom


@several
@given(st.lists(provider_facts(), min_size=1, max_size=3), days)
def test_a_census_of_all_children_says_of_each_place_what_a_snapshot_of_it_says(
    told: list[ProviderFacts], on: date
) -> None:
    """Places are told apart by their ids; the children of all of them are counted in one go, each with all it has."""
    children = {child.child_id: child for facts in told for child in facts.children}
    placed = {each.placement_id: each for facts in told for each in facts.placements}.values()
    theirs: dict[UUID, list[PlacementFact]] = {}
    for each in placed:
        theirs.setdefault(each.child_id, []).append(each)
    places = {*(facts.provider_ids for facts in told), *(frozenset({each.provider_id}) for each in placed)}
    census = Census(places, on=on, rulesets=RULESETS)
    for child_id, placements_ in theirs.items():
        lasting = [each for each in placements_ if each.lasts_on(on)]
        census.count(children.get(child_id, ChildFact(child_id)), lasting)
    for place in places:
        whole = replace(told[0], provider_ids=place, children=tuple(children.values()), placements=tuple(placed))
        expected = snapshot(whole, on=on, rulesets=RULESETS)
        stand = census.position(whole)
        assert stand.overall is expected.overall
        assert stand.results == {each.ruleset_id: each.result for each in expected.rulesets}
        limbs = (test for each in expected.rulesets if each.binding for test in each.tests)
        counted = (test.observed for test in limbs if test.measure is Measure.FULL_TIME_PUPILS)
        assert stand.full_time_pupils == max(counted, default=0)
