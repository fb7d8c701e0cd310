"""The command that shows the service: an embedded database, a county of invented people, a curl line for each role."""

from typing import Annotated

import typer
from rich.progress import Progress

from app.cli.access import developer_token
from app.cli.context import console, reachable, run, settings
from app.cli.serving import listen
from app.db.base import now, today
from app.db.connect import runtime_url
from app.db.prepare import prepare
from app.db.session import Database
from app.demo.county import county
from app.demo.load import load
from app.demo.tour import Stop, stops
from app.settings import Settings


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Start everything: database, migrations, demo county, service. Prints the docs address and curl lines to paste."""
    told = settings().model_copy(update={"dev_issuer": True, "public_url": f"http://{host}:{port}"})
    with reachable(told) as found:
        run(prepare(found))
        for stop in run(_stock(found)):
            console.print(f"\n[bold]{stop.who}[/bold]: {stop.asks}")
            typer.echo(stop.curl)
        console.print(f"\n[bold]Docs[/bold] {found.public_url}/docs   (stop with Ctrl-C)\n")
        listen(found, host, port)


async def _stock(found: Settings) -> list[Stop]:
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
