"""The process itself: how long it takes to import, to answer first, to print a report; what memory it holds."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.error import URLError
from urllib.request import urlopen

from app.domain.visit_reports import Stage, content_hash, document
from app.reports.press import PRESS
from app.reports.visit import pdf
from benchmarks import machine
from benchmarks.folder import reachable_folder
from benchmarks.http import Plan, drive
from benchmarks.variants import PRODUCT, ROOT, serving
from benchmarks.works import WORKS
from benchmarks.world import World
from tests.reports.samples import LEICESTERSHIRE, sample

_IMPORT = "from time import perf_counter as now; at = now(); import app.main; print(now() - at)"
DEMO_PORT = 8468
SECONDS = 180


def memory(world: World, plan: Plan) -> dict[str, float]:
    """What a worker holds after the load of every kind of read; and with whatever it has started, which has to be told.

    It serves alone, so that the process which is measured is the worker and no supervisor of several.
    """
    with serving(PRODUCT, world) as pid:
        for name in ("get", "list", "status"):
            drive(PRODUCT.port, WORKS[name].requests(world), WORKS[name].status, 32, plan)
        return {"worker_mb": machine.resident_mb(pid), "worker_family_mb": machine.all_resident_mb(pid)}


def imported(rounds: int) -> dict[str, float]:
    """Seconds from nothing to the app, in a fresh interpreter, everything compiled as it is where it was installed."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", "app"], cwd=ROOT, check=True)
    asked = [sys.executable, "-c", _IMPORT]
    told = [float(subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout) for _ in range(rounds)]
    return {"import_s": median(told)}


def printed(rounds: int) -> dict[str, float]:
    """Seconds for the PDF of one visit, after the first: each of another text, for what is the same would be kept.

    The way to the process that sets it and back is in them; and what that process holds at the end.
    """
    told = []
    for number in range(rounds + 1):
        made = document(sample(LEICESTERSHIRE, Stage.FINAL))
        made["sections"][0]["rationale"] = f"Seen on visit {number}. " * 20
        begun = perf_counter()
        pdf(made, content_hash(made))
        told.append(perf_counter() - begun)
    return {"pdf_s": median(told[1:]), "press_mb": machine.resident_mb(PRESS.pid) if PRESS.pid else 0.0}


def started(rounds: int) -> dict[str, float]:
    """Seconds from `make run`, all installed and nothing made yet, to the first answer."""
    return {"run_s": median(_first_answer() for _ in range(rounds))}


def _first_answer() -> float:
    machine.ensure_free(DEMO_PORT)
    with reachable_folder() as folder:
        command = [str(Path(sys.executable).with_name("apqa")), "demo", "--port", str(DEMO_PORT)]
        environment = {**os.environ, "APQA_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT)}
        begun = perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            while not _answers():
                if process.poll() is not None or perf_counter() - begun > SECONDS:
                    raise RuntimeError("`apqa demo` did not answer")
                time.sleep(0.02)
            return perf_counter() - begun
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _answers() -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{DEMO_PORT}/livez", timeout=5):
            return True
    except (URLError, OSError):
        return False
