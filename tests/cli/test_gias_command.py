"""`apqa gias`, as an operator runs it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import app
from app.settings import Settings
from tests.fixtures.make_gias import FIXTURES

EXTRACT, LINKS = FIXTURES / "edubasealldata20250422.csv", FIXTURES / "links_edubasealldata20250422.csv"


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's settings, as the operator's environment gives them."""
    for name in ("database_url", "runtime_database_url"):
        monkeypatch.setenv(f"APQA_{name.upper()}", getattr(settings, name).get_secret_value())
    monkeypatch.setenv("APQA_DATA_DIR", str(settings.data_dir))


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["gias", *map(str, words)])


def test_an_extract_and_its_links_are_imported_and_counted() -> None:
    first = run("import", EXTRACT)
    assert first.exit_code == 0, first.output
    assert "at the extract of 2025-04-22: 13 rows, 13 added, 0 changed, 0 vanished" in first.stdout
    assert "13 rows, 0 added" in run("import", EXTRACT, "--extract-on", "2025-04-23").stdout
    assert "5 rows, 5 added" in run("links", LINKS).stdout


def test_a_wrong_line_is_named_by_line_and_column_and_nothing_is_kept(tmp_path: Path) -> None:
    spoilt = tmp_path / EXTRACT.name
    spoilt.write_bytes(EXTRACT.read_bytes().replace(b"\r\n990003,", b"\r\nPRU,").replace(b"\n990003,", b"\nPRU,"))
    refused = run("import", spoilt)
    assert refused.exit_code == 1
    assert "line 4, column URN: not a whole number" in refused.stderr
    assert "13 added" in run("import", EXTRACT).stdout


def test_an_older_extract_needs_force() -> None:
    run("import", EXTRACT)
    refused = run("import", EXTRACT, "--extract-on", "2025-04-21")
    assert (refused.exit_code, "error: The register is already at" in refused.stderr) == (1, True)
    assert run("import", EXTRACT, "--extract-on", "2025-04-21", "--force").exit_code == 0


def test_a_file_that_is_not_there_and_an_address_that_is_not_https_are_refused_in_one_line(tmp_path: Path) -> None:
    absent = run("import", tmp_path / "edubasealldata20250422.csv")
    assert absent.exit_code == 1
    assert "No such file" in absent.stderr
    address = run("links", "http://example.org/links.csv")
    assert address.exit_code == 1
    assert "Only https" in address.stderr
