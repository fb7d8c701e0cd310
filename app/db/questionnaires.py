"""Questionnaires: their tables and their wording."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from app.db import frameworks, rows
from app.db.base import Keyset, Page, Root, Row, Versions, document, instant, one_of, uuids
from app.db.providers import Provider
from app.db.records import audit
from app.db.session import caller_of
from app.db.visits import Visit
from app.domain import questionnaires as rules
from app.domain.errors import Fault, Invalid
from app.domain.questionnaires import Audience, QuestionnaireStatus
from app.domain.small_numbers import LEAST_GROUP

COMMISSIONER, PROVIDER = "commissioner", "provider"


def _random_id() -> UUID:
    """An id that tells nothing of when it was made."""
    return UUID(bytes=secrets.token_bytes(16), version=4)


class Questionnaire(Root, table=True):
    """What one organisation asks pupils, parents or staff about one provider, on a visit or for a programme.

    `answered` counts answer sets and does not move `version`. `shared_results` are those that the provider reads.
    `opened_at`: since when it could be answered; answers themselves carry no time.
    """

    __tablename__ = "questionnaires"
    __table_args__ = (
        one_of("audience", tuple(Audience)),
        one_of("status", tuple(QuestionnaireStatus)),
        one_of("results_for", (COMMISSIONER, PROVIDER)),
        Index("ix_questionnaires_organisation_id_id", "organisation_id", "id"),
        Index("ix_questionnaires_provider_id_id", "provider_id", "id"),
    )

    organisation_id: UUID = Field(foreign_key="organisations.id")
    provider_id: UUID = Field(foreign_key="providers.id")
    visit_id: UUID | None = Field(default=None, foreign_key="visits.id")
    programme_id: str | None = None
    title: str
    audience: str
    status: str = QuestionnaireStatus.DRAFT.value
    questions: list[dict[str, Any]] = document(default_factory=list)
    least_group: int = LEAST_GROUP
    opened_at: datetime | None = instant(default=None)
    answered: int = 0
    results_for: str = COMMISSIONER
    shared_results: dict[str, Any] | None = document(default=None)
    shared_at: datetime | None = instant(default=None)

    @property
    def asked(self) -> list[rules.Question]:
        """The questions, as rules know them."""
        return [rules.question(each) for each in self.questions]


class QuestionnaireLink(Row, table=True):
    """A secret address for `uses` answer sets. It is bound to nobody: whoever has it answers."""

    __tablename__ = "questionnaire_links"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        Index("ix_questionnaire_links_questionnaire_id", "questionnaire_id"),
    )

    questionnaire_id: UUID = Field(foreign_key="questionnaires.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    secret_hash: str
    expires_at: datetime = instant()
    uses: int = 1
    used: int = 0


class QuestionnaireSample(Row, table=True):
    """Who was drawn from whom, and by what seed, so that anybody who sees the same placements draws it again."""

    __tablename__ = "questionnaire_samples"
    __table_args__ = (Index("ix_questionnaire_samples_questionnaire_id_id", "questionnaire_id", "id"),)

    questionnaire_id: UUID = Field(foreign_key="questionnaires.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    visit_id: UUID = Field(foreign_key="visits.id")
    seed: str
    as_of_on: date
    frame_size: int
    placement_ids: list[UUID] = uuids()
    drawn_by: str


class QuestionnaireAnswer(SQLModel, table=True):
    """One answer set, with nothing of who gave it, when, or by which link."""

    __tablename__ = "questionnaire_answers"
    __table_args__ = (Index("ix_questionnaire_answers_questionnaire_id", "questionnaire_id"),)

    id: UUID = Field(default_factory=_random_id, primary_key=True)
    questionnaire_id: UUID = Field(foreign_key="questionnaires.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    answers: dict[str, str] = document(default_factory=dict)


# --- wording --------------------------------------------------------------------------------------------------------


async def get(session: AsyncSession, questionnaire_id: UUID) -> Questionnaire:
    """One questionnaire that the caller may know of. Raises NotFound."""
    return await rows.get(session, Questionnaire, questionnaire_id)


async def list_page(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any]) -> Page[Questionnaire]:
    """Questionnaires that the caller may know of, by id.

    Args:
        wanted: columns by value; None where every value will do.
    """
    query = select(Questionnaire)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Questionnaire, name) == value)
    return keyset.page((await session.execute(keyset.cut(query, col(Questionnaire.id)))).scalars().all())


async def create(session: AsyncSession, said: Mapping[str, Any]) -> Questionnaire:
    """Word a questionnaire, on a visit, or about a provider under a programme.

    Raises:
        Invalid: `questionnaire_unbound`, `questions_invalid`.
        NotFound: no such visit, provider or framework.
    """
    provider_id = await _provider(session, said)
    row = Questionnaire(**{**said, "provider_id": provider_id}, organisation_id=caller_of(session).organisation)
    rules.ensure_sound(row.asked)
    session.add(row)
    await session.flush()
    audit(session, "create", "questionnaire", row.id, provider_id=str(provider_id))
    return row


async def _provider(session: AsyncSession, said: Mapping[str, Any]) -> UUID:
    visit_id, programme_id, provider_id = (said.get(name) for name in ("visit_id", "programme_id", "provider_id"))
    if (visit_id is None) == (programme_id is None) or (provider_id is None) == (visit_id is None):
        fault = Fault("questionnaire_unbound", "Name a visit, or a programme and a provider.", pointer="/visit_id")
        raise Invalid("A questionnaire belongs to a visit or a programme.", code=fault.code, errors=(fault,))
    if visit_id is not None:
        return (await rows.get(session, Visit, visit_id)).provider_id
    await frameworks.get(session, str(programme_id))
    return (await rows.get(session, Provider, UUID(str(provider_id)))).id


async def change(
    session: AsyncSession, questionnaire_id: UUID, said: Mapping[str, Any], *, expected: Versions
) -> Questionnaire:
    """Word it otherwise, while it is a draft.

    Raises:
        Conflict: `questionnaire_open`, `questionnaire_closed`.
        NotFound, Forbidden, Stale, Invalid
    """
    row = await rows.for_change(session, Questionnaire, questionnaire_id, expected=expected)
    rules.ensure_status(QuestionnaireStatus(row.status), QuestionnaireStatus.DRAFT)
    for name, value in said.items():
        setattr(row, name, value)
    rules.ensure_sound(row.asked)
    return await changed(session, row, "change")


async def step(
    session: AsyncSession, questionnaire_id: UUID, to: QuestionnaireStatus, *, expected: Versions, at: datetime
) -> Questionnaire:
    """Open it, or close it for good. Raises Conflict `step_not_open`, NotFound, Forbidden, Stale."""
    row = await rows.for_change(session, Questionnaire, questionnaire_id, expected=expected)
    rules.ensure_step(QuestionnaireStatus(row.status), to)
    row.status = to.value
    row.opened_at = row.opened_at or at
    return await changed(session, row, to.value)


async def changed(session: AsyncSession, row: Questionnaire, action: str) -> Questionnaire:
    """Count a change and write it down."""
    row.touch()
    await session.flush()
    audit(session, action, "questionnaire", row.id)
    return row
