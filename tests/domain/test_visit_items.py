"""Which items a form has for a provider, what may be judged of them, and what judgements add up to."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import frameworks
from app.domain.errors import Invalid
from app.domain.frameworks import DecidedBy, Framework, Phase, Ratings, overall_roll_up, roll_up
from app.domain.visits import MET_NOT_MET, ItemKind, above_ceiling, check_judgement, completed, find, items, scale_of

FORMS = pytest.mark.parametrize("form", frameworks.ALL, ids=lambda form: form.id)
HEREFORDSHIRE = frameworks.named("herefordshire-apqa-v1")
LEICESTERSHIRE = frameworks.named("leics-seip-qa-v1")
# No publisher leaves something essential to an assessor yet: one may.
ASSESSED = replace(
    HEREFORDSHIRE,
    sections=tuple(replace(each, decided_by=DecidedBy.ASSESSOR) for each in HEREFORDSHIRE.sections),
    overall=replace(HEREFORDSHIRE.overall, decided_by=DecidedBy.ASSESSOR),
)


def count(form: Framework, kind: ItemKind, *, registered: bool) -> int:
    return sum(item.kind is kind for item in items(form, registered=registered))


@pytest.mark.parametrize(("registered", "questions", "caveats"), [(True, 8, 0), (False, 12, 7)])
def test_herefordshire_asks_by_registration(*, registered: bool, questions: int, caveats: int) -> None:
    assert count(HEREFORDSHIRE, ItemKind.QUESTION, registered=registered) == questions
    assert count(HEREFORDSHIRE, ItemKind.CAVEAT, registered=registered) == caveats
    assert count(HEREFORDSHIRE, ItemKind.CRITERION, registered=registered) == 44
    assert count(HEREFORDSHIRE, ItemKind.SECTION, registered=registered) == 9
    assert count(HEREFORDSHIRE, ItemKind.OVERALL, registered=registered) == 1


@FORMS
def test_items_stand_in_print_order_under_keys_of_their_own(form: Framework) -> None:
    told = items(form, registered=False)
    keys = [item.key for item in told]
    assert len(set(keys)) == len(keys)
    assert [item.key for item in told if item.kind is ItemKind.CRITERION] == [
        f"criterion:{each.key}" for each in form.criteria
    ]
    at = {key: position for position, key in enumerate(keys)}
    for section in form.sections:
        assert at[f"section:{section.key}"] == max(at[f"criterion:{each.key}"] for each in section.criteria) + 1
    early = [item.phase for item in told if item.kind in (ItemKind.QUESTION, ItemKind.CAVEAT)]
    assert early == [Phase.BEFORE_VISIT] * len(early)
    assert [item.section_key for item in told[: len(early)]] == [None] * len(early)
    assert ("overall" in keys) == (form.overall.decided_by is not DecidedBy.NONE)


@FORMS
def test_every_item_is_found_and_has_the_scale_that_it_names(form: Framework) -> None:
    for item in items(form, registered=False):
        assert find(form, False, item.key) == item
        scale = scale_of(form, item)
        assert (scale.id if scale else None) == item.scale_id


def test_the_doubled_number_is_printed_on_both_its_items() -> None:
    printed = [item.printed_ref for item in items(LEICESTERSHIRE, registered=True) if item.printed_ref == "4.1"]
    assert len(printed) == 2


@pytest.mark.parametrize("key", ["", "overall", "criterion:", "criterion:none", "caveat:ten-hours", "learner-safety"])
def test_what_is_no_item_is_refused(key: str) -> None:
    with pytest.raises(Invalid) as refused:
        find(LEICESTERSHIRE, False, key)
    assert [(each.code, each.pointer) for each in refused.value.errors] == [("item_unknown", "/item_key")]


@pytest.mark.parametrize(
    ("form", "key", "rating", "expected"),
    [
        (LEICESTERSHIRE, "criterion:lebc-compliance", "red", None),
        (LEICESTERSHIRE, "section:learner-safety", "green", None),
        (LEICESTERSHIRE, "criterion:lebc-compliance", "good", ("rating_unknown", "/rating")),
        (LEICESTERSHIRE, "criterion:lebc-compliance", "Red", ("rating_unknown", "/rating")),
        (LEICESTERSHIRE, "overall", "green", ("item_unknown", "/item_key")),
        (HEREFORDSHIRE, "question:registration-status", "met", ("not_rated", "/item_key")),
        (HEREFORDSHIRE, "caveat:ten-hours", "not_met", None),
        (HEREFORDSHIRE, "caveat:ten-hours", "fully_met", ("rating_unknown", "/rating")),
        (HEREFORDSHIRE, "section:safeguarding", "fully_met", ("rolled_up", "/item_key")),
        (HEREFORDSHIRE, "section:outcomes", "fully_met", ("not_rated", "/item_key")),
        (HEREFORDSHIRE, "overall", "appropriate", ("rolled_up", "/item_key")),
        (frameworks.named("ave-qa-v8"), "overall", "outstanding", None),
    ],
)
def test_a_judgement_rates_what_may_be_rated_on_its_scale(
    form: Framework, key: str, rating: str, expected: tuple[str, str] | None
) -> None:
    told = [(each.code, each.pointer) for each in check_judgement(form, False, key, rating)]
    assert told == ([] if expected is None else [expected])


def test_a_caveat_is_judged_for_an_unregistered_provider_only() -> None:
    assert [each.code for each in check_judgement(HEREFORDSHIRE, True, "caveat:ten-hours", "met")] == ["item_unknown"]
    assert MET_NOT_MET.failing == {"not_met"}


@st.composite
def rated_forms(draw: st.DrawFn) -> tuple[Framework, Ratings]:
    """One of the frameworks with any ratings of any of its parts, roll-ups that somebody made up included."""
    form = draw(st.sampled_from((*frameworks.ALL, ASSESSED)))
    criteria = {
        each.key: draw(st.sampled_from([value.value for value in form.scale(each.scale).values]))
        for each in form.criteria
        if draw(st.integers(0, 4))
    }
    sections = {
        each.key: draw(st.sampled_from([value.value for value in form.scale(each.scale).values]))
        for each in form.sections
        if each.decided_by is not DecidedBy.NONE and draw(st.booleans())
    }
    scale = form.overall.scale
    overall = draw(st.sampled_from([value.value for value in form.scale(scale).values])) if scale else None
    return form, Ratings(criteria, sections, overall)


@settings(max_examples=150, deadline=None)
@given(rated_forms())
def test_nothing_is_better_than_an_essential_failure_unless_it_is_told(case: tuple[Framework, Ratings]) -> None:
    form, ratings = case
    told = completed(form, ratings)
    above = set(above_ceiling(form, told))
    for section in form.sections:
        failed = roll_up(form, section, told.criteria).failed
        if failed and section.key in told.sections and f"section:{section.key}" not in above:
            assert told.sections[section.key] in form.scale(section.scale).failing
        if section.decided_by is DecidedBy.ROLLUP:
            assert f"section:{section.key}" not in above
            assert told.sections.get(section.key) == roll_up(form, section, told.criteria).rating
    if form.overall.decided_by is DecidedBy.ROLLUP:
        assert told.overall == overall_roll_up(form, told.sections).rating
        assert "overall" not in above
    if overall_roll_up(form, told.sections).failed and told.overall and "overall" not in above:
        assert told.overall in form.scale(form.overall.scale or "").failing
    assert completed(form, told) == told


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([each for each in HEREFORDSHIRE.criteria if each.essential]), rated_forms())
def test_one_essential_gap_makes_the_provision_not_appropriate(
    gap: frameworks.Criterion, case: tuple[Framework, Ratings]
) -> None:
    criteria = {each.key: "fully_met" for each in HEREFORDSHIRE.criteria}
    assert completed(HEREFORDSHIRE, Ratings(criteria)).overall == "appropriate"
    others = case[1].criteria if case[0] is HEREFORDSHIRE else {}
    told = completed(HEREFORDSHIRE, Ratings({**criteria, **others, gap.key: "not_met"}, overall="appropriate"))
    assert told.overall == "not_appropriate"


def test_a_roll_up_is_absent_until_it_is_settled() -> None:
    told = completed(HEREFORDSHIRE, Ratings({"disclosures": "fully_met"}, {"safeguarding": "fully_met"}, "appropriate"))
    assert told == Ratings({"disclosures": "fully_met"})
