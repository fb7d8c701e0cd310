"""Which media types an operation takes as its body, by its own declaration."""

from typing import Any

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


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


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON by its own name or its suffix (RFC 6839)."""
    return media_type == JSON or media_type.endswith("+json")
