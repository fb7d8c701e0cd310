"""The invented providers of the demo county, read from the file beside this module."""

import tomllib
from pathlib import Path
from typing import Any

from app.demo.shapes import Provider, Site


def _provider(key: str, said: dict[str, Any]) -> Provider:
    many = {name: tuple(said.get(name, ())) for name in ("predecessors", "linked")}
    sites = tuple(Site(**site) for site in said.get("sites", ()))
    return Provider(**said | many | {"key": key, "sites": sites})


PROVIDERS = tuple(
    _provider(key, said)
    for key, said in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
)
BY_KEY = {provider.key: provider for provider in PROVIDERS}
