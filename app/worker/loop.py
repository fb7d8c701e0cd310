"""The loop by which each process does the work that nobody waits for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from app.db import decisions, idempotency, jobs, planning, sweeps
from app.db.base import now, today
from app.db.connect import runtime_url
from app.db.session import Database
from app.db.waiting import Bell
from app.domain.access import Caller
from app.integrations.scanning import Scanner
from app.integrations.storage import contents
from app.logs import Log
from app.settings import Settings
from app.worker import evidence, imports

PAUSE = 1.0
SOON = 0.2  # somebody waits for an import or a sweep
LONGEST_PAUSE = 60.0
CONNECTIONS = 4  # an import, a sweep, a job and the turn that it holds

log = Log("app.worker")


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be done every so often, by one process of all."""

    name: str
    every: timedelta
    work: Callable[[Database], Awaitable[object]]


class Worker:
    """Takes what waits in the database, and does the jobs that are due. It keeps nothing that a crash could lose."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.jobs: list[Job] = []
        self.every(1, "purge", purge)
        self.every(1, "decisions", take_effect)
        kept = contents(settings)
        self.every(1, "orphans", partial(evidence.remove_orphans, contents=kept))
        if settings.clamd:
            scanner = Scanner(settings.clamd)
            self.every(1, "scan", partial(evidence.scan_the_unscanned, contents=kept, scanner=scanner))
        if settings.sweep_every_hours:
            self.every(settings.sweep_every_hours, "sweep", sweep)

    def every(self, hours: float, name: str, work: Callable[[Database], Awaitable[object]]) -> None:
        """Do some work every so many hours. It must be safe to do again: a process may die in the middle."""
        self.jobs.append(Job(name, timedelta(hours=hours), work))

    async def once(self) -> None:
        """Do one import and one sweep, if they wait, and every job that is due."""
        await self.next_import()
        await self.next_sweep()
        await self.due_jobs()

    async def next_import(self) -> bool:
        """Record the import that has waited longest; whether there was one."""
        return await imports.record_next(self.database, session_minutes=self.settings.session_minutes)

    async def next_sweep(self) -> bool:
        """Make the sweep that has waited longest; whether there was one."""
        return await sweeps.make_next(self.database)

    async def due_jobs(self) -> bool:
        """Do every job that is due and that no other process is at; never more to do at once."""
        for job in self.jobs:
            async with jobs.turn(self.database, job.name, every=job.every) as ours:
                if ours:
                    await job.work(self.database)
        return False

    async def run(self) -> None:
        """Go on until cancelled: what is in hand is rolled back, and taken up again by whoever comes next."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_repeat(self.next_import, SOON))
            group.create_task(_repeat(self.next_sweep, SOON))
            group.create_task(_repeat(self.due_jobs, PAUSE))


async def _repeat(step: Callable[[], Awaitable[bool]], idle: float) -> None:
    """A step again and again, with a pause where there was nothing to do, and ever longer ones where it fails.

    What this process itself is told to do ends a pause: only what others were told has to be looked for.
    """
    pause, bell = PAUSE, Bell()
    while True:
        try:
            if not await step():
                await bell.wait(idle)
            pause = PAUSE
        except Exception:  # the database may be away: whatever it is, the next turn may go well
            log.exception("worker_step_failed", retry_after_s=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


async def purge(database: Database) -> None:
    """Forget what is past its keeping."""
    async with database.session_for(Caller.system("purge")) as session:
        await idempotency.purge(session)
        await planning.purge(session)


async def take_effect(database: Database) -> None:
    """See that decisions whose day has come are told of their providers."""
    await decisions.take_effect(database, at=now())


async def sweep(database: Database) -> None:
    """Check every provider as of today."""
    await sweeps.sweep(database, Caller.system("sweep"), on=today())


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Worker]:
    """A worker at work beside the requests of this process, on connections of its own."""
    database = Database(runtime_url(settings), pool_size=CONNECTIONS)
    worker = Worker(database, settings)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.close()
