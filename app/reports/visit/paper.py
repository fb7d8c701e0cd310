"""A visit report as a tagged PDF (PDF/UA-1, PDF/A-2a)."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from app.reports.visit.texts import NO_GLYPH, spelled
from app.reports.visit.tones import TONES
from app.reports.visit.view import view

_FOLDER = Path(__file__).parent
_TONES = {name: asdict(tone) for name, tone in TONES.items()}
_ONE_AT_A_TIME = Lock()


def pdf(document: Mapping[str, Any], content_hash: str) -> bytes:
    """The file, for a document and its hash: the same document gives the same bytes. It keeps a core busy: call it in a
    thread.

    All text goes in as data, so none of it can become markup. A character that the fonts lack is spelled out.
    """
    shown = view(document, content_hash)
    legible = spelled(shown, NO_GLYPH)
    data = json.dumps({**legible, "tones": _TONES, "respelled": legible != shown})
    made_at = int(datetime.fromisoformat(document["made_at"]).timestamp())
    with _ONE_AT_A_TIME:
        made = _compiler().compile(
            format="pdf", sys_inputs={"report": data}, pdf_standards=["ua-1", "a-2a"], timestamp=made_at
        )
    assert isinstance(made, bytes)
    return made


@cache
def _compiler() -> typst.Compiler:
    """Kept, since reading the fonts takes longer than a report; it serves one caller at a time."""
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(_FOLDER / "report.typ", root=_FOLDER, font_paths=fonts, ignore_system_fonts=True)
