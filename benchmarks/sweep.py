"""The threshold engine over every provider, against the plain SQL that fetches what it reads; a process of its own."""

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from pydantic import SecretStr

from app.db import census, straight
from app.db.base import today
from app.db.connect import runtime_url
from app.db.session import Database
from app.domain.access import Caller
from app.settings import Settings
from benchmarks.variants import ROOT
from benchmarks.world import World

SECONDS = 300  # that one round of both may take
SYSTEM = Caller.system("benchmark")


def swept(world: World, rounds: int) -> dict[str, float]:
    """Both, one after the other, and the memory of the process that does nothing else."""
    asked = [sys.executable, "-m", "benchmarks.sweep", world.url, str(world.data_dir), str(rounds)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True, timeout=SECONDS * rounds)
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def measure(database: Database, rounds: int) -> dict[str, float]:
    """Interleave the engine with the plain SQL, both with the collector set as the service sets it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    plain, full = list[float](), list[float]()
    for _ in range(rounds):
        plain.append(await timed(lambda: inputs(database)))
        full.append(await timed(lambda: sweep(database)))
    await database.close()
    return {
        "sweep_s": median(full),
        "sweep_sql_s": median(plain),
        "sweep_over_sql": median(full) / median(plain),
        "sweep_peak_mb": peak_mb(),
    }


async def inputs(database: Database) -> None:
    """Fetch what the sweep reads, and do nothing with it."""
    async with database.session_for(SYSTEM, readonly=True) as session:
        for sql, values in ((census.DECLARATIONS, ()), (census.GROUPS, ()), (census.PROVIDERS, (today(),))):
            await straight.rows(session, sql, *values)
        async for _ in census.children(session, today()):
            pass


async def sweep(database: Database) -> None:
    """Evaluate every provider."""
    async with database.session_for(SYSTEM, readonly=True) as session:
        assert [line.overall async for line in census.lines(session, on=today())]


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    """Seconds."""
    begun = perf_counter()
    await work()
    return perf_counter() - begun


def peak_mb() -> float:
    """The most memory that this process has held, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))


def main(url: str, data_dir: str, rounds: str) -> dict[str, Any]:
    """What was measured."""
    settings = Settings(database_url=SecretStr(url), data_dir=Path(data_dir))
    return asyncio.run(measure(Database(runtime_url(settings), pool_size=2), int(rounds)))


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
