"""The threshold engine: a sweep of 10,000 providers over 1,000,000 placements, and one provider with 500."""

import asyncio
import resource
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from pydantic import SecretStr
from sqlalchemy import text

from app.db import registration, sweeps
from app.db.base import now, today
from app.db.connect import runtime_url
from app.db.embedded import embedded
from app.db.prepare import prepare
from app.db.session import Database
from app.domain.access import Caller
from app.settings import Settings
from benchmarks.county import make
from benchmarks.folder import reachable_folder

PROVIDERS, PUPILS, PLACEMENTS = 10_000, 300_000, 1_000_000
ROUNDS = 3
SYSTEM = Caller.system("benchmark")
_LARGEST = text(
    """UPDATE placements SET provider_id = '00000001-0000-7000-8000-000000000001', ends_on = NULL
        WHERE id IN (SELECT id FROM placements WHERE ends_on IS NULL ORDER BY id LIMIT 500)"""
)
_FIRST = text("SELECT id FROM providers ORDER BY id LIMIT 1")


def main() -> None:
    """Prints what was measured."""
    with reachable_folder() as folder, embedded(folder / "data", fsync=False) as url:
        asyncio.run(measure(url, folder))


async def measure(url: str, folder: Path) -> None:
    """Interleave the engine with the plain SQL that fetches what it reads."""
    settings = Settings(database_url=SecretStr(url), data_dir=folder)
    await prepare(settings)
    begun = perf_counter()
    await make(url, providers=PROVIDERS, pupils=PUPILS, placements=PLACEMENTS)
    print(
        f"{PROVIDERS:,} providers, {PUPILS:,} pupils, {PLACEMENTS:,} placements made in {perf_counter() - begun:.0f} s"
    )
    database = Database(runtime_url(settings), pool_size=2)
    before = peak_mib()
    plain, swept = list[float](), list[float]()
    for _ in range(ROUNDS):
        plain.append(await timed(lambda: inputs(database)))
        swept.append(await timed(lambda: sweep(database)))
    report("plain SQL: the sweep's statement alone", plain)
    report("sweep: that statement and the engine", swept)
    print(f"ratio: {median(swept) / median(plain):.2f}; {PROVIDERS / median(swept):,.0f} providers/s")
    print(f"peak memory: {peak_mib():.0f} MiB, {before:.0f} MiB of it before the first sweep")
    async with database.session_for(SYSTEM) as session:
        await session.execute(_LARGEST)
        provider = (await session.execute(_FIRST)).scalar_one()
    report(
        "status of one provider with 500 placements", [await timed(lambda: one(database, provider)) for _ in range(9)]
    )
    await database.close()


async def inputs(database: Database) -> None:
    """Fetch what the sweep reads, and do nothing with it."""
    async with database.session_for(SYSTEM, readonly=True) as session:
        stream = await session.stream(sweeps.FACTS, {"on": today()}, execution_options={"yield_per": 2000})
        async for _ in stream:
            pass


async def sweep(database: Database) -> None:
    """Evaluate every provider."""
    async with database.session_for(SYSTEM, readonly=True) as session:
        counted = [line.overall async for line in sweeps.lines(session, on=today())]
    assert len(counted) == PROVIDERS


async def one(database: Database, provider_id: object) -> None:
    """Everything about one provider: position, history, projection, sites, hash."""
    async with database.session_for(SYSTEM, readonly=True) as session:
        check = await registration.status(session, provider_id, on=today(), at=now(), horizon_days=731)  # type: ignore[arg-type]
    assert check.one.inputs_hash


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    """Seconds."""
    begun = perf_counter()
    await work()
    return perf_counter() - begun


def report(what: str, seconds: list[float]) -> None:
    """One line: the median and the range."""
    print(f"{what:45} {median(seconds) * 1000:9.0f} ms  ({min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f})")


def peak_mib() -> float:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
