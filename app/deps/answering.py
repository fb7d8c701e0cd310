"""What every route owes: who asks and may they, no parameter passed over, an ETag, 304, replay."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from app.db import idempotency
from app.deps.asking import identified
from app.domain.access import Caller, Permission
from app.domain.errors import Forbidden
from app.query import declared, refuse_unknown


def etag(version: int) -> dict[str, str]:
    """The ETag of a mutable root, as a header."""
    return {"ETag": f'"{version}"'}


def tag(response: Response, row: Any, view: str | None = None) -> None:
    """Set the ETag of a mutable root.

    Args:
        view: what tells apart answers about one version of the root, where they hold more than the root.
    """
    response.headers["ETag"] = f'"{row.version}.{view}"' if view else f'"{row.version}"'


def made(response: Response, new: bool) -> None:
    """Answer a PUT with 201 where what it names is new, with 200 where it was known."""
    response.status_code = 201 if new else 200


# For `responses=` of a GET whose answer has an ETag, and for `openapi_extra=` of what needs no token.
KNOWN: dict[int | str, dict[str, Any]] = {304: {"description": "What you have, by If-None-Match, is current."}}
OPEN: dict[str, Any] = {"security": []}


class Route(APIRoute):
    """A route that owes what every route owes: who asks, may they, no parameter passed over, 304, replay.

    Who asks and whether they may is found out before anything that the handler asks for is solved, and not as one of
    its dependencies: FastAPI solves a tree of them anew for each request, and every handler would ask for this one. The
    rest runs inside the function scope of the session's dependency, so a kept answer is committed with its effect.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        asked = list(options.get("dependencies") or ())
        self.permissions = [each.dependency.permission for each in asked if hasattr(each.dependency, "permission")]
        options["dependencies"] = [each for each in asked if not hasattr(each.dependency, "permission")]
        self.is_open = (options.get("openapi_extra") or {}).get("security") == []
        # What a request is matched by. The rest is a good part of what a process holds, and most of it is never asked.
        self.path, self.endpoint, self.methods = path, endpoint, set(options["methods"])
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self._declared = path, endpoint, options

    def __getattr__(self, name: str) -> Any:
        """What FastAPI makes of the declaration: made when it is asked for first, by a request or for the contract."""
        declared = self.__dict__.pop("_declared", None)
        if declared is None:
            raise AttributeError(name)
        path, endpoint, options = declared
        super().__init__(path, endpoint, **options)
        return getattr(self, name)

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler with that frame around it."""
        handler = super().get_route_handler()
        known = declared(self.dependant)

        async def handle(request: Request) -> Response:
            if not self.is_open:
                request.scope["apqa.caller"] = ensure_may(await identified(request), self.permissions)
            refuse_unknown(request.scope["query_string"], known)
            response: Response = await handler(request)
            key = request.scope.get("apqa.key")
            if key is not None:
                kept = {
                    name: response.headers[name]
                    for name in ("content-type", "etag", "location")
                    if name in response.headers
                }
                await idempotency.keep(
                    request.scope["apqa.session"], key, response.status_code, kept, bytes(response.body)
                )
            return _unless_known(request, response)

        return handle


def ensure_may(caller: Caller, permissions: Sequence[Permission]) -> Caller:
    """The caller, with leave for every one of the permissions.

    Raises:
        Forbidden: `permission_required`.
    """
    for permission in permissions:
        if not caller.may(permission):
            raise Forbidden(f"This needs the permission {permission.value}.", code="permission_required")
    return caller


def _unless_known(request: Request, response: Response) -> Response:
    etag = response.headers.get("etag")
    known = request.headers.get("if-none-match")
    if request.method != "GET" or etag is None or known is None:
        return response
    if etag not in (each.strip().removeprefix("W/") for each in known.split(",")) and known.strip() != "*":
        return response
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "no-store"})


def replayed(_: Request, replay: Exception) -> Response:
    """The first answer to a key, again."""
    answer = cast(idempotency.Replay, replay).answer
    return Response(answer.body, answer.status, answer.headers | {"Idempotency-Replayed": "true"})
