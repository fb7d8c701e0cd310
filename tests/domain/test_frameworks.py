"""The frameworks that come with the service, counted against the printed documents."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain import frameworks
from app.domain.errors import NotFound
from app.domain.frameworks import Branch, DecidedBy, Framework, Level, Phase, VisitKind, Voice

PUBLISHED = Path(__file__).parents[1] / "fixtures" / "published-frameworks.json"
LEICESTERSHIRE = frameworks.named("leics-seip-qa-v1")
HEREFORDSHIRE = frameworks.named("herefordshire-apqa-v1")
YEAR = frameworks.named("ave-qa-v8")
DFE = frameworks.named("dfe-nonschool-ap-2025-08")

every = pytest.mark.parametrize("framework", frameworks.ALL, ids=lambda framework: framework.id)


def refs(framework: Framework, phase: Phase) -> list[str | None]:
    return [each.printed_ref for each in framework.criteria if each.phase is phase]


def test_leicestershire_has_its_four_sections_and_twenty_items() -> None:
    assert [each.title for each in LEICESTERSHIRE.sections] == [
        "Learner safety",
        "Learner progress",
        "Learner pastoral care",
        "Systems and processes",
    ]
    assert [len(each.criteria) for each in LEICESTERSHIRE.sections] == [5, 6, 5, 4]


def test_leicestershire_items_keep_their_printed_numbers_and_phases() -> None:
    assert refs(LEICESTERSHIRE, Phase.BEFORE_VISIT) == ["1.1", "2.1", "2.2", "2.3", "3.1", "3.2", "4.1"]
    at_visit = ["1.2", "1.3", "1.4", "1.5", "2.4", "2.5", "2.6", "3.3", "3.4", "3.5", "4.1", "4.3", "4.4"]
    assert refs(LEICESTERSHIRE, Phase.AT_VISIT) == at_visit


def test_the_number_that_leicestershire_prints_twice_has_two_keys() -> None:
    doubled = [each.key for each in LEICESTERSHIRE.criteria if each.printed_ref == "4.1"]
    assert doubled == ["business-practice", "leadership-vision"]


def test_leicestershire_hears_staff_and_students_under_the_numbers_that_say_so() -> None:
    heard = {voice: [each.printed_ref for each in LEICESTERSHIRE.criteria if voice in each.voice] for voice in Voice}
    assert heard[Voice.PUPILS] == ["1.5", "2.6", "3.5"]
    assert heard[Voice.STAFF] == ["1.4", "2.5", "3.4", "4.1"]


def test_leicestershire_rates_red_amber_green_per_item_and_per_question_with_action_points() -> None:
    scale = LEICESTERSHIRE.scale("leics-seip-rag")
    assert [each.value for each in scale.values] == ["green", "amber", "red"]
    assert scale.failing == {"red"}
    assert {each.scale for each in LEICESTERSHIRE.criteria} == {scale.id}
    assert all(each.scale == scale.id and each.decided_by is DecidedBy.ASSESSOR for each in LEICESTERSHIRE.sections)
    assert all(each.concluding_question for each in LEICESTERSHIRE.sections)
    assert set(LEICESTERSHIRE.action_points) == {Level.CRITERION, Level.SECTION}


def test_leicestershire_asks_as_many_things_as_the_record_does() -> None:
    # Bullets of the printed record; an item without bullets, or a bullet with two questions, counts its questions.
    counted = [[len(each.prompts) for each in section.criteria] for section in LEICESTERSHIRE.sections]
    assert counted == [[2, 3, 4, 3, 3], [6, 4, 2, 3, 3, 3], [1, 4, 2, 3, 3], [5, 2, 1, 1]]


def test_herefordshire_has_nine_themes_and_forty_four_criteria() -> None:
    assert [len(each.criteria) for each in HEREFORDSHIRE.sections] == [6, 8, 7, 4, 3, 5, 2, 4, 5]
    assert [each.printed_ref for each in HEREFORDSHIRE.sections] == list("123456789")
    for theme in HEREFORDSHIRE.sections:
        expected = [f"{theme.printed_ref}.{number}" for number in range(1, len(theme.criteria) + 1)]
        assert [each.printed_ref for each in theme.criteria] == expected


def test_two_herefordshire_themes_are_essential_and_two_valued_the_others_three_valued() -> None:
    for theme in HEREFORDSHIRE.sections:
        essential = theme.key in {"safeguarding", "health-and-safety"}
        assert theme.essential is essential
        assert {each.essential for each in theme.criteria} == {essential}
        sizes = {len(HEREFORDSHIRE.scale(each.scale).values) for each in theme.criteria}
        assert sizes == ({2} if essential else {3})


def test_every_herefordshire_theme_has_its_principle_and_asks_for_priorities() -> None:
    assert all(theme.guiding_principle and theme.concluding_question for theme in HEREFORDSHIRE.sections)
    assert HEREFORDSHIRE.improvement_plan is not None
    assert len(HEREFORDSHIRE.improvement_plan.columns) == 5


def test_the_herefordshire_check_before_the_visit_has_both_branches_and_every_caveat() -> None:
    check = HEREFORDSHIRE.pre_visit_check
    assert check is not None
    asked = [each.when for each in check.questions]
    assert [asked.count(branch) for branch in (Branch.ALWAYS, Branch.REGISTERED, Branch.UNREGISTERED)] == [5, 3, 7]
    assert [each.key for each in check.caveats] == [
        "exceptional-use",
        "best-match",
        "regular-quality-assurance",
        "consistently-suitable",
        "evidence-below-threshold",
        "ten-hours",
        "risks-managed",
    ]


def test_amber_valley_and_erewash_grades_three_areas_and_lets_the_assessor_decide_the_whole() -> None:
    for framework in (YEAR, frameworks.named("ave-half-day-v8")):
        areas = ["quality-of-education", "behaviour-and-attitudes", "personal-development"]
        assert [each.key for each in framework.sections] == areas
        assert {each.scale for each in framework.sections} == {"ofsted-eif-2019"}
        assert framework.overall.decided_by is DecidedBy.ASSESSOR
        assert framework.overall.hint == "limiting_judgement"
    assert [each.value for each in YEAR.scale("ofsted-eif-2019").values] == [
        "outstanding",
        "good",
        "requires_improvement",
        "inadequate",
    ]


@pytest.mark.parametrize(
    ("kind", "framework_id", "criteria"),
    [
        (VisitKind.LEARNING_WALK, "ave-learning-walk-v8", [24, 1]),
        (VisitKind.WORK_SCRUTINY, "ave-work-scrutiny-v8", [4]),
        (VisitKind.CONTRACT_REVIEW, "ave-contract-review-v8", [5, 5]),
        (VisitKind.HALF_DAY_OBSERVATION, "ave-half-day-v8", [4, 1, 2]),
    ],
)
def test_each_kind_of_visit_in_the_derbyshire_year_has_its_form(
    kind: VisitKind, framework_id: str, criteria: list[int]
) -> None:
    assert YEAR.form(kind) == framework_id
    form = frameworks.named(framework_id)
    assert [len(each.criteria) for each in form.sections] == criteria
    assert form.form(kind) == framework_id


def test_the_derbyshire_year_is_past_its_review() -> None:
    assert str(YEAR.review_due_on) == "2021-12-31"


def test_the_national_standards_have_four_areas_and_say_what_is_not_verified() -> None:
    assert [each.printed_ref for each in DFE.sections] == ["1", "2", "3", "4"]
    assert [each.printed_ref for each in DFE.criteria if each.verified] == ["1.1"]
    assert not DFE.verified
    assert [each.id for each in frameworks.ALL if not each.verified] == [DFE.id]


@every
def test_each_framework_is_without_fault_within_the_catalogue(framework: Framework) -> None:
    text = Path(frameworks.__file__).with_name(f"{framework.id}.toml").read_text(encoding="utf-8")
    assert frameworks.parse(text, frameworks.BY_ID) == framework


@every
def test_keys_are_unique_slugs_and_every_criterion_cites_its_document(framework: Framework) -> None:
    keys = [each.key for each in framework.criteria]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", key) for key in keys)
    cited = ("Visit record", "Herefordshire framework", "QA policy v8", "DfE voluntary national standards 2025")
    assert all(each.source.startswith(cited) for each in framework.criteria)


def test_what_is_published_does_not_change() -> None:
    # A published version is immutable: a change of wording is a new version, with a file of its own.
    told = {each.id: {"hash": each.content_hash, "keys": [c.key for c in each.criteria]} for each in frameworks.ALL}
    assert told == json.loads(PUBLISHED.read_text(encoding="utf-8"))


def test_the_hash_is_of_the_content_and_not_of_the_standing() -> None:
    retired = replace(LEICESTERSHIRE, status=frameworks.Status.RETIRED)
    retitled = replace(LEICESTERSHIRE, title="Another")
    assert retired.content_hash == LEICESTERSHIRE.content_hash != retitled.content_hash


def test_a_framework_cannot_be_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        LEICESTERSHIRE.title = "Another"  # type: ignore[misc]


def test_parts_that_there_are_not_are_not_found() -> None:
    for missing in (
        lambda: frameworks.named("nowhere"),
        lambda: LEICESTERSHIRE.section("nowhere"),
        lambda: LEICESTERSHIRE.criterion("nowhere"),
        lambda: LEICESTERSHIRE.scale("nowhere"),
        lambda: LEICESTERSHIRE.form(VisitKind.LEARNING_WALK),
    ):
        with pytest.raises(NotFound):
            missing()
    assert LEICESTERSHIRE.criterion("needs-met").printed_ref == "4.4"
