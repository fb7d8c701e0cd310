"""A report as one web page that needs nothing else."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.reports.texts import CONTROLS, spelled
from app.reports.tones import TONES

_FOLDER = Path(__file__).parent
_TONES = "".join(
    f".tone-{name}{{color:{tone.ink};background:{tone.paper};border-color:{tone.ink}}}\n"
    for name, tone in TONES.items()
)
_STYLE = (_FOLDER / "report.css").read_text(encoding="utf-8") + _TONES
_SHAPES = {name: " ".join(f"{x:g},{y:g}" for x, y in each.shape) for name, each in TONES.items()}
_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

# The page may apply its own style, and nothing else.
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(template: str, shown: Mapping[str, Any]) -> str:
    """The whole page, for what a template shows. Serve it with `POLICY` as its Content-Security-Policy."""
    told = spelled(dict(shown), CONTROLS)
    return _TEMPLATES.get_template(template).render(told, style=_STYLE, shapes=_SHAPES)
