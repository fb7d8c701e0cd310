"""The process that sets PDFs: tasks come by standard input, files go by standard output."""

# Run as a script. It imports nothing of the service, so that it starts at once and holds no more than it needs.

import functools
import json
import select
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getpagesize, getrusage
from typing import IO, Any

import typst

DOCUMENTS = 500
MEGABYTES = 300
IDLE_SECONDS = 600


@functools.cache
def compiler(template: str, root: str) -> typst.Compiler:
    """Kept, since reading the fonts takes longer than a report."""
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(template, root=root, font_paths=fonts, ignore_system_fonts=True)


def made(task: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The head of an answer and the file, or no file and the fault of the template."""
    try:
        file = compiler(task["template"], task["root"]).compile(
            format="pdf",
            sys_inputs={"report": task["data"]},
            pdf_standards=["ua-1", "a-2a"],
            timestamp=task["made_at"],
        )
    except typst.TypstError as error:
        return {"fault": str(error)}, b""
    assert isinstance(file, bytes)
    return {"length": len(file)}, file


def held_megabytes() -> float:
    """The memory that this process holds; where there is no Linux to ask, the most that it has held.

    On Linux the latter begins with what its parent held when it was started, so a large one's would end at once.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return getrusage(RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return pages * getpagesize() / 1e6


def serve(tasks: IO[bytes], answers: IO[bytes]) -> None:
    """Do one task after the other, until there is nobody to ask, nothing asked for long, or too much kept in memory."""
    for _ in range(DOCUMENTS):
        if held_megabytes() > MEGABYTES or not select.select([tasks], [], [], IDLE_SECONDS)[0]:
            return
        if not (line := tasks.readline()):
            return
        head, file = made(json.loads(line))
        answers.write(json.dumps(head).encode() + b"\n" + file)
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
