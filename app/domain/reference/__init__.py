"""The code lists of the department's collections and registers, read from the JSON files beside this module."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class Item:
    """A code and its published label (None: never published), and its first and last day where it is not for ever."""

    code: str
    label: str | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """One list: `name` is its id."""

    name: str
    title: str
    source: str
    items: tuple[Item, ...]


@cache
def lists() -> tuple[ReferenceList, ...]:
    """Every list, by name."""
    return tuple(_read(path) for path in sorted(Path(__file__).parent.glob("*.json")))


def named(name: str) -> ReferenceList:
    """One list.

    Raises:
        NotFound
    """
    for each in lists():
        if each.name == name:
            return each
    raise NotFound("There is no such list.")


def _read(path: Path) -> ReferenceList:
    told = json.loads(path.read_text(encoding="utf-8"))
    return ReferenceList(path.stem, told["title"], told["source"], tuple(_item(each) for each in told["items"]))


def _item(told: dict[str, Any]) -> Item:
    days = (told.get(end) for end in ("valid_from", "valid_to"))
    return Item(told["code"], told["label"], *(date.fromisoformat(day) if day else None for day in days))
