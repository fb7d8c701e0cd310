"""A visit report as a tagged PDF (PDF/UA-1, PDF/A-2a)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from app.reports.press import PRESS
from app.reports.visit.texts import NO_GLYPH, spelled
from app.reports.visit.tones import TONES
from app.reports.visit.view import view

_TEMPLATE = Path(__file__).with_name("report.typ")
_TONES = {name: asdict(tone) for name, tone in TONES.items()}


def pdf(document: Mapping[str, Any], content_hash: str) -> bytes:
    """The file, for a document and its hash: the same document gives the same bytes. Call it `press.aside`.

    All text goes in as data, so none of it can become markup. A character that the fonts lack is spelled out.

    Raises:
        PressUnavailable
    """
    shown = view(document, content_hash)
    legible = spelled(shown, NO_GLYPH)
    made_at = int(datetime.fromisoformat(document["made_at"]).timestamp())
    return PRESS.set(_TEMPLATE, {**legible, "tones": _TONES, "respelled": legible != shown}, made_at=made_at)
