"""What every ruleset says of a provider on one date."""

from collections.abc import Iterable, Sequence
from datetime import date

from app.domain.registration.caveats import caveats_of
from app.domain.registration.facts import ProviderFacts
from app.domain.registration.headroom import headroom_of
from app.domain.registration.missing import missing_of
from app.domain.registration.position import Position, position_of
from app.domain.registration.pupils import Pupil, pupils_of
from app.domain.registration.results import Result, RulesetOutcome, Snapshot, TestOutcome, worst
from app.domain.registration.tally import overall_of
from app.domain.rulesets import ALL, Ruleset


def snapshot(facts: ProviderFacts, *, on: date, rulesets: Sequence[Ruleset] = ALL) -> Snapshot:
    """The position on a date, without looking back or ahead."""
    return snapshot_of(facts, pupils_of(facts), on, rulesets)


def overall(facts: ProviderFacts, *, on: date, rulesets: Sequence[Ruleset] = ALL) -> Result:
    """The overall result that `snapshot` gives, without its grounds, which take most of the time."""
    position = position_of(facts, pupils_of(facts), on.toordinal(), rulesets)
    return overall_of(position.tally.results(on, registered=facts.registered), rulesets, on, facts.adopted)


def snapshot_of(facts: ProviderFacts, pupils: Iterable[Pupil], on: date, rulesets: Sequence[Ruleset]) -> Snapshot:
    """As `snapshot`, of pupils already gathered from the facts."""
    position = position_of(facts, pupils, on.toordinal(), rulesets)
    outcomes = tuple(_outcome(position, number, on) for number in range(len(rulesets)))
    overall = worst(outcome.result for outcome in outcomes if outcome.binding)
    return Snapshot(on, overall, outcomes, headroom_of(position, outcomes), caveats_of(position))


def _outcome(position: Position, number: int, on: date) -> RulesetOutcome:
    ruleset = position.tally.board.rulesets[number]
    return RulesetOutcome(
        ruleset_id=ruleset.id,
        legal_status=ruleset.legal_status_on(on),
        binding=ruleset.binds_on(on, position.facts.adopted),
        result=_result(position, number, on),
        tests=tuple(_test_outcome(position, at) for at in position.tally.board.spans[number]),
        missing=missing_of(position, number) if _applies(position, number, on) else (),
    )


def _result(position: Position, number: int, on: date) -> Result:
    return position.tally.result(number) if _applies(position, number, on) else Result.NOT_APPLICABLE


def _applies(position: Position, number: int, on: date) -> bool:
    return position.tally.board.rulesets[number].applies_on(on) and not position.facts.registered


def _test_outcome(position: Position, at: int) -> TestOutcome:
    test = position.tally.board.tests[at][1]
    known, declared = position.observed(at)
    observed = test.together(known, declared)
    return TestOutcome(
        code=test.code,
        measure=test.measure,
        limit=test.limit,
        comparison=test.comparison,
        observed=observed,
        observed_known=known,
        observed_declared=declared,
        fired=test.comparison.holds(observed, test.limit),
        source=test.source,
        contributing_placement_ids=position.contributing(at),
    )
