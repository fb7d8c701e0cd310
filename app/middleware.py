"""What every request passes through before and after its handler."""

import json
import re
import secrets
import time
from collections.abc import Mapping, MutableMapping
from typing import Any, NoReturn

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs
from app.domain.evidence import MOST_BYTES
from app.errors import MalformedBody, PayloadTooLarge, Unexpected, UnsupportedMediaType, response_to
from app.matching import accepted_types, is_json, matched_route, media_type
from app.metrics import REQUESTS

MIB = 1024 * 1024
BODY_LIMIT = MIB
BATCH_LIMIT = 5 * MIB
IMPORT_LIMIT = 64 * MIB
FORM_LIMIT = MOST_BYTES + 64 * 1024  # what a form adds to a file

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context, 3.2
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
DEFAULT_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

log = logs.Log("app.access")


def install(app: FastAPI) -> None:
    """Put every request of the app through `Envelope` and, within it, `BodyGate`."""
    app.add_middleware(BodyGate)
    app.add_middleware(Envelope)


class Envelope:
    """Gives each request its id, each answer its headers, each fault its 500, and tells log and metrics about it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status: int | None = None  # stays None where the client went away first

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(message["headers"], scope["state"])
            await send(message)

        with logs.bound(**_identify(scope)):
            try:
                await self.app(scope, receive, send_with_headers)
            except Exception as exc:  # nothing may reach the server's own log
                log.error("unexpected_error", exc_info=exc)
                if status is None:
                    await response_to(Unexpected(), scope)(scope, receive, send_with_headers)
            finally:
                _account(scope, status, time.perf_counter() - started)


def _identify(scope: Scope) -> dict[str, str]:
    """Put the request's id, and a valid `traceparent`, into its state; give what every log line should carry."""
    headers = Headers(scope=scope)
    state: MutableMapping[str, Any] = scope.setdefault("state", {})
    asked = headers.get("X-Request-Id", "")
    state["request_id"] = asked if REQUEST_ID.fullmatch(asked) else secrets.token_hex(16)
    state["traceparent"] = None
    known = {"request_id": state["request_id"]}
    if trace := TRACEPARENT.fullmatch(headers.get("traceparent", "")):
        state["traceparent"] = trace[0]
        known["trace_id"] = trace[1]
    return known


def _complete(headers: list[tuple[bytes, bytes]], state: Mapping[str, Any]) -> None:
    """Add what every answer carries. `state["rate_limit"]` is `(policy, quota a minute, left, seconds to reset)`."""
    told = {name for name, _ in headers}
    headers.append((b"x-request-id", state["request_id"].encode()))
    if limit := state.get("rate_limit"):
        policy, quota, left, reset = limit
        headers.append((b"ratelimit-policy", f'"{policy}";q={quota};w=60'.encode()))
        headers.append((b"ratelimit", f'"{policy}";r={left};t={reset}'.encode()))
    headers += [header for header in DEFAULT_HEADERS if header[0] not in told]


def _account(scope: Scope, status: int | None, seconds: float) -> None:
    """One line and one observation: the template of the route, never its parameters, its query or a body."""
    route = getattr(matched_route(scope), "path_format", "other" if "endpoint" in scope else "unmatched")
    method = scope["method"] if scope["method"] in METHODS else "other"
    status_class = f"{status // 100}xx" if status else "aborted"
    REQUESTS.labels(route, method, status_class).observe(seconds)
    state = scope["state"]
    told = {key: str(state[key]) for key in ("organisation_id", "client_id", "problem_code") if state.get(key)}
    logs.request(method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1), **told)


class BodyGate:
    """Lets a handler read only a body that its route declares: of its types, within its limit, and strictly JSON.

    It acts when the route first asks for the body, so a wrong path or method is told as such, unread.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = _GatedBody(scope, receive)
        await self.app(scope, receive, send)


class _GatedBody:
    __slots__ = ("limit", "read", "receive", "scope", "started")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.limit = body_limit(scope["path"])
        self.read = 0
        self.started = False

    async def __call__(self) -> Message:
        if self.started:
            return await self._next()
        self.started = True
        headers = Headers(scope=self.scope)
        if int(headers.get("Content-Length", 0)) > self.limit:
            raise PayloadTooLarge(self.limit)
        message = await self._next()
        while not message.get("body") and message.get("more_body"):
            message = await self._next()
        if not message.get("body"):
            return message
        kind = media_type(headers.get("Content-Type"))
        accepted = accepted_types(matched_route(self.scope))
        if accepted and kind not in accepted:
            raise UnsupportedMediaType(accepted)
        return await self._whole_json(message) if is_json(kind) else message

    async def _next(self) -> Message:
        message = await self.receive()
        self.read += len(message.get("body", b""))
        if self.read > self.limit:
            raise PayloadTooLarge(self.limit)
        return message

    async def _whole_json(self, message: Message) -> Message:
        chunks = [message.get("body", b"")]
        while message.get("more_body"):
            message = await self._next()
            chunks.append(message.get("body", b""))
        if message["type"] != "http.request":
            return message
        body = b"".join(chunks)
        refuse_other_json(body)
        return {"type": "http.request", "body": body, "more_body": False}


def body_limit(path: str) -> int:
    """The most bytes that a request to a path may carry."""
    if path.endswith("/batch"):
        return BATCH_LIMIT
    if path.startswith("/v1/evidence"):
        return FORM_LIMIT if path == "/v1/evidence" else MOST_BYTES
    return IMPORT_LIMIT if path.startswith("/v1/imports") else BODY_LIMIT


def refuse_other_json(body: bytes) -> None:
    """Refuse what Python's parser takes and RFC 8259 does not know: UTF-16 and UTF-32 (8.1), `NaN` and `Infinity`.

    Only a body that contains these letters is parsed here; FastAPI parses every other once, later.
    """
    if not json.detect_encoding(body).startswith("utf-8"):
        raise MalformedBody("JSON is sent in UTF-8 (RFC 8259, 8.1).")
    if b"NaN" in body or b"Infinity" in body:
        try:
            json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError) as exc:
            raise MalformedBody("The body is not JSON (RFC 8259).") from exc


def _no_number(_constant: str) -> NoReturn:
    raise ValueError
