"""What a handler may ask for: the caller, a session, the time, an expected version, a permission."""

# Every dependency is asynchronous: one that is not would be run in a thread, and cost more than what it does.

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import base, idempotency, identity
from app.db.base import EVERY_VERSION, Versions
from app.db.positions import Positions
from app.db.reading import Reading
from app.db.session import Database
from app.domain.access import Caller, Permission
from app.domain.errors import Unauthenticated
from app.errors import PreconditionRequired
from app.integrations.intake import Intake
from app.integrations.keys import SigningKeys
from app.integrations.scanning import Scanner
from app.integrations.sign_in import TokenVerifier
from app.integrations.storage import contents
from app.limits import Limiter
from app.matching import matched_route
from app.settings import Settings
from app.shapes.strict import Flag


class Services:
    """What one process holds for its requests: made at start, kept in `app.state.services`."""

    def __init__(self, settings: Settings, database: Database, keys: SigningKeys, verifier: TokenVerifier) -> None:
        self.settings = settings
        self.database = database
        self.keys = keys
        self.verifier = verifier
        self.limiter = Limiter(settings)
        self.positions = Positions()
        self.contents = contents(settings)
        self.intake = Intake(Scanner(settings.clamd))
        self.clock = base.now  # what handlers go by; whether a token still holds is another matter


async def services(request: Request) -> Services:
    """The process's services."""
    return held(request)


def held(request: Request) -> Services:
    """The process's services, for what is no dependency or asks for nothing else."""
    found: Services = request.app.state.services
    return found


Services_ = Annotated[Services, Depends(services)]


async def settings(request: Request) -> Settings:
    """The settings."""
    return held(request).settings


Settings_ = Annotated[Settings, Depends(settings)]


async def now(request: Request) -> datetime:
    """The present instant."""
    return held(request).clock()


async def today(request: Request) -> date:
    """Today in England."""
    return base.today(held(request).clock())


Now = Annotated[datetime, Depends(now)]
Today = Annotated[date, Depends(today)]


async def identified(request: Request) -> Caller:
    """Who is asking, by the token and the memberships in the database; counted against what a client may ask.

    Raises:
        Unauthenticated: no token, or one with any flaw.
        Forbidden: no membership, or several and none chosen.
        RateLimited
    """
    services, headers = held(request), request.headers
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Sign in with a bearer token.")
    claims = await services.verifier.claims(token, at=base.now())
    caller = identity.choose(
        await identity.memberships(services.database, claims.issuer, claims.subject),
        issuer=claims.issuer,
        subject=claims.subject,
        token_organisation=claims.organisation_id,
        wanted=headers.get("acting-organisation"),
        scopes=claims.scopes if claims.issuer == services.settings.issuer else None,
    )
    request.scope.setdefault("state", {})["organisation_id"] = str(caller.organisation_id)
    services.limiter.spend(request, caller)
    return caller


async def current_caller(request: Request) -> Caller:
    """Who is asking, as the route has found out before anything else."""
    return caller_of(request)


def caller_of(request: Request) -> Caller:
    """Who is asking, for what is no dependency or asks for nothing else."""
    caller: Caller = request.scope["apqa.caller"]
    return caller


CallerDep = Annotated[Caller, Depends(current_caller)]


def requires(permission: Permission) -> Any:
    """In the `dependencies=` of a route: refuse (403) before a session is opened where the caller may not do this.

    It is the route itself that refuses, before it solves what its handler asks for.
    """

    async def declared() -> None:
        """Nothing is left to do."""

    declared.permission = permission  # type: ignore[attr-defined]
    return Depends(declared)


async def read_session(request: Request) -> AsyncIterator[AsyncSession]:
    """A READ ONLY transaction for the caller."""
    async with held(request).database.session_for(caller_of(request), readonly=True) as session:
        yield session


async def write_session(
    request: Request,
    dry_run: Annotated[
        Flag, Query(description="Check everything, answer as if it were done, and keep nothing.")
    ] = False,
) -> AsyncIterator[AsyncSession]:
    """A transaction for the caller: committed before the response leaves, kept in no part when anything fails.

    A POST with `Idempotency-Key` claims its key in the same transaction; a key already answered is replayed.
    """
    async with held(request).database.session_for(caller_of(request)) as session:
        session.info["request_id"] = request.scope.get("state", {}).get("request_id")
        session.info["acting_for"] = await _acting_for(request)
        request.scope["apqa.session"] = session
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is not None:
            request.scope["apqa.key"] = key
            await idempotency.claim(session, key, await _fingerprint(request))
        yield session
        if dry_run:
            await session.rollback()


async def _acting_for(request: Request) -> dict[str, str] | None:
    """As asserted in the body of a route that takes JSON, which FastAPI has parsed by now."""
    if matched_route(request.scope).body_field is None or "json" not in request.headers.get("content-type", ""):
        return None
    body = await request.json() if await request.body() else None
    asserted = body.get("acting_for") if isinstance(body, dict) else None
    return asserted if isinstance(asserted, dict) else None


async def _fingerprint(request: Request) -> str:
    content = request.scope.get("apqa.content")  # of a body that its route has read as a stream
    told = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    told += await request.body() if content is None else content
    return hashlib.sha256(told).hexdigest()


async def quick_reading(request: Request) -> Reading:
    """READ ONLY transactions for the caller, for selects that are compiled once."""
    return held(request).database.readers.for_caller(caller_of(request))


QuickReading = Annotated[Reading, Depends(quick_reading)]
ReadSession = Annotated[AsyncSession, Depends(read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(write_session, scope="function")]


async def _idempotency_key(
    _key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=255,
            pattern=r"^[\x20-\x7e]+$",
            description="Repeat a POST safely: its first answer is kept for 7 days and replayed.",
        ),
    ] = None,
) -> None:
    """Declares the header; `write_session` honours it."""


KEYED = Depends(_idempotency_key)


_ETAG = re.compile(r'(W/)?"([^"]*)"')


def versions_of(if_match: str | None) -> Versions:
    """The versions named by `If-Match` (RFC 9110, 13.1.1): by one ETag or several, or by `*`, every one.

    A weak ETag matches nothing there (8.8.3.2).

    Raises:
        PreconditionRequired: no `If-Match`.
    """
    if if_match is None:
        raise PreconditionRequired("Send the ETag that you last saw in If-Match.")
    text = if_match.strip()
    if text == "*":
        return EVERY_VERSION
    # Who forgets the quotes is understood all the same.
    tags = [tag for weak, tag in _ETAG.findall(text) if not weak] if '"' in text else [text]
    return frozenset(map(_version, tags))


def _version(tag: str) -> int:
    """The version that one of our ETags names; 0, which no row has, where it is none of ours."""
    # What follows a dot tells one reader's view of a version from another's (a visit with its notes).
    text = tag.partition(".")[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def expected_version(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", max_length=255, description="The ETag of the version that the change is based on."),
    ] = None,
) -> Versions:
    """The versions that a change may be based on, by `versions_of`."""
    return versions_of(if_match)


ExpectedVersion = Annotated[Versions, Depends(expected_version)]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows on a page.")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")]
