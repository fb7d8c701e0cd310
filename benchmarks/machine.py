"""The machine that is measured on: its cores, its memory, its load, and what runs where."""

import os
import platform
import socket
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.db.base import now


class Busy(RuntimeError):
    """Something listens already where a server is to be measured."""


def cores() -> tuple[set[int], set[int]]:
    """The core for the server that is measured, and those for PostgreSQL and the driver; the same where there is one.

    One core for each server makes them comparable, and leaves the database what the prototypes left it.
    """
    known = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    return {known[0]}, set(known[1:]) or {known[0]}


def pin(pid: int, where: set[int]) -> None:
    """Keep a process, and what it starts from now on, on cores; does nothing where the system has no such thing."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, where)


def ensure_free(port: int) -> None:
    """Refuse a port at which somebody answers.

    Raises:
        Busy
    """
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Busy(f"port {port} of 127.0.0.1 is in use: what answers there might be measured instead")


def described() -> dict[str, Any]:
    """What a reader of figures needs to know of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("fastapi", "starlette", "sqlmodel", "sqlalchemy", "asyncpg", "pydantic", "uvicorn", "uvloop")
    return {
        "date": now().date().isoformat(),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "load_before": os.getloadavg()[0],
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def resident_mb(pid: int) -> float:
    """The memory that a process alone holds, in MB: what it shares with others counted in full, its children not."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return float("nan")


def all_resident_mb(pid: int) -> float:
    """The same of a process and of the children that it has now, added up."""
    return sum(map(resident_mb, [pid, *_children(pid)]))


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and of the children that it has now: what it costs, however busy the machine."""
    ticks = 0
    for each in [pid, *_children(pid)]:
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
