"""Pages of long tables, as the caller of a session sees them."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Table, Uuid, case, cast, func, select, text, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from app.db import ways
from app.db.base import Keyset, Page, Root
from app.db.session import caller_of
from app.domain.access import policy

R = TypeVar("R", bound=SQLModel)
_IN_ORDER = text(ways.IN_ORDER)
_FEW = 500


async def page(
    session: AsyncSession,
    keyset: Keyset,
    entity: type[R],
    wanted: Mapping[str, Any],
    asked: Iterable[ColumnElement[bool]] = (),
) -> Page[R]:
    """The rows that the caller sees, by id.

    An id that is wanted leads to its rows by an index of its own; without one, only who asks narrows the table.

    Args:
        wanted: columns and the values they must hold; None asks nothing.
        asked: more conditions on the columns of the table itself (its `c`).
    """
    table = table_of(entity)
    named = {name: value for name, value in wanted.items() if value is not None}
    narrow = [*(table.c[name] == value for name, value in named.items()), *asked]
    if any(isinstance(value, UUID) for value in named.values()):
        rows = keyset.cut(select(entity).where(*narrow), table.c.id)
    else:
        ids = keyset.cut(select(table.c.id).where(*narrow), table.c.id)
        rows = select(entity).where(table.c.id.in_(await first(session, ids, table))).order_by(table.c.id)
    return keyset.page((await session.execute(rows)).scalars().all())


async def first(session: AsyncSession, page: Select[Any], table: Table) -> Select[Any]:
    """`ways.first` for the caller; the transaction reads by indexes from now on."""
    await session.execute(_IN_ORDER)
    caller = caller_of(session)
    return ways.first(page, table, policy(table.name, caller.role).see, caller)


def under(
    query: Select[Any], keyset: Keyset, key: Any, above: Any, parent: type[Root], wanted: Iterable[Any]
) -> Select[Any]:
    """The cut of a list whose rows hang on others that whoever sees them sees, too: judgements on visits.

    Teams and networks stand in arrays, by which no index leads to rows. But there are few visits for many judgements:
    who sees few of these is led to their rows, and who sees many fills a page soon.

    Args:
        key: the column of the rows' own ids; `above`: the column that names what they hang on, which has an index.
        wanted: values that are asked for; an id among them leads to its rows by an index of its own.
    """
    if any(isinstance(value, UUID) for value in wanted):
        return keyset.cut(query, key)
    seen = select(col(parent.id)).limit(_FEW + 1).subquery()
    told = case((func.count() <= _FEW, func.coalesce(func.array_agg(seen.c.id), cast([], ARRAY(Uuid())))))
    few = select(told.label("ids")).select_from(seen).cte("few")
    ids = cast(select(few.c.ids).scalar_subquery(), ARRAY(Uuid()))
    cut = keyset.cut(query.with_only_columns(key), key)
    either = cut.where(above == func.any(ids)), cut.where(ids.is_(None))
    found = union(*(select(*each.subquery().c) for each in either))
    return keyset.cut(query.where(key.in_(found)), key)


def table_of(entity: type[SQLModel]) -> Table:
    """The table of an entity."""
    found: Table = entity.__table__  # type: ignore[attr-defined]
    return found
