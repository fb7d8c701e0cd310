"""Migrations: up, down, together, all or nothing, and equal to the tables in the code."""

import ast
import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, NullPool, Table, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.db import migrations
from app.db import revisions as known
from app.db.base import metadata, new_id
from app.db.connect import DRIVER

REPOSITORY = Path(__file__).parents[2]
MIGRATION = """
from alembic import op

revision = "{revision}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute_script({script!r})


def downgrade():
    pass
"""


@pytest.fixture
async def url(server_url: str) -> AsyncIterator[str]:
    """The owner's address of an empty database, on a server that has the serving role."""
    name = f"migrations_{new_id().hex}"
    owner = await asyncpg.connect(server_url)
    await owner.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    await owner.execute(f"CREATE ROLE {name}")
    yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await owner.execute(f"DROP ROLE {name}")
    await owner.close()


def role(url: str) -> str:
    """The serving role of `url`'s database: of the same name."""
    return str(make_url(url).database)


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Migrations of a test's own, in the real environment. Returns the folder for their files."""
    folder = tmp_path / "100%" / "alembic"
    shutil.copytree(REPOSITORY / "alembic", folder, ignore=shutil.ignore_patterns("0*.py", "__pycache__"))
    monkeypatch.setattr(known, "script_location", lambda: folder)
    known.head.cache_clear()
    yield folder / "versions"
    known.head.cache_clear()


def test_the_newest_is_told_without_alembic_as_alembic_tells_it() -> None:
    assert known.head() == ScriptDirectory(str(known.script_location())).get_current_head()


def write(folder: Path, revision: str, before: str | None, script: str) -> None:
    (folder / f"{revision}.py").write_text(
        MIGRATION.format(revision=revision, before=before and f'"{before}"', script=script)
    )


def only_file(folder: Path) -> str:
    (file,) = folder.glob("*.py")
    return file.read_text()


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def tables(url: str) -> object:
    return await ask(
        url, "SELECT array_agg(tablename::text ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'"
    )


async def revisions(url: str) -> tuple[str | None, str | None]:
    engine = create_async_engine(make_url(url).set(drivername=DRIVER), poolclass=NullPool)
    async with engine.connect() as connection:
        return await migrations.current_and_head(connection)


# --- the service's own migrations -----------------------------------------------------------------------------------


async def test_they_go_up_twice_and_down_and_up_again(url: str) -> None:
    assert await revisions(url) == (None, known.head())
    await migrations.upgrade(url, runtime_role=role(url))
    await migrations.upgrade(url, runtime_role=role(url))
    assert await revisions(url) == (known.head(), known.head())
    made = await tables(url)
    await migrations.downgrade(url, "base")
    assert await tables(url) == ["alembic_version"]
    assert await ask(url, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == 0
    await migrations.upgrade(url, runtime_role=role(url))
    assert await tables(url) == made


async def test_whoever_was_told_before_there_were_readers_is_told_still(url: str) -> None:
    await migrations.upgrade(url, runtime_role=role(url))
    await migrations.downgrade(url, "0017")
    mine, others = new_id(), new_id()
    told = f"now(), 'x', 'x', NULL, ARRAY['{mine}', '{others}', '{mine}']::uuid[], '{{}}'"
    await ask(url, f"INSERT INTO events VALUES ('{new_id()}', {told}), ('{new_id()}', {told})")
    await migrations.upgrade(url, runtime_role=role(url))
    readers = "SELECT array_agg(organisation_id ORDER BY organisation_id) FROM event_readers"
    assert await ask(url, readers) == sorted([mine, mine, others, others])


async def test_they_make_the_tables_that_the_code_describes(url: str) -> None:
    migrations.import_tables()
    await migrations.upgrade(url, runtime_role=role(url))
    engine = create_async_engine(make_url(url).set(drivername=DRIVER), poolclass=NullPool)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )
    assert differences == []


async def test_processes_that_migrate_at_once_wait_for_one_another(url: str) -> None:
    code = (
        "import asyncio, sys; from app.db.migrations import upgrade\n"
        "asyncio.run(upgrade(sys.argv[1], runtime_role=sys.argv[2]))"
    )
    both = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, url, role(url), cwd=REPOSITORY)
        for _ in range(2)
    ]
    assert [await process.wait() for process in both] == [0, 0]
    assert await ask(url, "SELECT version_num FROM alembic_version") == known.head()


def test_each_begins_with_a_lock_timeout_and_imports_no_live_code() -> None:
    files = sorted((known.script_location() / "versions").glob("*.py"))
    assert files
    for file in files:
        source = file.read_text()
        assert not re.search(r"^(from|import) app\b", source, re.MULTILINE), file
        for each in ast.parse(source).body:
            if isinstance(each, ast.FunctionDef) and each.name in {"upgrade", "downgrade"}:
                first = each.body[1 if ast.get_docstring(each) else 0]
                assert re.match(r"op\.execute\('?\"?SET (LOCAL )?lock_timeout = ", ast.unparse(first)), (
                    file,
                    each.name,
                )


# --- how migrations are run -----------------------------------------------------------------------------------------


async def test_a_script_of_several_statements_runs_as_one(url: str, scripts: Path) -> None:
    function = "CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2; END $$"
    write(scripts, "one", None, f"CREATE TABLE a (x int); INSERT INTO a VALUES (1); {function}")
    await migrations.upgrade(url, runtime_role=role(url))
    assert await ask(url, "SELECT two() + x FROM a") == 3


async def test_a_failure_leaves_nothing_of_the_whole_upgrade(url: str, scripts: Path) -> None:
    write(scripts, "one", None, "CREATE TABLE a (x int)")
    write(scripts, "two", "one", "CREATE TABLE b (x int); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrations.upgrade(url, runtime_role=role(url))
    assert await tables(url) is None


async def test_policies_are_applied_at_head_and_only_there(url: str, scripts: Path) -> None:
    write(scripts, "one", None, "CREATE TABLE a (x int)")
    write(scripts, "two", "one", "CREATE TABLE b (x int)")
    granted = f"SELECT has_table_privilege('{role(url)}', 'alembic_version', 'SELECT')"
    await migrations.upgrade(url, "one", runtime_role=role(url))
    assert await ask(url, granted) is False
    await migrations.upgrade(url, runtime_role=role(url))
    assert await ask(url, granted) is True


async def test_a_draft_holds_what_the_code_has_and_the_database_lacks(url: str, scripts: Path) -> None:
    extra = Table("extra_of_a_test", metadata, Column("n", Integer))
    try:
        await migrations.draft(url, "Extra")
    finally:
        metadata.remove(extra)
    drafted = only_file(scripts)
    assert "extra_of_a_test" in drafted
    assert "import sqlmodel" in drafted
    assert drafted.count("SET LOCAL lock_timeout") == 2


# --- what a migration makes of what is there ------------------------------------------------------------------------

VISITED = """
SET session_replication_role = replica;
INSERT INTO welfare_visits
       (id, created_at, placement_id, provider_id, commissioner_id, shared_with_ids, organisation_id, seen_on,
        recorded_by)
SELECT gen_random_uuid(), '2026-10-06T12:00:00Z', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{}',
       gen_random_uuid(), '2026-10-06', 'x'
  FROM generate_series(1, 3);
INSERT INTO questionnaires
       (id, created_at, updated_at, version, organisation_id, provider_id, programme_id, title, audience, status,
        questions, least_group, answered, results_for)
SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, '2026-10-01T12:00:00Z',
       ('2026-10-0' || n || 'T12:00:00Z')::timestamptz,
       n, gen_random_uuid(), gen_random_uuid(), 'ave-qa-v8', 'x', 'pupils', (ARRAY['draft', 'open', 'closed'])[n],
       '[]', 5, 0,
       'commissioner'
  FROM generate_series(1, 3) AS n;
INSERT INTO audit (id, created_at, principal, action, entity, entity_id, details)
VALUES (gen_random_uuid(), '2026-10-02T08:00:00Z', 'x', 'open', 'questionnaire',
        '00000000-0000-0000-0000-000000000003', '{}')
"""


async def run(url: str, script: str) -> None:
    """Run statements as the owner."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def test_records_that_are_there_can_be_put_right_and_those_withdrawn_do_not_count_again(url: str) -> None:
    """Up and down with records; questionnaires were opened when the audit trail says so, else when last changed."""
    (file,) = (REPOSITORY / "alembic" / "versions").glob("*_corrections.py")
    before = re.search(r'down_revision = "(\w+)"', file.read_text(encoding="utf-8"))
    assert before is not None
    await migrations.upgrade(url, before[1], runtime_role=role(url))
    await run(url, VISITED)
    await migrations.upgrade(url, runtime_role=role(url))
    told = "SELECT count(*) FROM welfare_visits WHERE (version, amendments, updated_at) = (1, '[]', created_at)"
    assert await ask(url, told) == 3
    opened = "SELECT string_agg(coalesce(to_char(opened_at, 'DD'), '-'), ' ' ORDER BY id) FROM questionnaires"
    assert await ask(url, opened) == "- 02 02"
    await run(url, "UPDATE welfare_visits SET withdrawn_at = now(), amendments = '[{}]' WHERE id = "
                   "(SELECT min(id::text)::uuid FROM welfare_visits)")  # fmt: skip
    await migrations.downgrade(url, before[1])
    assert await ask(url, "SELECT count(*) FROM welfare_visits") == 2
    await migrations.upgrade(url, runtime_role=role(url))
    assert await ask(url, told) == 2
