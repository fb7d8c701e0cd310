"""Which rows a caller sees: Python, the ORM and raw SQL under row-level security say the same of every row."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.db import policies
from app.db.pupils import Pupil
from app.domain import access
from app.domain.access import ALWAYS, NEVER, All_, Any_, Caller, Clause, Role
from tests.access.conftest import County
from tests.access.world import Key, World, key_columns

Seen = dict[str, set[Key]]
TABLES = sorted(access.ROWS)


def by_python(world: World, caller: Caller) -> Seen:
    """The rows that `access.sees` lets through."""
    return {
        table: {key for key, row in rows.items() if access.sees(caller, table, row)}
        for table, rows in world.tables.items()
    }


async def by_orm(session: AsyncSession) -> Seen:
    """The rows that the ORM lets through."""
    seen: Seen = {}
    for table, entity in policies.tables().items():
        keys = [getattr(entity, key) for key in key_columns(table)]
        seen[table] = {tuple(map(str, row)) for row in await session.execute(select(*keys))}
    return seen


async def by_sql(session: AsyncSession) -> Seen:
    """The rows that row-level security lets through."""
    selects = (
        f"SELECT '{table}', ARRAY[{', '.join(f'{key}::text' for key in key_columns(table))}] FROM {table}"
        for table in TABLES
    )
    seen: Seen = {table: set() for table in TABLES}
    for table, key in await session.execute(text(" UNION ALL ".join(selects))):
        seen[table].add(tuple(key))
    return seen


@asynccontextmanager
async def behind_the_first_wall_alone(county: County, caller: Caller) -> AsyncIterator[AsyncSession]:
    """A caller's session for which the database's own wall is open: it was told of the system."""
    async with county.database.session_for(Caller.system("test")) as session:
        assert (await session.execute(text("SELECT current_setting('apqa.role')"))).scalar_one() == Role.SYSTEM
        session.info["caller"] = caller
        yield session


def test_every_mapped_table_has_a_policy_for_every_role_and_every_policy_a_table() -> None:
    assert set(access.ROWS) == set(policies.tables())
    assert all(set(roles) == set(Role) - {Role.SYSTEM} for roles in access.ROWS.values())


def test_every_table_of_the_county_has_rows(county: County) -> None:
    assert [table for table in TABLES if not county.world.tables[table]] == []


@pytest.mark.parametrize("role", Role)
async def test_python_the_orm_and_the_database_show_every_caller_the_same_rows(county: County, role: Role) -> None:
    callers = [caller for caller in county.world.callers() if caller.role is role]
    assert callers
    for caller in callers:
        expected = by_python(county.world, caller)
        async with county.database.session_for(caller, readonly=True) as session:
            assert await by_sql(session) == expected, caller
        async with behind_the_first_wall_alone(county, caller) as session:
            assert await by_orm(session) == expected, caller


async def test_the_orm_narrows_aliases_counts_joins_subqueries_and_bulk_changes_too(county: County) -> None:
    caller = county.world.members()["oak"]
    mine = len(by_python(county.world, caller)["pupils"])
    everybody = len(county.world.tables["pupils"])
    assert 0 < mine < everybody
    other = aliased(Pupil)
    inner = select(col(Pupil.id)).scalar_subquery()
    counted = (
        select(func.count()).select_from(other),
        select(func.count(col(Pupil.id))),
        select(func.count()).select_from(Pupil).join(other, col(other.id) == col(Pupil.id)),
        select(func.count()).select_from(other).where(other.id.in_(inner)),  # type: ignore[attr-defined]
    )
    async with behind_the_first_wall_alone(county, caller) as session:
        assert [(await session.execute(each)).scalar_one() for each in counted] == [mine] * len(counted)
        changed: Any = await session.execute(update(Pupil).values(year_group="9"))
        assert changed.rowcount == mine
        await session.rollback()


@pytest.mark.parametrize("setting", ["nothing", "an empty role", "a role that is not"])
async def test_without_a_caller_the_database_shows_no_row_and_takes_none(county: County, setting: str) -> None:
    role = {"nothing": None, "an empty role": "", "a role that is not": "owner"}[setting]
    org = str(county.world.ids["oak"])
    for table in TABLES:
        async with county.database.engine.connect() as connection:
            if role is not None:
                told = "SELECT set_config('apqa.role', :role, true), set_config('apqa.org', :org, true)"
                await connection.execute(text(told), {"role": role, "org": org})
            assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0
            assert (await connection.execute(text(f"DELETE FROM {table}"))).rowcount == 0
            await connection.rollback()


async def test_a_connection_does_not_remember_whom_it_served_last(county: County) -> None:
    caller = Caller.system("test")
    async with county.database.session_for(caller) as session:
        pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    async with county.database.engine.connect() as connection:
        assert (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one() == pid
        assert (await connection.execute(text("SELECT count(*) FROM pupils"))).scalar_one() == 0


# --- the county is large enough: without any one part of a clause, somebody would see or change other rows ----------


def without_a_part(clause: Clause) -> Iterator[Clause]:
    """The clause with each of its parts in turn left out or let through."""
    if isinstance(clause, Any_ | All_):
        for at, part in enumerate(clause.clauses):
            for weaker in without_a_part(part):
                yield replace(clause, clauses=(*clause.clauses[:at], weaker, *clause.clauses[at + 1 :]))
    else:
        yield from (other for other in (ALWAYS, NEVER) if other != clause)


@pytest.mark.parametrize("side", ["see", "change", "add"])
def test_every_part_of_every_clause_decides_about_some_row(county: County, side: str) -> None:
    every = [(table, role, policy) for table in TABLES for role, policy in access.ROWS[table].items()]
    for table, role, policy in every:
        rows = county.world.tables[table].values()
        callers = [each for each in county.world.callers() if each.role is role]
        clause: Clause = getattr(policy, side)
        for other in without_a_part(clause):
            assert any(
                access.holds(clause, caller, row) != access.holds(other, caller, row)
                for caller in callers
                for row in rows
            ), f"{table}, {role}: no row of the county tells {clause} from {other}"


@pytest.mark.parametrize(
    ("table", "above", "parent"), [("judgements", "visit_id", "visits"), ("actions", "plan_id", "action_plans")]
)
def test_whoever_sees_a_row_sees_what_it_hangs_on(county: County, table: str, above: str, parent: str) -> None:
    """Lists are led to their rows by it (`pages.under`)."""
    parents = county.world.tables[parent]
    for name, caller in county.world.members().items():
        seen = [row for row in county.world.tables[table].values() if access.sees(caller, table, row)]
        hidden = [row for row in seen if not access.sees(caller, parent, parents[(str(row[above]),)])]
        assert hidden == [], name
