"""Running the service in this process, or in several: `python -m app.cli.server HOST PORT WORKERS`."""

import gc
import os
import sys
from collections.abc import Callable
from tempfile import TemporaryDirectory

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


def main(host: str, port: int, workers: int) -> None:
    """What `apqa serve` becomes."""
    try:
        with reachable(settings()) as found:
            run(ensure_safe(found))
            listen(found, host, port, workers)
    finally:
        gc.freeze()  # as in `app.cli.main`


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


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
