"""What a questionnaire asks, which answers it takes, and what may be told of them without telling of anybody."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.errors import Conflict, Fault, Invalid
from app.domain.small_numbers import LEAST_GROUP, suppress

YES_NO = ("yes", "no")


class Audience(StrEnum):
    """Who is asked (Leicestershire AP QA schedule: "Parent & Pupil Questionnaires", "staff")."""

    PUPILS = "pupils"
    PARENTS = "parents"
    STAFF = "staff"


class QuestionKind(StrEnum):
    """How a question is answered: with a value of an ordered scale, yes or no, one of a choice, or in one's words."""

    SCALE = "scale"
    YES_NO = "yes_no"
    CHOICE = "choice"
    TEXT = "text"


class QuestionnaireStatus(StrEnum):
    """Worded, answered, done with. A closed questionnaire is not opened again: its results no longer change."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


STEPS: Mapping[QuestionnaireStatus, QuestionnaireStatus] = {
    QuestionnaireStatus.DRAFT: QuestionnaireStatus.OPEN,
    QuestionnaireStatus.OPEN: QuestionnaireStatus.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `values`: what can be answered, in order; none for a text."""

    key: str
    kind: QuestionKind
    text: str
    values: tuple[str, ...] = ()
    required: bool = True


def question(said: Mapping[str, Any]) -> Question:
    """A question from its document; yes and no need not be listed."""
    kind = QuestionKind(said["kind"])
    values = YES_NO if kind is QuestionKind.YES_NO else tuple(said["values"])
    return Question(said["key"], kind, said["text"], values, said["required"])


def ensure_sound(questions: Sequence[Question]) -> None:
    """Refuse questions that cannot be answered or told apart.

    Raises:
        Invalid: `questions_invalid`, each fault with its pointer.
    """
    faults: list[Fault] = []
    keys = Counter(each.key for each in questions)
    for number, each in enumerate(questions):
        closed = each.kind in (QuestionKind.SCALE, QuestionKind.CHOICE)
        if keys[each.key] > 1:
            faults.append(Fault("key_repeated", "Each question has its own key.", pointer=f"/questions/{number}/key"))
        if (closed and len(each.values) < 2) or (each.kind is QuestionKind.TEXT and each.values):
            told = "A scale or a choice has two values or more, a text none."
            faults.append(Fault("values_unfit", told, pointer=f"/questions/{number}/values"))
        if len(set(each.values)) < len(each.values):
            told = "Each value stands once."
            faults.append(Fault("value_repeated", told, pointer=f"/questions/{number}/values"))
    if faults:
        raise Invalid("The questions cannot be asked like this.", code="questions_invalid", errors=tuple(faults))


def ensure_step(now: QuestionnaireStatus, to: QuestionnaireStatus) -> None:
    """Refuse a step that is not the next. Raises Conflict `step_not_open`."""
    if STEPS.get(now) is not to:
        raise Conflict(f"A questionnaire that is {now.value} cannot become {to.value}.", code="step_not_open")


def ensure_status(now: QuestionnaireStatus, needed: QuestionnaireStatus) -> None:
    """Refuse what is done at another time. Raises Conflict `questionnaire_draft`, `…_open` or `…_closed`."""
    if now is not needed:
        told = f"The questionnaire is {now.value}; this is done when it is {needed.value}."
        raise Conflict(told, code=f"questionnaire_{now.value}")


def ensure_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> None:
    """Refuse answers that do not fit the questions.

    Raises:
        Invalid: `answers_invalid`, each fault with its pointer.
    """
    known = {each.key: each for each in questions}
    faults = [Fault("question_unknown", "It is not asked.", pointer="/answers") for key in answers if key not in known]
    for key, asked in known.items():
        pointer = f"/answers/{key}"
        if key not in answers and asked.required:
            faults.append(Fault("answer_missing", "Answer this question.", pointer=pointer))
        if key in answers and asked.values and answers[key] not in asked.values:
            faults.append(Fault("value_unknown", "Choose one of the values.", pointer=pointer))
    if faults:
        raise Invalid("The answers do not fit the questions.", code="answers_invalid", errors=tuple(faults))


# --- a random sample ------------------------------------------------------------------------------------------------


def draw(seed: str, frame: Iterable[UUID], size: int) -> list[UUID]:
    """A random sample that anybody draws again: the first `size` of the frame by SHA-256 of "seed:id", as hexadecimal.

    It depends neither on the order of the frame nor on who else is drawn (Leicestershire AP QA schedule, Learning
    Walks: "a random sample of pupil questionnaires").
    """
    return sorted(frame, key=lambda each: sha256(f"{seed}:{each}".encode()).hexdigest())[:size]


# --- results --------------------------------------------------------------------------------------------------------


def results(
    questions: Sequence[Question],
    answers: Sequence[Mapping[str, str]],
    *,
    least: int = LEAST_GROUP,
    salt: str = "",
    texts: bool = True,
) -> dict[str, Any]:
    """What may be told of the answers: `{suppressed, answered, least_group, questions: [{key, kind, text, …}]}`.

    Args:
        least: the smallest group, and the smallest count, that is told.
        salt: decides the order of free texts, which is that of their hashes and not that of their arrival.
        texts: whether free texts are told at all.
    """
    told: dict[str, Any] = {"suppressed": True, "answered": None, "least_group": least, "questions": []}
    if len(answers) < least:
        return told
    each = [_told(asked, answers, least, salt, texts=texts) for asked in questions]
    return told | {"suppressed": False, "answered": len(answers), "questions": each}


def _told(
    asked: Question, answers: Sequence[Mapping[str, str]], least: int, salt: str, *, texts: bool
) -> dict[str, Any]:
    given = [answer[asked.key] for answer in answers if asked.key in answer]
    told: dict[str, Any] = {"key": asked.key, "kind": asked.kind.value, "text": asked.text}
    told |= {"suppressed": False, "counts": [], "unanswered": None, "texts": []}
    if asked.kind is QuestionKind.TEXT:
        hidden = not texts or len(given) < least
        shuffled = sorted(given, key=lambda text: (sha256(f"{salt}:{text}".encode()).hexdigest(), text))
        return told | {"suppressed": hidden, "texts": [] if hidden else shuffled}
    counted = Counter(given)
    *cells, unanswered = suppress([*(counted[value] for value in asked.values), len(answers) - len(given)], least)
    counts = [{"value": value, "count": cell} for value, cell in zip(asked.values, cells, strict=True)]
    return told | {"suppressed": None in (*cells, unanswered), "counts": counts, "unanswered": unanswered}
