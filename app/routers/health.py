"""Whether the service lives, is ready, and how it fares: for the machines that watch it."""

from typing import Literal

from fastapi import APIRouter, Response

from app import metrics
from app.db.health import unready
from app.deps import OPEN, Route, Services_
from app.domain.errors import Fault
from app.errors import Unavailable
from app.shapes import Shape

router = APIRouter(tags=["operation"], route_class=Route)


class Health(Shape):
    """All is well. What is missing would be told as a problem."""

    status: Literal["ok"] = "ok"


def ready(faults: list[str]) -> Health:
    """That all is well.

    Raises:
        Unavailable: something is missing.
    """
    if faults:
        raise Unavailable(faults=tuple(Fault("not_ready", each) for each in faults))
    return Health()


@router.get("/livez", operation_id="get_livez", summary="Does the process answer?", openapi_extra=OPEN)
async def get_livez() -> Health:
    return Health()


@router.get(
    "/readyz",
    operation_id="get_readyz",
    summary="Can it serve: database reached, migrations at head?",
    openapi_extra=OPEN,
)
async def get_readyz(held: Services_) -> Health:
    return ready(await unready(held.database))


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Counters and timings, in the text format of Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    openapi_extra=OPEN,
)
async def get_metrics() -> Response:
    return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")
