"""Every refusal of the service as RFC 9457 problem+json."""

from typing import cast

from asyncpg import InterfaceError, PostgresError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import DomainError, Unauthenticated
from app.errors import database, validation
from app.errors.problems import MEDIA_TYPE, STATUSES, Problem, ProblemError, description_of, problem_of, response_to
from app.errors.protocol import (
    MalformedBody,
    MethodNotAllowed,
    PayloadTooLarge,
    PreconditionRequired,
    ProtocolError,
    RateLimited,
    Unavailable,
    Unexpected,
    UnsupportedMediaType,
)
from app.errors.validation import read
from app.matching import accepted_types, allowed_methods, matched_route, media_type

__all__ = [
    "MEDIA_TYPE",
    "STATUSES",
    "MalformedBody",
    "MethodNotAllowed",
    "PayloadTooLarge",
    "PreconditionRequired",
    "Problem",
    "ProblemError",
    "ProtocolError",
    "RateLimited",
    "Unavailable",
    "Unexpected",
    "UnsupportedMediaType",
    "description_of",
    "install",
    "is_passing",
    "problem_of",
    "read",
    "refusal_of",
    "response_to",
]


def install(app: FastAPI) -> None:
    """Answer every refusal with a problem. Whatever is not one goes on to `app.middleware`, which answers 500."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    for kind in (DBAPIError, PoolTimeout, PostgresError, InterfaceError, ConnectionError):
        app.add_exception_handler(kind, _on_database_error)


async def _on_domain_error(request: Request, exc: Exception) -> Response:
    error = cast(DomainError, exc)
    headers = _challenge(request) if isinstance(error, Unauthenticated) else None
    return response_to(error, request.scope, headers)


async def _on_http_exception(request: Request, exc: Exception) -> Response:
    error = cast(HTTPException, exc)
    if error.status_code == MethodNotAllowed.status:
        error = MethodNotAllowed(allowed_methods(request.scope))
    return response_to(error, request.scope)


async def _on_validation_error(request: Request, exc: Exception) -> Response:
    """A form of another type is not read at all, so it shows only here: as fields that are missing."""
    kind = media_type(request.headers.get("Content-Type"))
    accepted = accepted_types(matched_route(request.scope))
    if kind and accepted and kind not in accepted:
        return response_to(UnsupportedMediaType(accepted), request.scope)
    return response_to(validation.refusal(cast(RequestValidationError, exc)), request.scope)


async def _on_database_error(request: Request, exc: Exception) -> Response:
    out_of_reach = isinstance(exc, PoolTimeout | InterfaceError | ConnectionError)
    return response_to(Unavailable() if out_of_reach else refusal_of(exc), request.scope)


def refusal_of(exc: Exception) -> DomainError | ProtocolError:
    """The refusal that an error of a rule or of the database amounts to; raises it again where the fault is ours."""
    error = exc if isinstance(exc, DomainError) else database.refusal(exc)
    if error is None:
        raise exc
    return error


def is_passing(exc: Exception) -> bool:
    """Whether the database was out of reach, or another transaction came between: the same may succeed later."""
    if isinstance(exc, PoolTimeout | PendingRollbackError | OSError):
        return True
    error = database.refusal(exc)
    return error is not None and problem_of(error).retryable


def _challenge(request: Request) -> dict[str, str]:
    """`WWW-Authenticate` in the scheme that was tried (RFC 6750 s.3, RFC 6749 s.5.2); it tells no more than that."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
    challenges = {"basic": 'Basic realm="apqa"', "bearer": 'Bearer realm="apqa", error="invalid_token"'}
    return {"WWW-Authenticate": challenges.get(scheme, 'Bearer realm="apqa"')}
