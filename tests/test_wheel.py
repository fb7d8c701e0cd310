"""The wheel: everything that the code reads beside itself is inside, the migrations too."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.db import revisions

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the wheel, as built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "unpacked")
    return folder / "unpacked"


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_it_holds_every_file_of_the_package_and_every_migration(unpacked: Path) -> None:
    inside = files(unpacked / "app")
    assert {Path("_alembic") / path for path in files(REPOSITORY / "alembic")} <= inside
    assert files(REPOSITORY / "app") <= inside


def test_the_migrations_are_found_in_it(unpacked: Path) -> None:
    code = "from app.db import revisions; print(revisions.script_location(), revisions.head())"
    told = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
    )
    assert told.stdout.split() == [str(unpacked / "app" / "_alembic"), revisions.head()], told.stderr


def test_the_migrations_are_found_in_a_checkout() -> None:
    assert revisions.script_location() == REPOSITORY / "alembic"
