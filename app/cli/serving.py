"""Running the service in this process, or in several."""

import os
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import uvicorn

from app import logs
from app.cli.context import reachable, settings
from app.cli.work import run
from app.db.connect import runtime_url
from app.db.session import Database
from app.main import served_app
from app.settings import Settings

# A worker that is still importing on a busy machine is not a dead one.
PATIENCE = 60


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
) -> None:
    """Serve the API. The embedded database, where there is no other, runs as long as the service."""
    with reachable(settings()) as found:
        run(ensure_safe(found))
        listen(found, host, port, workers)


async def ensure_safe(found: Settings) -> None:
    """Refuse, in one sentence, a database role that could step over row security; the service itself would too."""
    database = Database(runtime_url(found), pool_size=1)
    try:
        await database.ensure_safe()
    finally:
        await database.close()


def at_once() -> None:
    """Nothing is waited for."""


def listen(found: Settings, host: str, port: int, workers: int = 1, *, when: Callable[[], None] = at_once) -> None:
    """Serve until stopped. Several processes read the settings anew: what this one found goes into the environment.

    Args:
        when: waits for what is to be there first, while one process makes itself ready.
    """
    logs.configure(found.log_level)
    if workers == 1:
        app = served_app(found)
        when()
        uvicorn.run(app, host=host, port=port, log_config=None)
        return
    if found.database_url is not None:
        os.environ["APQA_DATABASE_URL"] = found.database_url.get_secret_value()
    with TemporaryDirectory() as folder:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        uvicorn.run(
            "app.cli.worker:app",
            host=host,
            port=port,
            workers=workers,
            log_config=None,
            timeout_worker_healthcheck=PATIENCE,
        )
