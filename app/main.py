"""The application: its lifespan, its routers, its error table."""

import gc
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from fastapi import FastAPI

from app import contract, docs, errors, middleware
from app.db.connect import runtime_url
from app.db.idempotency import Replay
from app.db.session import Database
from app.deps import Services, replayed
from app.domain.access import Permission
from app.integrations.keys import SigningKeys
from app.integrations.sign_in import TokenVerifier
from app.integrations.tokens import Issuer
from app.routers import ROUTERS
from app.settings import Settings
from app.worker.loop import working

if TYPE_CHECKING:
    from app.integrations.oidc import OidcKeys

SCOPES = {each.value: each.value.replace(":", ", ") for each in Permission}


def create_app(settings: Settings) -> FastAPI:
    """The service with these settings; it signs in to the database when it starts, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(runtime_url(settings), pool_size=settings.pool_size)
        try:
            async with _foreign(settings) as foreign:
                await database.ensure_safe()
                app.state.services = services(settings, database, foreign)
                async with working(settings) if settings.worker else nullcontext():
                    yield
        finally:
            await database.close()

    app = _bare(lifespan)
    for router in ROUTERS:
        # Their paths are whole. `include_router` would make of each route another one, for each application.
        app.router.routes.extend(router.routes)
    errors.install(app)
    middleware.install(app)
    docs.install(app)
    app.add_exception_handler(Replay, replayed)
    contract.install(app, public_url=settings.public_url, scopes=SCOPES)
    return app


def served_app(settings: Settings) -> FastAPI:
    """The service of a process that does nothing else: what is there at its start stays, and is not looked at again."""
    app = create_app(settings)
    gc.collect()
    gc.freeze()
    # A page of a list is thousands of objects that go as they came: looking at them costs a tenth of it.
    gc.set_threshold(20_000, 10, 10)
    return app


def _bare(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> FastAPI:
    """The application with its title and none of its routes. Its own addresses for documents are not FastAPI's."""
    return FastAPI(
        title="AP-QA",
        summary="Quality assurance of alternative provision in English education",
        version=contract.VERSION,
        openapi_tags=contract.TAGS,
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"logs": False},
    )


@asynccontextmanager
async def _foreign(settings: Settings) -> "AsyncIterator[Iterable[OidcKeys]]":
    """The keys of foreign issuers. Where there are none, what would fetch them is not imported."""
    if not settings.oidc_issuers:
        yield ()
        return
    from app.integrations.oidc import keys_of  # noqa: PLC0415 - five megabytes, with TLS and its certificates

    async with keys_of(each.model_dump() for each in settings.oidc_issuers) as keys:
        yield keys


def services(settings: Settings, database: Database, foreign: "Iterable[OidcKeys]") -> Services:
    """What the process holds for its requests."""
    keys = SigningKeys.told(settings)
    own = Issuer(name=settings.issuer, audience=settings.audience, keys=keys.verifying(), own=True)
    return Services(settings, database, keys, TokenVerifier(own, foreign))
