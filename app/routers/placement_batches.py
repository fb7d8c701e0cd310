"""Placements by the hundred: recorded each for itself, or all or none."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from app.db import batches
from app.db.desk import Recorded
from app.db.threshold import Clock
from app.deps import KEYED, Now, Route, Settings_, Today, WriteSession, requires
from app.domain.access import Permission
from app.domain.errors import Fault, Invalid
from app.errors import Problem, problem_of, read, refusal_of
from app.shapes import Shape
from app.shapes.batches import PlacementBatch, told
from app.shapes.placements import PlacementCreate

router = APIRouter(prefix="/v1", tags=["placements"], route_class=Route)
STATUSES = {"independent": HTTPStatus.MULTI_STATUS, "atomic": HTTPStatus.OK}


class BatchResult(Shape):
    """What became of one item."""

    index: int = Field(description="Its place among the items, from 0.")
    status: int = Field(description="As if it had been sent alone: 201 new, 200 known already, else refused.")
    id: UUID | None = Field(description="The placement; null where it is refused.")
    problem: Problem | None


class Batch(Shape):
    """What became of each item, in their order."""

    results: list[BatchResult]


class BatchRefused(Problem):
    """No item was recorded. `results` are those of the items that were refused; `errors` point to them."""

    results: list[BatchResult]


def answered(outcomes: Iterable[Recorded | batches.Refusal]) -> Batch:
    """A batch as answered."""
    return Batch(results=[_result(index, outcome) for index, outcome in enumerate(outcomes)])


def _result(index: int, outcome: Recorded | batches.Refusal) -> BatchResult:
    if isinstance(outcome, Recorded):
        status = HTTPStatus.CREATED if outcome.created else HTTPStatus.OK
        return BatchResult(index=index, status=status, id=outcome.row.id, problem=None)
    problem = problem_of(refusal_of(outcome))
    return BatchResult(index=index, status=problem.status, id=None, problem=problem)


def finished(mode: str, batch: Batch) -> Batch:
    """The batch, unless it was to be all or none.

    Raises:
        Invalid: `batch_refused`.
    """
    refused = [each for each in batch.results if each.problem is not None]
    if mode == "independent" or not refused:
        return batch
    faults = tuple(fault for each in refused if each.problem for fault in _faults(each.index, each.problem))
    detail = f"{len(refused)} of {len(batch.results)} items are refused, so none is recorded."
    facts = {"results": [each.model_dump(mode="json") for each in refused]}
    raise Invalid(detail, code="batch_refused", errors=faults, facts=facts)


def _faults(index: int, problem: Problem) -> Sequence[Fault]:
    at = f"/items/{index}"
    if not problem.errors:
        return [Fault(problem.code, problem.detail, pointer=at)]
    return [Fault(each.code, each.detail, pointer=at + (each.pointer or "")) for each in problem.errors]


@router.post(
    "/placements/batch",
    operation_id="record_placements",
    summary="Record up to 500 placements",
    description="Each item is taken as by `POST /v1/placements`; one with `source` and `external_id` that is known "
    "already is brought up to date. `independent` (207): what is refused is told by item, the others stand. `atomic` "
    "(200): where one is refused (422 `batch_refused`), none is recorded.",
    dependencies=[requires(Permission.PLACEMENTS_WRITE), KEYED],
    responses={
        207: {"model": Batch, "description": "What became of each item"},
        422: {"model": BatchRefused, "description": "Refused, with the items' own problems"},
    },
)
async def record_placements(
    body: PlacementBatch, response: Response, session: WriteSession, at: Now, today: Today, settings: Settings_
) -> Batch:
    clock = Clock(at, today, settings.session_minutes)
    items = [told(read(PlacementCreate, each)) for each in body.items]
    response.status_code = STATUSES[body.mode]
    return finished(body.mode, answered(await batches.record(session, items, clock=clock)))
