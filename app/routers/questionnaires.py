"""Questionnaires for pupils, parents and staff, the links by which they answer, and the results."""

import secrets
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.contract import problems
from app.db import answering, questionnaires
from app.db.base import Keyset
from app.deps import (
    KEYED,
    KNOWN,
    OPEN,
    Cursor,
    ExpectedVersion,
    Limit,
    Now,
    ReadSession,
    Route,
    Services_,
    Settings_,
    Today,
    WriteSession,
    requires,
    tag,
)
from app.domain.access import Permission
from app.domain.questionnaires import Audience, QuestionnaireStatus
from app.shapes import PageOf, page_of
from app.shapes.questionnaires import (
    AskedQuestionnaire,
    Questionnaire,
    QuestionnaireAnswerGive,
    QuestionnaireCreate,
    QuestionnaireLinks,
    QuestionnaireLinksCreate,
    QuestionnairePatch,
    QuestionnaireResults,
    QuestionnaireSample,
    QuestionnaireSampleDraw,
    QuestionnaireShare,
    QuestionnaireStepTake,
)

router = APIRouter(tags=["questionnaires"], route_class=Route)

V1 = "/v1/questionnaires"
LINK = "/q/"
Secret = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9_-]+$", description="The secret.")]


@router.get(
    V1,
    operation_id="list_questionnaires",
    summary="Questionnaires of your organisation; for a provider, those whose results are shared with it",
    dependencies=[requires(Permission.QUESTIONNAIRES_READ)],
)
async def list_questionnaires(
    request: Request,
    response: Response,
    session: ReadSession,
    provider_id: Annotated[UUID | None, Query(description="Only about this provider.")] = None,
    visit_id: Annotated[UUID | None, Query(description="Only on this visit.")] = None,
    audience: Annotated[Audience | None, Query(description="Only for these.")] = None,
    status: Annotated[QuestionnaireStatus | None, Query(description="Only those that stand so.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Questionnaire]:
    wanted = {"provider_id": provider_id, "visit_id": visit_id, "audience": audience, "status": status}
    keyset = Keyset(("questionnaires", *wanted.values()), cursor, limit)
    page = await questionnaires.list_page(session, keyset, wanted=wanted)
    return page_of(request, response, page, Questionnaire.model_validate)


@router.post(
    V1,
    status_code=201,
    operation_id="create_questionnaire",
    summary="Word a questionnaire",
    dependencies=[requires(Permission.QUESTIONNAIRES_WRITE), KEYED],
)
async def create_questionnaire(body: QuestionnaireCreate, response: Response, session: WriteSession) -> Questionnaire:
    row = await questionnaires.create(session, body.model_dump(mode="json", exclude={"acting_for"}))
    tag(response, row, str(row.answered))
    return Questionnaire.model_validate(row)


@router.get(
    V1 + "/{questionnaire_id}",
    operation_id="get_questionnaire",
    summary="One questionnaire",
    dependencies=[requires(Permission.QUESTIONNAIRES_READ)],
    responses=KNOWN,
)
async def get_questionnaire(questionnaire_id: UUID, response: Response, session: ReadSession) -> Questionnaire:
    row = await questionnaires.get(session, questionnaire_id)
    tag(response, row, str(row.answered))
    return Questionnaire.model_validate(row)


@router.patch(
    V1 + "/{questionnaire_id}",
    operation_id="change_questionnaire",
    summary="Word a draft otherwise",
    dependencies=[requires(Permission.QUESTIONNAIRES_WRITE)],
)
async def change_questionnaire(
    questionnaire_id: UUID,
    body: QuestionnairePatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
) -> Questionnaire:
    said = body.model_dump(mode="json", exclude_unset=True, exclude={"acting_for"})
    row = await questionnaires.change(session, questionnaire_id, said, expected=expected)
    tag(response, row, str(row.answered))
    return Questionnaire.model_validate(row)


@router.post(
    V1 + "/{questionnaire_id}/steps",
    operation_id="take_questionnaire_step",
    summary="Open a questionnaire, or close it for good",
    dependencies=[requires(Permission.QUESTIONNAIRES_WRITE), KEYED],
)
async def take_questionnaire_step(
    questionnaire_id: UUID,
    body: QuestionnaireStepTake,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    at: Now,
) -> Questionnaire:
    row = await questionnaires.step(session, questionnaire_id, body.to, expected=expected, at=at)
    tag(response, row, str(row.answered))
    return Questionnaire.model_validate(row)


@router.get(
    V1 + "/{questionnaire_id}/samples",
    operation_id="list_questionnaire_samples",
    summary="Samples that were drawn, with their seeds",
    dependencies=[requires(Permission.QUESTIONNAIRES_WRITE)],
)
async def list_questionnaire_samples(
    questionnaire_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[QuestionnaireSample]:
    keyset = Keyset(("questionnaire-samples", questionnaire_id), cursor, limit)
    page = await answering.list_samples(session, questionnaire_id, keyset)
    return page_of(request, response, page, QuestionnaireSample.model_validate)


@router.post(
    V1 + "/{questionnaire_id}/samples",
    status_code=201,
    operation_id="draw_questionnaire_sample",
    summary="Draw a random sample of those placed with the provider on the visit's day",
    dependencies=[requires(Permission.QUESTIONNAIRES_WRITE), KEYED],
)
async def draw_questionnaire_sample(
    questionnaire_id: UUID, body: QuestionnaireSampleDraw, session: WriteSession, today: Today
) -> QuestionnaireSample:
    said, seed = body.model_dump(exclude={"acting_for"}), body.seed or secrets.token_hex(16)
    row = await answering.draw(session, questionnaire_id, said, seed=seed, today=today)
    return QuestionnaireSample.model_validate(row)


@router.post(
    V1 + "/{questionnaire_id}/links",
    status_code=201,
    operation_id="create_questionnaire_links",
    summary="Make secret links by which a questionnaire is answered",
    description="They are told this once. Whoever has one answers without signing in, until it is used or expires.",
    dependencies=[requires(Permission.QUESTIONNAIRES_WRITE), KEYED],
)
async def create_questionnaire_links(
    questionnaire_id: UUID, body: QuestionnaireLinksCreate, session: WriteSession, settings: Settings_, at: Now
) -> QuestionnaireLinks:
    made = await answering.add_links(session, questionnaire_id, body.model_dump(exclude={"acting_for"}), at=at)
    urls = [f"{settings.public_url.rstrip('/')}{LINK}{each}" for each in made]
    return QuestionnaireLinks(urls=urls, uses=body.uses, expires_at=body.expires_at)


@router.get(
    V1 + "/{questionnaire_id}/results",
    operation_id="get_questionnaire_results",
    summary="What may be told of the answers, once the questionnaire is closed",
    description="Small groups and small counts are not told, nor what they would follow from.",
    dependencies=[requires(Permission.QUESTIONNAIRES_READ)],
    responses=problems(409),
)
async def get_questionnaire_results(questionnaire_id: UUID, session: ReadSession) -> QuestionnaireResults:
    return QuestionnaireResults(**await answering.results(session, questionnaire_id))


@router.post(
    V1 + "/{questionnaire_id}/share",
    operation_id="share_questionnaire_results",
    summary="Let the provider read the results",
    dependencies=[requires(Permission.QUESTIONNAIRES_WRITE), KEYED],
)
async def share_questionnaire_results(
    questionnaire_id: UUID,
    body: QuestionnaireShare,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    at: Now,
) -> Questionnaire:
    row = await answering.share(session, questionnaire_id, texts=body.texts, expected=expected, at=at)
    tag(response, row, str(row.answered))
    return Questionnaire.model_validate(row)


@router.get(
    LINK + "{secret}",
    operation_id="ask_questionnaire",
    summary="What a link asks",
    responses=problems(404, 409, 429),
    openapi_extra=OPEN,
)
async def ask_questionnaire(secret: Secret, request: Request, held: Services_, at: Now) -> AskedQuestionnaire:
    asked = await answering.ask(held.database, secret, at=at)
    held.limiter.spend(request, asked.caller)
    return AskedQuestionnaire.model_validate(asked.questionnaire)


@router.post(
    LINK + "{secret}",
    status_code=204,
    operation_id="answer_questionnaire",
    summary="Answer by a link",
    responses=problems(404, 409, 429),
    openapi_extra=OPEN,
)
async def answer_questionnaire(
    secret: Secret, body: QuestionnaireAnswerGive, request: Request, held: Services_, at: Now
) -> None:
    asked = await answering.ask(held.database, secret, at=at)
    held.limiter.spend(request, asked.caller)
    await answering.answer(held.database, secret, body.answers, at=at)
