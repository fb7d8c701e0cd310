"""What PostgreSQL itself can do: the statements that the product sends for a request, taken from the server's log, run
by pgbench in the same transactions."""

import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from app.db.connect import runtime_role, runtime_url
from app.db.embedded.places import programs
from benchmarks import machine
from benchmarks.client import ask
from benchmarks.variants import PRODUCT, serving
from benchmarks.works import Work
from benchmarks.world import World

# Each client prepares each script's statements anew, so few scripts do, and the first seconds do not count. The product
# draws from a thousand argument sets: "of pgbench" understates it a little.
SCRIPTS = 16
WARM_UP = 2
_QUIET = 0.02  # seconds
_LINE = re.compile(r"^\[(\d+)\] (LOG|DETAIL):  (.*)", re.DOTALL)
_SAID = re.compile(r"^(?:statement|execute [^:]+): (.*)", re.DOTALL)
_VALUE = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_PROGRESS = re.compile(r"^progress: [\d.]+ s, ([\d.]+) tps", re.MULTILINE)
_OURS = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_SEEDED = re.compile(r"0000000\d-0000-7000-8000-")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the server received it: by which connection, and with which values, as literals."""

    process: str
    text: str
    values: tuple[str, ...]


def captured(world: World, work: Work) -> list[list[Statement]]:
    """The statements of `SCRIPTS` requests, request by request, from a product that has answered the same before."""
    requests = work.requests(world)
    step = len(requests) // SCRIPTS
    with _logged(world) as log, serving(PRODUCT, world, APQA_WORKER="false"):
        for each in requests[1 :: len(requests) // 10]:  # types are looked up once for each connection
            ask(PRODUCT.port, each, work.status)
        chosen = requests[::step][:SCRIPTS]
        for each in chosen if work.known else ():
            ask(PRODUCT.port, each, work.status)
        sent = [_sent(log, each, work) for each in chosen]
    if work.undo:
        world.owner(work.undo)
    return sent


def _sent(log: Path, request: str, work: Work) -> list[Statement]:
    begins = log.stat().st_size
    ask(PRODUCT.port, request, work.status)
    seen = begins
    while (now := log.stat().st_size) != seen:  # what ends the transaction may come after the answer
        seen = now
        time.sleep(_QUIET)
    with log.open(encoding="utf-8") as file:
        file.seek(begins)
        return list(statements(file))


@contextmanager
def _logged(world: World) -> Iterator[Path]:
    """Have the server write down what the product's role sends, on connections made from now on."""
    role = runtime_role(world.settings)
    place = Path(world.owner("SHOW data_directory"))
    world.owner("ALTER SYSTEM SET log_line_prefix = '[%p] '", "SELECT pg_reload_conf()")
    world.owner(f"ALTER ROLE \"{role}\" SET log_statement = 'all'")
    try:
        yield place / "server.log"
    finally:
        world.owner(f'ALTER ROLE "{role}" RESET log_statement')


def statements(lines: Iterable[str]) -> Iterator[Statement]:
    """What a log says was executed, its continuation lines joined."""
    entries: list[str] = []
    for line in lines:
        if line.startswith("\t") and entries:
            entries[-1] += line[1:]
        else:
            entries.append(line)
    found: tuple[str, str] | None = None
    for entry in [*entries, "[0] LOG:  end"]:
        matched = _LINE.match(entry)
        if matched is None:
            continue
        process, kind, text = matched.groups()
        if kind == "DETAIL" and found:
            values = {int(number): value for number, value in _VALUE.findall(text)}
            yield Statement(*found, tuple(values[number] for number in sorted(values)))
            found = None
        elif kind == "LOG":
            if found:
                yield Statement(*found, ())
            said = _SAID.match(text)
            found = (process, said[1].rstrip()) if said else None


def script(sent: Iterable[Statement]) -> str:
    """The statements of one request as pgbench runs them; every new id is drawn anew."""
    lines: list[str] = []
    fresh: dict[str, int] = {}
    for each in sent:
        told = [f"{part.strip()};" for part in _inlined(each, fresh).rstrip("; \n").split(";")]
        # Several statements in one message stay one message.
        lines += told if len(told) == 1 else ["\\startpipeline", *told, "\\endpipeline"]
    draws = [f"\\set new{number} random(1, 1000000000000000000)" for number in fresh.values()]
    return "\n".join([*draws, *lines]) + "\n"


def _inlined(statement: Statement, fresh: dict[str, int]) -> str:
    """The statement with its values in their places."""

    def value(number: re.Match[str]) -> str:
        return _literal(statement.values[int(number[1]) - 1], fresh)

    return re.sub(r"\$(\d+)", value, statement.text)


def _literal(value: str, fresh: dict[str, int]) -> str:
    """A value with every new id in it made from a number that pgbench draws; a whole document may hold several."""
    plain = value.strip("'")
    if _OURS.fullmatch(plain):
        return _id(plain, fresh) or value
    ids = [each for each in dict.fromkeys(_OURS.findall(value)) if not _SEEDED.match(each)]
    if not ids:
        return _quoted(value)
    parts = re.split(f"({'|'.join(ids)})", plain)
    told = (f"{_id(each, fresh)}::text" if each in ids else _quoted(f"'{each}'") for each in parts)
    return f"({' || '.join(told)})"


def _id(plain: str, fresh: dict[str, int]) -> str | None:
    """A new id; None for one of the seed."""
    return None if _SEEDED.match(plain) else f"md5(:new{fresh.setdefault(plain, len(fresh))}::text)::uuid"


def _quoted(value: str) -> str:
    """A literal without colons, which pgbench takes for variables."""
    if ":" in value or "\\" in value:
        return "E" + value.replace("\\", "\\\\").replace(":", "\\072")
    return value


@dataclass(frozen=True, slots=True)
class Limit:
    """Scripts that pgbench can run, and how many statements a request takes."""

    folder: Path
    statements: float


@contextmanager
def scripts(world: World, work: Work) -> Iterator[Limit]:
    """The scripts of a work, in files."""
    sent = captured(world, work)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number, each in enumerate(sent):
            (folder / f"{number}.sql").write_text(script(each), encoding="utf-8")
        yield Limit(folder, sum(map(len, sent)) / len(sent))


def tps(world: World, limit: Limit, *, clients: int, seconds: float) -> float:
    """Transactions a second by pgbench, on the core of the servers, once everything is prepared."""
    url = urlsplit(runtime_url(world.settings).render_as_string(hide_password=False))
    files = [part for path in sorted(limit.folder.glob("*.sql")) for part in ("-f", str(path))]
    command = [str(programs() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-P", "1", "-T"]
    address = ["-h", str(url.hostname), "-p", str(url.port), "-U", str(url.username), url.path.strip("/")]
    process = subprocess.Popen(
        [*command, str(WARM_UP + round(seconds)), *files, *address],
        env={"PGPASSWORD": url.password or "", "PGOPTIONS": "-c jit=off", "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    machine.pin(process.pid, machine.cores()[0])
    said, complaint = process.communicate(timeout=seconds + 120)
    if process.returncode or "number of failed transactions: 0 " not in said:
        raise RuntimeError(f"pgbench: {complaint[-2000:]}{said[-1000:]}")
    return mean(float(each) for each in _PROGRESS.findall(complaint)[WARM_UP:])
