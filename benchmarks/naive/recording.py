"""One placement recorded: lock, insert, rows to Python, decide."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

from fastapi import HTTPException
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain.placements import Alert, StatedWeek, arrangement_from
from benchmarks import reference
from benchmarks.naive.shapes import PlacementCreate
from benchmarks.naive.tables import Organisation, Placement, Provider, Pupil

Told = Callable[[AsyncSession, UUID], Awaitable[tuple[list[Pupil], list[Placement]]]]


async def record(
    db: AsyncSession, me: Organisation, body: PlacementCreate, told: Told, today: date
) -> tuple[Placement, list[Alert]]:
    """The placement, inserted under the provider's lock, and what to tell of it; not committed."""
    pupil = await db.get(Pupil, body.pupil_id)
    if pupil is None or me.id not in (pupil.owner_id, *pupil.shared_with_ids):
        raise HTTPException(404)
    locked = select(Provider).where(col(Provider.id) == body.provider_id).with_for_update(key_share=True)
    provider = (await db.exec(locked)).first()
    if provider is None:
        raise HTTPException(404)
    await db.refresh(provider, ["declarations"])
    row = drawn(me, body, pupil, today)
    db.add(row)
    await db.flush()
    await db.refresh(row, ["pupil", "provider"])
    records, placements = await told(db, provider.id)
    after = reference.facts_of(provider, placements, records, me.rulesets)
    before = replace(after, placements=tuple(each for each in after.placements if each.placement_id != row.id))
    refused, row.registration, alerts = reference.decide(before, after, row, today=today)
    if refused and me.threshold_policy == "block":
        await db.rollback()
        raise HTTPException(409)
    return row, alerts


def drawn(me: Organisation, body: PlacementCreate, pupil: Pupil, today: date) -> Placement:
    """The row as it is to be."""
    said = tuple(slot.model_dump(mode="json") for slot in body.timetable)
    week = arrangement_from(StatedWeek(timetable=said), from_on=body.starts_on, session_minutes=195)
    return Placement(
        **body.model_dump(exclude={"timetable"}),
        pupil_owner_id=pupil.owner_id,
        commissioner_id=me.id,
        shared_with_ids=pupil.shared_with_ids,
        status="proposed" if body.starts_on > today else "active",
        arrangements=[week],
        **{name: week[name] for name in reference.WEEK},
    )
