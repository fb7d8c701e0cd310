"""Selects that are compiled once see what every other statement sees, for whoever asks."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Uuid, bindparam, select

from app.db import placements, policies, pupil_search
from app.db.base import Keyset, today
from app.db.reading import Hot, Readers
from app.domain import access
from tests.access.conftest import County

TABLES = policies.tables()
HOT = {
    name: Hot(select(*entity.__table__.primary_key.columns))  # type: ignore[attr-defined]
    for name, entity in TABLES.items()
    if name != "alembic_version"
}


@pytest.mark.parametrize("table", sorted(HOT))
async def test_a_select_compiled_once_sees_the_rows_that_the_policy_names(county: County, table: str) -> None:
    rows = county.world.tables[table]
    for caller in county.world.callers():
        reading = county.app.state.services.database.readers.for_caller(caller)
        seen = {tuple(map(str, row.values())) for row in await reading.rows(HOT[table])}
        wanted = {key for key, row in rows.items() if access.sees(caller, table, row)}
        assert seen & set(rows) == wanted, caller


async def test_a_list_that_is_read_way_by_way_is_what_the_policy_names(county: County) -> None:
    kept = county.world.tables["placements"]
    for caller in county.world.callers():
        reading = county.app.state.services.database.readers.for_caller(caller)
        page = await placements.read_page(reading, Keyset((), None, 200), on=today(), wanted={})
        listed = [str(row["id"]) for row in page.rows]
        assert listed == sorted(listed)
        named = {key for (key,), row in kept.items() if access.sees(caller, "placements", row)}
        assert {each for each in listed if (each,) in kept} == named, caller


async def test_pupils_that_are_listed_way_by_way_are_those_that_the_policy_names(county: County) -> None:
    kept = county.world.tables["pupils"]
    for caller in county.world.callers():
        async with county.database.session_for(caller, readonly=True) as session:
            page = await pupil_search.list_page(session, Keyset((), None, 200), {})
        named = {key for (key,), row in kept.items() if access.sees(caller, "pupils", row)}
        assert {str(each.id) for each in page.rows if (str(each.id),) in kept} == named, caller


async def test_the_second_wall_stands_behind_a_select_without_the_first(county: County) -> None:
    for caller in county.world.callers():
        async with county.app.state.services.database.readers.transaction(caller) as connection:
            seen = {str(row["id"]) for row in await connection.fetch("SELECT id FROM placements")}
        kept = county.world.tables["placements"]
        assert seen == {key[0] for key, row in kept.items() if access.sees(caller, "placements", row)}, caller


async def test_callers_who_read_at_once_do_not_read_as_each_other(county: County) -> None:
    readers: Readers = county.app.state.services.database.readers
    hot, kept = HOT["placements"], county.world.tables["placements"]

    async def read(caller: access.Caller) -> None:
        seen = {str(row["id"]) for row in await readers.for_caller(caller).rows(hot)}
        assert seen == {key[0] for key, row in kept.items() if access.sees(caller, "placements", row)}

    await asyncio.gather(*(read(caller) for caller in county.world.callers() * 2))


async def test_a_reading_writes_nothing_and_one_that_breaks_off_leaves_nothing_behind(county: County) -> None:
    readers: Readers = county.app.state.services.database.readers
    caller = next(each for each in county.world.callers() if each.organisation_id)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with readers.transaction(caller) as connection:
            await connection.execute("UPDATE placements SET source = 'x'")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), readers.transaction(caller) as connection:
            await connection.execute("SELECT pg_sleep(5)")
    async with readers.connection() as connection:
        assert await connection.fetchval("SELECT nullif(current_setting('apqa.org', true), '')") is None
        assert not connection.is_in_transaction()


async def test_a_parameter_is_asked_for_by_name(county: County) -> None:
    hot = Hot(
        select(HOT["placements"].statement.selected_columns.id).where(
            HOT["placements"].statement.selected_columns.id == bindparam("wanted", None, Uuid())
        )
    )
    caller = access.Caller.system()
    reading = county.app.state.services.database.readers.for_caller(caller)
    known = UUID(next(iter(county.world.tables["placements"]))[0])
    assert (await reading.row(hot, wanted=known)) is not None
    assert (await reading.row(hot, wanted=UUID(int=0))) is None
