"""The zero-configuration PostgreSQL: one server for each data directory, shared by whoever asks for it."""

import fcntl
import os
import secrets
import shlex
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from app.db.embedded.places import EmbeddedUnavailable, give, home_of, run, write

__all__ = ["EmbeddedUnavailable", "Server", "embedded", "start", "stop"]

NAME = "apqa"  # of the owner role, which is the superuser of this server, and of its database
SECONDS = 60  # what a start (crash recovery included) or a stop may take
IMPOSSIBLE_PID = 2**31 - 1

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "log_min_messages": "log",  # leaves out clients' errors, which can quote personal data
    "log_checkpoints": "off",
}
_UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: `url` is its address for the owner of the database, password included."""

    url: str = field(repr=False)


def start(data_dir: Path, *, fsync: bool = True) -> Server:
    """Find the server of a data directory or start it; it runs until `stop`.

    Args:
        data_dir: made where absent.
        fsync: False gives up safety from power cuts for speed (tests). A server that already runs stays as it is.

    Raises:
        EmbeddedUnavailable: there is no server to be had; says why.
    """
    home = home_of(data_dir)
    with _locked(home):
        return _find_or_launch(home, fsync, lasting=True)


def stop(data_dir: Path) -> None:
    """Stop the server of a data directory, whoever uses it. Does nothing where none runs."""
    home = home_of(data_dir)
    with _locked(home):
        _halt(home)


@contextmanager
def embedded(data_dir: Path, *, fsync: bool = True) -> Iterator[str]:
    """Use the server of a data directory for a while: yields its address.

    A server that was started here ends with its last user, on an error, Ctrl-C and SIGTERM too. The users are counted
    by a lock that the kernel holds, so one that was killed does not count. A server from `start` is left running.
    """
    home = home_of(data_dir)
    with _on(_exit, signal.SIGTERM), (home / "users").open("a") as users:
        with _locked(home):
            server = _find_or_launch(home, fsync, lasting=False)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield server.url
        finally:
            with _on(signal.SIG_IGN, signal.SIGINT, signal.SIGTERM), _locked(home):
                if _taken(users) and not (home / "lasting").exists():
                    _halt(home)


# In `home`: `lock` (held while looking, starting, stopping), `alive` (locked by every process of the server: they
# inherit it, so the kernel knows what no pid file can), `users`, `lasting`, `password`, `port` and `cluster`.


def _find_or_launch(home: Path, fsync: bool, *, lasting: bool) -> Server:
    with (home / "alive").open("a") as alive:
        for _ in range(SECONDS * 10):
            if _taken(alive):
                _mark(home / "lasting", lasting)
                return _launch(home, fsync, alive.fileno())
            if server := _answering(home):
                if lasting:
                    _mark(home / "lasting", True)
                return server
            time.sleep(0.1)  # it is starting, recovering or ending
    raise EmbeddedUnavailable(f"The embedded server runs but does not answer; see {home}/cluster/server.log.")


def _launch(home: Path, fsync: bool, alive: int) -> Server:
    cluster = home / "cluster"
    if not cluster.exists():
        _initialise(home, fsync, alive)
    _disown(cluster)
    port = _free_port(home)
    write(home / "port", str(port))
    settings = _SETTINGS | {"port": str(port)} | ({} if fsync else _UNSAFE_SETTINGS)
    options = shlex.join(f"--{name}={value}" for name, value in settings.items())
    log = cluster / "server.log"
    try:
        run("pg_ctl", "start", "-w", "-t", SECONDS, "-D", cluster, "-l", log, "-o", options, keep=alive)
    except (KeyboardInterrupt, SystemExit):  # the server would finish its start alone
        with suppress(EmbeddedUnavailable):
            run("pg_ctl", "stop", "-m", "immediate", "-D", cluster)
        raise
    if server := _answering(home):
        return server
    raise EmbeddedUnavailable(f"The embedded server started but does not answer; see {log}.")


def _answering(home: Path) -> Server | None:
    """The server, when it lets the owner in and names our files as its own."""
    try:
        port, password = (home / "port").read_text(), (home / "password").read_text()
        at = ("-h", "127.0.0.1", "-p", port, "-U", NAME, "-d", NAME)
        found = run("psql", "-XAtc", "SHOW data_directory", *at, PGPASSWORD=password, PGCONNECT_TIMEOUT="5")
    except (FileNotFoundError, EmbeddedUnavailable):
        return None
    url = f"postgresql://{NAME}:{password}@127.0.0.1:{port}/{NAME}"
    return Server(url) if found.strip() == str(home / "cluster") else None


def _halt(home: Path) -> None:
    with (home / "alive").open("a") as alive:
        if not _taken(alive):
            run("pg_ctl", "stop", "-m", "fast", "-w", "-t", SECONDS, "-D", home / "cluster")


def _initialise(home: Path, fsync: bool, alive: int) -> None:
    """Make the cluster beside its place and move it there when complete, so that half a cluster is never started."""
    fresh = home / "cluster.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    give(fresh)
    write(home / "password", secrets.token_urlsafe(24))
    locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    access = ("--auth=scram-sha-256", f"--username={NAME}", f"--pwfile={home / 'password'}")
    run("initdb", "-D", fresh, *locale, *access, *(() if fsync else ("--no-sync",)), keep=alive)
    run("postgres", "--single", "-D", fresh, "postgres", keep=alive, said=f"CREATE DATABASE {NAME}\n")
    fresh.rename(home / "cluster")


def _disown(cluster: Path) -> None:
    """Take the pid out of a dead server's `postmaster.pid`: PostgreSQL would not start if another process has it now.

    The rest of the file stays: by it PostgreSQL finds a server on these files that somebody started by hand.
    """
    pid_file = cluster / "postmaster.pid"
    with suppress(FileNotFoundError), os.fdopen(os.open(pid_file, os.O_RDONLY | os.O_NOFOLLOW)) as file:
        _, _, rest = file.read().partition("\n")
        write(pid_file, f"{IMPOSSIBLE_PID}\n{rest}")


def _free_port(home: Path) -> int:
    """The port of last time, or any other when that one is taken."""
    remembered = home / "port"
    for wanted in (int(remembered.read_text()) if remembered.exists() else 0, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", wanted))
            return int(probe.getsockname()[1])
    raise EmbeddedUnavailable("No port of 127.0.0.1 is free.")


def _mark(marker: Path, present: bool) -> None:
    if present:
        marker.touch()
    else:
        marker.unlink(missing_ok=True)


# --- locks and signals ----------------------------------------------------------------------------------------------


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    with (home / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _taken(file: IO[str]) -> bool:
    """Lock the file for this process alone, if nobody else holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _on(handler: Callable[[int, FrameType | None], None] | signal.Handlers, *signals: signal.Signals) -> Iterator[None]:
    """Handle signals so for a while. Only the main thread may; elsewhere they stay as they are."""
    mine = threading.current_thread() is threading.main_thread()
    before = {each: signal.signal(each, handler) for each in signals} if mine else {}
    try:
        yield
    finally:
        for each, previous in before.items():
            signal.signal(each, previous)


def _exit(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
