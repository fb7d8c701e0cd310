"""Children seen at the settings where they are placed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import amending, pages, rows
from app.db.amending import Correctable, Correction
from app.db.base import Keyset, Page, Versions
from app.db.placement_parts import PlacementPart, part_of, ways_to
from app.db.placements import Placement
from app.db.providers import Site
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.errors import Conflict, Fault, Invalid
from app.domain.placements import Status


class WelfareVisit(PlacementPart, Correctable, table=True):
    """That a child was seen on a day at a setting, by somebody of an organisation: no QA visit."""

    __tablename__ = "welfare_visits"
    __table_args__ = (
        Index("ix_welfare_visits_placement_id_seen_on", "placement_id", "seen_on"),
        *ways_to("welfare_visits"),
    )

    CONTENT: ClassVar[tuple[str, ...]] = ("site_id", "seen_on", "seen_by", "note", "concerns")

    organisation_id: UUID = Field(foreign_key="organisations.id")
    site_id: UUID | None = Field(default=None, foreign_key="sites.id")
    seen_on: date
    seen_by: str | None = None
    note: str | None = None
    concerns: str | None = None
    recorded_by: str


async def record(session: AsyncSession, said: Mapping[str, Any], *, today: date) -> WelfareVisit:
    """Write down that a child was seen, in the name of the caller's organisation.

    Raises:
        Invalid: `welfare_visit_invalid`, by pointer.
        Conflict: `placement_cancelled`.
        NotFound: no such placement, or one that is not the caller's to see.
    """
    placement = await rows.get(session, Placement, said["placement_id"])
    if placement.status == Status.CANCELLED:
        raise Conflict("The placement is cancelled.", code="placement_cancelled")
    await _check(session, placement, said, today)
    caller = caller_of(session)
    told: dict[str, Any] = {name: said.get(name) for name in WelfareVisit.CONTENT}
    row = WelfareVisit(
        **part_of(placement),
        **told,
        organisation_id=caller.organisation,
        recorded_by=caller.principal,
    )
    session.add(row)
    await session.flush()
    _written(session, row, "record", "recorded")
    return row


def _written(session: AsyncSession, row: WelfareVisit, action: str, done: str) -> None:
    about = {"placement_id": str(row.placement_id)}
    audit(session, action, "welfare_visit", row.id, **about, seen_on=row.seen_on.isoformat())
    answerable = (row.commissioner_id, row.pupil_owner_id, *row.shared_with_ids)
    tell(session, f"welfare_visit.{done}", "welfare_visit", row.id, answerable, **about)


async def correct(
    session: AsyncSession, visit_id: UUID, said: Correction, *, at: datetime, today: date
) -> WelfareVisit:
    """Put right what was written down of a visit to a child. Who was seen is put right by recording it anew.

    Raises:
        Invalid: `welfare_visit_invalid`, by pointer.
        Conflict, Forbidden, NotFound, Stale: as `amending.for_correction`.
    """
    row = await amending.for_correction(session, WelfareVisit, visit_id, expected=said.expected)
    content = row.said() | said.content
    placement_id: Any = row.placement_id
    await _check(session, await rows.get(session, Placement, placement_id), content, today)
    if await amending.correct(session, row, content, reason=said.reason, at=at):
        _written(session, row, "correct", "corrected")
    return row


async def withdraw(
    session: AsyncSession, visit_id: UUID, reason: str, *, expected: Versions, at: datetime
) -> WelfareVisit:
    """Take back that a child was seen. Raises as `amending.for_correction`."""
    row = await amending.withdraw(session, WelfareVisit, visit_id, reason, expected=expected, at=at)
    _written(session, row, "withdraw", "withdrawn")
    return row


async def get(session: AsyncSession, visit_id: UUID) -> WelfareVisit:
    """One visit to a child that the caller may know of. Raises NotFound."""
    return await rows.get(session, WelfareVisit, visit_id)


async def _check(session: AsyncSession, placement: Placement, said: Mapping[str, Any], today: date) -> None:
    faults: list[Fault] = []
    if said["seen_on"] > today:
        faults.append(Fault("in_the_future", "The child has been seen: not on a day to come.", pointer="/seen_on"))
    if not placement.starts_on <= said["seen_on"] <= (placement.ends_on or date.max):
        faults.append(Fault("outside_placement", "On a day of the placement.", pointer="/seen_on"))
    if said.get("site_id") is not None:
        query = select(col(Site.id)).where(
            col(Site.id) == said["site_id"], col(Site.provider_id) == placement.provider_id
        )
        if (await session.execute(query)).first() is None:
            faults.append(Fault("site_unknown", "Name one of the provider's own sites.", pointer="/site_id"))
    if faults:
        raise Invalid("The child cannot have been seen so.", code="welfare_visit_invalid", errors=tuple(faults))


async def list_page(
    session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, UUID | None], since: date | None = None
) -> Page[WelfareVisit]:
    """Visits to children that the caller may know of, by id.

    Args:
        wanted: columns and the ids they must hold; None asks nothing.
        since: the first day on which the child was seen.
    """
    asked = [pages.table_of(WelfareVisit).c.seen_on >= since] if since is not None else []
    return await pages.page(session, keyset, WelfareVisit, wanted, asked)
