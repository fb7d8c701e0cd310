"""Conditions on the columns of one row and the caller, as values that three languages read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

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


Row: TypeAlias = Mapping[str, Any]


def holds(clause: Clause, caller: Caller, row: Row) -> bool:
    """Whether a clause is true of one row, given as column values."""
    return condition(clause, caller)(row)


def condition(clause: Clause, caller: Caller) -> Callable[[Row], bool]:
    """A clause as one caller's test of any number of rows."""
    mine, area, networks = caller.organisation_id, caller.la_code, set(caller.network_ids)
    match clause:
        case Always():
            return lambda _: True
        case Never():
            return lambda _: False
        case Mine(column):
            return lambda row: mine is not None and row[column] == mine
        case MineAmong(column):
            return lambda row: mine is not None and mine in (row[column] or ())
        case MyArea(column):
            return lambda row: area is not None and row[column] == area
        case OurNetwork(column):
            return lambda row: not networks.isdisjoint(row[column] or ())
        case Only(column, values):
            return lambda row: row[column] in values
        case Any_(clauses):
            some = [condition(each, caller) for each in clauses]
            return lambda row: any(test(row) for test in some)
        case All_(clauses):
            every = [condition(each, caller) for each in clauses]
            return lambda row: all(test(row) for test in every)
    raise TypeError(clause)  # pragma: no cover - every clause is named above
