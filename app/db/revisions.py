"""Where the migrations are, and which of them is the newest: told by their files, without what runs them."""

import functools
import re
from pathlib import Path

import app

_TOLD = re.compile(r'^(revision|down_revision) = (?:"(\w+)"|None)$', re.MULTILINE)


def script_location() -> Path:
    """The folder of migrations: inside the installed package, or beside it in a checkout."""
    package = Path(app.__file__ or "").resolve().parent
    installed = package / "_alembic"
    return installed if installed.is_dir() else package.parent / "alembic"


@functools.cache
def head() -> str | None:
    """The newest revision that the code knows: the one that no other builds on."""
    files = (script_location() / "versions").glob("*.py")
    told = [dict(_TOLD.findall(each.read_text(encoding="utf-8"))) for each in files]
    newest = {each["revision"] for each in told} - {each["down_revision"] for each in told}
    return newest.pop() if newest else None
