"""Given and family names as the county has them, read from the file beside this module."""

import tomllib
from pathlib import Path

_NAMES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
GIVEN = tuple(_NAMES["given"].split())
FAMILY = tuple(_NAMES["family"].split())
