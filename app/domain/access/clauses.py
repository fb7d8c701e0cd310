"""Conditions on the columns of one row and the caller, as values that three languages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.access.callers import Caller


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition on the columns of one row and the caller; `|` and `&` combine two."""

    def __or__(self, other: Clause) -> Clause:
        return Any_((self, other))

    def __and__(self, other: Clause) -> Clause:
        return All_((self, other))


@dataclass(frozen=True, slots=True)
class Always(Clause):
    """Every row."""


@dataclass(frozen=True, slots=True)
class Never(Clause):
    """No row."""


ALWAYS, NEVER = Always(), Never()


@dataclass(frozen=True, slots=True)
class Mine(Clause):
    """The column names the caller's organisation."""

    column: str


@dataclass(frozen=True, slots=True)
class MineAmong(Clause):
    """The array column contains the caller's organisation."""

    column: str


@dataclass(frozen=True, slots=True)
class MyArea(Clause):
    """The column holds the caller's local authority code."""

    column: str


@dataclass(frozen=True, slots=True)
class OurNetwork(Clause):
    """The array column names a network to which the caller's organisation belongs."""

    column: str


@dataclass(frozen=True, slots=True)
class Only(Clause):
    """The column holds one of the values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Any_(Clause):  # noqa: N801 - `Any` belongs to typing
    """At least one of the clauses."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class All_(Clause):  # noqa: N801 - named beside Any_
    """Every one of the clauses."""

    clauses: tuple[Clause, ...]


def holds(clause: Clause, caller: Caller, row: Mapping[str, Any]) -> bool:
    """Whether a clause is true of one row, given as column values."""
    match clause:
        case Always():
            return True
        case Never():
            return False
        case Mine(column):
            return caller.organisation_id is not None and row[column] == caller.organisation_id
        case MineAmong(column):
            return caller.organisation_id is not None and caller.organisation_id in (row[column] or ())
        case MyArea(column):
            return caller.la_code is not None and row[column] == caller.la_code
        case OurNetwork(column):
            return not set(caller.network_ids).isdisjoint(row[column] or ())
        case Only(column, values):
            return row[column] in values
        case Any_(clauses):
            return any(holds(each, caller, row) for each in clauses)
        case All_(clauses):
            return all(holds(each, caller, row) for each in clauses)
    raise TypeError(clause)  # pragma: no cover - every clause is named above
