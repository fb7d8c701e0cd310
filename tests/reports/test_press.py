"""The process that sets PDFs: whether it crashes, hangs, is killed or ends by itself, one PDF is lost at most."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from app.domain.visit_reports import content_hash, document
from app.reports import press, typesetter
from app.reports.press import Press, PressUnavailable
from app.reports.visit import pdf
from tests.reports.samples import HALF_DAY, sample

ROOT = Path(__file__).parents[2]
QUICK = '#set document(title: "Told")\n#let told = json(bytes(sys.inputs.report))\n= #told.text\n'
LONG = "#let f(n) = if n > 0 { range(400000).map(x => str(x)).join().len() + f(n - 1) }\n#f(60)"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template of one heading, in the language that the standards ask for."""
    path = tmp_path / "told.typ"
    path.write_text('#set text(lang: "en")\n' + QUICK, encoding="utf-8")
    return path


@pytest.fixture
def own() -> Iterator[Press]:
    """A press of the test's own."""
    made = Press()
    yield made
    made.close()


def lives(pid: int | None) -> bool:
    """Whether a process is there, and no zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether a process is gone before long."""
    ends = time.monotonic() + seconds
    while lives(pid) and time.monotonic() < ends:
        time.sleep(0.02)
    return not lives(pid)


def test_any_template_is_set_from_its_data_and_the_process_is_kept(own: Press, template: Path) -> None:
    assert own.pid is None
    first = own.set(template, {"text": "First"}, made_at=1)
    pid = own.pid
    assert own.set(template, {"text": "First"}, made_at=1) == first != own.set(template, {"text": "Else"}, made_at=1)
    assert first.startswith(b"%PDF-")
    assert own.pid == pid


def test_it_is_started_anew_when_it_has_died_between_two(own: Press, template: Path) -> None:
    own.set(template, {"text": "First"}, made_at=1)
    first = own.pid
    assert first
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert own.set(template, {"text": "Second"}, made_at=1).startswith(b"%PDF-")
    assert own.pid != first


def test_a_crash_costs_the_document_in_hand_and_no_other(
    own: Press, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.set(template, {"text": "First"}, made_at=1)
    long = tmp_path / "long.typ"
    long.write_text(LONG, encoding="utf-8")
    exchange = press._exchange

    def crashing(process: "subprocess.Popen[bytes]", asked: bytes) -> bytes:
        """It crashes once it has been asked, however late that is."""
        Timer(0.2, process.send_signal, (signal.SIGSEGV,)).start()
        return exchange(process, asked)

    with monkeypatch.context() as doomed:
        doomed.setattr(press, "_exchange", crashing)
        with pytest.raises(PressUnavailable, match="-11"):
            own.set(long, {}, made_at=1)
    assert own.set(template, {"text": "Second"}, made_at=1).startswith(b"%PDF-")


def test_one_that_takes_too_long_is_ended_and_the_next_has_its_time(
    own: Press, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.set(template, {"text": "First"}, made_at=1)
    slow = own.pid
    assert slow
    long = tmp_path / "long.typ"
    long.write_text(LONG, encoding="utf-8")
    with monkeypatch.context() as hasty:
        hasty.setattr(own, "_seconds", 0.5)
        with pytest.raises(PressUnavailable, match="-9"):  # it was killed, and neither ended nor failed
            own.set(long, {}, made_at=1)
    assert not lives(slow)
    assert own.set(template, {"text": "Second"}, made_at=1).startswith(b"%PDF-")


def test_a_fault_of_a_template_is_told_and_is_not_the_process_ending(own: Press, tmp_path: Path) -> None:
    broken = tmp_path / "broken.typ"
    broken.write_text("#nothing-of-this-name")
    with pytest.raises(RuntimeError, match="unknown variable"):
        own.set(broken, {}, made_at=1)


def test_it_ends_after_some_documents_and_another_goes_on(
    own: Press, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "typesetter.py"
    source = Path(typesetter.__file__).read_text(encoding="utf-8")
    program.write_text(source.replace(f"DOCUMENTS = {typesetter.DOCUMENTS}", "DOCUMENTS = 2"), encoding="utf-8")
    monkeypatch.setattr(press, "_PROGRAM", program)
    pids = []
    for n in range(5):
        assert own.set(template, {"text": str(n)}, made_at=1).startswith(b"%PDF-")
        pids.append(own.pid)
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_it_stays_though_its_parent_is_large(own: Press, template: Path) -> None:
    large = bytearray(b"x") * (typesetter.MEGABYTES * 1_100_000)
    own.set(template, {"text": "First"}, made_at=1)
    pid = own.pid
    own.set(template, {"text": "Second"}, made_at=1)
    assert own.pid == pid
    assert len(large)


def test_it_ends_when_it_holds_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 10 < typesetter.held_megabytes() < 10_000
    monkeypatch.setattr(typesetter, "MEGABYTES", 1)
    with open(os.devnull, "rb") as tasks, open(os.devnull, "wb") as answers:  # noqa: PTH123 - as a process has them
        typesetter.serve(tasks, answers)  # ends though there would be an end of tasks to read
    assert typesetter.MEGABYTES == 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks the kernel of Linux")
def test_it_ends_with_a_parent_that_is_killed() -> None:
    code = (
        "import sys\n"
        "from app.domain.visit_reports import content_hash, document\n"
        "from app.reports.press import PRESS\n"
        "from app.reports.visit import pdf\n"
        "from tests.reports.samples import HALF_DAY, sample\n"
        "made = document(sample(HALF_DAY))\n"
        "pdf(made, content_hash(made))\n"
        "print(PRESS.pid, 'typst' in sys.modules, flush=True)\n"
        "while True: pdf(made, content_hash(made))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout
        pid, imported = parent.stdout.readline().split()
        assert lives(int(pid))
        parent.kill()
    assert gone(int(pid))
    assert imported == "False"


def test_the_service_never_imports_what_sets_pdfs_nor_at_its_start_what_few_ask_for() -> None:
    few = {"typst", "app.reports.typesetter", "alembic", "icalendar", "jinja2"}
    code = f"import sys, app.main; print(sorted({few!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout == "[]\n"


def test_it_knows_nothing_of_the_settings(own: Press, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APQA_DATABASE_URL", "postgresql://somebody:secret@db.example.org/apqa")
    own.set(template, {"text": "Told"}, made_at=1)
    assert b"APQA" not in Path(f"/proc/{own.pid}/environ").read_bytes()


async def test_twenty_at_once_are_set_one_after_the_other_and_nothing_else_waits() -> None:
    made = document(sample(HALF_DAY))
    waiting = [asyncio.ensure_future(press.aside(pdf, made, content_hash(made))) for _ in range(20)]
    await asyncio.to_thread(time.sleep, 0)
    assert not waiting[-1].done()
    assert len(set(await asyncio.gather(*waiting))) == 1
