"""Conditions on the columns of one row and the caller, as values that three languages read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
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
Test: TypeAlias = Callable[[Any], bool]  # of a row
Reads: TypeAlias = Callable[[str], Callable[[Any], Any]]  # what reads a column, by its name


def holds(clause: Clause, caller: Caller, row: Row) -> bool:
    """Whether a clause is true of one row, given as column values."""
    return condition(clause, caller)(row)


def condition(clause: Clause, caller: Caller, of: Reads = itemgetter) -> Test:
    """A clause as one caller's test of any number of rows.

    Args:
        of: what reads a column of a row that is a mapping; `attrgetter`, of one that has it as attribute.
    """
    match clause:
        case Always():
            return lambda _: True
        case Never():
            return lambda _: False
        case Any_(clauses):
            some = [condition(each, caller, of) for each in clauses]
            return lambda row: any(test(row) for test in some)
        case All_(clauses):
            every = [condition(each, caller, of) for each in clauses]
            return lambda row: all(test(row) for test in every)
        case Mine() | MineAmong() | MyArea() | OurNetwork() | Only():
            return _of_column(clause, caller, of(clause.column))
    raise TypeError(clause)  # pragma: no cover - every clause is named above


OfColumn: TypeAlias = Mine | MineAmong | MyArea | OurNetwork | Only


def _of_column(clause: OfColumn, caller: Caller, told: Callable[[Any], Any]) -> Test:
    mine, area, networks = caller.organisation_id, caller.la_code, set(caller.network_ids)
    match clause:
        case Mine():
            return lambda row: mine is not None and told(row) == mine
        case MineAmong():
            return lambda row: mine is not None and mine in (told(row) or ())
        case MyArea():
            return lambda row: area is not None and told(row) == area
        case OurNetwork():
            return lambda row: not networks.isdisjoint(told(row) or ())
        case Only(_, values):
            return lambda row: told(row) in values
