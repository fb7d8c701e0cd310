"""Placements that another system holds under its own ids: recorded once, then brought up to date."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import String, Table, any_, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import ground, rows, straight
from app.db.base import new_id
from app.db.desk import Desk, Recorded, Told
from app.db.drafts import PLAIN, arrangement
from app.db.placements import Placement
from app.db.placing import change, rearrange
from app.db.reading import Hot
from app.db.session import caller_of
from app.db.threshold import Clock
from app.domain.errors import Conflict
from app.domain.placements import Status, arranged_on, check_change


class Sources:
    """Placements of one commissioner's sources, found by their ids there, or by pupil, provider and first day."""

    def __init__(self, found: Iterable[Placement] = ()) -> None:
        self._by_id: dict[tuple[Any, ...], Placement] = {}
        self._by_child: dict[tuple[Any, ...], list[Placement]] = {}
        for row in found:
            self.add(row)

    def add(self, row: Placement) -> None:
        """Know a placement."""
        self._by_id[row.commissioner_id, row.source, row.external_id] = row
        same = (row.commissioner_id, row.source, row.pupil_id, row.provider_id, row.starts_on)
        self._by_child.setdefault(same, []).append(row)

    def find(self, commissioner_id: UUID, source: str, external_id: str) -> Placement | None:
        """The placement with an id."""
        return self._by_id.get((commissioner_id, source, external_id))

    def known_as(self, commissioner_id: UUID, source: str, said: Mapping[str, Any]) -> str | None:
        """The id by which a placement that has none in its source was recorded before: by pupil, provider and first
        day, a living one first.

        An id made from these would be simpler, but a merge of records changes the pupil, and one made from a UPN could
        be turned back into it by whoever sees the placement.
        """
        found = self._by_child.get((commissioner_id, source, *(said[name] for name in _SAME)), ())
        first = min(found, key=lambda row: (row.status == Status.CANCELLED, row.id), default=None)
        return first.external_id if first else None


_SOURCE = ("commissioner_id", "source")
_SAME = ("pupil_id", "provider_id", "starts_on")


_TABLE: Table = Placement.__table__  # type: ignore[attr-defined]
_OURS = select(_TABLE).where(
    *(_TABLE.c[name] == any_(bindparam(f"{name}s", None, ARRAY(_TABLE.c[name].type))) for name in _SOURCE)
)
_BY_ID = Hot(_OURS.where(_TABLE.c.external_id == any_(bindparam("external_ids", None, ARRAY(String())))))
_UNNESTED = func.unnest(*(bindparam(name, None, ARRAY(_TABLE.c[name].type)) for name in _SAME))
_TOLD = _UNNESTED.table_valued(*_SAME).render_derived("told")
_BY_CHILD = Hot(_OURS.where(tuple_(*(_TABLE.c[name] for name in _SAME)).in_(select(*_TOLD.c))))


async def sources_of(session: AsyncSession, said: Iterable[Mapping[str, Any]]) -> Sources:
    """What is known already of the placements told, under their providers' guards: one statement for those that have
    ids, one for those that have none."""
    sourced = [each for each in said if each.get("source") is not None]
    caller = caller_of(session).organisation
    ours = {
        "commissioner_ids": sorted({each.get("commissioner_id") or caller for each in sourced}),
        "sources": sorted({each["source"] for each in sourced}),
    }
    ids = [each["external_id"] for each in sourced if each.get("external_id")]
    unnamed = [each for each in sourced if not each.get("external_id")]
    found = [*await straight.seen(session, _BY_ID, **ours, external_ids=ids)] if ids else []
    if unnamed:
        same = {name: [each[name] for each in unnamed] for name in _SAME}
        found += await straight.seen(session, _BY_CHILD, **ours, **same)
    return Sources(straight.drawn(Placement, dict(row)) for row in found)


async def put(
    session: AsyncSession,
    source: str,
    external_id: str,
    said: Mapping[str, Any],
    *,
    clock: Clock,
    override: str | None,
) -> Recorded:
    """Record what another system holds under its own id, or bring it up to date, as one of several."""
    desk = Desk(await ground.taken(session, [said], clock))
    told = {**await desk.resolved(said), "source": source, "external_id": external_id}
    recorded = await take(desk, await sources_of(session, [told]), Told(told, override=override), told)
    await desk.write()
    return recorded


async def take(desk: Desk, sources: Sources, item: Told, said: Mapping[str, Any]) -> Recorded:
    """Record a placement, or bring that of a source up to date. Twice the same changes nothing.

    Args:
        said: what the item says, provider and pupil by id.

    Raises:
        Conflict: `placement_moved`, the id stands for another child or another provider already.
    """
    source = said.get("source")
    if source is None:
        return await desk.record(said, item.override, item.hold_id)
    rows.found(desk.ground.providers.get(said["provider_id"]))
    commissioner_id = said.get("commissioner_id") or caller_of(desk.session).organisation
    external_id = said.get("external_id") or sources.known_as(commissioner_id, source, said) or new_id().hex
    told = {**said, "external_id": external_id}
    found = sources.find(commissioner_id, source, external_id)
    if found is None:
        recorded = await desk.record(told, item.override, item.hold_id)
    elif (found.provider_id, found.pupil_id) != (said["provider_id"], said["pupil_id"]):
        raise Conflict("This id stands for another child or provider: end that one first.", code="placement_moved")
    else:
        recorded = await _brought_up_to_date(desk, found, told, item.override)
    sources.add(recorded.row)
    return recorded


async def _brought_up_to_date(desk: Desk, found: Placement, told: Mapping[str, Any], override: str | None) -> Recorded:
    session, clock = desk.session, desk.clock
    recorded = Recorded(found, changed=False)
    plain = {name: told.get(name) for name in (*PLAIN, "starts_on", "ends_on")}
    plain["home_school_id"] = plain["home_school_id"] or found.home_school_id
    differing = {name: value for name, value in plain.items() if getattr(found, name) != value}
    if differing:
        await desk.write()
        recorded = await change(session, found.id, differing, expected=None, clock=clock, override=override)
    # The source tells the week as it is now; what is arranged for later stays.
    row = recorded.row
    held = arranged_on(row.arrangements, on=max(clock.today, row.starts_on))
    if held is None or held != arrangement(told, date.fromisoformat(held["from_on"]), clock):
        since = max(row.starts_on, clock.today)
        check_change(since, row.ends_on, said_at="/timetable")
        await desk.write()
        week = await rearrange(session, row.id, told, from_on=since, expected=None, clock=clock, override=override)
        recorded = replace(week, told=recorded.told)
    return recorded
