"""How a framework is read from data, with a fault by pointer for all that does not fit its shape."""

import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from app.domain.errors import Fault
from app.domain.frameworks.shapes import Framework

LONGEST = 2_000
"""Characters in one text."""
MOST = 500
"""Entries in one list."""

# What stands in for a value that was refused, so that the rest can still be read.
_STANDING_IN: dict[type, Any] = {str: "", int: 0, bool: False, date: date.min}


def read(raw: object) -> tuple[Framework, tuple[Fault, ...]]:
    """A framework and the faults of its shape. With faults, what was refused is stood in for and means nothing."""
    found: list[Fault] = []
    framework: Framework = _read(Framework, _inherited(raw), "", found)
    return framework, tuple(found)


def _step(name: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _inherited(raw: object) -> object:
    """The same data, where a criterion that names no scale has its section's, and is essential when its section is."""
    if not isinstance(raw, dict) or not isinstance(raw.get("sections"), list | tuple):
        return raw
    return raw | {"sections": [_with_criteria(section) for section in raw["sections"]]}


def _with_criteria(section: object) -> object:
    if not isinstance(section, dict) or not isinstance(section.get("criteria"), list | tuple):
        return section
    passed_on = {name: section[name] for name in ("scale", "essential") if name in section}
    criteria = [passed_on | each if isinstance(each, dict) else each for each in section["criteria"]]
    return section | {"criteria": criteria}


def _read(kind: Any, raw: object, at: str, found: list[Fault]) -> Any:
    """`raw` as a value of a type that the shapes use; a stand-in where it does not fit."""
    if get_origin(kind) is Annotated:
        return _slug(get_args(kind)[1], raw, at, found)
    if get_origin(kind) is tuple:
        return _list(get_args(kind)[0], raw, at, found)
    if type(None) in get_args(kind):
        inner = next(each for each in get_args(kind) if each is not type(None))
        return None if raw is None else _read(inner, raw, at, found)
    if is_dataclass(kind):
        return _table(kind, raw, at, found)
    return _plain(kind, raw, at, found)


def _slug(pattern: str, raw: object, at: str, found: list[Fault]) -> str:
    if isinstance(raw, str) and len(raw) <= 80 and re.fullmatch(pattern, raw):
        return raw
    found.append(Fault("not_a_slug", "Lower-case letters and digits, with single hyphens or underscores.", pointer=at))
    return ""


def _list(kind: Any, raw: object, at: str, found: list[Fault]) -> tuple[Any, ...]:
    if not isinstance(raw, list | tuple):
        found.append(Fault("wrong_type", "A list is expected.", pointer=at))
        return ()
    if len(raw) > MOST:
        found.append(Fault("too_long", f"At most {MOST} entries.", pointer=at))
        return ()
    return tuple(_read(kind, each, f"{at}/{position}", found) for position, each in enumerate(raw))


def _table(kind: Any, raw: object, at: str, found: list[Fault]) -> Any:
    hints, known = _hints(kind), {each.name: each for each in fields(kind)}
    given: dict[str, Any] = {}
    if isinstance(raw, dict):
        given = raw
        found.extend(_unlike(known, given, at))
    else:
        found.append(Fault("wrong_type", "An object is expected.", pointer=at))
    values = {name: _read(hints[name], given[name], f"{at}/{name}", found) for name in known if name in given}
    absent = (each for name, each in known.items() if name not in given and each.default is MISSING)
    return kind(**values | {each.name: _stand_in(hints[each.name]) for each in absent})


def _unlike(known: dict[str, Field[Any]], given: dict[str, Any], at: str) -> Iterator[Fault]:
    """Fields that there are not, and fields that are wanting."""
    for name in given:
        if name not in known:
            yield Fault("unknown_field", "There is no such field.", pointer=at + _step(name))
    for name, each in known.items():
        if name not in given and each.default is MISSING:
            yield Fault("missing", "This is required.", pointer=f"{at}/{name}")


def _stand_in(kind: Any) -> Any:
    """Something of the type, read from nothing, its faults thrown away."""
    return _read(kind, None, "", [])


def _plain(kind: type, raw: object, at: str, found: list[Fault]) -> Any:
    if issubclass(kind, StrEnum):
        return _one_of(kind, raw, at, found)
    if kind is date and isinstance(raw, str):
        raw = _day(raw)
    # A bool is an int and a datetime a date: exactly the type is meant.
    if type(raw) is not kind:
        found.append(Fault("wrong_type", _EXPECTED[kind], pointer=at))
        return _STANDING_IN[kind]
    if isinstance(raw, str) and not 0 < len(raw.strip()) <= len(raw) <= LONGEST:
        found.append(Fault("text_length", f"Between 1 and {LONGEST} characters, not only blanks.", pointer=at))
    return raw


_EXPECTED = {
    str: "Text is expected.",
    int: "A whole number is expected.",
    bool: "true or false is expected.",
    date: "A date is expected, YYYY-MM-DD.",
}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _one_of(kind: type[StrEnum], raw: object, at: str, found: list[Fault]) -> StrEnum:
    for each in kind:
        if raw == each.value:
            return each
    found.append(Fault("unknown_value", f"One of: {', '.join(kind)}.", pointer=at))
    return next(iter(kind))


_hints: Callable[[Any], dict[str, Any]] = cache(lambda kind: get_type_hints(kind, include_extras=True))
