"""Row policies in SQL: as WHERE on every statement of the ORM, and as row-level security in the database."""

from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Connection,
    Table,
    and_,
    false,
    literal,
    or_,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.util import await_only
from sqlmodel import SQLModel

from app.domain import access
from app.domain.access import All_, Always, Any_, Caller, Clause, Mine, MineAmong, MyArea, Never, Only, OurNetwork, Role

# --- the first wall: WHERE on every statement -----------------------------------------------------------------------


class Values(Protocol):
    """A caller's values, or parameters for them."""

    @property
    def organisation_id(self) -> Any:
        """The organisation spoken for."""

    @property
    def la_code(self) -> Any:
        """The code of its authority."""

    @property
    def network_ids(self) -> Any:
        """The networks in which it shares findings."""


def where(clause: Clause, columns: Any, caller: Values) -> ColumnElement[bool]:
    """The clause as a condition on a table's columns (a mapped class, an alias, or a table's `c`)."""
    match clause:
        case Always():
            return true()
        case Never():
            return false()
        case Mine(column):
            return _is(getattr(columns, column), caller.organisation_id)
        case MineAmong(column):
            return _among(getattr(columns, column), caller.organisation_id)
        case MyArea(column):
            return _is(getattr(columns, column), caller.la_code)
        case OurNetwork(column):
            return _overlaps(getattr(columns, column), caller.network_ids)
        case Only(column, values):
            found: ColumnElement[bool] = getattr(columns, column).in_(values)
            return found
        case Any_(clauses):
            return or_(*(where(each, columns, caller) for each in clauses))
        case All_(clauses):
            return and_(*(where(each, columns, caller) for each in clauses))
    raise TypeError(clause)  # pragma: no cover - every clause is named above


def _is(column: Any, value: Any) -> ColumnElement[bool]:
    if value is None:
        return false()
    found: ColumnElement[bool] = column == (value if _asked(value) else literal(value, column.type))
    return found


def _among(column: Any, value: Any) -> ColumnElement[bool]:
    if value is None:
        return false()
    found: ColumnElement[bool] = column.contains(array([value]) if _asked(value) else [value])
    return found


def _overlaps(column: Any, values: Any) -> ColumnElement[bool]:
    if not _asked(values) and not values:
        return false()
    found: ColumnElement[bool] = column.overlap(values if _asked(values) else list(values))
    return found


def _asked(value: Any) -> bool:
    """Whether a value is a parameter, filled in when the statement is run."""
    return isinstance(value, BindParameter)


def tables() -> dict[str, type[SQLModel]]:
    """Every mapped table by name."""
    found: dict[str, type[SQLModel]] = {}
    for mapper in SQLModel._sa_registry.mappers:
        found[str(mapper.local_table.name)] = mapper.class_  # type: ignore[attr-defined]
    return found


def criteria(caller: Caller, statement: ClauseElement) -> list[Any]:
    """Loader criteria of a caller for the tables that a statement names, at any depth, and no others.

    Each of them is part of what SQLAlchemy finds the compiled statement by: those of every table cost more than the
    statement.
    """
    if caller.role is Role.SYSTEM:
        return []
    named = {each.name for each in visitors.iterate(statement) if isinstance(each, Table)}
    found = (_criterion(caller, name) for name in sorted(named))
    return [each for each in found if each is not None]


@lru_cache(maxsize=16_384)
def _criterion(caller: Caller, name: str) -> Any:
    """Built once, since building costs more than running; None where the caller sees every row."""
    see = access.policy(name, caller.role).see
    if isinstance(see, Always):
        return None
    entity = tables()[name]
    return with_loader_criteria(entity, where(see, entity, caller), include_aliases=True)


# --- the second wall: row-level security ----------------------------------------------------------------------------

# Scalar sub-selects are evaluated once per statement, not once per row.
_ORG = "(SELECT nullif(current_setting('apqa.org', true), '')::uuid)"
_LA = "(SELECT nullif(current_setting('apqa.la', true), ''))"
_NETWORKS = "(SELECT string_to_array(nullif(current_setting('apqa.networks', true), ''), ',')::uuid[])"


def sql(clause: Clause) -> str:
    """The clause as an SQL expression over the transaction's settings. Columns and values come from the code alone."""
    match clause:
        case Always():
            return "true"
        case Never():
            return "false"
        case Mine(column):
            return f"{column} = {_ORG}"
        case MineAmong(column):
            return f"{_ORG} = ANY ({column})"
        case MyArea(column):
            return f"{column} = {_LA}"
        case OurNetwork(column):
            return f"{column} && {_NETWORKS}"
        case Only(column, values):
            return f"{column} IN ({', '.join(repr(value) for value in values)})"
        case Any_(clauses):
            return "(" + " OR ".join(sql(each) for each in clauses) + ")"
        case All_(clauses):
            return "(" + " AND ".join(sql(each) for each in clauses) + ")"
    raise TypeError(clause)  # pragma: no cover - every clause is named above


def _expression(table: str, side: str) -> str:
    branches = [_speaks(Role.SYSTEM)]
    for role, policy in access.ROWS[table].items():
        clause = getattr(policy, side)
        if not isinstance(clause, Never):
            branches.append(f"({_speaks(role)} AND {sql(clause)})")
    return " OR ".join(branches)


def _speaks(role: Role) -> str:
    """Whether the transaction is a role's, compared within the sub-select: a truth that the planner takes for even.

    Compared outside, it takes it for one in two hundred, so that every table seems to hold next to nothing for
    everybody, and long ones are joined row by row.
    """
    return f"(SELECT current_setting('apqa.role', true) = '{role.value}')"


def statements(table: str, runtime_role: str) -> list[str]:
    """What makes the database hold the table's policy: row security, forced, and one policy for each kind of act."""
    see, change, add = (_expression(table, side) for side in ("see", "change", "add"))
    role = f'"{runtime_role}"'
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *(f"DROP POLICY IF EXISTS {name} ON {table}" for name in ("see", "add", "amend", "remove")),
        f"CREATE POLICY see ON {table} FOR SELECT USING ({see})",
        f"CREATE POLICY add ON {table} FOR INSERT WITH CHECK ({add})",
        f"CREATE POLICY amend ON {table} FOR UPDATE USING ({change}) WITH CHECK ({change})",
        f"CREATE POLICY remove ON {table} FOR DELETE USING ({change})",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}",
    ]


def apply(connection: Connection, runtime_role: str) -> None:
    """Bring the database's policies to what `app.domain.access` says. Safe to repeat; run after every upgrade."""
    present = set(
        connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
        ).scalars()
    )
    script = [each for table in sorted(present & set(access.ROWS)) for each in statements(table, runtime_role)]
    script += [
        f'GRANT USAGE ON SCHEMA public TO "{runtime_role}"',
        f'GRANT SELECT ON alembic_version TO "{runtime_role}"',
        f'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO "{runtime_role}"',
    ]
    driver: Any = connection.connection.driver_connection
    await_only(driver.execute(";\n".join(script)))  # hundreds of statements: at once, in the transaction of the SELECT
