"""What ratings add up to: never better than an essential failure, never an average."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import frameworks
from app.domain.errors import Invalid
from app.domain.frameworks import (
    Criterion,
    DecidedBy,
    Effect,
    Framework,
    LimitingJudgement,
    Phase,
    Ratings,
    RollUp,
    Scale,
    Section,
    Value,
    Voice,
)

LEICESTERSHIRE = frameworks.named("leics-seip-qa-v1")
HEREFORDSHIRE = frameworks.named("herefordshire-apqa-v1")
YEAR = frameworks.named("ave-qa-v8")
SAFEGUARDING = HEREFORDSHIRE.section("safeguarding")
ALL_MET = {each.key: "fully_met" for each in SAFEGUARDING.criteria}


@st.composite
def rated_sections(draw: st.DrawFn) -> tuple[Framework, Section, dict[str, str]]:
    """A section of essential and other criteria on a scale of any length, and ratings of some of them."""
    size = draw(st.integers(2, 5))
    sound = draw(st.integers(1, size - 1))
    values = tuple(Value(f"v{n}", f"V{n}", "A test", concern=n >= sound) for n in range(size))
    scale = Scale("any", values, "A test")
    criteria = tuple(
        Criterion(f"c{n}", "A test", Phase.AT_VISIT, (Voice.STAFF,), "any", "A test", essential=essential)
        for n, essential in enumerate(draw(st.lists(st.booleans(), min_size=1, max_size=6)))
    )
    decided_by = draw(st.sampled_from([DecidedBy.ASSESSOR, DecidedBy.ROLLUP]))
    section = Section("s", "A test", "any", decided_by, criteria, "A test")
    ratings = draw(
        st.dictionaries(st.sampled_from([c.key for c in criteria]), st.sampled_from([v.value for v in values]))
    )
    return replace(YEAR, sections=(section,), scales=(scale,)), section, ratings


@settings(max_examples=300, deadline=None)
@given(rated_sections())
def test_a_section_is_never_better_than_an_essential_failure(case: tuple[Framework, Section, dict[str, str]]) -> None:
    framework, section, ratings = case
    scale = framework.scale("any")
    told = frameworks.roll_up(framework, section, ratings)
    failed = [c.key for c in section.criteria if c.essential and ratings.get(c.key) in scale.failing]
    assert list(told.failed) == failed
    if failed:
        assert told.ceiling in scale.failing
        assert told.rating is None or told.rating in scale.failing


@settings(max_examples=300, deadline=None)
@given(rated_sections())
def test_a_rolled_up_rating_stays_whatever_is_still_missing(case: tuple[Framework, Section, dict[str, str]]) -> None:
    framework, section, ratings = case
    told = frameworks.roll_up(framework, section, ratings)
    if told.rating is not None:
        for value in framework.scale("any").values:
            complete = dict.fromkeys((c.key for c in section.criteria), value.value) | ratings
            assert frameworks.roll_up(framework, section, complete).rating == told.rating


@settings(max_examples=300, deadline=None)
@given(rated_sections(), st.data())
def test_a_worse_rating_never_betters_the_whole(
    case: tuple[Framework, Section, dict[str, str]], data: st.DataObject
) -> None:
    framework, section, ratings = case
    section = replace(section, decided_by=DecidedBy.ROLLUP)
    scale = framework.scale("any")
    complete = dict.fromkeys((c.key for c in section.criteria), scale.values[0].value) | ratings
    key = data.draw(st.sampled_from(sorted(complete)))
    worse = data.draw(
        st.sampled_from([v.value for v in scale.values if scale.rank(v.value) >= scale.rank(complete[key])])
    )
    before = frameworks.roll_up(framework, section, complete).rating
    after = frameworks.roll_up(framework, section, complete | {key: worse}).rating
    assert before is not None
    assert after is not None
    assert scale.rank(after) >= scale.rank(before)
    assert scale.rank(before) == max(map(scale.rank, complete.values()))


def test_an_essential_theme_is_met_only_when_all_of_it_is() -> None:
    assert frameworks.roll_up(HEREFORDSHIRE, SAFEGUARDING, ALL_MET) == RollUp("fully_met", "fully_met", (), ())


def test_one_gap_fails_an_essential_theme_before_the_rest_is_known() -> None:
    told = frameworks.roll_up(HEREFORDSHIRE, SAFEGUARDING, {"disclosures": "not_met"})
    assert (told.rating, told.failed, len(told.missing)) == ("not_met", ("disclosures",), 5)


def test_a_theme_is_not_met_while_something_is_missing() -> None:
    ratings = {key: value for key, value in ALL_MET.items() if key != "disclosures"}
    assert frameworks.roll_up(HEREFORDSHIRE, SAFEGUARDING, ratings) == RollUp(None, "fully_met", ("disclosures",), ())


def test_no_rating_is_made_up_where_the_assessor_decides() -> None:
    section = LEICESTERSHIRE.section("learner-safety")
    told = frameworks.roll_up(LEICESTERSHIRE, section, {each.key: "red" for each in section.criteria})
    assert told == RollUp(None, None, (), ())


def test_a_section_that_nobody_rates_has_no_ceiling() -> None:
    unrated = replace(SAFEGUARDING, decided_by=DecidedBy.NONE)
    told = frameworks.roll_up(HEREFORDSHIRE, unrated, ALL_MET | {"disclosures": "not_met"})
    assert told == RollUp(None, None, (), ("disclosures",))


def test_what_was_not_seen_on_a_walk_is_not_missing() -> None:
    walk = frameworks.named("ave-learning-walk-v8")
    assert frameworks.roll_up(walk, walk.sections[0], {"feedback": "success"}).missing == ()


def test_a_rating_from_another_scale_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        frameworks.roll_up(HEREFORDSHIRE, SAFEGUARDING, {"disclosures": "partially_met"})
    assert refusal.value.problem_code == "rating_unknown"
    with pytest.raises(Invalid):
        frameworks.roll_up(LEICESTERSHIRE, LEICESTERSHIRE.sections[0], {"safety-staff": "fully_met"})


@pytest.mark.parametrize(
    ("sections", "rating", "missing", "failed"),
    [
        ({"safeguarding": "fully_met", "health-and-safety": "fully_met"}, "appropriate", (), ()),
        ({"safeguarding": "fully_met"}, None, ("health-and-safety",), ()),
        ({"health-and-safety": "not_met"}, "not_appropriate", ("safeguarding",), ("health-and-safety",)),
        ({"safeguarding": "not_met", "health-and-safety": "fully_met"}, "not_appropriate", (), ("safeguarding",)),
    ],
)
def test_provision_is_appropriate_only_when_both_essential_themes_are_met(
    sections: dict[str, str], rating: str | None, missing: tuple[str, ...], failed: tuple[str, ...]
) -> None:
    told = frameworks.overall_roll_up(HEREFORDSHIRE, sections)
    assert (told.rating, told.missing, told.failed) == (rating, missing, failed)


def test_an_assessor_cannot_lift_the_whole_above_an_essential_failure() -> None:
    areas = tuple(replace(each, essential=True) for each in YEAR.sections)
    strict = replace(YEAR, sections=areas)
    assert frameworks.overall_roll_up(strict, {areas[0].key: "inadequate"}).ceiling == "inadequate"
    assert frameworks.overall_roll_up(strict, {areas[0].key: "requires_improvement"}).ceiling is None


def test_nobody_rates_a_leicestershire_provider_as_a_whole() -> None:
    red = {each.key: "red" for each in LEICESTERSHIRE.sections}
    assert frameworks.overall_roll_up(LEICESTERSHIRE, red) == RollUp(None, None, (), ())


AREAS = {"quality-of-education": "good", "behaviour-and-attitudes": "outstanding", "personal-development": "good"}


def test_the_limiting_judgement_is_the_weakest_area_and_says_which() -> None:
    assert frameworks.limiting_judgement(YEAR, AREAS) == LimitingJudgement(
        "good", ("quality-of-education", "personal-development"), ()
    )
    weak = AREAS | {"personal-development": "inadequate"}
    assert frameworks.limiting_judgement(YEAR, weak) == LimitingJudgement("inadequate", ("personal-development",), ())


def test_the_limiting_judgement_names_the_areas_still_to_be_judged() -> None:
    told = frameworks.limiting_judgement(YEAR, {"quality-of-education": "good"})
    assert told is not None
    assert told.missing == ("behaviour-and-attitudes", "personal-development")
    assert frameworks.limiting_judgement(YEAR, {}) is None
    unrated = replace(YEAR, sections=(replace(YEAR.sections[0], decided_by=DecidedBy.NONE), *YEAR.sections[1:]))
    told = frameworks.limiting_judgement(unrated, AREAS | {"quality-of-education": "inadequate"})
    assert told == LimitingJudgement("good", ("personal-development",), ())
    assert frameworks.limiting_judgement(HEREFORDSHIRE, {"safeguarding": "not_met"}) is None


@pytest.mark.parametrize(
    ("overall", "needed"), [("good", False), ("outstanding", True), ("requires_improvement", True), (None, False)]
)
def test_an_overall_rating_that_differs_from_the_hint_needs_a_rationale(overall: str | None, needed: bool) -> None:
    assert frameworks.needs_rationale(YEAR, Ratings(sections=AREAS, overall=overall)) is needed


@pytest.mark.parametrize(
    ("framework", "ratings", "concerns"),
    [
        (LEICESTERSHIRE, Ratings({"safety-staff": "red"}, {"learner-safety": "amber"}), ["safety-staff"]),
        (LEICESTERSHIRE, Ratings({}, {"learner-safety": "red"}), ["learner-safety"]),
        (HEREFORDSHIRE, Ratings({"first-aid": "not_met", "induction": "not_met"}), ["first-aid"]),
        (HEREFORDSHIRE, Ratings({}, {"safeguarding": "not_met"}, "not_appropriate"), ["safeguarding", None]),
        (YEAR, Ratings({}, AREAS | {"personal-development": "inadequate"}, "good"), ["personal-development"]),
        (YEAR, Ratings({}, AREAS | {"personal-development": "requires_improvement"}, "good"), []),
        (YEAR, Ratings({"intent": "inadequate"}), []),
        (frameworks.named("ave-learning-walk-v8"), Ratings({"safety": "development"}), []),
    ],
)
def test_a_red_an_essential_not_met_and_an_inadequate_raise_a_concern(
    framework: Framework, ratings: Ratings, concerns: list[str | None]
) -> None:
    told = frameworks.consequences(framework, ratings)
    assert [each.key for each in told if each.consequence.effect is Effect.CONCERN] == concerns


@pytest.mark.parametrize(
    ("framework", "ratings", "days"),
    [
        (YEAR, Ratings(sections=AREAS, overall="good"), None),
        (YEAR, Ratings(sections=AREAS | {"personal-development": "requires_improvement"}, overall="good"), 56),
        (YEAR, Ratings(overall="inadequate"), 56),
        (LEICESTERSHIRE, Ratings({"safety-staff": "red"}), None),
    ],
)
def test_less_than_good_calls_for_a_follow_up_within_eight_weeks(
    framework: Framework, ratings: Ratings, days: int | None
) -> None:
    assert frameworks.follow_up_within_days(framework, ratings) == days


def test_the_soonest_of_several_follow_ups_counts() -> None:
    sooner = replace(YEAR.consequences[1], values=("inadequate",), within_days=14)
    for together in ((*YEAR.consequences, sooner), (sooner, *YEAR.consequences)):
        both = replace(YEAR, consequences=together)
        assert frameworks.follow_up_within_days(both, Ratings(overall="inadequate")) == 14
        assert frameworks.follow_up_within_days(both, Ratings(overall="requires_improvement")) == 56
