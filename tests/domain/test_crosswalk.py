"""What may be told across scales, table by table, and that a failure stays one."""

from dataclasses import replace
from itertools import pairwise

import pytest

from app.domain import crosswalk, frameworks
from app.domain.crosswalk import SCALES, TABLES, Loss, Table, convert, meets_commissioning_floor
from app.domain.errors import Invalid
from app.domain.frameworks import Ratings

OLD, NEW, RAG = "ofsted-eif-2019", "ofsted-report-card-2025", "leics-seip-rag"
ESSENTIAL, THREE = "herefordshire-essential", "herefordshire-three-valued"

CONVERSIONS = [
    (OLD, RAG, {"outstanding": "green", "good": "green", "requires_improvement": "amber", "inadequate": "red"}),
    (RAG, THREE, {"green": "fully_met", "amber": "partially_met", "red": "not_met"}),
    (ESSENTIAL, RAG, {"fully_met": "green", "not_met": "red"}),
    (ESSENTIAL, THREE, {"fully_met": "fully_met", "not_met": "not_met"}),
]
FORBIDDEN = [(OLD, NEW), (NEW, OLD), (RAG, OLD), (RAG, ESSENTIAL), (THREE, RAG), (THREE, ESSENTIAL)]

every = pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.from_scale} to {table.to_scale}")


@pytest.mark.parametrize(("from_scale", "to_scale", "expected"), CONVERSIONS)
def test_a_lossy_table_reads_as_written_and_says_that_it_blurs(
    from_scale: str, to_scale: str, expected: dict[str, str]
) -> None:
    told = {value.value: convert(value.value, from_scale, to_scale) for value in SCALES[from_scale].values}
    assert {rating: each.rating for rating, each in told.items()} == expected
    assert {(each.loss, each.version) for each in told.values()} == {(Loss.LOSSY, 1)}
    assert all(each.reason and each.source for each in told.values())


@pytest.mark.parametrize(("from_scale", "to_scale"), FORBIDDEN)
def test_a_forbidden_table_gives_no_rating_and_the_reason(from_scale: str, to_scale: str) -> None:
    for value in SCALES[from_scale].values:
        told = convert(value.value, from_scale, to_scale)
        assert (told.rating, told.loss) == (None, Loss.FORBIDDEN)
        assert told.reason
        assert told.source


@pytest.mark.parametrize(("from_scale", "to_scale"), [(OLD, NEW), (NEW, OLD)])
def test_old_and_new_ofsted_grades_are_not_compared_by_ofsteds_own_word(from_scale: str, to_scale: str) -> None:
    table = crosswalk.table(from_scale, to_scale)
    assert table is not None
    assert table.source.startswith("Ofsted")


def test_the_tables_are_those_tested_here() -> None:
    tested = [(one, other) for one, other, _ in CONVERSIONS] + FORBIDDEN
    assert sorted((each.from_scale, each.to_scale) for each in TABLES) == sorted(tested)


@every
def test_a_table_is_whole_or_forbidden(table: Table) -> None:
    ratings = {each.value for each in SCALES[table.from_scale].values}
    assert set(table.map) == (set() if table.loss is Loss.FORBIDDEN else ratings)
    assert set(table.map.values()) <= {each.value for each in SCALES[table.to_scale].values}


@every
def test_a_table_keeps_the_order_and_a_failure_falls_to_the_bottom(table: Table) -> None:
    own, other = SCALES[table.from_scale], SCALES[table.to_scale]
    ranks = [other.rank(table.map[each.value]) for each in own.values if each.value in table.map]
    assert all(better <= worse for better, worse in pairwise(ranks))
    for failing in own.failing & set(table.map):
        assert table.map[failing] == other.values[-1].value
    for sound in set(table.map) - own.failing:
        assert table.map[sound] not in other.failing


@pytest.mark.parametrize("to_scale", sorted(SCALES))
def test_an_essential_requirement_not_met_is_a_concern_however_it_is_told(to_scale: str) -> None:
    assert convert("not_met", ESSENTIAL, to_scale).concern
    assert not convert("fully_met", ESSENTIAL, to_scale).concern


def test_a_scale_reads_as_itself() -> None:
    told = convert("amber", RAG, RAG)
    assert (told.rating, told.loss, told.concern) == ("amber", Loss.NONE, False)


def test_what_no_table_names_is_forbidden() -> None:
    for told in (convert("good", OLD, ESSENTIAL), convert("good", OLD, RAG, version=2)):
        assert (told.rating, told.loss, told.version, told.source) == (None, Loss.FORBIDDEN, None, None)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (("good", "nowhere", RAG), "scale_unknown"),
        (("good", OLD, "nowhere"), "scale_unknown"),
        (("excellent", OLD, RAG), "rating_unknown"),
    ],
)
def test_unknown_scales_and_ratings_are_refused(case: tuple[str, str, str], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        convert(*case)
    assert refusal.value.problem_code == code


def test_the_newest_version_of_a_table_counts_unless_one_is_named() -> None:
    newer = replace(TABLES[2], version=2)
    for tables in ((TABLES[2], newer), (newer, TABLES[2])):
        assert crosswalk.table(OLD, RAG, tables=tables) == newer
        assert crosswalk.table(OLD, RAG, 1, tables=tables) == TABLES[2]


def test_a_map_cannot_be_changed_in_place() -> None:
    with pytest.raises(TypeError):
        TABLES[2].map["good"] = "red"  # type: ignore[index]


BOTH = {"safeguarding": "fully_met", "health-and-safety": "fully_met"}


@pytest.mark.parametrize(
    ("framework_id", "ratings", "meets"),
    [
        ("ave-qa-v8", Ratings(sections={"quality-of-education": "outstanding"}), True),
        ("ave-qa-v8", Ratings(sections={"quality-of-education": "good"}), True),
        ("ave-qa-v8", Ratings(sections={"quality-of-education": "requires_improvement"}), False),
        ("ave-qa-v8", Ratings(sections={"personal-development": "outstanding"}), None),
        ("herefordshire-apqa-v1", Ratings(sections=BOTH), True),
        ("herefordshire-apqa-v1", Ratings(sections=BOTH | {"safeguarding": "not_met"}), False),
        ("herefordshire-apqa-v1", Ratings(sections={"safeguarding": "not_met"}), False),
        ("herefordshire-apqa-v1", Ratings(sections={"safeguarding": "fully_met"}), None),
        ("leics-seip-qa-v1", Ratings(sections={"learner-safety": "red"}), None),
        ("leics-seip-qa-v1", Ratings(sections={"learner-safety": "green"}), None),
    ],
)
def test_the_commissioning_floor_is_the_publishers_own(framework_id: str, ratings: Ratings, meets: bool | None) -> None:
    assert meets_commissioning_floor(frameworks.named(framework_id), ratings) is meets


def test_a_floor_may_be_set_for_the_whole() -> None:
    raw = {
        "id": "a-test",
        "title": "A test",
        "publisher": "A test",
        "version": "1",
        "document": "A test",
        "status": "draft",
        "scales": [
            {
                "id": "card",
                "source": "A test",
                "values": [{"value": v, "label": v, "meaning": v} for v in ("strong", "expected", "attention")],
            }
        ],
        "overall": {"decided_by": "assessor", "scale": "card", "source": "A test"},
        "floor": [{"at_least": "expected", "source": "A test"}],
        "forms": [{"kind": "qa_visit", "framework_id": "a-test"}],
        "sections": [
            {
                "key": "s",
                "title": "A test",
                "scale": "card",
                "decided_by": "none",
                "source": "A test",
                "criteria": [
                    {"key": "c", "title": "A test", "phase": "at_visit", "voice": ["staff"], "source": "A test"}
                ],
            }
        ],
    }
    framework = frameworks.parse(raw, frameworks.BY_ID)
    told = [meets_commissioning_floor(framework, Ratings(overall=v)) for v in ("strong", "expected", "attention", None)]
    assert told == [True, True, False, None]


def test_frameworks_that_share_a_scale_define_it_alike() -> None:
    defined = [scale for framework in frameworks.ALL for scale in framework.scales]
    assert all(SCALES[scale.id].values == scale.values for scale in defined)
