"""The command that serves."""

import os
import sys
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
) -> None:
    """Serve the API. The embedded database, where there is no other, runs as long as the service."""
    # In the place of this process: what reads commands, three megabytes, has no use any more.
    command = [sys.executable, "-P", "-m", "app.cli.server", host, str(port), str(workers)]
    os.execv(sys.executable, command)  # noqa: S606 - ours
