"""`apqa placements import`, as an operator runs it."""

import asyncio
import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import placements
from app.settings import Settings
from tests.given import Given

HEADER = "upn,surname,forename,provider_id,entrydate,weekly_hours,placement_id,house"


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's settings, as the operator's environment gives them."""
    for name in ("database_url", "runtime_database_url"):
        monkeypatch.setenv(f"APQA_{name.upper()}", getattr(settings, name).get_secret_value())
    monkeypatch.setenv("APQA_DATA_DIR", str(settings.data_dir))


async def run(file: Path, source: str = "sims", organisation: str = "school-1") -> Result:
    """The command, which brings an event loop of its own."""
    words = ["import", str(file), "--source", source, "--organisation", organisation]
    return await asyncio.to_thread(CliRunner().invoke, placements.app, words)


def written(path: Path, lines: list[str]) -> Path:
    """A file of these lines."""
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def lines_of(path: Path) -> list[str]:
    """The lines of a file."""
    return path.read_text(encoding="utf-8").splitlines()


def faults_beside(path: Path) -> list[dict[str, str]]:
    """The error file of a file."""
    return list(csv.DictReader(lines_of(path.with_name(f"{path.name}.errors.csv"))))


@pytest.fixture
async def file(given: Given, tmp_path: Path) -> Path:
    """Three rows for the school `school-1`, the last of them wrong."""
    school, partnership = await given.school(), await given.partnership()
    assert (await school.get(f"/v1/organisations/{school.organisation_id}")).json()["slug"] == "school-1"
    provider = (await given.provider(partnership))["id"]
    upns = [given.upn() for _ in range(3)]
    rows = [f"{upn},Field,Ada,{provider},2026-01-05,10,P-{n},red" for n, upn in enumerate(upns)]
    rows[2] = rows[2].replace("2026-01-05", "some day")
    return written(tmp_path / "placements.csv", [HEADER, *rows])


async def test_a_file_is_recorded_and_its_faults_are_written_beside_it(file: Path, given: Given) -> None:
    first = await run(file)
    assert first.exit_code == 1
    assert "3 rows: 2 created, 0 updated, 0 unchanged, 1 failed" in first.stdout
    assert "house" in first.stderr
    [fault] = faults_beside(file)
    assert (fault["row"], fault["column"], fault["code"]) == ("4", "entrydate", "date_invalid")
    sound = written(file.with_name("sound.csv"), lines_of(file)[:3])
    again = await run(sound)
    assert again.exit_code == 0, again.output
    assert "2 rows: 0 created, 0 updated, 2 unchanged, 0 failed" in again.stdout
    assert {each.name for each in file.parent.iterdir()} == {file.name, f"{file.name}.errors.csv", sound.name}


async def test_what_cannot_be_is_refused_in_one_line(file: Path, given: Given) -> None:
    provider = await given.provider(await given.partnership())
    for source, organisation, told in (
        ("Sims!", "school-1", "--source is a word"),
        ("sims", "nobody", "no such organisation"),
        ("sims", provider["id"], "does not commission placements"),
    ):
        refused = await run(file, source, organisation)
        assert refused.exit_code == 1
        assert told in refused.stderr
    refused = await run(written(file, ["a,b", "1,2"]))
    assert (refused.exit_code, "No column of the first row names" in refused.stderr) == (1, True)
