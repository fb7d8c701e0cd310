"""Which rows a caller adds, changes and removes: the database holds to `access` under raw SQL."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import access
from app.domain.access import NEVER, All_, Caller, Clause, Mine, Role
from tests.access.conftest import County
from tests.access.world import Key, World, key_columns
from tests.conftest import admin

TABLES = sorted(access.ROWS)

# Tries to add each row again, and tells those that row security let through. Row security speaks before uniqueness.
TRY = """
CREATE FUNCTION try_to_add(wanted regclass, given jsonb) RETURNS SETOF integer LANGUAGE plpgsql AS $$
DECLARE
    at integer;
BEGIN
    FOR at IN 0 .. jsonb_array_length(given) - 1 LOOP
        BEGIN
            EXECUTE format('INSERT INTO %1$s SELECT * FROM jsonb_populate_record(NULL::%1$s, $1)
                            ON CONFLICT DO NOTHING', wanted) USING given -> at;
            RETURN NEXT at;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
END
$$
"""
# So that a row can go before those that name it: what row security allows is asked here, not what references do.
UNBIND = """
DO $$
DECLARE
    bound record;
BEGIN
    FOR bound IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint WHERE contype = 'f' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', bound.owner, bound.conname);
    END LOOP;
END
$$
"""


@pytest.fixture(scope="module", autouse=True)
async def unbound(county: County) -> None:
    """The county's tables without references between them, and `try_to_add`."""
    await admin(county.owner_url, UNBIND, TRY)


def allowed(world: World, caller: Caller, table: str, *sides: str) -> set[Key]:
    """The rows of a table for which the caller's clauses of these sides all hold."""
    clauses: list[Clause] = [getattr(access.policy(table, caller.role), side) for side in sides]
    rows = world.tables[table].items()
    return {key for key, row in rows if all(access.holds(clause, caller, row) for clause in clauses)}


async def keys(session: AsyncSession, statement: str, table: str) -> set[Key]:
    """The keys of the rows that a statement changed or removed."""
    told = ", ".join(f"{key}::text" for key in key_columns(table))
    return {tuple(row) for row in await session.execute(text(f"{statement} RETURNING {told}"))}


@pytest.mark.parametrize("role", Role)
async def test_the_database_changes_for_a_caller_the_rows_it_sees_and_may_change(county: County, role: Role) -> None:
    for caller in (each for each in county.world.callers() if each.role is role):
        async with county.database.session_for(caller) as session:
            for table in TABLES:
                key = key_columns(table)[0]
                changed = await keys(session, f"UPDATE {table} SET {key} = {key}", table)
                assert changed == allowed(county.world, caller, table, "see", "change"), (table, caller)
            await session.rollback()


@pytest.mark.parametrize("table", ["audit", "events", "event_readers", "registration_checks", "status_checks"])
def test_what_is_written_down_nobody_but_the_system_changes(table: str) -> None:
    assert {policy.change for policy in access.ROWS[table].values()} == {NEVER}


@pytest.mark.parametrize("role", Role)
async def test_the_database_removes_for_a_caller_no_row_that_is_not_its_own_to_change(
    county: County, role: Role
) -> None:
    """Unconditionally, too: a statement that reads no column passes by what the caller sees."""
    for caller in (each for each in county.world.callers() if each.role is role):
        async with county.database.session_for(caller) as session:
            for table in TABLES:
                removed: Any = await session.execute(text(f"DELETE FROM {table}"))
                assert removed.rowcount == len(allowed(county.world, caller, table, "change")), (table, caller)
            await session.rollback()


@pytest.mark.parametrize("role", Role)
async def test_the_database_takes_from_a_caller_the_rows_it_may_add_and_refuses_all_others(
    county: County, role: Role
) -> None:
    given = await documents(county)
    for caller in (each for each in county.world.callers() if each.role is role):
        async with county.database.session_for(caller) as session:
            for table in TABLES:
                known = list(given[table])
                told = {"table": table, "rows": json.dumps([given[table][key] for key in known])}
                found = await session.execute(
                    text("SELECT try_to_add(CAST(:table AS regclass), CAST(:rows AS jsonb))"), told
                )
                added = {known[at] for at in found.scalars()}
                assert added == allowed(county.world, caller, table, "add"), (table, caller)
            await session.rollback()


async def documents(county: County) -> dict[str, dict[Key, Any]]:
    """Every row of the county as JSON."""
    found: dict[str, dict[Key, Any]] = {}
    async with county.database.session_for(Caller.system("test"), readonly=True) as session:
        for table in TABLES:
            told = ", ".join(f"{key}::text" for key in key_columns(table))
            rows = await session.execute(text(f"SELECT ARRAY[{told}], to_jsonb({table}) FROM {table}"))
            found[table] = {tuple(key): document for key, document in rows}
    return found


OWNED = [
    (table, role, clause.column)
    for table, roles in sorted(access.ROWS.items())
    for role, policy in roles.items()
    for clause in (policy.change.clauses if isinstance(policy.change, All_) else (policy.change,))
    if isinstance(clause, Mine)
]


@pytest.mark.parametrize(("table", "role", "column"), OWNED)
async def test_nobody_gives_a_row_of_its_own_away(county: County, table: str, role: Role, column: str) -> None:
    callers = (each for each in county.world.callers() if each.role is role)
    caller = next(each for each in callers if allowed(county.world, each, table, "see", "change"))
    stranger = next(each for each in county.world.ids.values() if each != caller.organisation_id)
    async with county.database.session_for(caller) as session:
        with pytest.raises(DBAPIError) as refused:
            await session.execute(text(f"UPDATE {table} SET {column} = :stranger"), {"stranger": stranger})
        assert getattr(refused.value.orig, "sqlstate", None) == "42501"  # by row security or by a trigger before it
        await session.rollback()
