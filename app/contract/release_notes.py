"""What changed in each version of the contract, read from `release_notes.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any


class ChangeKind(StrEnum):
    """What became of something in the contract."""

    ADDED = "added"
    CHANGED = "changed"
    DEPRECATED = "deprecated"
    REMOVED = "removed"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class ContractChange:
    """One change, and what a client must do about it; None where nothing."""

    kind: ChangeKind
    what: str
    client_action: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the contract."""

    version: str
    released_on: date
    changes: tuple[ContractChange, ...]


def _release(told: dict[str, Any]) -> Release:
    changes = (ContractChange(**each | {"kind": ChangeKind(each["kind"])}) for each in told["change"])
    return Release(told["version"], told["released_on"], tuple(changes))


_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
# Newest first.
RELEASES = tuple(_release(each) for each in _TOLD["release"])
