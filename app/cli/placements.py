"""The command that records a file of placements for an organisation, as the service does with one that is posted."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from app.cli.context import fail
from app.cli.printing import console, problems
from app.cli.work import opened, run
from app.db import imports, organisations
from app.db.imports import Import
from app.db.session import Database
from app.domain import placement_files
from app.domain.access import Caller, Permission
from app.domain.errors import Forbidden
from app.reports.import_faults import faults_csv
from app.shapes.words import Source
from app.worker.imports import record

app = typer.Typer(help="Placements.", no_args_is_help=True)

_ELSEWHERE = 0.5  # seconds between looks, where the service's own worker has taken the file up


@app.callback()
def placements() -> None:
    """Placements."""


@dataclass(frozen=True, slots=True)
class Done:
    """An import that has come to its end, and the file of its faults."""

    row: Import
    faults: str


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")],
    source: Annotated[str, typer.Option(help="The system that the file comes from, such as sims.")],
    organisation: Annotated[str, typer.Option(help="Slug or id of the organisation that commissions them.")],
) -> None:
    """Record a file of placements. What is wrong with which row goes to FILE.errors.csv, and the exit code is 1."""
    content = file.read_bytes()
    done = run(_import(content, _source(source), organisation))
    row = done.row
    for warning in row.warnings:
        problems.print(warning["detail"], highlight=False, soft_wrap=True, markup=False)
    told = (
        f"{row.rows} rows: {row.created} created, {row.updated} updated, {row.unchanged} unchanged, {row.failed} failed"
    )
    console.print(f"{told}.", highlight=False, soft_wrap=True)
    if row.refusal:
        fail(f"the import could not be finished: {row.refusal}")
    if row.failed:
        errors = file.with_name(f"{file.name}.errors.csv")
        errors.write_text(done.faults, encoding="utf-8", newline="")
        fail(f"{row.failed} rows are refused: see {errors}")


def _source(text: str) -> str:
    try:
        return TypeAdapter[str](Source).validate_python(text)
    except ValidationError:
        fail("--source is a word of lower-case letters, digits, - and _")


async def _import(content: bytes, source: str, organisation: str) -> Done:
    async with opened() as (settings, database):
        file = placement_files.opened(content)
        async with database.session_for(Caller.system("operator")) as session:
            caller = await imports.operator(session, await organisations.by_ref(session, organisation))
        if not caller.may(Permission.PLACEMENTS_WRITE):
            raise Forbidden("This organisation does not commission placements.")
        async with database.session_for(caller) as session:
            row = await imports.receive(session, source, content, rows=file.count(), warnings=file.warnings)
        await _finish(database, caller, row.id, settings.session_minutes)
        async with database.session_for(caller, readonly=True) as session:
            return Done(await imports.get(session, row.id), faults_csv(await imports.faults_of(session, row.id)))


async def _finish(database: Database, caller: Caller, import_id: UUID, session_minutes: int) -> None:
    """Record the file, beside a worker of the service if that is quicker to it."""
    with _watched() as on_progress:
        while await _is_open(database, caller, import_id):
            await record(database, import_id, session_minutes=session_minutes, on_progress=on_progress)
            if await _is_open(database, caller, import_id):
                await asyncio.sleep(_ELSEWHERE)


async def _is_open(database: Database, caller: Caller, import_id: UUID) -> bool:
    async with database.session_for(caller, readonly=True) as session:
        return (await imports.get(session, import_id)).status in imports.OPEN


@contextmanager
def _watched() -> Iterator[Callable[[int, int], None]]:
    """A progress bar over the rows of a file."""
    with Progress(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=problems) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
