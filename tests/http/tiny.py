"""A small application of no nouns of ours, to show how the HTTP kit behaves."""

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from fastapi import APIRouter, FastAPI, File, Form, Header, Path, Query, Request, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator

from app import contract, docs, errors, middleware
from app.domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Stale, Unauthenticated

router = APIRouter()
extra = APIRouter()


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Slot(Strict):
    weekday: int = Field(ge=1, le=7, description="1 is Monday.")
    ends_at: str = Field(min_length=4)


class Cat(Strict):
    kind: Literal["cat"]
    lives: int


class Dog(Strict):
    kind: Literal["dog"]
    tricks: list[str]


class ThingCreate(Strict):
    word: str = Field(min_length=2, examples=["loom"])
    number: float | None = None
    owner_id: UUID | None = None
    colour: Literal["red", "green"] = "red"
    slots: list[Slot] = []
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None

    @field_validator("word")
    @classmethod
    def _no_shouting(cls, value: str) -> str:
        if value.isupper():
            raise ValueError(f"no shouting: {value}")
        return value


class ThingPatch(Strict):
    word: str | None = None


class Thing(BaseModel):
    id: int
    word: str
    number: float | None
    colour: Literal["red", "green"]
    slots: list[Slot]


class FullThing(errors.Problem):
    room: int


THING = Thing(id=1, word="loom", number=None, colour="red", slots=[])
REFUSALS: dict[str, Exception] = {
    "absent": NotFound("There is no such thing."),
    "forbidden": Forbidden(),
    "conflict": Conflict("It is full.", code="thing_full", facts={"room": 0, "seen": UUID(int=7), "status": 200}),
    "stale": Stale(),
    "invalid": Invalid("No.", errors=(Fault("too_long", "At most 5.", pointer="/word"),)),
    "unauthenticated": Unauthenticated(),
    "unmatched": errors.PreconditionRequired(),
    "hasty": errors.RateLimited(17),
}


@router.get("/things", operation_id="list_things", tags=["things"])
async def list_things(limit: Annotated[int, Query(ge=1, le=200)] = 50, owner_id: UUID | None = None) -> list[Thing]:
    return [THING][:limit]


@router.post("/things", operation_id="create_thing", status_code=201, tags=["things"])
async def create_thing(
    body: ThingCreate, idempotency_key: Annotated[str | None, Header(max_length=255)] = None
) -> Thing:
    return Thing(id=2, word=body.word, number=body.number, colour=body.colour, slots=body.slots)


@router.get("/things/{thing_id}", operation_id="get_thing", tags=["things"])
async def get_thing(thing_id: Annotated[int, Path(ge=1)]) -> Thing:
    return THING


@extra.patch(
    "/things/{thing_id}",
    operation_id="change_thing",
    tags=["things"],
    responses={**contract.problems(409), 422: {"model": FullThing}},
)
async def change_thing(thing_id: int, body: ThingPatch, if_match: Annotated[str, Header()]) -> Thing:
    return THING


@extra.delete("/things/{thing_id}", operation_id="delete_thing", status_code=204)
async def delete_thing(thing_id: int) -> None:
    return None


@router.post("/things/batch", operation_id="create_things")
async def create_things(body: list[ThingCreate]) -> dict[str, int]:
    return {"count": len(body)}


@router.post("/anything", operation_id="take_anything")
async def take_anything(body: dict[str, Any]) -> dict[str, int]:
    return {"count": len(body)}


@router.post("/imports", operation_id="import_things", status_code=202)
async def import_things(file: Annotated[UploadFile, File()]) -> dict[str, int]:
    return {"bytes": len(await file.read())}


@router.put(
    "/stream",
    operation_id="put_stream",
    openapi_extra={"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def put_stream(request: Request) -> dict[str, int]:
    return {"bytes": sum([len(chunk) async for chunk in request.stream()])}


@router.get("/refusals/{kind}", operation_id="refuse")
async def refuse(
    kind: Literal["absent", "forbidden", "conflict", "stale", "invalid", "unauthenticated", "unmatched", "hasty"],
) -> None:
    raise REFUSALS[kind]


@router.get("/state", operation_id="get_state")
async def get_state(request: Request) -> dict[str, Any]:
    request.state.organisation_id = UUID(int=5)
    request.state.rate_limit = ("read", 600, 599, 1)
    return {"request_id": request.state.request_id, "traceparent": request.state.traceparent}


@router.get("/slow", operation_id="wait_long")
async def wait_long() -> None:
    await asyncio.sleep(60)


@router.get("/fault", operation_id="fail")
async def fail() -> None:
    secret = "Mabel Fictitious"
    raise RuntimeError(f"could not store {secret}")


@router.get("/half", operation_id="fail_half_way", response_class=StreamingResponse)
async def fail_half_way() -> StreamingResponse:
    async def parts() -> Any:
        yield b"half"
        raise RuntimeError("Mabel Fictitious")

    return StreamingResponse(parts())


def make_app() -> FastAPI:
    app = FastAPI(
        title="Tiny",
        version=contract.VERSION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=[{"name": "things", "description": "What there is."}],
    )
    app.include_router(router, prefix="/v1")
    app.include_router(extra, prefix="/v1")

    @app.post("/oauth/token", operation_id="issue_token", openapi_extra={"security": []})
    async def issue_token(grant_type: Annotated[str, Form()]) -> dict[str, str]:
        return {"token": grant_type}

    errors.install(app)
    middleware.install(app)
    contract.install(app, scopes={"things:write": "Change things."})
    docs.install(app)
    return app


def client(app: FastAPI | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app or make_app()), base_url="http://tiny")
