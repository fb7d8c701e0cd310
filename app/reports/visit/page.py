"""A visit report as one web page that needs nothing else."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.reports.visit.texts import CONTROLS, spelled
from app.reports.visit.tones import TONES
from app.reports.visit.view import view

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = Path(__file__).parent
_TONES = "".join(
    f".tone-{name}{{color:{tone.ink};background:{tone.paper};border-color:{tone.ink}}}\n"
    for name, tone in TONES.items()
)
_STYLE = (_FOLDER / "report.css").read_text(encoding="utf-8") + _TONES
_SHAPES = {name: " ".join(f"{x:g},{y:g}" for x, y in each.shape) for name, each in TONES.items()}

# The page may apply its own style, and nothing else.
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def html(document: Mapping[str, Any], content_hash: str) -> str:
    """The whole page, for a document and its hash. Serve it with `POLICY` as its Content-Security-Policy."""
    shown = spelled(view(document, content_hash), CONTROLS)
    return _template().render(shown, style=_STYLE, shapes=_SHAPES)


@cache
def _template() -> "Template":
    """Read when it is first shown, which in many a process is never."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - with its template

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("report.html")
