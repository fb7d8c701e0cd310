"""The command that shows the service: an embedded database, a county of invented people, a curl line for each role."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Start everything: database, migrations, demo county, service. Prints the docs address and curl lines to paste."""
    with _stocking(f"http://{host}:{port}") as stocker:
        # Imported while the other process begins, each when it is needed: first the server, then the whole service.
        from app.cli.context import reachable, settings  # noqa: PLC0415

        def stocked() -> None:
            if code := stocker.wait():
                raise typer.Exit(code)

        with reachable(settings()) as found:
            assert stocker.stdin
            assert found.database_url
            stocker.stdin.write(f"{found.database_url.get_secret_value()}\n")
            stocker.stdin.flush()
            from app.cli.server import listen  # noqa: PLC0415

            listen(found, host, port, when=stocked)


@contextmanager
def _stocking(public_url: str) -> Iterator[subprocess.Popen[str]]:
    """The process that prepares the database and records the county: beside this one, for there are two cores.

    It is told the database's address by its standard input, as soon as there is one; until then it imports what it
    needs. What it keeps in memory goes with it.
    """
    os.environ |= {"APQA_DEV_ISSUER": "true", "APQA_PUBLIC_URL": public_url}
    command = [sys.executable, "-P", "-m", "app.cli.stocking"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
