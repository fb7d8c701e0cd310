"""Placements that another system holds under its own ids: recorded once, then brought up to date."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import facts as facts_
from app.db import rows
from app.db.placements import Placement
from app.db.placing import PLAIN, Recorded, arrangement, change, rearrange, record
from app.db.providers import Provider
from app.db.session import caller_of
from app.db.threshold import Clock
from app.domain.errors import Conflict
from app.domain.placements import arranged_on


async def put(
    session: AsyncSession,
    source: str,
    external_id: str,
    said: Mapping[str, Any],
    *,
    clock: Clock,
    override: str | None,
    hold_id: UUID | None = None,
) -> Recorded:
    """Record what another system holds under its own id, or bring it up to date. Twice the same changes nothing.

    Raises:
        Conflict: `placement_moved`, the id stands for another child or another provider already.
    """
    provider = await rows.get(session, Provider, said["provider_id"])
    await facts_.lock(session, [provider.id])
    query = select(Placement).where(
        col(Placement.commissioner_id) == (said.get("commissioner_id") or caller_of(session).organisation),
        col(Placement.source) == source,
        col(Placement.external_id) == external_id,
    )
    found = (await session.execute(query)).scalar_one_or_none()
    told = {**said, "source": source, "external_id": external_id}
    if found is None:
        return await record(session, told, clock=clock, override=override, hold_id=hold_id)
    if (found.provider_id, found.pupil_id) != (provider.id, said["pupil_id"]):
        raise Conflict("This id stands for another child or provider: end that one first.", code="placement_moved")
    return await _brought_up_to_date(session, found, told, clock, override)


async def _brought_up_to_date(
    session: AsyncSession, found: Placement, told: Mapping[str, Any], clock: Clock, override: str | None
) -> Recorded:
    recorded = Recorded(found, changed=False)
    plain = {name: told.get(name) for name in (*PLAIN, "starts_on", "ends_on")}
    plain["home_school_id"] = plain["home_school_id"] or found.home_school_id
    differing = {name: value for name, value in plain.items() if getattr(found, name) != value}
    if differing:
        recorded = await change(session, found.id, differing, expected=None, clock=clock, override=override)
    # The source tells the week as it is now; what is arranged for later stays.
    held = arranged_on(found.arrangements, on=max(clock.today, found.starts_on))
    if held is None or held != arrangement(told, date.fromisoformat(held["from_on"]), clock):
        since = max(found.starts_on, clock.today)
        week = await rearrange(session, found.id, told, from_on=since, expected=None, clock=clock, override=override)
        recorded = replace(week, told=recorded.told)
    return recorded
