"""Pages of long tables, for callers who see rows for several reasons."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, Table, Uuid, column, func, select, true, union

from app.db import policies
from app.db.policies import Values
from app.domain.access import Any_, Clause, MineAmong

_SHARED = MineAmong("shared_with_ids")
# Whose records they are and which: what is shared is a pupil's record, with all that hangs on it.
_OWNER_AND_PUPIL = {"placements": ("pupil_owner_id", "pupil_id"), "pupils": ("owner_id", "id")}

# Each way is read by the index of its column and the id, and then the page by its ids. PostgreSQL takes what the other
# conditions say for rarer than it is, and would gather and sort everything.
IN_ORDER = "SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true)"


def first_ids(page: Select[Any], table: Table, see: Clause, caller: Values) -> Select[Any]:
    """The ids of a page's rows that a caller sees: the first for each reason to see one, and of these the first.

    Asked together (`commissioner_id = me OR home_la_code = mine OR ...`) PostgreSQL reads the table in the order of the
    page until it is full: all of it for a caller who sees next to nothing, or nothing but what is new.

    Args:
        page: ids of the table, narrowed by what is asked, in their order and cut.
        see: the reasons; for each there is an index by its column and the id.
    """
    ways = [way for reason in _reasons(see) for way in _ways(page, table, reason, caller)]
    found = union(*(select(each.subquery().c.id) for each in ways)).subquery()
    return select(found.c.id).order_by(found.c.id).limit(page._limit_clause)


def _reasons(see: Clause) -> Iterator[Clause]:
    if isinstance(see, Any_):
        for each in see.clauses:
            yield from _reasons(each)
    else:
        yield see


def _ways(page: Select[Any], table: Table, reason: Clause, caller: Values) -> Iterator[Select[Any]]:
    seen = page.where(policies.where(reason, table.c, caller))
    if reason != _SHARED:
        yield seen
        return
    # No index on the array would serve: behind row security, its operators could leak. So what is shared is found by
    # the pupils, where they are few, or else owner by owner; one of the two finds nothing.
    owner, pupil = (table.c[name] for name in _OWNER_AND_PUPIL[table.name])
    yield seen.where(pupil == func.any(func.apqa_few_shared(caller.organisation_id)))
    sharers = func.apqa_sharers(caller.organisation_id).table_valued(column("owner_id", Uuid()))
    of_one = seen.where(owner == sharers.c.owner_id).lateral()
    yield select(of_one.c.id).join_from(sharers, of_one, true()).order_by(of_one.c.id).limit(page._limit_clause)
