"""What the system knows of the children at a provider in a year, as counts for its annual report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.attendance import marks_of
from app.db.organisations import Organisation
from app.db.placements import GOALS, REASONS, Placement
from app.db.progress_reports import ProgressReport
from app.db.pupils import Pupil
from app.db.welfare_visits import WelfareVisit
from app.domain.access import Role
from app.domain.annual_reports import (
    NOT_SAID,
    AnnualBreakdown,
    attended,
    breakdown,
    placed,
    progressed,
    seen,
)
from app.domain.annual_reports.figures import (
    AnnualAttendance,
    AnnualPlacements,
    AnnualProgress,
    AnnualWelfare,
)
from app.domain.attendance import tally
from app.domain.placements import Status

_COMMISSIONERS = (Role.PARTNERSHIP.value, Role.SCHOOL.value, Role.LOCAL_AUTHORITY.value)
_PATTERNS = ("FT", "PT")
_STANDING = ("going_on", "ended")


@dataclass(frozen=True, slots=True)
class Year:
    """The placements of a provider in a year, and whose each is: one child may have several."""

    provider_id: UUID
    from_on: date
    to_on: date
    placements: Sequence[Any]
    children: Mapping[UUID, UUID]

    @property
    def pupils(self) -> int:
        """How many children."""
        return len(set(self.children.values()))

    def children_of(self, placement_ids: Sequence[UUID | None]) -> int:
        """How many children these placements are of."""
        return len({self.children[each] for each in placement_ids if each})


async def year_of(session: AsyncSession, provider_id: UUID, from_on: date, to_on: date) -> Year:
    """The placements of a provider that lasted on at least one day of a year."""
    names = ("id", "starts_on", "ends_on", "placement_reason", "attendance_pattern", "goal")
    child = func.coalesce(col(Pupil.child_id), col(Placement.pupil_id)).label("child_id")
    query = (
        select(*(getattr(Placement, name) for name in names), child, col(Organisation.kind).label("commissioner"))
        .select_from(Placement)
        .outerjoin(Pupil, col(Pupil.id) == col(Placement.pupil_id))
        .outerjoin(Organisation, col(Organisation.id) == col(Placement.commissioner_id))
        .where(*during(provider_id, from_on, to_on))
        .order_by(col(Placement.starts_on), col(Placement.id))
    )
    found = (await session.execute(query)).all()
    return Year(provider_id, from_on, to_on, found, {each.id: each.child_id for each in found})


def during(provider_id: UUID, from_on: date, to_on: date) -> tuple[Any, ...]:
    """Of a provider, and lasting on at least one day."""
    return (
        col(Placement.provider_id) == provider_id,
        col(Placement.status) != Status.CANCELLED.value,
        col(Placement.starts_on) <= to_on,
        or_(col(Placement.ends_on).is_(None), col(Placement.ends_on) >= from_on),
    )


def placements(year: Year) -> AnnualPlacements:
    """Who was placed: each child by its last placement in the year."""
    last = {each.child_id: each for each in year.placements}.values()

    def by(name: str, known: Sequence[str], values: Sequence[str | None], *, of_each: bool = False) -> AnnualBreakdown:
        return breakdown(name, Counter(each or NOT_SAID for each in values), known=known, of_each=of_each)

    parts = (
        by("commissioner", _COMMISSIONERS, [each.commissioner for each in last]),
        by("reason", REASONS, [each.placement_reason for each in last], of_each=True),
        by("goal", GOALS, [each.goal for each in last], of_each=True),
        by("attendance_pattern", _PATTERNS, [each.attendance_pattern for each in last]),
        by("standing", _STANDING, [_standing(each, year.to_on) for each in last]),
    )
    return placed(len(year.placements), year.pupils, parts)


def _standing(placement: Any, to_on: date) -> str:
    return "ended" if placement.ends_on is not None and placement.ends_on <= to_on else "going_on"


async def attendance(session: AsyncSession, year: Year) -> AnnualAttendance:
    """What the register comes to."""
    marks = await marks_of(session, list(year.children), year.from_on, year.to_on)
    return attended(year.children_of(list(marks)), tally([each for own in marks.values() for each in own]))


async def welfare(session: AsyncSession, year: Year) -> AnnualWelfare:
    """How many children were seen by those who answer for them."""
    query = select(col(WelfareVisit.placement_id)).where(
        col(WelfareVisit.placement_id).in_(list(year.children)),
        col(WelfareVisit.seen_on).between(year.from_on, year.to_on),
    )
    found = (await session.execute(query)).scalars().all()
    return seen(len(found), year.pupils, year.children_of(found))


async def progress(session: AsyncSession, year: Year) -> AnnualProgress:
    """What was reported of progress, of one placement or of all."""
    query = select(col(ProgressReport.kind), col(ProgressReport.targets)).where(
        col(ProgressReport.provider_id) == year.provider_id,
        col(ProgressReport.submitted_on).between(year.from_on, year.to_on),
    )
    found = (await session.execute(query)).all()
    reached = Counter(_reached(target) for each in found for target in each.targets)
    return progressed(len(found), Counter(each.kind for each in found), reached, pupils=year.pupils)


def _reached(target: Mapping[str, Any]) -> str:
    return {True: "met", False: "not_met"}.get(target.get("met"), NOT_SAID)  # type: ignore[arg-type]
