"""What is written: the race for the last places, a batch of 500, and a file, against COPY of as many rows."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import asyncpg

from app.db.base import now, today
from benchmarks import client, machine
from benchmarks.county import (
    ORGANISATIONS,
    PLACEMENT_COLUMNS,
    owner,
    partnership,
    placement_lines,
    providers_of,
    shared,
    uid,
)
from benchmarks.variants import PRODUCT, serving
from benchmarks.works import UNDO, request, token
from benchmarks.world import World

BATCH = 500
AT_ONCE, PLACES = 8, 4  # five full-time pupils have to be registered (Education and Skills Act 2008, s.92)
WEEK = [{"weekday": day, "starts_at": "09:30", "ends_at": "14:30"} for day in (1, 2, 3, 4)]  # 20 hours
FRESH = 500_000  # the number of the first provider of the race
_FRESH = f"id >= '{uid(1, FRESH)}' AND id < '{uid(2, 0)}'"
PAUSE = 0.05  # seconds between looks at an import
# What a work writes, and which of it is younger than an instant; who refers to another stands before it.
WRITTEN = {"event_readers": "event_id IN (SELECT id FROM events WHERE created_at >= $1)"}
WRITTEN |= dict.fromkeys(("placements", "audit", "events"), "created_at >= $1")
FORGET = ("SET session_replication_role = replica", UNDO)

Figures = dict[str, float]


def race(world: World, rounds: int) -> Figures:
    """How often eight plans at once, for an empty provider each round, do not end with four recorded."""
    numbers = range(FRESH, FRESH + rounds)
    world.owner(*FORGET, *_added(numbers))
    try:
        with serving(PRODUCT, world), ThreadPoolExecutor(AT_ONCE) as threads:
            told = [list(threads.map(_status, _rivals(world, number))) for number in numbers]
    finally:
        world.owner(*FORGET, *(f"DELETE FROM {table} WHERE {_FRESH}" for table in ("providers", "organisations")))
    wrong = sum(sorted(each) != [201] * PLACES + [409] * (AT_ONCE - PLACES) for each in told)
    return {"race_rounds": rounds, "race_wrong": wrong}


def _added(numbers: Iterable[int]) -> Iterator[str]:
    for number in numbers:
        provider = uid(1, number)
        yield (
            "INSERT INTO organisations (id, created_at, updated_at, version, kind, name, slug, threshold_policy,"
            f" rulesets, agreements)"
            f" VALUES ('{provider}', now(), now(), 1, 'provider', 'race', 'r-{number}', 'block', '{{}}', '[]')"
        )
        yield (
            "INSERT INTO providers (id, created_at, updated_at, version, name, name_key, registration_status,"
            f" commissioning_status) VALUES ('{provider}', now(), now(), 1, 'race', 'race', 'not_found', 'open')"
        )


def _rivals(world: World, number: int) -> list[str]:
    """Full-time plans of eight schools, which do not see each other's."""
    starts_on = (today() + timedelta(days=30)).isoformat()
    first = (number - FRESH) * ORGANISATIONS % world.size.pupils
    pupils = [first + school for school in range(2, 2 + AT_ONCE)]
    said = {"provider_id": str(uid(1, number)), "starts_on": starts_on, "timetable": WEEK}
    return [
        request(token(world, owner(each)), "/v1/placements", {**said, "pupil_id": str(uid(2, each))}) for each in pupils
    ]


def _status(asked: str) -> int:
    """What became of a plan: 201, or 409 by the threshold."""
    found = client.ask(PRODUCT.port, asked, 201, 409)
    if "code" in found and found["code"] != "registration_threshold":
        raise client.NotWanted(str(found)[:500])
    return 409 if "code" in found else 201


def batch(world: World, rounds: int) -> Figures:
    """Rows a second of a batch of known pupils at ten providers, against COPY of as many rows."""
    slot = {"weekday": 5, "starts_at": "09:30", "ends_at": "12:30"}
    body = {"mode": "atomic", "items": [each | {"timetable": [slot]} for each in _items(world, BATCH)]}
    asked = request(token(world, 1), "/v1/placements/batch", body)
    with serving(PRODUCT, world) as pid:
        return _against_copy(world, "batch", pid, rounds, BATCH, lambda: client.ask(PRODUCT.port, asked, 200))


def _items(world: World, count: int) -> Iterator[dict[str, Any]]:
    """Placements that have begun, of the first partnership's pupils at ten of its providers."""
    starts_on = (today() - timedelta(days=1)).isoformat()
    places = providers_of(1, world.size.providers)[:10]
    mine = (each for each in range(1, world.size.pupils + 1) if partnership(owner(each)) == 1)
    known = [each for each in mine if owner(each) == 1 or shared(each)]
    for nth in range(count):
        pupil, place = known[nth % len(known)], places[(nth + nth // len(known)) % len(places)]
        yield {"pupil_id": str(uid(2, pupil)), "provider_id": str(uid(1, place)), "starts_on": starts_on}


def _against_copy(world: World, name: str, pid: int, rounds: int, rows: int, work: Callable[[], Any]) -> Figures:
    """Rows a second, and COPY of as many placements, and of all that the work has written, round by round."""
    ours, worked, plain, whole = list[float](), list[float](), list[float](), list[float]()
    for _ in range(rounds):
        plain.append(rows / _copied(world, rows))
        world.owner(*FORGET)
        begun, spent, at = perf_counter(), machine.cpu_seconds(pid), now()
        work()
        ours.append(rows / (perf_counter() - begun))
        worked.append((machine.cpu_seconds(pid) - spent) / rows)
        whole.append(rows / _copied_again(world, at))
        world.owner(*FORGET)
    return {
        f"{name}_rows_per_s": median(ours),
        f"{name}_cpu_us_per_row": median(worked) * 1e6,
        f"{name}_copy_rows_per_s": median(plain),
        f"{name}_of_copy": median(ours) / median(plain),
        f"{name}_of_copy_of_all": median(ours) / median(whole),
    }


def _copied_again(world: World, since: datetime) -> float:
    """Seconds that COPY takes of every row that a work has added: placements, audit entries, events and whose they are.

    The very rows are taken out and put in again. That a provider comes to see a pupil is a change, which COPY has not.
    """

    async def work() -> float:
        connection = await asyncpg.connect(world.url)
        found = {each: BytesIO() for each in WRITTEN}
        for table, rows in found.items():
            await connection.copy_from_query(f"SELECT * FROM {table} WHERE {WRITTEN[table]}", since, output=rows)
            rows.seek(0)
        await connection.execute("SET session_replication_role = replica")
        for table, young in WRITTEN.items():
            await connection.execute(f"DELETE FROM {table} WHERE {young}", since)
        await connection.execute("RESET session_replication_role")
        begun = perf_counter()
        async with connection.transaction():
            for table, rows in found.items():
                await connection.copy_to_table(table, source=rows)
        seconds = perf_counter() - begun
        await connection.close()
        return seconds

    return asyncio.run(work())


def _copied(world: World, rows: int) -> float:
    """Seconds that COPY of rows takes, with the table's indexes and foreign keys as they are."""
    first = world.size.placements + 1
    lines = placement_lines(range(first, first + rows), (world.size.pupils, world.size.providers))
    lines = lines.replace(b"\t2026-01-01 00:00:00+00\t", b"\t2026-01-03 00:00:00+00\t")

    async def work() -> float:
        async def source() -> Any:
            yield lines

        connection = await asyncpg.connect(world.url)
        begun = perf_counter()
        await connection.copy_to_table("placements", source=source(), columns=PLACEMENT_COLUMNS)
        seconds = perf_counter() - begun
        await connection.close()
        return seconds

    return asyncio.run(work())


def file(world: World, rounds: int, rows: int) -> Figures:
    """Rows a second of a file, from its first byte to its last row, and the memory that it and a longer one take."""
    with serving(PRODUCT, world) as pid:
        found = _against_copy(world, "import", pid, rounds, rows, lambda: _sent(world, rows))
    peaks = []
    for times in (1, 4):
        with serving(PRODUCT, world) as pid:
            _sent(world, rows * times)
            peaks.append(_peak_mb(pid))
        world.owner(*FORGET)
    return found | {"import_rows": rows, "import_peak_mb": peaks[1], "import_growth": peaks[1] / peaks[0]}


def _sent(world: World, rows: int) -> None:
    lines = ["provider_id,pupil_id,starts_on,fri"]
    lines += [
        f"{each['provider_id']},{each['pupil_id']},{each['starts_on']},09:30-12:30" for each in _items(world, rows)
    ]
    asks = token(world, 1)
    text = "\n".join(lines) + "\n"
    head = request(asks, "/v1/imports?source=bench", "").split("\r\n\r\n")[0]
    head = head.replace("application/json\r\nContent-Length: 2", f"text/csv\r\nContent-Length: {len(text)}")
    told = client.ask(PRODUCT.port, f"{head}\r\n\r\n{text}", 202)
    while told["status"] not in ("finished", "failed"):
        time.sleep(PAUSE)
        told = client.ask(PRODUCT.port, request(asks, f"/v1/imports/{told['id']}"), 200)
    if told["created"] != rows:
        raise client.NotWanted(f"of {rows} rows {told['created']} were recorded, {told['failed']} refused")


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))
