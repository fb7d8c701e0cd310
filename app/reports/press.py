"""Where PDFs are made: a process apart, started when it is first needed, one for each process of the service."""

import asyncio
import atexit
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from typing import Any, ParamSpec

_PROGRAM = Path(__file__).with_name("typesetter.py")
# It has no business with addresses of databases, nor with keys.
_KNOWN = ("PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH", "TMPDIR")

P = ParamSpec("P")


class PressUnavailable(ConnectionError):
    """The process that sets PDFs ended over this one; the next will have a new one."""


class Press:
    """The process, for one caller at a time. It ends by itself when its standard input is closed, however that is."""

    def __init__(self, seconds: float = 30) -> None:
        """At first there is no process. `seconds`: what one document may take."""
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    @property
    def pid(self) -> int | None:
        """The process, where there is one."""
        return None if self._process is None else self._process.pid

    def set(self, template: Path, data: dict[str, Any], *, made_at: int, root: Path | None = None) -> bytes:
        """The PDF/UA-1 and PDF/A-2a file of a template. It keeps a core busy: call it `aside`.

        Args:
            template: a Typst file.
            data: what it reads as `sys.inputs.report`, in JSON, so that no text can become markup.
            made_at: the file's time, in seconds since 1970: the same data give the same bytes.
            root: the folder in which the template finds what it imports; its own where not told.

        Raises:
            PressUnavailable: the process was killed, crashed, or took too long.
        """
        place = {"template": str(template), "root": str(root or template.parent)}
        asked = json.dumps({**place, "data": json.dumps(data), "made_at": made_at}).encode() + b"\n"
        with self._lock:
            # One that has done enough ends by itself, perhaps while it is asked once more: then another is asked.
            file = self._answer(asked) or self._answer(asked)
        if file is None:
            raise PressUnavailable("The process that sets PDFs does not stay.")
        return file

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _answer(self, asked: bytes) -> bytes | None:
        """The file; None where the process has ended as it should, without having begun with this."""
        process = self._ready()
        too_long = Timer(self._seconds, process.kill)
        too_long.start()
        try:
            return _exchange(process, asked)
        except (OSError, EOFError):
            if code := self._end():
                raise PressUnavailable(f"The process that sets PDFs has ended with {code}.") from None
            return None
        except BaseException:  # an answer half read is no place to go on from
            self._end()
            raise
        finally:
            too_long.cancel()

    def _ready(self) -> subprocess.Popen[bytes]:
        """The process, alive; one that has died since it was last asked is nobody's loss."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            # In a session of its own: Ctrl-C at the terminal is for the service, with which this ends.
            self._process = subprocess.Popen(  # noqa: S603 - ours
                [sys.executable, "-P", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={name: os.environ[name] for name in _KNOWN if name in os.environ},
                cwd="/",
                start_new_session=True,
            )
        return self._process

    def _end(self) -> int | None:
        """Let go of the process, and tell its exit code: 0, where it has ended as it should."""
        process, self._process = self._process, None
        if process is None:
            return None
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what it has not read is lost, and it with it
                assert pipe
                pipe.close()
        try:
            return process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _exchange(process: subprocess.Popen[bytes], asked: bytes) -> bytes:
    assert process.stdin
    assert process.stdout
    process.stdin.write(asked)
    process.stdin.flush()
    head = process.stdout.readline()
    if not head.endswith(b"\n"):
        raise EOFError
    told: dict[str, Any] = json.loads(head)
    if "fault" in told:
        raise RuntimeError(told["fault"])
    file = process.stdout.read(told["length"])
    if len(file) < told["length"]:
        raise EOFError
    return file


PRESS = Press()
atexit.register(PRESS.close)
_QUEUE = ThreadPoolExecutor(1, "press")


async def aside(render: Callable[P, bytes], *args: P.args, **kwargs: P.kwargs) -> bytes:
    """Render in a thread of the press, one after the other: whoever waits for a PDF keeps no other thread."""
    return await asyncio.get_running_loop().run_in_executor(_QUEUE, lambda: render(*args, **kwargs))
