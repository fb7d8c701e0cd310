"""Pages of long tables, for callers who see rows for several reasons."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, Table, Uuid, column, func, select, true, union

from app.db import policies
from app.db.policies import Values
from app.domain.access import Any_, Clause, MineAmong

_SHARED, _PLACED_HERE = MineAmong("shared_with_ids"), MineAmong("setting_ids")
_PARTS = ("attendance_marks", "welfare_visits", "progress_reports")
# Whose records they are, what is shared with them, and what tells which of it is, where that is little: what is shared
# is a pupil's record, with all that hangs on it.
_SHARES = {
    "pupils": ("owner_id", "id", func.apqa_few_shared),
    "placements": ("pupil_owner_id", "pupil_id", func.apqa_few_shared),
    **dict.fromkeys(_PARTS, ("pupil_owner_id", "placement_id", func.apqa_few_placed)),
}

# Each way is read by the index of its column and the id, and then the page by its ids. PostgreSQL takes what the other
# conditions say for rarer than it is, and would gather and sort everything.
IN_ORDER = "SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true)"


def first(page: Select[Any], table: Table, see: Clause, caller: Values) -> Select[Any]:
    """The values of a page that come from rows which a caller sees: the first for each reason to see one, and of these
    the first.

    Asked together (`commissioner_id = me OR home_la_code = mine OR ...`) PostgreSQL reads the table in the order of the
    page until it is full: all of it for a caller who sees next to nothing, or nothing but what is new.

    Args:
        page: one column of the table, narrowed by what is asked, in its order and cut.
        see: the reasons; for each there is an index by its column and the id.
    """
    ways = [way for reason in _reasons(see) for way in _ways(page, table, reason, caller)]
    found = union(*(select(*each.subquery().c) for each in ways)).subquery()
    return select(*found.c).order_by(*found.c).limit(page._limit_clause)


def _reasons(see: Clause) -> Iterator[Clause]:
    if isinstance(see, Any_):
        for each in see.clauses:
            yield from _reasons(each)
    else:
        yield see


def _ways(page: Select[Any], table: Table, reason: Clause, caller: Values) -> Iterator[Select[Any]]:
    # No index on an array would serve: behind row security, its operators could leak.
    seen = page.where(policies.where(reason, table.c, caller))
    if reason == _SHARED:
        yield from _shared(seen, table, caller)
    elif reason == _PLACED_HERE:
        placements = policies.tables()["placements"].__table__.c  # type: ignore[attr-defined]
        here = select(placements.pupil_id).where(placements.provider_id == caller.organisation_id)
        yield seen.where(table.c.id.in_(here))
    else:
        yield seen


def _shared(seen: Select[Any], table: Table, caller: Values) -> Iterator[Select[Any]]:
    """What is shared is found by the pupils or their placements, where they are few, or else owner by owner."""
    owner, shared, told = _SHARES[table.name]
    few = told(caller.organisation_id)
    yield seen.where(table.c[shared] == func.any(few))
    sharers = func.apqa_sharers(caller.organisation_id).table_valued(column("owner_id", Uuid()))
    of_one = seen.where(table.c[owner] == sharers.c.owner_id).lateral()
    each = select(*of_one.c).distinct().join_from(sharers, of_one, true()).where(few.is_(None))
    yield each.order_by(*of_one.c).limit(seen._limit_clause)
