"""One spelling of equal facts, whatever the order in which they were told, for the hash of a check's inputs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from json import dumps
from operator import attrgetter
from typing import Any, get_type_hints
from uuid import UUID

from app.domain.registration.facts import Arrangement, ProviderFacts
from app.domain.rulesets import Ruleset


def inputs_hash(facts: ProviderFacts, rulesets: Sequence[Ruleset], on: date) -> str:
    """ "sha256:…" of the facts, the rulesets in their whole content, and the date."""
    text = "\n".join((canonical(facts), _canonical_rulesets(tuple(rulesets)), canonical(on)))
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def canonical(value: Any) -> str:
    """JSON in which a collection is sorted by the spelling of its items, and a dataclass is the list of its fields."""
    return _SPELLERS[type(value)](value)


@lru_cache(maxsize=16)
def _canonical_rulesets(rulesets: tuple[Ruleset, ...]) -> str:
    return canonical(rulesets)


class _Spellers(dict[type[Any], Callable[[Any], str]]):
    """How a value of each type is spelt; what is not known yet is found out once."""

    def __missing__(self, kind: type[Any]) -> Callable[[Any], str]:
        named = issubclass(kind, StrEnum | UUID)  # the database's driver has a UUID of its own
        self[kind] = found = _quoted if named else _fields_of(kind) if _names(kind) else dumps
        return found


def _collection(items: Iterable[Any]) -> str:
    return f"[{','.join(sorted([_SPELLERS[type(item)](item) for item in items]))}]"


def _arrangement(told: Arrangement) -> str:
    return f'["{told.from_on}",{_week(told[1:])}]'


@lru_cache(maxsize=4096)
def _week(told: tuple[Any, ...]) -> str:
    """All that an arrangement tells but the day it begins: few differ, and a check spells hundreds."""
    return ",".join([_SPELLERS[type(value)](value) for value in told])


def _fields_of(kind: type[Any]) -> Callable[[Any], str]:
    """How a dataclass is spelt: of what is always an id, a day or a truth no type has to be looked up."""
    names, hints = _names(kind), get_type_hints(kind)
    quoted = [hints[name] in (UUID, date) for name in names]
    values, others = attrgetter(*names), [at for at, plain in enumerate(quoted) if not plain]
    truths = [at for at in others if hints[names[at]] in (bool, bool | None)]
    others = [at for at in others if at not in truths]
    form = ",".join('"%s"' if plain else "%s" for plain in quoted)

    def spell(value: Any) -> str:
        told = list(values(value))
        for at in truths:
            told[at] = _TRUTHS[told[at]]
        for at in others:
            told[at] = _SPELLERS[type(told[at])](told[at])
        return f"[{form % tuple(told)}]"

    return spell


def _names(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass, or of a tuple that has names."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else getattr(kind, "_fields", ())


def _quoted(value: object) -> str:
    return f'"{value}"'


_TRUTHS = {True: "true", False: "false", None: "null"}
_SPELLERS = _Spellers(
    {
        Arrangement: _arrangement,
        tuple: _collection,
        frozenset: _collection,
        UUID: _quoted,
        date: _quoted,
        int: str,
        bool: _TRUTHS.__getitem__,
        type(None): _TRUTHS.__getitem__,
    }
)
