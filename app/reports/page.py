"""A report as one web page that needs nothing else."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.reports.texts import CONTROLS, spelled
from app.reports.tones import TONES

if TYPE_CHECKING:
    from jinja2 import Environment

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


def page(template: str, shown: Mapping[str, Any]) -> str:
    """The whole page, for what a template shows. Serve it with `POLICY` as its Content-Security-Policy."""
    told = spelled(dict(shown), CONTROLS)
    return _templates().get_template(template).render(told, style=_STYLE, shapes=_SHAPES)


@cache
def _templates() -> "Environment":
    """Made when a page is first shown, which in many a process is never."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - for the same reason

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
