"""The command that shows the service: an embedded database, a county of invented people, a curl line for each role."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from app.cli.context import reachable, settings
from app.settings import Settings


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Start everything: database, migrations, demo county, service. Prints the docs address and curl lines to paste."""
    told = settings().model_copy(update={"dev_issuer": True, "public_url": f"http://{host}:{port}"})
    with _stocking(told) as stocker, reachable(told) as found:
        assert stocker.stdin
        assert found.database_url
        stocker.stdin.write(f"{found.database_url.get_secret_value()}\n")
        stocker.stdin.flush()
        from app.cli.serving import listen  # noqa: PLC0415 - the whole service, while the county is recorded

        if code := stocker.wait():
            raise typer.Exit(code)
        listen(found, host, port)


@contextmanager
def _stocking(told: Settings) -> Iterator[subprocess.Popen[str]]:
    """The process that prepares the database and records the county: beside this one, for there are two cores.

    It is told the database's address by its standard input, as soon as there is one; until then it imports what it
    needs. What it keeps in memory goes with it.
    """
    environment = os.environ | {"APQA_DEV_ISSUER": "true", "APQA_PUBLIC_URL": told.public_url}
    command = [sys.executable, "-P", "-m", "app.cli.stocking"]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
