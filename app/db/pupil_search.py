"""Pupil records as they are listed and looked for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, false, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import ways
from app.db.base import Keyset, Page
from app.db.pupils import Pupil, has_upn
from app.db.session import caller_of
from app.domain import pupils as rules
from app.domain.access import policy

_TABLE: Table = Pupil.__table__  # type: ignore[attr-defined]
_IN_ORDER = text(ways.IN_ORDER)


async def list_page(session: AsyncSession, keyset: Keyset, wanted: Mapping[str, Any]) -> Page[Pupil]:
    """Records that the caller may know of, by id, without those merged into others.

    Args:
        wanted: column -> value; None asks nothing. A UPN is looked for among former ones too, a name by its beginning.
    """
    caller = caller_of(session)
    asked = {column: value for column, value in wanted.items() if value is not None}
    page = select(_TABLE.c.id).where(_TABLE.c.merged_into_id.is_(None), *(_fits(*each) for each in asked.items()))
    if not all(rules.tells(caller, column) for column in asked):
        page = page.where(false())
    await session.execute(_IN_ORDER)
    ids = ways.first_ids(keyset.cut(page, _TABLE.c.id), _TABLE, policy("pupils", caller.role).see, caller)
    found = await session.execute(select(Pupil).where(col(Pupil.id).in_(ids)).order_by(col(Pupil.id)))
    return keyset.page(found.scalars().all())


def _fits(column: str, value: Any) -> ColumnElement[bool]:
    match column:
        case "upn":
            return has_upn(_TABLE.c, value)
        case "given_name" | "family_name":
            return _TABLE.c[column].istartswith(value, autoescape=True)
        case _:
            named: ColumnElement[bool] = _TABLE.c[column] == value
            return named
