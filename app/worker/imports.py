"""How a file of placements is recorded: a few rows in each transaction, so that it goes on where it stopped."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from uuid import UUID

from app.db import batches, imports
from app.db.base import now, today
from app.db.desk import Recorded, Told
from app.db.imports import Import, ImportFault
from app.db.session import Database
from app.db.threshold import Clock
from app.domain.access import Caller
from app.domain.errors import Fault, Forbidden, Invalid
from app.domain.placement_files import Line, opened
from app.errors import is_passing, read, refusal_of
from app.logs import Log
from app.shapes.batches import told
from app.shapes.placements import PlacementCreate

ROWS_TOGETHER = 500

Progress = Callable[[int, int], None]
log = Log("app.worker")


def unwatched(_done: int, _of: int) -> None:
    """Where nobody watches the progress."""


async def record_next(database: Database, *, session_minutes: int) -> bool:
    """Record the oldest import that is waiting; whether there was one."""
    waiting = await imports.next_open(database)
    if waiting is None:
        return False
    try:
        await record(database, waiting, session_minutes=session_minutes)
    except Forbidden as refusal:
        await imports.give_up(database, waiting, refusal.problem_code)
    except Exception as error:
        if is_passing(error):
            raise
        # A fault of ours would meet this file again and again, and hold up all others.
        log.exception("import_failed", import_id=str(waiting))
        await imports.give_up(database, waiting, "internal_error")
    return True


async def record(
    database: Database, import_id: UUID, *, session_minutes: int, on_progress: Progress = unwatched
) -> None:
    """Record the rows that are still to be recorded, as whoever posted them.

    A row tells of the same placement each time, by its own id or by its pupil, provider and first day, so nothing is
    doubled. Where somebody else is at the same import, it is left to them.

    Args:
        on_progress: told how many rows, of how many, are done.

    Raises:
        Forbidden: who posted it may no longer do so.
    """
    caller = await imports.caller_for(database, import_id)
    async with database.session_for(caller, readonly=True) as session:
        row = await imports.get(session, import_id)
        content = await imports.file_of(session, import_id)
    if content is None:
        return
    lines = islice(opened(content).lines(), row.position, None)
    for position in range(row.position, max(row.rows, 1), ROWS_TOGETHER):
        some = list(islice(lines, ROWS_TOGETHER))
        if not await _some(database, caller, import_id, some, position, session_minutes):
            return
        on_progress(position + len(some), row.rows)


async def _some(
    database: Database, caller: Caller, import_id: UUID, lines: Sequence[Line], position: int, session_minutes: int
) -> bool:
    """Record some rows and how far the import has come, both or neither; False where it is not ours to go on."""
    at = now()
    async with database.session_for(caller) as session:
        row = await imports.held(session, import_id, position=position)
        if row is None:
            return False
        items = [_item(line, row.source) for line in lines]
        outcomes = await batches.record(session, items, clock=Clock(at, today(at), session_minutes))
        faults = [fault for line, each in zip(lines, outcomes, strict=True) for fault in _counted(row, line, each)]
        await imports.note(session, row, faults)
        row.status, row.position = "running", position + len(lines)
        if row.position >= row.rows:
            await imports.close(session, row)
    return True


def _item(line: Line, source: str) -> Told | Invalid:
    """A row as an item of a batch. What has no id of its own has a source all the same: it is found again by it."""
    if line.faults:
        return Invalid("The row cannot be read.", errors=line.faults)
    sourced = {"source": source} if "external_id" in line.said else {}
    item = told(read(PlacementCreate, {**line.said, **sourced}))
    return item if isinstance(item, Invalid) else replace(item, said={**item.said, "source": source})


def _counted(row: Import, line: Line, outcome: Recorded | batches.Refusal) -> list[ImportFault]:
    """Count what became of a row; what is wrong with it, if anything is."""
    if isinstance(outcome, Recorded):
        what = "created" if outcome.created else "updated" if outcome.changed else "unchanged"
        setattr(row, what, getattr(row, what) + 1)
        return []
    row.failed += 1
    refusal = refusal_of(outcome)
    faults = refusal.errors or (Fault(refusal.problem_code, refusal.detail),)
    return [
        ImportFault(
            import_id=row.id,
            organisation_id=row.organisation_id,
            row_number=line.number,
            external_id=line.external_id,
            code=fault.code,
            pointer=fault.pointer,
            header=line.header_of(fault.pointer),
            detail=fault.detail,
        )
        for fault in faults
    ]
