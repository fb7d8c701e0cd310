"""The OpenAPI 3.1 document of the service, completed from what the routes declare."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from app import errors
from app.contract.schemas import ContractFault, tidy
from app.matching import JSON, MERGE_PATCH

Document = dict[str, Any]

# Of the contract, not of the package: raised when the frozen document changes.
VERSION = "1.2.0"
INTRODUCTION = Path(__file__).with_name("introduction.md").read_text(encoding="utf-8")
OPERATION_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path

# Either kind of token opens every operation that does not declare `security: []`.
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"client_credentials": []}]
HEADERS = {
    "RequestId": {"description": "The id of this request, yours or ours.", "schema": {"type": "string"}},
    "Challenge": {"description": "How to sign in (RFC 9110).", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "Accept": {"description": "The types that are taken here.", "schema": {"type": "string"}},
    "ETag": {"description": "The version, for `If-Match` and `If-None-Match`.", "schema": {"type": "string"}},
    "Link": {"description": 'The next page, as `rel="next"`, where there is one.', "schema": {"type": "string"}},
    "Location": {"description": "Where what was made is read, where it is read alone.", "schema": {"type": "string"}},
    "Replayed": {
        "description": "`true` where this is the first answer to the key, again.",
        "schema": {"type": "string"},
    },
    "RateLimit": {"description": "What is left, and seconds until it is whole.", "schema": {"type": "string"}},
    "RateLimitPolicy": {"description": "The quota, and the seconds that it is for.", "schema": {"type": "string"}},
}
_FOR = "Id or slug of the organisation to speak for, where a person belongs to several."
ACTING_ORGANISATION: Document = {
    "name": "Acting-Organisation",
    "in": "header",
    "required": False,
    "description": _FOR,
    "schema": {
        "anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}],
        "description": _FOR,
        "title": "Acting-Organisation",
    },
}
OWN_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Challenge"},
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: {"Accept": "Accept"},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "RetryAfter"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "RetryAfter"},
}
# What a header of an operation lets it answer.
BY_HEADER = {"if-match": (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The value of a route's `responses=` for refusals that its declaration alone does not show, such as 409.

    Added by themselves: 422, 500 and 503; 401, 403 and 429 where a token is needed, and 409 where it changes something;
    404 where the path or a body may name a record; 400, 413 and 415 with a body; 412 and 428 with `If-Match`.
    """
    return {int(status): {"description": errors.description_of(_kind(status))} for status in statuses}


def install(app: FastAPI, *, public_url: str = "/", scopes: dict[str, str] | None = None) -> None:
    """Make `app.openapi()` give this document, built once.

    `public_url` is how clients reach the service; `scopes` are those of machine clients, each with its meaning.
    """

    def openapi() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = build(app, public_url, scopes or {})
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def build(app: FastAPI, public_url: str, scopes: dict[str, str]) -> Document:
    """The document. Raises `ContractFault`."""
    _check_operation_ids(app)
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=f"{app.description}\n\n{INTRODUCTION}".lstrip(),
        license_info={"name": "MIT", "url": "https://spdx.org/licenses/MIT.html"},
        servers=[{"url": public_url, "description": "This service"}],
        tags=app.openapi_tags,
        routes=app.routes,
    )
    for path, method, operation in operations(document):
        _complete(path, method, operation)
    document["security"] = SECURITY
    told = {int(status) for _, _, operation in operations(document) for status in operation["responses"]}
    _add_components(document.setdefault("components", {}), told & set(errors.STATUSES.values()), scopes)
    tidy(document)
    return document


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Every operation of a document with its path and its method, in lower case."""
    for path, item in document["paths"].items():
        yield from ((path, method, operation) for method, operation in item.items() if method in METHODS)


def dump(document: Document) -> str:
    """A document as text that changes only when the contract does: keys sorted, two spaces, one newline at the end."""
    return json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _check_operation_ids(app: FastAPI) -> None:
    shown = [route for route in iter_route_contexts(app.routes) if getattr(route, "include_in_schema", False)]
    named = Counter(route.operation_id for route in shown for _ in route.methods or ())
    nameless = [route.path for route in shown if not OPERATION_ID.fullmatch(route.operation_id or "")]
    double = [name for name, count in named.items() if name and count > 1]
    if nameless or double:
        message = f"operation ids missing or not snake_case at {nameless}, double {double}"
        raise ContractFault(message)


def _complete(path: str, method: str, operation: Document) -> None:
    body = operation.get("requestBody", {}).get("content", {})
    if JSON in body and method == "patch":
        body[MERGE_PATCH] = body[JSON]
    if operation.get("security") != []:
        _speak_for(operation.setdefault("parameters", []))
    responses = operation.setdefault("responses", {})
    for parameter in operation.get("parameters", []):
        _describe(parameter)
    for status in _statuses(path, method, operation):
        responses.setdefault(str(int(status)), {"description": ""})
    for status, response in responses.items():
        if status >= "400":
            responses[status] = _refusal(int(status), response)
        else:
            response["headers"] = references(_headers(method, operation, status)) | response.get("headers", {})
    operation["responses"] = dict(sorted(responses.items()))


def _speak_for(parameters: list[Document]) -> None:
    """Every operation that needs a token takes this header; it stands before its other headers."""
    place = next((nth for nth, each in enumerate(parameters) if each["in"] == "header"), len(parameters))
    parameters.insert(place, ACTING_ORGANISATION)


def _describe(parameter: Document) -> None:
    """An id is described by its name, where the route says no more."""
    name, _, rest = parameter["name"].rpartition("_")
    if rest == "id" and not parameter.get("description"):
        noun = "The" if parameter["in"] == "path" else "Only of this"
        parameter["description"] = f"{noun} {name.replace('_', ' ')}{', by id' if noun == 'The' else ''}."


def _statuses(path: str, method: str, operation: Document) -> Iterator[HTTPStatus]:
    """The refusals that an operation can give by what it declares."""
    parameters = operation.get("parameters", [])
    yield from (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
    yield HTTPStatus.UNPROCESSABLE_ENTITY  # no operation takes a parameter that it does not know
    if operation.get("security") != []:
        yield from (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
        if method != "get":
            yield HTTPStatus.CONFLICT  # another request may come between
    if "requestBody" in operation:
        yield from (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if "{" in path or ("requestBody" in operation and operation.get("security") != []):
        yield HTTPStatus.NOT_FOUND  # what the path or the body names
    for parameter in parameters:
        yield from BY_HEADER.get(parameter["name"].lower(), ())


def _headers(method: str, operation: Document, status: str) -> Iterator[tuple[str, str]]:
    """The headers of a good answer, each with its name among the components."""
    yield "X-Request-Id", "RequestId"
    if operation.get("security") != []:
        yield from (("RateLimit", "RateLimit"), ("RateLimit-Policy", "RateLimitPolicy"))
    taken = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
    if "if-match" in taken or "304" in operation["responses"]:
        yield "ETag", "ETag"
    if method == "get" and "cursor" in taken and status == "200":
        yield "Link", "Link"
    if status in ("201", "202"):
        yield "Location", "Location"
    if "idempotency-key" in taken:
        yield "Idempotency-Replayed", "Replayed"


def references(headers: Iterable[tuple[str, str]]) -> Document:
    """Headers as references to the components that describe them."""
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in headers}


def _refusal(status: int, response: Document) -> Document:
    """The shared response of a status; where the route declares a richer problem for it, that or the plain one."""
    content = response.get("content", {})
    own = content.pop(JSON, None)
    if own is None or own.get("schema", {}).get("$ref", "").endswith("/HTTPValidationError"):
        return {"$ref": f"#/components/responses/{_name(status)}"}
    own["schema"] = {"anyOf": [own["schema"], {"$ref": "#/components/schemas/Problem"}]}
    content[errors.MEDIA_TYPE] = own
    return response


def _add_components(components: Document, refusals: set[int], scopes: dict[str, str]) -> None:
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = errors.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    if split := [name for name in schemas if name.endswith(("-Input", "-Output"))]:
        message = f"these models differ as input and as output, make them two: {split}"
        raise ContractFault(message)
    components["headers"] = HEADERS
    components["responses"] = {_name(status): _response(status) for status in sorted(refusals)}
    flows = {"clientCredentials": {"tokenUrl": TOKEN_PATH, "scopes": scopes}}
    components["securitySchemes"] = components.get("securitySchemes", {}) | {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "client_credentials": {"type": "oauth2", "flows": flows},
    }


def _response(status: int) -> Document:
    kind = _kind(status)
    example = errors.problem_of(kind(), "/requests/4f0c1a9be2d84c6f").model_dump(mode="json")
    headers = {"X-Request-Id": "RequestId", **OWN_HEADERS.get(HTTPStatus(status), {})}.items()
    return {
        "description": errors.description_of(kind),
        "headers": references(headers),
        "content": {errors.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }


def _kind(status: int) -> Any:
    """The class that speaks for a status in the contract: the first in the table."""
    return next(kind for kind, known in errors.STATUSES.items() if known == status)


def _name(status: int) -> str:
    return _kind(status).title.title().replace(" ", "")  # type: ignore[no-any-return]
