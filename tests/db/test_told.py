"""What the threshold engine reads comes some rows at a time, and weeks as the database writes them."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import straight, told
from app.db.session import Database
from app.db.told import placement_fact
from app.domain.access import Caller
from app.domain.placements import engine_arrangement
from app.domain.registration import PlacementFact

WEEK = {"weekday": 1, "starts_at": "09:30", "ends_at": "14:30", "weeks": "every", "site_id": None}
TIMED = {"from_on": "2026-09-01", "timetable": [WEEK], "hours_basis": "timetable", "days_per_week": 1}
STATED = {"from_on": "2026-09-02", "timetable": None, "days_per_week": 2.5, "weekly_minutes": 600}
ONE: list[list[dict[str, Any]]] = [
    [TIMED],
    [TIMED | {"from_on": "2027-01-04"}],
    [STATED],
    [{"from_on": "0001-01-01"}],
    [{"from_on": "2026-09-01", "timetable": [WEEK | {"site_id": "00000000-0000-7000-8000-000000000001"}]}],
]
COLUMNS = {*PlacementFact._fields, "registration_status"} - {"arrangements"}
OTHERS: list[list[dict[str, Any]]] = [
    [],
    [TIMED, STATED],
    [{"from_on": "2026-09-01", "timetable": [WEEK | {"from_on": "2026-09-01"}]}],
    [{"a": 1, "from_on": "2026-09-01"}],
]


@pytest.mark.parametrize("kept", [*ONE, *OTHERS])
async def test_arrangements_are_read_as_their_documents_say(server_url: str, kept: list[dict[str, Any]]) -> None:
    row = await _row(server_url, kept)
    for _ in range(2):
        assert placement_fact(row).arrangements == tuple(map(engine_arrangement, kept))


async def test_of_several_placements_with_one_week_it_is_read_once(server_url: str) -> None:
    told._arrangements.cache_clear()
    told._read.cache_clear()
    weeks = [placement_fact(await _row(server_url, kept)).arrangements[0] for kept in ONE[:2]]
    assert told._read.cache_info().misses == 1
    assert weeks[0].slots is weeks[1].slots
    assert [week.from_on.isoformat() for week in weeks] == ["2026-09-01", "2027-01-04"]


async def _row(url: str, kept: list[dict[str, Any]]) -> SimpleNamespace:
    """A placement of which nothing is known but its arrangements, as the database itself writes them."""
    connection = await asyncpg.connect(url)
    try:
        written = await connection.fetchval("SELECT $1::jsonb::text", json.dumps(kept))
        return SimpleNamespace(**dict.fromkeys(COLUMNS), arrangements=written)
    finally:
        await connection.close()


@pytest.mark.parametrize("number", [0, 999, 1000, 2500, 3000])
async def test_rows_come_some_at_a_time_and_all_of_them(server_url: str, number: int) -> None:
    async with _session(server_url) as session:
        found = [row.at async for rows in straight.chunks(session, _SERIES, number) for row in rows]
    assert found == list(range(1, number + 1))


async def test_who_breaks_off_may_ask_something_else(server_url: str) -> None:
    async with _session(server_url) as session:
        async with aclosing(straight.each(session, {}, _SERIES, 5000)) as rows:
            assert await anext(rows) == (1,)
        assert [row.one for row in await straight.rows(session, "SELECT 1 AS one")] == [1]


_SERIES = "SELECT at FROM generate_series(1, $1::int) AS at"


@asynccontextmanager
async def _session(url: str) -> AsyncIterator[AsyncSession]:
    database = Database(make_url(url).set(drivername="postgresql+asyncpg"), pool_size=1)
    try:
        async with database.session_for(Caller.system("test"), readonly=True) as session:
            yield session
    finally:
        await database.close()
