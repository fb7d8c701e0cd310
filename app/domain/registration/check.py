"""A registration check: where a provider stands on a date, since when, until when, and on what grounds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from app.domain.registration.canonical import inputs_hash
from app.domain.registration.facts import ProviderFacts
from app.domain.registration.pupils import pupils_of
from app.domain.registration.results import Assessment, Projection, RulesetOutcome
from app.domain.registration.sites import sites_of
from app.domain.registration.snapshot import snapshot_of
from app.domain.registration.timeline import Track, timeline
from app.domain.rulesets import ALL, Ruleset


def assess(facts: ProviderFacts, *, on: date, rulesets: Sequence[Ruleset] = ALL, horizon_days: int = 731) -> Assessment:
    """Evaluate every ruleset on the date, its past up to it, and its future up to the horizon."""
    horizon_on = on + timedelta(days=min(horizon_days, (date.max - on).days))
    pupils = pupils_of(facts)
    now = snapshot_of(facts, pupils, on, rulesets)
    overall, tracks = timeline(facts, pupils, on, horizon_on, rulesets)
    return Assessment(
        as_of_on=on,
        overall=now.overall,
        rulesets=tuple(map(_with_track, now.rulesets, tracks)),
        projection=Projection(horizon_on, _day(overall.next_change), overall.next_result),
        headroom=now.headroom,
        caveats=now.caveats,
        sites=sites_of(facts, on, rulesets),
        inputs_hash=inputs_hash(facts, rulesets, on),
    )


def for_own(of_all: Assessment, of_own: Assessment) -> Assessment:
    """What a school may see: its own rows assessed alone, and of everybody's no more than the overall result.

    `of_own` must come from the school's own records: its placements, its children as it records them, no declarations.
    Headroom is withheld, for it would tell how many others there are.
    """
    return replace(of_own, overall=of_all.overall, headroom=None)


def _with_track(outcome: RulesetOutcome, track: Track) -> RulesetOutcome:
    return replace(
        outcome,
        first_met_on=_day(track.first_met),
        next_change_on=_day(track.next_change),
        next_result=track.next_result,
    )


def _day(number: int | None) -> date | None:
    return None if number is None else date.fromordinal(number)
