"""What the router knows of a request: its route, the body that the route declares, the methods of its path."""

from typing import Any

from fastapi.routing import iter_route_contexts
from starlette._utils import get_route_path
from starlette.types import Scope

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


def matched_route(scope: Scope) -> Any:
    """The route that the router chose, with its whole path; None before that, or where there is none."""
    return scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")


def allowed_methods(scope: Scope) -> set[str]:
    """Every method that any route has for the path of a request: the router itself names only those of the first.

    Where a route has just this path (`/pupils/search`), those with a parameter there (`/pupils/{id}`) do not count.
    """
    path = get_route_path(scope)
    routes = [route for route in iter_route_contexts(scope["app"].routes) if route.methods]
    fitting = [route for route in routes if route.path_regex.match(path)]
    exact = [route for route in fitting if route.path_format == path]
    return {method for route in exact or fitting for method in route.methods or ()}


def accepted_types(route: Any) -> frozenset[str]:
    """The media types that a FastAPI route declares for its body; none where it declares no body.

    A declaration is a body, form or file parameter, or `requestBody` in `openapi_extra` for a handler that reads the
    stream itself. PATCH takes JSON as a merge patch as well (RFC 7396).
    """
    extra = getattr(route, "openapi_extra", None) or {}
    types = set(extra.get("requestBody", {}).get("content", ()))
    if field := getattr(route, "body_field", None):
        types.add(field.field_info.media_type)
    if JSON in types and "PATCH" in route.methods:
        types.add(MERGE_PATCH)
    return frozenset(types)


def media_type(content_type: str | None) -> str:
    """The media type of a `Content-Type`, without its parameters; empty where there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def is_json(kind: str) -> bool:
    """Whether a media type is JSON by its own name or its suffix (RFC 6839)."""
    return kind == JSON or kind.endswith("+json")
