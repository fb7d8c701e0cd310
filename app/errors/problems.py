"""The one table from what went wrong to an RFC 9457 problem."""

import inspect
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from app.domain import errors as domain
from app.errors import protocol

MEDIA_TYPE = "application/problem+json"

Named = domain.DomainError | protocol.ProtocolError
Refusal = Named | HTTPException

# The first class of a status speaks for it in the contract.
STATUSES: dict[type[Named], HTTPStatus] = {
    protocol.MalformedBody: HTTPStatus.BAD_REQUEST,
    domain.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    domain.Forbidden: HTTPStatus.FORBIDDEN,
    domain.NotFound: HTTPStatus.NOT_FOUND,
    domain.Conflict: HTTPStatus.CONFLICT,
    domain.Stale: HTTPStatus.PRECONDITION_FAILED,
    domain.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
} | {kind: kind.status for kind in protocol.ProtocolError.__subclasses__()}

# What the framework raises is told in our words: its own might repeat what was sent.
_FRAMEWORK: dict[int, type[Named]] = {status: kind for kind, status in STATUSES.items()}

RETRYABLE_STATUSES = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
RETRYABLE_CODES = frozenset({"concurrent_update", "idempotency_in_flight"})


def _without_default(schema: dict[str, Any]) -> None:
    """A place that does not apply is absent, never null."""
    del schema["default"]


Place = Annotated[
    str | SkipJsonSchema[None],
    Field(default=None, exclude_if=lambda value: value is None, json_schema_extra=_without_default),
]


class ProblemError(BaseModel):
    """One fault, at exactly one place: a JSON pointer into the body, a parameter, or a header."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(description="Stable name of the fault, in snake_case.", examples=["missing"])
    detail: str = Field(description="A sentence for a developer. Never repeats what was sent.")
    pointer: Place = Field(default=None, description="RFC 6901 pointer into the body; empty for the whole of it.")
    parameter: Place = Field(default=None, description="Name of a path or query parameter.")
    header: Place = Field(default=None, description="Name of a header.")


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). A problem may carry further members, named with its code."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Relative reference that names the kind.", examples=["/problems/not_found"])
    title: str = Field(description="The kind, in words.", examples=["Not found"])
    status: int = Field(description="The HTTP status.", ge=400, le=599, examples=[404])
    detail: str = Field(description="This occurrence, in words for a developer. Never repeats what was sent.")
    instance: str | None = Field(description="The request, for support.", examples=["/requests/4f0c1a9be2d84c6f"])
    code: str = Field(description="Stable name of the kind, in snake_case: decide on this.", examples=["not_found"])
    errors: list[ProblemError] = Field(description="The faults, one by one, where they can be told apart.")
    retryable: bool = Field(description="Whether the same request may succeed later, unchanged.")


def status_of(error: Named) -> HTTPStatus:
    """The HTTP status of a refusal. A `DomainError` of no kind listed here is a fault of ours."""
    kinds = (STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    return next(kinds, HTTPStatus.INTERNAL_SERVER_ERROR)


def description_of(kind: type) -> str:
    """What a kind of refusal means, in one line."""
    return re.sub(r"\s+", " ", inspect.getdoc(kind) or "")


def problem_of(error: Refusal, instance: str | None = None) -> Problem:
    """The problem that tells a refusal, for a response of its own or for one item of a batch."""
    named = error if isinstance(error, Named) else _FRAMEWORK.get(error.status_code, protocol.Unexpected)()
    status = status_of(named)
    return Problem.model_validate(
        {
            **named.facts,
            "type": f"/problems/{named.problem_code}",
            "title": named.title,
            "status": status,
            "detail": named.detail or description_of(type(named)),
            "instance": instance,
            "code": named.problem_code,
            "errors": named.errors,
            "retryable": status in RETRYABLE_STATUSES or named.problem_code in RETRYABLE_CODES,
        },
        from_attributes=True,
    )


def response_to(error: Refusal, scope: Scope, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that was refused; the access log learns its code."""
    state = scope.setdefault("state", {})
    request_id = state.get("request_id")
    problem = problem_of(error, f"/requests/{request_id}" if request_id else None)
    state["problem_code"] = problem.code
    own = error.headers if isinstance(error, HTTPException) else None
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        headers={**(own or {}), **(headers or {})},
        media_type=MEDIA_TYPE,
    )
