"""The import of a GIAS extract of 51,000 rows, against plain COPY of the same file into a table of text."""

import asyncio
import resource
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import asyncpg
from pydantic import SecretStr

from app.db import gias
from app.db.base import today
from app.db.connect import runtime_url
from app.db.embedded import embedded
from app.db.prepare import prepare
from app.db.session import Database
from app.domain.access import Caller
from app.integrations.gias import read_establishments
from app.settings import Settings
from benchmarks.folder import reachable_folder
from tests.fixtures.make_gias import HEADERS, write_extract

ROWS = 51_000
ROUNDS = 3
PLAIN = f"CREATE TABLE plain ({', '.join(f'c{n} text' for n in range(len(HEADERS[140])))})"


def main() -> None:
    """Prints what was measured."""
    with reachable_folder() as folder, embedded(folder / "data") as url:
        path = folder / "extract.csv"
        write_extract(path, ROWS)
        asyncio.run(measure(url, path))


async def measure(url: str, path: Path) -> None:
    """Time both, one after the other, in a table that is empty each time; then the same extract a day later."""
    settings = Settings(database_url=SecretStr(url), data_dir=path.parent)
    await prepare(settings)
    database, owner = Database(runtime_url(settings)), await asyncpg.connect(url)
    before, copies, imports = peak_mib(), list[float](), list[float]()
    for _ in range(ROUNDS):
        await owner.execute(f"DROP TABLE IF EXISTS plain; {PLAIN}; TRUNCATE establishments, gias_extracts")
        copies.append(await timed(lambda: plain_copy(owner, path)))
        imports.append(await timed(lambda: load(database, path, 1)))
    again = await timed(lambda: load(database, path, 0))
    await owner.close()
    await database.close()
    report("plain COPY of the file", copies)
    report("import into an empty register", imports)
    report("import of what has not changed", [again])
    print(f"ratio of import to plain COPY: {median(imports) / median(copies):.2f}")
    print(f"peak memory: {peak_mib():.0f} MiB, {before:.0f} MiB of it before the first import")


async def plain_copy(owner: asyncpg.Connection, path: Path) -> None:
    """What the server needs merely to read the file."""
    await owner.copy_to_table("plain", source=path, format="csv", header=True, encoding="WIN1252")


async def load(database: Database, path: Path, days_ago: int) -> None:
    """The import, as the command line runs it."""
    async with database.session_for(Caller.system("gias")) as session:
        with path.open("rb") as file:
            on = today() - timedelta(days=days_ago)
            await gias.import_extract(session, read_establishments(file), extract_on=on)


async def timed(act: Callable[[], Awaitable[None]]) -> float:
    """Seconds that it took."""
    start = perf_counter()
    await act()
    return perf_counter() - start


def report(what: str, seconds: list[float]) -> None:
    """One line: the median, and the slowest and fastest round."""
    spread = f"{ROWS / max(seconds):,.0f} to {ROWS / min(seconds):,.0f}"
    print(f"{what}: {ROWS / median(seconds):,.0f} rows/s ({spread}), {median(seconds):.2f} s")


def peak_mib() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
