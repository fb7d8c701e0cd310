"""The refusals that belong to HTTP itself rather than to a rule."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.exceptions import HTTPException

from app.domain.errors import Fault


class ProtocolError(HTTPException):
    """Base: as a `DomainError`, with a status and headers of its own.

    It is an `HTTPException` because FastAPI lets only that pass unchanged through its reading of a body.
    """

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self, detail: str = "", *, errors: tuple[Fault, ...] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(self.status, detail, headers)
        self.problem_code = self.code
        self.errors = errors
        self.facts: dict[str, Any] = {}


class MalformedBody(ProtocolError):
    """The body cannot be parsed: not JSON (RFC 8259), not UTF-8, nested too deeply, or a broken form."""

    status, code, title = HTTPStatus.BAD_REQUEST, "malformed_body", "Malformed body"


class UnknownPath(ProtocolError):
    """The path leads to nothing in this version of the interface."""

    status, code, title = HTTPStatus.NOT_FOUND, "unknown_path", "Unknown path"


class MethodNotAllowed(ProtocolError):
    """The path exists and has no such method; `Allow` lists those that it has."""

    status, code, title = HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed"

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        super().__init__("This path has no such method.", headers={"Allow": ", ".join(sorted(allowed))})


class PayloadTooLarge(ProtocolError):
    """The body is larger than this path takes."""

    status, code, title = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large", "Payload too large"

    def __init__(self, limit: int | None = None) -> None:
        super().__init__(f"The body may have at most {limit} bytes." if limit else "")


class UnsupportedMediaType(ProtocolError):
    """The body is of a type that this operation does not take; `Accept` lists those that it does."""

    status, code, title = HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Unsupported media type"

    def __init__(self, accepted: Iterable[str] = ()) -> None:
        types = ", ".join(sorted(accepted))
        super().__init__(
            f"Send the body as {types}." if types else "",
            errors=(Fault("unsupported_media_type", "This type is not taken here.", header="Content-Type"),),
            headers={"Accept": types} if types else None,
        )


class PreconditionRequired(ProtocolError):
    """The change needs `If-Match` with the version that it was decided on."""

    status, code, title = HTTPStatus.PRECONDITION_REQUIRED, "precondition_required", "Precondition required"

    def __init__(self, detail: str = "Send If-Match with the ETag of the version that you read.") -> None:
        super().__init__(detail, errors=(Fault("missing", "This header is required here.", header="If-Match"),))


class RateLimited(ProtocolError):
    """Too many requests in the time allowed; `Retry-After` says when to come back, in seconds."""

    status, code, title = HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", "Too many requests"

    def __init__(self, retry_after: int = 1, headers: Mapping[str, str] | None = None) -> None:
        detail = f"Try again in {retry_after} seconds."
        super().__init__(detail, headers={"Retry-After": str(retry_after), **(headers or {})})


class Unexpected(ProtocolError):
    """A fault of ours. The log knows more under the request id."""

    status, code, title = HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "Internal error"


class Unavailable(ProtocolError):
    """The service cannot answer just now; the same request may succeed later."""

    status, code, title = HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Temporarily unavailable"

    def __init__(self, retry_after: int = 5, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__("Try again shortly.", errors=faults, headers={"Retry-After": str(retry_after)})
