"""Whether the service lives, is ready, and how it fares: for the machines that watch it."""

from typing import Literal

from fastapi import APIRouter, Response

from app import metrics
from app.db.health import unready
from app.deps import OPEN, Route, Services_
from app.shapes import Shape

router = APIRouter(tags=["operation"], route_class=Route)


class Health(Shape):
    """`ok`, or what is missing."""

    status: Literal["ok", "unready"]
    faults: list[str]


@router.get("/livez", operation_id="get_livez", summary="Does the process answer?", openapi_extra=OPEN)
async def get_livez() -> Health:
    return Health(status="ok", faults=[])


@router.get(
    "/readyz",
    operation_id="get_readyz",
    summary="Can it serve: database reached, migrations at head?",
    responses={503: {"model": Health, "description": "Not ready"}},
    openapi_extra=OPEN,
)
async def get_readyz(held: Services_, response: Response) -> Health:
    faults = await unready(held.database)
    response.status_code = 503 if faults else 200
    return Health(status="unready" if faults else "ok", faults=faults)


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Counters and timings, in the text format of Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
    openapi_extra=OPEN,
)
async def get_metrics() -> Response:
    return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")
