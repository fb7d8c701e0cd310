"""The frameworks that come with the service, read from the TOML files beside this module."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.domain.errors import Invalid, NotFound
from app.domain.frameworks.checking import faults
from app.domain.frameworks.reading import read
from app.domain.frameworks.shapes import Framework


def parse(source: str | Mapping[str, Any], known: Mapping[str, Framework] | None = None) -> Framework:
    """One framework version from TOML text or from data (JSON as parsed), checked as `faults` does.

    Raises:
        Invalid: `framework_invalid`, with every fault by pointer; `toml_invalid`, text that is no TOML.
    """
    raw = _toml(source) if isinstance(source, str) else dict(source)
    if wrong := faults(raw, known):
        raise Invalid("The framework is not valid.", code="framework_invalid", errors=wrong)
    return read(raw)[0]


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise Invalid("The text is not TOML.", code="toml_invalid") from wrong


ALL: tuple[Framework, ...] = tuple(
    parse(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.toml"))
)
BY_ID: dict[str, Framework] = {framework.id: framework for framework in ALL}


def named(framework_id: str) -> Framework:
    """The framework version of an id.

    Raises:
        NotFound
    """
    if framework_id not in BY_ID:
        raise NotFound("There is no such framework.")
    return BY_ID[framework_id]
