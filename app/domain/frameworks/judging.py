"""What follows from ratings: roll-ups that no average softens, the limiting judgement, consequences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.frameworks.shapes import Consequence, Framework, Section
from app.domain.frameworks.vocabulary import Answer, DecidedBy, Effect, Hint, Level


@dataclass(frozen=True, slots=True)
class Ratings:
    """The ratings of one visit, by criterion key and by section key; what is not rated yet is absent."""

    criteria: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    overall: str | None = None


@dataclass(frozen=True, slots=True)
class RollUp:
    """What the ratings beneath say of the rating above.

    `rating` is None where an assessor or nobody decides, and while something is missing that could change it.
    `ceiling` is the best rating still open, None where nothing limits it. `missing` and `failed` are keys.
    """

    rating: str | None
    ceiling: str | None
    missing: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitingJudgement:
    """The weakest of the section ratings given so far, the sections that have it, and those without a rating."""

    rating: str
    because: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Triggered:
    """A consequence, and the rating that set it in motion. `key` is None for the overall rating."""

    consequence: Consequence
    level: Level
    key: str | None
    rating: str


def roll_up(framework: Framework, section: Section, ratings: Mapping[str, str]) -> RollUp:
    """What the ratings of its criteria (by key) say of a section.

    An essential criterion with a rating of concern leaves the section nothing better than its own best rating of
    concern, whatever the others are and before they are known. By roll-up a section is as good as its worst criterion.

    Raises:
        Invalid: `rating_unknown`, a rating that is not on the criterion's scale.
    """
    rated = {each.key: ratings[each.key] for each in section.criteria if each.key in ratings}
    required = section.answer is Answer.REQUIRED
    missing = tuple(each.key for each in section.criteria if required and each.key not in rated)
    for each in section.criteria:
        if each.key in rated:
            framework.scale(each.scale).rank(rated[each.key])
    failed = tuple(
        each.key
        for each in section.criteria
        if each.essential and rated.get(each.key) in framework.scale(each.scale).failing
    )
    return _rolled(framework, section, rated, missing, failed)


def _rolled(
    framework: Framework, section: Section, rated: Mapping[str, str], missing: tuple[str, ...], failed: tuple[str, ...]
) -> RollUp:
    scale = framework.scale(section.scale)
    if section.decided_by is DecidedBy.ROLLUP:
        worst = scale.worst(rated.values()) if rated else None
        settled = worst is not None and (not missing or worst == scale.values[-1].value)
        return RollUp(worst if settled else None, worst, missing, failed)
    limited = failed and section.decided_by is DecidedBy.ASSESSOR
    return RollUp(None, _best_failing(framework, section.scale) if limited else None, missing, failed)


def overall_roll_up(framework: Framework, sections: Mapping[str, str]) -> RollUp:
    """What the ratings of sections (by key) say of the whole.

    By roll-up: the best rating when every essential section passes, the worst as soon as one fails. Where an assessor
    decides, an essential section that fails leaves nothing better than a rating of concern.
    """
    essential = [section for section in framework.sections if section.essential]
    missing = tuple(each.key for each in essential if each.key not in sections)
    failed = tuple(each.key for each in essential if sections.get(each.key) in framework.scale(each.scale).failing)
    overall = framework.overall
    if overall.scale is None or overall.decided_by is DecidedBy.NONE:
        return RollUp(None, None, missing, failed)
    if overall.decided_by is DecidedBy.ASSESSOR:
        return RollUp(None, _best_failing(framework, overall.scale) if failed else None, missing, failed)
    values = framework.scale(overall.scale).values
    if failed:
        return RollUp(values[-1].value, values[-1].value, missing, failed)
    return RollUp(None if missing else values[0].value, None, missing, failed)


def _best_failing(framework: Framework, scale_id: str) -> str | None:
    """The best rating of concern on a scale; None where the scale knows no concern."""
    return next((each.value for each in framework.scale(scale_id).values if each.concern), None)


def limiting_judgement(framework: Framework, sections: Mapping[str, str]) -> LimitingJudgement | None:
    """The hint beside the overall rating, None where the framework gives none or no section is rated yet.

    The publisher states no formula: the assessor decides, and gives a reason when deciding otherwise.
    """
    overall = framework.overall
    rateable = [each.key for each in framework.sections if each.decided_by is not DecidedBy.NONE]
    rated = {key: sections[key] for key in rateable if key in sections}
    if overall.hint is not Hint.LIMITING_JUDGEMENT or overall.scale is None or not rated:
        return None
    worst = framework.scale(overall.scale).worst(rated.values())
    because = tuple(key for key, rating in rated.items() if rating == worst)
    return LimitingJudgement(worst, because, tuple(key for key in rateable if key not in rated))


def needs_rationale(framework: Framework, ratings: Ratings) -> bool:
    """Whether the overall rating differs from the hint, and so must be explained."""
    hint = limiting_judgement(framework, ratings.sections)
    return hint is not None and ratings.overall is not None and ratings.overall != hint.rating


def consequences(framework: Framework, ratings: Ratings) -> tuple[Triggered, ...]:
    """All that the ratings set in motion, criteria first, then sections, then the whole."""
    return tuple(
        Triggered(each, level, key, rating)
        for level, key, scale, rating in _rated(framework, ratings)
        for each in framework.consequences
        if each.scale == scale and level in each.levels and rating in each.values
    )


def follow_up_within_days(framework: Framework, ratings: Ratings) -> int | None:
    """In how many calendar days a follow-up visit is due, the soonest where several are; None where none is."""
    days = (
        each.consequence.within_days
        for each in consequences(framework, ratings)
        if each.consequence.effect is Effect.FOLLOW_UP and each.consequence.within_days is not None
    )
    return min(days, default=None)


def _rated(framework: Framework, ratings: Ratings) -> Iterator[tuple[Level, str | None, str, str]]:
    """Level, key, scale and rating of everything rated, in print order."""
    for criterion in framework.criteria:
        if criterion.key in ratings.criteria:
            yield Level.CRITERION, criterion.key, criterion.scale, ratings.criteria[criterion.key]
    for section in framework.sections:
        if section.key in ratings.sections:
            yield Level.SECTION, section.key, section.scale, ratings.sections[section.key]
    if ratings.overall is not None and framework.overall.scale is not None:
        yield Level.OVERALL, None, framework.overall.scale, ratings.overall
