"""The shapes in which the threshold engine answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.domain.rulesets import Comparison, LegalStatus, Measure


class Result(StrEnum):
    """What a check says, worst first. Never "legal" or "illegal": a check is dated evidence, not a verdict."""

    THRESHOLD_MET = "threshold_met"
    LIMIT_EXCEEDED = "limit_exceeded"
    CANNOT_DETERMINE = "cannot_determine"
    AT_RISK = "at_risk"
    CLEAR_ON_KNOWN_DATA = "clear_on_known_data"
    NOT_APPLICABLE = "not_applicable"


REACHED = frozenset({Result.THRESHOLD_MET, Result.LIMIT_EXCEEDED})
_SEVERITY = {result: rank for rank, result in enumerate(Result)}


def worst(results: Iterable[Result]) -> Result:
    """The worst of the results; `not_applicable` where there are none."""
    return min(results, key=_SEVERITY.__getitem__, default=Result.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """One limb or cap. `observed`: pupils for a limb; for a cap the worst pupil's amount, or 0 or 1."""

    __test__ = False  # not one of pytest's

    code: str
    measure: Measure
    limit: int
    comparison: Comparison
    observed: int
    observed_known: int
    observed_declared: int
    fired: bool
    source: str
    contributing_placement_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """What would have to be known, and of which placement, if of one.

    Codes: `hours_missing`, `days_missing`, `sessions_missing`, `birth_date_missing`, `birth_dates_disagree`,
    `declared_days_missing`, `declaration_stale`.
    """

    code: str
    placement_id: UUID | None
    what: str


@dataclass(frozen=True, slots=True)
class Caveat:
    """What a reader of the check must know, though it decides nothing.

    Codes: `declaration` (`what`: none, current or stale), `overlapping_hours` (with minutes a week), `estimated_hours`,
    `records_disagree` (`what`: on what).
    """

    code: str
    what: str
    placement_ids: tuple[UUID, ...] = ()
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class RulesetOutcome:
    """One ruleset on the date. The last three are null in a snapshot, which looks neither back nor ahead."""

    ruleset_id: str
    legal_status: LegalStatus
    binding: bool
    result: Result
    tests: tuple[TestOutcome, ...]
    missing: tuple[Missing, ...]
    first_met_on: date | None = None
    next_change_on: date | None = None
    next_result: Result | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """The next date, up to the horizon, on which the overall result changes, and what it changes to."""

    horizon_on: date
    next_change_on: date | None
    result: Result | None


@dataclass(frozen=True, slots=True)
class RulesetHeadroom:
    """How many more full-time pupils one ruleset leaves room for."""

    ruleset_id: str
    full_time_pupils: int


@dataclass(frozen=True, slots=True)
class Headroom:
    """How many more full-time pupils there is room for: the least over the binding rulesets; null if none counts."""

    full_time_pupils: int | None
    by_ruleset: tuple[RulesetHeadroom, ...]


@dataclass(frozen=True, slots=True)
class MinutesLeft:
    """How many more minutes a week a child may have here; null where the ruleset sets no bound or hours are unknown."""

    ruleset_id: str
    before_full_time: int | None
    before_total_cap: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The position on one date, all sites together."""

    as_of_on: date
    overall: Result
    rulesets: tuple[RulesetOutcome, ...]
    headroom: Headroom
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True, slots=True)
class SiteOutcome:
    """The position of one site on the date, declarations apart (they do not tell the site)."""

    site_id: UUID
    overall: Result
    rulesets: tuple[RulesetOutcome, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """A registration check: the position on a date, since when, and until when."""

    as_of_on: date
    overall: Result
    rulesets: tuple[RulesetOutcome, ...]
    projection: Projection
    headroom: Headroom | None
    caveats: tuple[Caveat, ...]
    sites: tuple[SiteOutcome, ...]
    inputs_hash: str
