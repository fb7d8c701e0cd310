"""Every refusal of the service as RFC 9457 problem+json."""

from typing import cast

from asyncpg import PostgresError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

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
    "problem_of",
    "response_to",
]


def install(app: FastAPI) -> None:
    """Answer every refusal with a problem. Whatever is not one goes on to `app.middleware`, which answers 500."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    for kind in (DBAPIError, PoolTimeout, PostgresError, ConnectionError):
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
    return response_to(validation.refusal(cast(RequestValidationError, exc)), request.scope)


async def _on_database_error(request: Request, exc: Exception) -> Response:
    out_of_reach = isinstance(exc, PoolTimeout | ConnectionError)
    error = Unavailable() if out_of_reach else database.refusal(exc)
    if error is None:
        raise exc
    return response_to(error, request.scope)


def _challenge(request: Request) -> dict[str, str]:
    """`WWW-Authenticate` in the scheme that was tried (RFC 6750 s.3, RFC 6749 s.5.2); it tells no more than that."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
    challenges = {"basic": 'Basic realm="apqa"', "bearer": 'Bearer realm="apqa", error="invalid_token"'}
    return {"WWW-Authenticate": challenges.get(scheme, 'Bearer realm="apqa"')}


def allowed_methods(scope: Scope) -> set[str]:
    """Every method that any route has for the path of a request: the router itself names only those of the first."""
    path = get_route_path(scope)
    routes = (route for route in iter_route_contexts(scope["app"].routes) if route.methods)
    return {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
