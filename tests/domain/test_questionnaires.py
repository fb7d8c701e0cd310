"""Questionnaires: what can be asked and answered, who is drawn, and that no answer can be traced to anybody."""

from collections.abc import Iterator
from itertools import product
from uuid import UUID

import pytest

from app.domain.errors import Conflict, Invalid
from app.domain.questionnaires import (
    Question,
    QuestionKind,
    QuestionnaireStatus,
    draw,
    ensure_answers,
    ensure_sound,
    ensure_step,
    question,
    results,
)
from app.domain.small_numbers import LEAST_GROUP, suppress

SAFE = Question("safe", QuestionKind.YES_NO, "Do you feel safe?", ("yes", "no"))
WORDS = Question("words", QuestionKind.TEXT, "What would you change?", required=False)
FRAME = [UUID(int=number) for number in range(40)]


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str | None]]:
    return [(each.code, each.pointer) for each in refused.value.errors]


def test_yes_and_no_need_not_be_listed() -> None:
    said = {"key": "safe", "kind": "yes_no", "text": "Do you feel safe?", "values": [], "required": True}
    assert question(said) == SAFE


def test_questions_have_keys_and_values_of_their_own() -> None:
    one = Question("safe", QuestionKind.SCALE, "How safe?", ("1",))
    two = Question("again", QuestionKind.CHOICE, "Which?", ("a", "a"))
    with pytest.raises(Invalid) as refused:
        ensure_sound([SAFE, one, two, Question("text", QuestionKind.TEXT, "Why?", ("a",))])
    assert codes(refused) == [
        ("key_repeated", "/questions/0/key"),
        ("key_repeated", "/questions/1/key"),
        ("values_unfit", "/questions/1/values"),
        ("value_repeated", "/questions/2/values"),
        ("values_unfit", "/questions/3/values"),
    ]
    ensure_sound([SAFE, WORDS])


def test_answers_fit_their_questions() -> None:
    with pytest.raises(Invalid) as refused:
        ensure_answers([SAFE, WORDS], {"other": "x"})
    assert codes(refused) == [("question_unknown", "/answers"), ("answer_missing", "/answers/safe")]
    with pytest.raises(Invalid) as refused:
        ensure_answers([SAFE, WORDS], {"safe": "Yes"})
    assert codes(refused) == [("value_unknown", "/answers/safe")]
    ensure_answers([SAFE, WORDS], {"safe": "yes"})


@pytest.mark.parametrize(("now", "to"), list(product(QuestionnaireStatus, QuestionnaireStatus)))
def test_a_questionnaire_is_opened_once_and_closed_for_good(now: QuestionnaireStatus, to: QuestionnaireStatus) -> None:
    draft, opened, closed = QuestionnaireStatus
    if (now, to) in ((draft, opened), (opened, closed)):
        ensure_step(now, to)
        return
    with pytest.raises(Conflict):
        ensure_step(now, to)


def test_a_sample_is_drawn_again_by_its_seed_whatever_the_order_of_the_frame() -> None:
    drawn = draw("a", FRAME, 6)
    assert drawn == draw("a", list(reversed(FRAME)), 6) != draw("b", FRAME, 6)
    assert len(set(drawn)) == 6
    assert draw("a", FRAME, 12)[:6] == drawn
    without = [each for each in FRAME if each != drawn[0]]
    assert draw("a", without, 5) == drawn[1:]
    assert set(draw("a", FRAME, 100)) == set(FRAME)


def test_every_child_is_drawn_about_as_often_as_every_other() -> None:
    times = [sum(each in draw(str(seed), FRAME, 10) for seed in range(400)) for each in FRAME]
    assert sum(times) == 4000
    assert min(times) > 60
    assert max(times) < 140


def test_of_fewer_than_the_least_group_nothing_is_told() -> None:
    answers = [{"safe": "yes"}] * (LEAST_GROUP - 1)
    told: dict[str, object] = {"suppressed": True, "answered": None, "least_group": LEAST_GROUP, "questions": []}
    assert results([SAFE], answers) == told


def test_counts_of_groups_that_are_large_enough_are_told() -> None:
    scale = Question("how", QuestionKind.SCALE, "How?", ("1", "2"), required=False)
    answers = [{"how": "1"}] * 7 + [{"how": "2"}] * 6 + [{}] * 5
    (told,) = results([scale], answers)["questions"]
    assert told["counts"] == [{"value": "1", "count": 7}, {"value": "2", "count": 6}]
    assert (told["unanswered"], told["suppressed"]) == (5, False)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([7, 6, 5], [7, 6, 5]),
        ([9, 8, 1], [9, None, None]),
        ([9, 3, 2], [9, None, None]),
        ([9, 2, 2], [None, None, None]),
        ([9, 1, 0, 8], [9, None, None, None]),
        ([10, 0, 0], [None, None, None]),
        ([8, 8, 1], [None, 8, None]),
    ],
)
def test_a_small_count_is_hidden_with_another_from_which_it_would_follow(
    cells: list[int], told: list[int | None]
) -> None:
    assert suppress(cells, 5) == told


def small() -> Iterator[tuple[int, ...]]:
    """Every table of three counts of up to eight."""
    return product(range(9), repeat=3)


def test_whatever_is_told_no_small_count_follows_from_it() -> None:
    for cells in small():
        told = suppress(cells, 5)
        hidden = [count for count, shown in zip(cells, told, strict=True) if shown is None]
        assert all(shown is None or shown >= 5 for shown in told)
        assert len(hidden) != 1, cells
        assert sum(hidden) >= 5 or len(hidden) in (0, 3), cells


def test_free_texts_are_told_from_the_least_group_on_in_an_order_that_is_not_theirs() -> None:
    answers = [{"words": str(number)} for number in range(12)]
    (told,) = results([WORDS], answers, salt="x")["questions"]
    assert sorted(told["texts"], key=int) == [str(number) for number in range(12)] != told["texts"]
    assert results([WORDS], answers[::-1], salt="x")["questions"] == [told]
    (hidden,) = results([WORDS], [*[dict[str, str]()] * 8, *answers[:4]])["questions"]
    assert (hidden["texts"], hidden["suppressed"]) == ([], True)
    (kept,) = results([WORDS], answers, texts=False)["questions"]
    assert (kept["texts"], kept["suppressed"]) == ([], True)
