"""The command that checks providers against the registration thresholds."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from app.cli.printing import console
from app.cli.work import opened, run
from app.db import census, sweeps
from app.db.base import today
from app.domain.access import Caller
from app.domain.registration import Result


def check(
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today if absent.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List every provider, not only those that call for action.")
    ] = False,
) -> None:
    """Check every provider against the registration thresholds, and keep the results as a sweep."""
    on = as_of.date() if as_of else today()

    async def work() -> list[census.Line]:
        async with opened() as (_, database):
            return await sweeps.sweep(database, Caller.system("check"), on=on)

    lines = run(work())
    table = Table("provider", "result", "full time", "as of", title=f"{len(lines)} providers on {on.isoformat()}")
    for line in lines:
        if every or line.overall in (Result.THRESHOLD_MET, Result.LIMIT_EXCEEDED, Result.AT_RISK):
            table.add_row(line.name, line.overall.value, str(line.full_time_pupils), on.isoformat())
    console.print(table)
