"""A report as a tagged PDF (PDF/UA-1, PDF/A-2a)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from app.reports.press import PRESS
from app.reports.texts import NO_GLYPH, spelled
from app.reports.tones import TONES

_FOLDER = Path(__file__).parent
_TONES = {name: asdict(tone) for name, tone in TONES.items()}


def paper(template: str, shown: Mapping[str, Any], made_at: str) -> bytes:
    """The file, for what a template of this folder shows: the same gives the same bytes. It waits: call `press.aside`.

    All text goes in as data, so none of it can become markup. A character that the fonts lack is spelled out.

    Args:
        made_at: in ISO 8601, the date of the file.

    Raises:
        PressUnavailable
    """
    legible = spelled(dict(shown), NO_GLYPH)
    data = {**legible, "tones": _TONES, "respelled": legible != shown}
    return PRESS.set(_FOLDER / template, data, made_at=int(datetime.fromisoformat(made_at).timestamp()), root=_FOLDER)
