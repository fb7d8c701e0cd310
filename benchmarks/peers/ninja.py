"""Django Ninja: schemas and operations."""

# mypy: ignore-errors

from dataclasses import asdict
from datetime import date
from uuid import UUID

from django.urls import path
from ninja import NinjaAPI, Schema
from ninja.security import HttpBearer

from benchmarks.naive.shapes import Placement, Placements
from benchmarks.peers import queries


class Bearer(HttpBearer):
    """The organisation by the bearer token, as `request.auth`."""

    def authenticate(self, _, token):
        """The organisation, or nobody."""
        return queries.organisation_of(token)


class Slot(Schema):
    """Time at the provider on one weekday."""

    weekday: int
    starts_at: str
    ends_at: str


class PlacementCreate(Schema):
    """A new placement."""

    provider_id: UUID
    pupil_id: UUID
    starts_on: date
    ends_on: date | None = None
    timetable: list[Slot]


class Shown(Placement, Schema):
    """One placement."""


class ShownPage(Placements, Schema):
    """One page."""

    data: list[Shown]


api = NinjaAPI(auth=Bearer(), docs_url=None, openapi_url=None)


@api.exception_handler(queries.Refused)
def refused(request, refusal):
    """A refusal is an answer."""
    return api.create_response(request, {"detail": "refused"}, status=refusal.status)


def shown(row, me, alerts=()):
    """A placement as answered."""
    return {name: getattr(row, name) for name in queries.FIELDS} | queries.shown(row, me, map(asdict, alerts))


@api.get("/v1/placements/{uuid:placement_id}", response=Shown)
def get_placement(request, placement_id: UUID):
    """One placement."""
    return shown(queries.one(request.auth, placement_id), request.auth)


@api.get("/v1/placements", response=ShownPage)
def list_placements(request, provider_id: UUID | None = None, cursor: UUID | None = None, limit: int = 50):
    """A page of placements."""
    rows, info = queries.page(request.auth, provider_id, cursor, limit)
    return {"data": [shown(row, request.auth) for row in rows], "page": info}


@api.post("/v1/placements", response={201: Shown})
def create_placement(request, body: PlacementCreate):
    """Record a placement."""
    row, alerts = queries.record(request.auth, body.model_dump())
    return 201, shown(row, request.auth, alerts)


@api.get("/v1/providers/{uuid:provider_id}/registration-status")
def get_registration_status(request, provider_id: UUID):
    """Where a provider stands today."""
    return queries.status(request.auth, provider_id)


urlpatterns = [path("", api.urls)]
