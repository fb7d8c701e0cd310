"""The servers that are compared: how each is started, on its own port, on the same core, over the same tables."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks import machine
from benchmarks.peers import directus
from benchmarks.world import World

ROOT = Path(__file__).parents[1]
SECONDS = 60  # that a server may take to answer first


@dataclass(frozen=True, slots=True)
class Variant:
    """One server.

    `works`: what it can be asked (None: everything). `before` and `after` a start there is something to do. A request
    may have to be `translated`, and answers of another shape are `like` the product's, or it raises.
    """

    name: str
    port: int
    command: Callable[["Variant", World], list[str]]
    environment: Callable[[World], Mapping[str, str]]
    works: frozenset[str] | None = None
    probe: str = "/"
    before: Callable[[World, int], None] | None = None
    after: Callable[[int], None] | None = None
    translated: Callable[[str], str] = str
    like: Callable[[Any, Any], None] | None = None

    def does(self, work: str) -> bool:
        """Whether it can be asked this."""
        return self.works is None or work in self.works


class DidNotStart(RuntimeError):
    """A server ended, or did not answer in time."""


def _uvicorn(app: str) -> Callable[[Variant, World], list[str]]:
    """As a team would start it; an access log would cost it a sixth, so it has none."""
    return lambda each, _: [
        *(sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(each.port)),
        *("--no-access-log", "--log-level", "warning"),
    ]


def product_environment(world: World) -> dict[str, str]:
    """As shipped, but that a client may ask more often than any person would: it is counted all the same."""
    rates = {f"APQA_RATE_{kind}": "1000000000" for kind in ("READ", "WRITE", "WHAT_IF", "IMPORT")}
    return {
        "APQA_DATABASE_URL": world.url,
        "APQA_DATA_DIR": str(world.data_dir),
        "APQA_SWEEP_EVERY_HOURS": "0",  # a sweep of the nation in the middle would be measured with what it disturbs
        **rates,
    }


def reference_environment(world: World) -> dict[str, str]:
    """What every app of the others needs: the tables, and the key that verifies the same tokens."""
    return {
        "DATABASE_URL": world.url.replace("postgresql://", "postgresql+asyncpg://"),
        "PUBLIC_KEY": json.dumps(world.public_key),
        "ISSUER": world.issuer,
    }


PRODUCT = Variant(
    "product",
    8461,
    lambda each, _: [str(Path(sys.executable).with_name("apqa")), "serve", "--port", str(each.port)],
    product_environment,
    probe="/livez",
)
NAIVE = Variant("naive", 8462, _uvicorn("benchmarks.naive.app:app"), reference_environment, probe="/openapi.json")
PEERS = ROOT / "benchmarks" / ".venv" / "bin"  # an environment of their own, by `make bench`


def _django(urls: str) -> Callable[[World], Mapping[str, str]]:
    return lambda world: {
        **reference_environment(world),
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.settings",
        "URLS": urls,
    }


def _gunicorn(each: Variant, _: World) -> list[str]:
    """One process of eight threads, which hold a connection each."""
    options = ["--threads", "8", "--worker-class", "gthread", "--keep-alive", "60", "--graceful-timeout", "2"]
    return [
        *(str(PEERS / "python"), "-m", "gunicorn", "benchmarks.peers.wsgi:application", "--no-control-socket"),
        *("--bind", f"127.0.0.1:{each.port}", *options),
    ]


DRF = Variant("drf", 8463, _gunicorn, _django("benchmarks.peers.rest"))
NINJA = Variant("ninja", 8464, _gunicorn, _django("benchmarks.peers.ninja"))
DIRECTUS = Variant(
    "directus",
    8465,
    lambda *_: [str(directus.PROGRAM), "start"],
    lambda world: directus.environment(world, 8465),
    frozenset({"get", "list"}),
    probe="/server/ping",
    before=directus.prepare,
    after=directus.admit,
    translated=directus.translated,
    like=directus.ensure_like,
)
BARE = Variant("bare", 8469, _uvicorn("benchmarks.bare:app"), lambda _: {}, frozenset({"bare"}))


def available(variant: Variant) -> str | None:
    """Why a server cannot be started here; None where it can."""
    if variant.command is _gunicorn and not (PEERS / "gunicorn").exists():
        return "its packages are not installed (`make bench` does it, where a package registry can be reached)"
    if variant is DIRECTUS and not directus.PROGRAM.exists():
        return "it is not installed (`make bench` does it, where there is npm and its registry can be reached)"
    return None


@contextmanager
def serving(variant: Variant, world: World, **more: str) -> Iterator[int]:
    """The server, until the end of the block; yields its process id.

    Args:
        more: what is added to its environment.

    Raises:
        machine.Busy: something else answers at its port.
        DidNotStart
    """
    machine.ensure_free(variant.port)
    if variant.before:
        variant.before(world, variant.port)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variant.environment(world), **more}
    with TemporaryFile("w+") as said:
        process = subprocess.Popen(
            variant.command(variant, world),
            env=environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            machine.pin(process.pid, machine.cores()[0])
            if not _answers(process, variant):
                raise DidNotStart(variant.name)
            if variant.after:
                variant.after(variant.port)
            yield process.pid
        except Exception:
            said.seek(0)
            print(f"{variant.name} said: {said.read()[-2000:]}", file=sys.stderr)
            raise
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(process: subprocess.Popen[bytes], variant: Variant) -> bool:
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{variant.port}{variant.probe}", timeout=5):
                return True
        except URLError as refusal:
            if getattr(refusal, "code", 0):  # it answers, if only that there is no such page
                return True
            time.sleep(0.1)
        except OSError:
            time.sleep(0.1)
    return False
