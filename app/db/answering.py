"""How questionnaires are answered: whom they are put to, by which links, and what is told of the answers."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import Keyset, Page, Versions
from app.db.placements import Placement
from app.db.questionnaires import (
    PROVIDER,
    Questionnaire,
    QuestionnaireAnswer,
    QuestionnaireLink,
    QuestionnaireSample,
    changed,
    get,
)
from app.db.records import audit, tell
from app.db.session import Database, caller_of
from app.db.visits import Visit
from app.domain import questionnaires as rules
from app.domain.access import Caller, Role
from app.domain.errors import Conflict, Fault, Invalid, NotFound
from app.domain.placements import Status as PlacementStatus
from app.domain.questionnaires import QuestionnaireStatus

LONGEST_LIFE = timedelta(days=366)


# --- samples and links ----------------------------------------------------------------------------------------------


async def draw(
    session: AsyncSession, questionnaire_id: UUID, said: Mapping[str, Any], *, seed: str, today: date
) -> QuestionnaireSample:
    """Draw placements at random from those at the provider on the visit's day that the caller sees.

    Args:
        said: `visit_id`, `size`.
        today: the day where the visit has none yet.

    Raises:
        Invalid: `visit_elsewhere`, by pointer.
        NotFound, Forbidden
    """
    row = await rows.for_change(session, Questionnaire, questionnaire_id)
    visit = await rows.get(session, Visit, said["visit_id"])
    if visit.provider_id != row.provider_id:
        fault = Fault("visit_elsewhere", "The visit is to another provider.", pointer="/visit_id")
        raise Invalid("The sample is of the questionnaire's provider.", code=fault.code, errors=(fault,))
    as_of_on = visit.visited_on or visit.planned_on or today
    frame = await _frame(session, row.provider_id, as_of_on)
    drawn = QuestionnaireSample(
        questionnaire_id=row.id,
        organisation_id=row.organisation_id,
        visit_id=visit.id,
        seed=seed,
        as_of_on=as_of_on,
        frame_size=len(frame),
        placement_ids=rules.draw(seed, frame, said["size"]),
        drawn_by=caller_of(session).principal,
    )
    session.add(drawn)
    await session.flush()
    audit(session, "draw", "questionnaire_sample", drawn.id, seed=seed)
    return drawn


async def _frame(session: AsyncSession, provider_id: UUID, on: date) -> list[UUID]:
    """The first placement of each child there on a day: nobody is drawn twice for being placed twice."""
    query = select(col(Placement.pupil_id), col(Placement.id)).where(
        col(Placement.provider_id) == provider_id,
        col(Placement.status) != PlacementStatus.CANCELLED.value,
        col(Placement.starts_on) <= on,
        col(Placement.ends_on).is_(None) | (col(Placement.ends_on) >= on),
    )
    found = await session.execute(query.order_by(col(Placement.id).desc()))
    first: dict[UUID, UUID] = {each.pupil_id: each.id for each in found}
    return list(first.values())


async def list_samples(session: AsyncSession, questionnaire_id: UUID, keyset: Keyset) -> Page[QuestionnaireSample]:
    """What was drawn for a questionnaire. Raises NotFound."""
    await get(session, questionnaire_id)
    query = select(QuestionnaireSample).where(col(QuestionnaireSample.questionnaire_id) == questionnaire_id)
    return keyset.page((await session.execute(keyset.cut(query, col(QuestionnaireSample.id)))).scalars().all())


async def add_links(
    session: AsyncSession, questionnaire_id: UUID, said: Mapping[str, Any], *, at: datetime
) -> list[str]:
    """Make secrets for an open questionnaire; only their hashes are kept.

    Args:
        said: `count`, or `sample_id` for as many as were drawn; `uses` of each; `expires_at`.

    Raises:
        Conflict: `questionnaire_draft`, `questionnaire_closed`.
        Invalid: `links_uncounted`, `expiry_unfit`, by pointer.
        NotFound, Forbidden
    """
    row = await rows.for_change(session, Questionnaire, questionnaire_id)
    rules.ensure_status(QuestionnaireStatus(row.status), QuestionnaireStatus.OPEN)
    if not at < said["expires_at"] <= at + LONGEST_LIFE:
        fault = Fault("expiry_unfit", "It lies ahead, within a year.", pointer="/expires_at")
        raise Invalid("The links cannot end then.", code=fault.code, errors=(fault,))
    made = [secrets.token_urlsafe(32) for _ in range(await _count(session, row.id, said))]
    more: dict[str, Any] = {"organisation_id": row.organisation_id, "uses": said["uses"]}
    for each in made:
        more |= {"secret_hash": hashed(each), "expires_at": said["expires_at"]}
        session.add(QuestionnaireLink(questionnaire_id=row.id, **more))
    await session.flush()
    audit(session, "create_links", "questionnaire", row.id, links=len(made))
    return made


async def _count(session: AsyncSession, questionnaire_id: UUID, said: Mapping[str, Any]) -> int:
    count, sample_id = said.get("count"), said.get("sample_id")
    if (count is None) == (sample_id is None):
        fault = Fault("links_uncounted", "Say how many, or for which sample.", pointer="/count")
        raise Invalid("Say how many links are wanted.", code=fault.code, errors=(fault,))
    if sample_id is None:
        return int(count or 0)
    drawn = await rows.get(session, QuestionnaireSample, sample_id)
    if drawn.questionnaire_id != questionnaire_id:
        raise NotFound("There is no such record, or it is not yours to see.")
    return len(drawn.placement_ids)


# --- answering ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a link asks what; `caller` is the link itself, as limits count it."""

    caller: Caller
    questionnaire: Questionnaire


def hashed(secret: str) -> str:
    """A secret as it is kept. It is as random as a key, so that a plain hash keeps it."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def ask(database: Database, secret: str, *, at: datetime) -> Asked:
    """What a link asks.

    Raises:
        NotFound: unknown, expired, or the questionnaire is closed, indistinguishably.
        Conflict: `link_used`.
    """
    async with database.session_for(Caller.system("questionnaire"), readonly=True) as session:
        link, row = await _live(session, secret, at)
    caller = Caller(role=Role.SYSTEM, organisation_id=row.organisation_id, subject=f"questionnaire:{link.id}")
    return Asked(caller, row)


async def _live(
    session: AsyncSession, secret: str, at: datetime, *, lock: bool = False
) -> tuple[QuestionnaireLink, Questionnaire]:
    query = select(Questionnaire, QuestionnaireLink).join(
        QuestionnaireLink, col(QuestionnaireLink.questionnaire_id) == col(Questionnaire.id)
    )
    # Both rows are held while an answer is added: closing waits for it, and a link is used no more than it may be.
    held = query.with_for_update() if lock else query
    known = held.where(col(QuestionnaireLink.secret_hash) == hashed(secret))
    found = (await session.execute(known)).one_or_none()
    if found is None or found[1].expires_at <= at or found[0].status != QuestionnaireStatus.OPEN.value:
        raise NotFound("There is no such questionnaire, or it is over.")
    if found[1].used >= found[1].uses:
        raise Conflict("This link has been used.", code="link_used")
    return found[1], found[0]


async def answer(database: Database, secret: str, answers: Mapping[str, str], *, at: datetime) -> None:
    """Take one answer set, and keep nothing of who gave it: neither audit trail nor events tell of it.

    Raises:
        Invalid: `answers_invalid`.
        NotFound, Conflict: as `ask`.
    """
    async with database.session_for(Caller.system("questionnaire")) as session:
        link, row = await _live(session, secret, at, lock=True)
        rules.ensure_answers(row.asked, answers)
        link.used += 1
        row.answered += 1
        given = {"questionnaire_id": row.id, "organisation_id": row.organisation_id}
        session.add(QuestionnaireAnswer(**given, answers=dict(answers)))


# --- results --------------------------------------------------------------------------------------------------------


async def results(session: AsyncSession, questionnaire_id: UUID) -> dict[str, Any]:
    """What may be told of the answers: the whole to whoever asked, to the provider what was shared.

    Only when it is closed: from the results before and after one more answer that answer would follow.

    Raises:
        Conflict: `questionnaire_draft`, `questionnaire_open`.
        NotFound
    """
    row = await get(session, questionnaire_id)
    rules.ensure_status(QuestionnaireStatus(row.status), QuestionnaireStatus.CLOSED)
    if row.organisation_id != caller_of(session).organisation_id:
        return row.shared_results or {}
    return await _results(session, row, texts=True)


async def _results(session: AsyncSession, row: Questionnaire, *, texts: bool) -> dict[str, Any]:
    query = select(col(QuestionnaireAnswer.answers)).where(col(QuestionnaireAnswer.questionnaire_id) == row.id)
    answers = (await session.execute(query)).scalars().all()
    return rules.results(row.asked, answers, least=row.least_group, salt=str(row.id), texts=texts)


async def share(
    session: AsyncSession, questionnaire_id: UUID, *, texts: bool, expected: Versions, at: datetime
) -> Questionnaire:
    """Let the provider read the results, with free texts or without.

    Raises:
        Conflict: `questionnaire_draft`, `questionnaire_open`, `too_few_answers`.
        NotFound, Forbidden, Stale
    """
    row = await rows.for_change(session, Questionnaire, questionnaire_id, expected=expected)
    rules.ensure_status(QuestionnaireStatus(row.status), QuestionnaireStatus.CLOSED)
    told = await _results(session, row, texts=texts)
    if told["suppressed"]:
        raise Conflict("Too few have answered for results to be told.", code="too_few_answers")
    row.results_for, row.shared_results, row.shared_at = PROVIDER, told, at
    await changed(session, row, "share")
    tell(session, "questionnaire.shared", "questionnaire", row.id, (row.organisation_id, row.provider_id))
    return row
