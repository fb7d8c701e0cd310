"""A report as a tagged PDF (PDF/UA-1, PDF/A-2a)."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from app.reports.texts import NO_GLYPH, spelled
from app.reports.tones import TONES

_FOLDER = Path(__file__).parent
_TONES = {name: asdict(tone) for name, tone in TONES.items()}
_ONE_AT_A_TIME = Lock()


def paper(template: str, shown: Mapping[str, Any], made_at: str) -> bytes:
    """The file, for what a template of this folder shows: the same gives the same bytes. It keeps a core busy: call it
    in a thread.

    All text goes in as data, so none of it can become markup. A character that the fonts lack is spelled out.

    Args:
        made_at: in ISO 8601, the date of the file.
    """
    legible = spelled(dict(shown), NO_GLYPH)
    data = json.dumps({**legible, "tones": _TONES, "respelled": legible != shown})
    at = int(datetime.fromisoformat(made_at).timestamp())
    with _ONE_AT_A_TIME:
        made = _compiler(template).compile(
            format="pdf", sys_inputs={"report": data}, pdf_standards=["ua-1", "a-2a"], timestamp=at
        )
    assert isinstance(made, bytes)
    return made


@cache
def _compiler(template: str) -> typst.Compiler:
    """Kept, since reading the fonts takes longer than a report; it serves one caller at a time."""
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(_FOLDER / template, root=_FOLDER, font_paths=fonts, ignore_system_fonts=True)
