"""What is asked in the small county: questionnaires on visits, at every stage."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.db.base import now
from app.db.questionnaires import Questionnaire, QuestionnaireAnswer, QuestionnaireLink, QuestionnaireSample
from app.db.visits import Visit
from tests.access.placed import DAY

SAFE = {"key": "safe", "kind": "yes_no", "text": "Do you feel safe?", "values": [], "required": True}
RESULTS = {"suppressed": False, "answered": 5, "least_group": 5, "questions": []}
STAGES = (("draft", "commissioner"), ("open", "commissioner"), ("closed", "commissioner"), ("closed", "provider"))


def questionnaires(visits: Iterable[Visit]) -> Iterator[SQLModel]:
    """Questionnaires of everybody on its first visit, with links, a sample and, once closed, answers."""
    first: dict[UUID, Visit] = {}
    for visit in visits:
        first |= {name: visit for name in visit.team_ids if name not in first}
    for name, visit in first.items():
        for status, results_for in STAGES:
            row = Questionnaire(
                organisation_id=name,
                provider_id=visit.provider_id,
                visit_id=visit.id,
                title="How is it?",
                audience="pupils",
                status=status,
                questions=[SAFE],
                answered=5 if status == "closed" else 0,
                results_for=results_for,
                shared_results=RESULTS if results_for == "provider" else None,
            )
            yield row
            yield from _parts(row, visit)


def _parts(row: Questionnaire, visit: Visit) -> Iterator[SQLModel]:
    part: dict[str, Any] = {"questionnaire_id": row.id, "organisation_id": row.organisation_id}
    yield QuestionnaireLink(**part, secret_hash=str(row.id), expires_at=now())
    yield QuestionnaireSample(**part, visit_id=visit.id, seed="x", as_of_on=DAY, frame_size=0, drawn_by="x")
    for _ in range(row.answered):
        yield QuestionnaireAnswer(**part, answers={"safe": "yes"})
