"""Pupil records as they are listed and looked for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, false
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import pages
from app.db.base import Keyset, Page
from app.db.pupils import Pupil, has_upn
from app.db.session import caller_of
from app.domain import pupils as rules

_TABLE: Table = pages.table_of(Pupil)


async def list_page(session: AsyncSession, keyset: Keyset, wanted: Mapping[str, Any]) -> Page[Pupil]:
    """Records that the caller may know of, by id, without those merged into others.

    Args:
        wanted: column -> value; None asks nothing. A UPN is looked for among former ones too, a name by its beginning.
    """
    caller = caller_of(session)
    asked = {column: value for column, value in wanted.items() if value is not None}
    fitting = [_fits(*each) for each in asked.items()]
    if not all(rules.tells(caller, column) for column in asked):
        fitting.append(false())
    return await pages.page(session, keyset, Pupil, {}, [_TABLE.c.merged_into_id.is_(None), *fitting])


def _fits(column: str, value: Any) -> ColumnElement[bool]:
    match column:
        case "upn":
            return has_upn(_TABLE.c, value)
        case "given_name" | "family_name":
            return _TABLE.c[column].istartswith(value, autoescape=True)
        case _:
            named: ColumnElement[bool] = _TABLE.c[column] == value
            return named
