"""What `apqa demo` starts beside itself: prepares the database, records the county, prints the steps of a tour."""

import gc
import sys

import typer
from pydantic import SecretStr
from rich.progress import Progress

from app.cli.access import developer_token
from app.cli.context import settings
from app.cli.printing import console
from app.cli.work import run
from app.db.base import now, today
from app.db.connect import runtime_url
from app.db.prepare import prepare
from app.db.session import Database
from app.demo.county import county
from app.demo.load import load
from app.demo.tour import Stop, stops
from app.settings import Settings


def stock() -> None:
    """Do so with the database whose address is the first line of standard input."""
    address = sys.stdin.readline().strip()
    if not address:  # who asked has ended
        raise typer.Exit(1)
    found = settings().model_copy(update={"database_url": SecretStr(address)})
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    run(prepare(found))
    for stop in run(_stocked(found)):
        console.print(f"\n[bold]{stop.who}[/bold]: {stop.asks}")
        typer.echo(stop.curl)
    console.print(f"\n[bold]Docs[/bold] {found.public_url}/docs   (stop with Ctrl-C)\n")
    gc.freeze()  # as in `app.cli.main`


async def _stocked(found: Settings) -> list[Stop]:
    """Record the county where it is not there yet; the first steps of a tour for each kind of user."""
    database = Database(runtime_url(found), pool_size=2)
    try:
        await database.ensure_safe()
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("demo county", total=None)
            await load(
                database,
                county(today()),
                at=now(),
                session_minutes=found.session_minutes,
                on_progress=lambda done, of: progress.update(task, completed=done, total=of),
            )

        async def token(ref: str) -> str:
            return await developer_token(found, database, ref, minutes=720)

        return await stops(database, token, found.public_url)
    finally:
        await database.close()


if __name__ == "__main__":
    typer.run(stock)
