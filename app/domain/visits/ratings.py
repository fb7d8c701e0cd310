"""What may be judged on a visit, and what the judgements so far add up to."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.errors import Fault, Invalid
from app.domain.frameworks import DecidedBy, Framework, Ratings, overall_roll_up, roll_up
from app.domain.visits.items import OVERALL, Item, ItemKind, find, scale_of


def check_judgement(form: Framework, registered: bool, key: str, rating: str | None) -> tuple[Fault, ...]:
    """What is wrong with judging one item, empty when it may be kept.

    `item_unknown`, `not_rated` (a question, or a section that nobody rates) and `rolled_up` (computed, never set)
    point to "/item_key", `rating_unknown` (not on the item's scale) and `rating_missing` to "/rating". Without a rating
    a section that nobody rates, or that is rolled up, takes its priorities alone. Whether a rating is better than an
    essential failure allows is asked when the draft is shared, as judgements arrive in any order.
    """
    try:
        item = find(form, registered, key)
        scale, rolled = scale_of(form, item), _rolled_up(form, item)
        if rating is None:
            unrated = rolled or (scale is None and item.kind is ItemKind.SECTION)
            return () if unrated else (Fault("rating_missing", "This item is rated.", pointer="/rating"),)
        if scale is None:
            return (Fault("not_rated", "This item is answered in words, not rated.", pointer="/item_key"),)
        if rolled:
            return (Fault("rolled_up", "This rating follows from those beneath it.", pointer="/item_key"),)
        scale.rank(rating)
    except Invalid as wrong:
        return tuple(replace(each, pointer=each.pointer or "/rating") for each in wrong.errors)
    return ()


def completed(form: Framework, ratings: Ratings) -> Ratings:
    """The ratings with every roll-up in its place, sections first; what is not settled yet is absent.

    A rolled-up rating that was given is replaced.
    """
    sections = dict(ratings.sections)
    for section in form.sections:
        if section.decided_by is DecidedBy.ROLLUP:
            sections.pop(section.key, None)
            if (rating := roll_up(form, section, ratings.criteria).rating) is not None:
                sections[section.key] = rating
    overall = ratings.overall
    if form.overall.decided_by is DecidedBy.ROLLUP:
        overall = overall_roll_up(form, sections).rating
    return replace(ratings, sections=sections, overall=overall)


def above_ceiling(form: Framework, ratings: Ratings) -> Iterator[str]:
    """The keys of items that an assessor rated better than an essential failure beneath them leaves open."""
    for section in form.sections:
        rating = ratings.sections.get(section.key)
        ceiling = roll_up(form, section, ratings.criteria).ceiling
        if rating and ceiling and not form.scale(section.scale).at_least(ceiling, rating):
            yield f"{ItemKind.SECTION}:{section.key}"
    ceiling = overall_roll_up(form, ratings.sections).ceiling
    scale = form.overall.scale
    if ratings.overall and ceiling and scale and not form.scale(scale).at_least(ceiling, ratings.overall):
        yield OVERALL


def _rolled_up(form: Framework, item: Item) -> bool:
    if item.kind is ItemKind.SECTION and item.section_key:
        return form.section(item.section_key).decided_by is DecidedBy.ROLLUP
    return item.kind is ItemKind.OVERALL and form.overall.decided_by is DecidedBy.ROLLUP
