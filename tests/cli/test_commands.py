"""The commands of `apqa` by name: told in help without being imported, and each importing what it needs alone."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from app.cli.commands import COMMANDS, app, imported
from app.settings import Settings

ROOT = Path(__file__).parents[2]
WHOLE = {"fastapi", "alembic", "app.main", "app.demo"}


def modules(code: str) -> set[str]:
    """What is imported after some code has run in an interpreter of its own."""
    asked = f"{code}; import json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", COMMANDS)
def test_what_help_says_of_a_command_is_what_the_command_says_of_itself(name: str) -> None:
    told = inspect.cleandoc(imported(name).help).replace("\n", " ")
    assert told.startswith(COMMANDS[name][2].rstrip("."))


def test_help_imports_nothing_of_the_service() -> None:
    told = CliRunner().invoke(app, ["--help"])
    assert told.exit_code == 0
    assert all(name in told.stdout for name in COMMANDS)
    known = modules(
        "from typer.testing import CliRunner; from app.cli.commands import app; CliRunner().invoke(app, ['--help'])"
    )
    assert not {each for each in known if each.startswith(("app.db", "app.domain", "sqlalchemy", "fastapi"))}


@pytest.mark.parametrize("name", ["token", "organisation", "client", "check", "settings"])
def test_a_command_of_an_operator_leaves_out_what_serves(name: str) -> None:
    assert not WHOLE & modules(f"from app.cli.commands import imported; imported({name!r})")


@pytest.mark.parametrize("served", ["server", "worker"])
def test_what_few_requests_need_is_imported_with_the_first_of_them(served: str) -> None:
    known = modules(f"import app.cli.{served}")
    assert not known & {"httpx", "PIL", "icalendar", "jinja2", "typst", "alembic", "app.demo", "app.integrations.oidc"}
    assert not known & {"obstore", "obstore.store"}


@pytest.mark.parametrize("served", ["server", "worker"])
def test_a_process_that_serves_holds_nothing_of_what_reads_commands_or_prints_them(served: str) -> None:
    known = modules(f"import app.cli.{served}")
    assert not known & {"typer", "rich", "pygments", "shellingham", "attr", "app.cli.commands", "app.cli.printing"}


def test_a_folder_of_files_is_looked_through_by_its_job_without_what_writes_and_reads_them(tmp_path: Path) -> None:
    name = "ab" * 32
    kept = tmp_path / "evidence" / "sha256" / "ab" / name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"x")
    known = modules(f"""
import asyncio
from datetime import timedelta
from app.integrations.storage import contents
from app.settings import Settings

async def listed():
    held = contents(Settings(data_dir={str(tmp_path)!r}))
    return [each async for some in held.older_than(timedelta(0)) for each in some]

assert asyncio.run(listed()) == [{name!r}]""")
    assert "obstore" not in known


def test_the_demo_starts_its_second_process_before_it_imports_what_that_waits_for() -> None:
    known = modules("from app.cli.commands import imported; imported('demo')")
    assert not known & {"sqlalchemy", "pydantic", "rich.console", "app.db.embedded"}
    assert not modules("import app.cli.stocking") & {"fastapi", "uvicorn", "app.main", "app.routers"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_knows_every_table_to_which_its_own_refer(name: str) -> None:
    code = f"""
from app.cli.commands import imported
imported({name!r})
from app.db.base import metadata
for table in metadata.tables.values():
    for key in table.foreign_keys:
        key.column
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_what_records_the_county_ends_when_nobody_tells_it_where() -> None:
    command = [sys.executable, "-P", "-m", "app.cli.stocking"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, check=False, cwd="/").returncode == 1


def test_a_name_that_is_none_is_refused() -> None:
    told = CliRunner().invoke(app, ["tokn"])
    assert told.exit_code == 2
    assert "token" in told.output


def test_organisations_clients_and_tokens_are_made_where_no_other_part_is_imported(settings: Settings) -> None:
    addresses = {name: getattr(settings, name) for name in ("database_url", "runtime_database_url")}
    environment = {
        f"APQA_{name.upper()}": address.get_secret_value()
        for name, address in addresses.items()
        if isinstance(address, SecretStr)
    }
    environment |= {"APQA_DATA_DIR": str(settings.data_dir), "APQA_DEV_ISSUER": "true"}

    def run(*words: str) -> str:
        command = [str(Path(sys.executable).with_name("apqa")), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    add = ("organisation", "add", "--name", "A name")
    run(*add, "--kind", "partnership", "--slug", "northdale", "--network", "county")
    run(*add, "--kind", "school", "--slug", "a-school", "--partnership", "northdale")
    told = run("client", "add", "--organisation", "a-school", "--name", "MIS", "--scope", "pupils:write")
    assert "client_secret" in told
    assert run("token", "--organisation", "a-school").count(".") == 2
    assert "0 providers" in run("check")
