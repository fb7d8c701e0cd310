"""Commands that bring the register to a newer extract of Get Information about Schools."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.context import fail
from app.cli.printing import console, problems
from app.cli.work import opened, run
from app.db import gias
from app.db.base import today
from app.domain.access import Caller
from app.integrations.download import downloaded
from app.integrations.gias import extract_on_from_name, read_establishments, read_links

app = typer.Typer(help="The register of establishments (GIAS).", no_args_is_help=True)

Source = Annotated[str, typer.Argument(metavar="FILE|URL", help="A file, or the https address of one.")]
ExtractOn = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The day of the extract; from the name if absent, else today."),
]
Force = Annotated[bool, typer.Option("--force", help="Take it though it is older, or much smaller, than the last.")]


@app.command("import")
def import_(source: Source, extract_on: ExtractOn = None, force: Force = False) -> None:
    """Import an edubasealldata file: all of it, or nothing where any line is wrong."""
    on = extract_on.date() if extract_on else extract_on_from_name(source)
    if on is None:
        on = today()
        told = f"The name does not tell the day of the extract: taken to be {on}. --extract-on tells another."
        problems.print(told, soft_wrap=True)

    async def work() -> gias.ImportResult:
        async with _opened(source) as file, opened() as (_, database):
            with _watched(file) as on_progress:
                async with database.session_for(Caller.system("gias")) as session:
                    rows = read_establishments(file)
                    return await gias.import_extract(session, rows, extract_on=on, force=force, on_progress=on_progress)

    _report(f"The register is at the extract of {on}", run(work()))


@app.command("links")
def links(source: Source, force: Force = False) -> None:
    """Import a links_edubasealldata file: predecessors and successors."""

    async def work() -> gias.ImportResult:
        async with _opened(source) as file, opened() as (_, database):
            with _watched(file) as on_progress:
                async with database.session_for(Caller.system("gias")) as session:
                    return await gias.import_links(session, read_links(file), force=force, on_progress=on_progress)

    _report("The links are imported", run(work()))


@asynccontextmanager
async def _opened(source: str) -> AsyncIterator[IO[bytes]]:
    """The file, or what is at the address."""
    if "://" in source:
        async with downloaded(source) as file:
            yield file
        return
    with _file(source) as file:
        yield file


def _file(name: str) -> IO[bytes]:
    try:
        return Path(name).open("rb")
    except OSError as error:
        fail(f"{name}: {error.strerror}")


@contextmanager
def _watched(file: IO[bytes]) -> Iterator[Callable[[int], None]]:
    """A progress bar over the bytes of a file, which counts rows."""
    shown = Progress(
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
        console=problems,
    )
    with shown:
        task = shown.add_task("", total=os.fstat(file.fileno()).st_size, rows=0)
        yield lambda rows: shown.update(task, completed=file.tell(), rows=rows)
        shown.update(task, completed=file.tell())


def _report(what: str, result: gias.ImportResult) -> None:
    told = f"{result.rows:,} rows, {result.added:,} added, {result.changed:,} changed, {result.vanished:,} vanished"
    console.print(f"{what}: {told}.", highlight=False, soft_wrap=True)
