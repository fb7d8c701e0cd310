"""How many lines of the product a call runs through: what its time grows by, on any machine."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import app

_PRODUCT = str(Path(app.__file__).parent)


def steps(call: Callable[[], Any]) -> int:
    """The lines of the product that were run, loops counted each time round."""
    found = 0

    def line(_frame: FrameType, event: str, _told: Any) -> Any:
        nonlocal found
        found += event == "line"
        return line

    def enter(frame: FrameType, _event: str, _told: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(_PRODUCT) else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        call()
    finally:
        sys.settrace(before)
    return found
