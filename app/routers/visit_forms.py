"""What is written on a visit's form: notes and answers, judgements, comments on the draft."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from app.contract import problems
from app.db import judging, responses, visit_comments, visit_forms
from app.db.base import Keyset
from app.deps import KEYED, Cursor, ExpectedVersion, Limit, Now, ReadSession, Route, Today, WriteSession, requires
from app.domain.access import Permission
from app.domain.errors import DomainError
from app.domain.visits import Item, ItemKind, scale_of
from app.errors import Problem, problem_of
from app.shapes import PageOf, Shape, page_of
from app.shapes.visit_parts import (
    CommentCreate,
    FormItem,
    JudgementsSave,
    NextStep,
    ResponsesSave,
    VisitComment,
    VisitForm,
)
from app.shapes.visits import VisitResponse, alerts_shown

router = APIRouter(prefix="/v1/visits/{visit_id}", tags=["visits"], route_class=Route)

ITEM_KEY = Annotated[str | None, Query(max_length=200, description="Of one item alone.")]


class ItemSaved(Shape):
    """What became of one item."""

    index: int = Field(description="Its place among the items, from 0.")
    status: int = Field(description="201 new, 200 as it is now, else refused.")
    id: UUID | None = Field(description="Null where it is refused.")
    version: int | None = Field(description="As it is now; null where it is refused.")
    problem: Problem | None


class ItemsSaved(Shape):
    """What became of each item, in their order."""

    results: list[ItemSaved]


SAVED: dict[int | str, dict[str, Any]] = {207: {"model": ItemsSaved, "description": "What became of each item"}}


def saved(outcomes: Sequence[responses.Saved | judging.Judged | DomainError]) -> ItemsSaved:
    """What became of each item."""
    return ItemsSaved(results=[_one(index, each) for index, each in enumerate(outcomes)])


def _one(index: int, outcome: responses.Saved | judging.Judged | DomainError) -> ItemSaved:
    if isinstance(outcome, DomainError):
        problem = problem_of(outcome)
        return ItemSaved(index=index, status=problem.status, id=None, version=None, problem=problem)
    status = HTTPStatus.CREATED if outcome.created else HTTPStatus.OK
    return ItemSaved(index=index, status=status, id=outcome.row.id, version=outcome.row.version, problem=None)


def _item(drawn: visit_forms.Drawn, item: Item) -> FormItem:
    scale = scale_of(drawn.form, item)
    prompts = drawn.form.criterion(item.key.partition(":")[2]).prompts if item.kind is ItemKind.CRITERION else ()
    return FormItem(
        item_key=item.key,
        **{name: getattr(item, name) for name in ("kind", "title", "section_key", "printed_ref", "phase")},
        essential=item.essential,
        required=item.required,
        prompts=list(prompts),
        values=[each.value for each in scale.values] if scale else [],
    )


@router.get(
    "/form",
    operation_id="get_visit_form",
    summary="The items of a visit's form, and what is missing before its next steps",
    dependencies=[requires(Permission.VISITS_READ)],
)
async def get_visit_form(visit_id: UUID, session: ReadSession, today: Today) -> VisitForm:
    drawn = await visit_forms.draw(session, visit_id, on=today)
    return VisitForm(
        items=[_item(drawn, each) for each in drawn.items],
        next_steps=[NextStep(to=to, missing=alerts_shown(faults)) for to, faults in drawn.steps],
    )


@router.post(
    "/responses",
    status_code=207,
    operation_id="save_responses",
    summary="Save notes or answers, each item for itself",
    description="Visitors note, the provider answers. Every response is its author's own: any number of people save "
    "at once, and nobody overwrites another's. Sent again under the same id, it is the same response.",
    dependencies=[requires(Permission.RESPONSES_WRITE), KEYED],
    responses={**SAVED, **problems(409)},
)
async def save_responses(visit_id: UUID, body: ResponsesSave, session: WriteSession) -> ItemsSaved:
    return saved(await responses.save(session, visit_id, [each.model_dump() for each in body.items]))


@router.get(
    "/responses",
    operation_id="list_responses",
    summary="The notes and answers that you may see",
    dependencies=[requires(Permission.VISITS_READ)],
)
async def list_responses(
    visit_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    item_key: ITEM_KEY = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[VisitResponse]:
    keyset = Keyset(("responses", visit_id, item_key), cursor, limit)
    page = await responses.list_page(session, visit_id, keyset, item_key=item_key)
    return page_of(request, response, page, VisitResponse.model_validate)


@router.delete(
    "/responses/{response_id}",
    status_code=204,
    operation_id="remove_response",
    summary="Take back a response of your own",
    dependencies=[requires(Permission.RESPONSES_WRITE)],
    responses=problems(409),
)
async def remove_response(visit_id: UUID, response_id: UUID, expected: ExpectedVersion, session: WriteSession) -> None:
    await responses.remove(session, visit_id, response_id, expected=expected)


@router.post(
    "/judgements",
    status_code=207,
    operation_id="save_judgements",
    summary="Save what the visitors agree on, each item for itself",
    description="One judgement for each item. One that somebody else has made since is not overwritten: the item is "
    "refused (412), with the judgement as it is.",
    dependencies=[requires(Permission.JUDGEMENTS_WRITE), KEYED],
    responses={**SAVED, **problems(409)},
)
async def save_judgements(visit_id: UUID, body: JudgementsSave, session: WriteSession, at: Now) -> ItemsSaved:
    return saved(await judging.save(session, visit_id, [each.model_dump() for each in body.items], at=at))


@router.delete(
    "/judgements/{judgement_id}",
    status_code=204,
    operation_id="remove_judgement",
    summary="Take back a judgement",
    dependencies=[requires(Permission.JUDGEMENTS_WRITE)],
    responses=problems(409),
)
async def remove_judgement(
    visit_id: UUID, judgement_id: UUID, expected: ExpectedVersion, session: WriteSession
) -> None:
    await judging.remove(session, visit_id, judgement_id, expected=expected)


@router.post(
    "/comments",
    status_code=201,
    operation_id="comment_on_draft",
    summary="Say something of a shared draft",
    description="The provider comments, suggests amendments item by item, and concludes; those who visit answer.",
    dependencies=[requires(Permission.COMMENTS_WRITE), KEYED],
    responses=problems(409),
)
async def comment_on_draft(visit_id: UUID, body: CommentCreate, session: WriteSession) -> VisitComment:
    row = await visit_comments.add(session, visit_id, body.model_dump(exclude={"acting_for"}))
    return VisitComment.model_validate(row)


@router.get(
    "/comments",
    operation_id="list_comments",
    summary="What was said of the draft",
    dependencies=[requires(Permission.VISITS_READ)],
)
async def list_comments(
    visit_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[VisitComment]:
    page = await visit_comments.list_page(session, visit_id, Keyset(("comments", visit_id), cursor, limit))
    return page_of(request, response, page, VisitComment.model_validate)
