"""What the system knows of the children at a provider in a year, as counts for its annual report."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
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
    Reported,
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
from app.domain.attendance import Tally, joined, tally
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
        return self.children_of(self.children)

    def children_of(self, placement_ids: Iterable[UUID]) -> int:
        """How many children these placements are of."""
        return len({self.children[each] for each in placement_ids})

    @property
    def readers(self) -> dict[UUID, frozenset[UUID]]:
        """By each organisation that knows some of the children, the placements by which it does."""
        known: dict[UUID | None, set[UUID]] = defaultdict(set)
        for each in self.placements:
            for reader in {each.commissioner_id, each.pupil_owner_id, each.home_school_id, *each.shared_with_ids}:
                known[reader].add(each.id)
        return {reader: frozenset(placed_) for reader, placed_ in known.items() if reader is not None}

    @property
    def rests(self) -> list[frozenset[UUID]]:
        """For each of them the placements of the others, where there are any."""
        everything = frozenset(self.children)
        return [rest for rest in {everything - known for known in self.readers.values()} if rest]


async def year_of(session: AsyncSession, provider_id: UUID, from_on: date, to_on: date) -> Year:
    """The placements of a provider that lasted on at least one day of a year."""
    names = ("id", "starts_on", "ends_on", "placement_reason", "attendance_pattern", "goal")
    whose = ("commissioner_id", "pupil_owner_id", "home_school_id", "shared_with_ids")
    child = func.coalesce(col(Pupil.child_id), col(Placement.pupil_id)).label("child_id")
    query = (
        select(*(getattr(Placement, name) for name in (*names, *whose)))
        .add_columns(child, col(Organisation.kind).label("commissioner"))
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
    last = list({each.child_id: each for each in year.placements}.values())
    rests = [[each for each in last if each.id in rest] for rest in year.rests]

    def by(
        name: str, known: Sequence[str], read: Callable[[Any], str | None], *, of_each: bool = False
    ) -> AnnualBreakdown:
        counts, *others = (Counter(read(each) or NOT_SAID for each in some) for some in (last, *rests))
        return breakdown(name, counts, known=known, of_each=of_each, rests=[each for each in others if each])

    parts = (
        by("commissioner", _COMMISSIONERS, lambda each: each.commissioner),
        by("reason", REASONS, lambda each: each.placement_reason, of_each=True),
        by("goal", GOALS, lambda each: each.goal, of_each=True),
        by("attendance_pattern", _PATTERNS, lambda each: each.attendance_pattern),
        by("standing", _STANDING, lambda each: _standing(each, year.to_on)),
    )
    return placed(len(year.placements), year.pupils, parts)


def _standing(placement: Any, to_on: date) -> str:
    return "ended" if placement.ends_on is not None and placement.ends_on <= to_on else "going_on"


async def attendance(session: AsyncSession, year: Year) -> AnnualAttendance:
    """What the register comes to."""
    marks = await marks_of(session, list(year.children), year.from_on, year.to_on)
    tallies = {placement_id: tally(own) for placement_id, own in marks.items()}

    def of(placement_ids: AbstractSet[UUID]) -> tuple[int, Tally]:
        return year.children_of(placement_ids), joined(tallies[each] for each in placement_ids)

    rests = [of(rest & tallies.keys()) for rest in year.rests if rest & tallies.keys()]
    return attended(*of(tallies.keys()), rests=rests)


async def welfare(session: AsyncSession, year: Year) -> AnnualWelfare:
    """How many children were seen by those who answer for them."""
    query = select(col(WelfareVisit.placement_id)).where(
        col(WelfareVisit.placement_id).in_(list(year.children)),
        col(WelfareVisit.withdrawn_at).is_(None),
        col(WelfareVisit.seen_on).between(year.from_on, year.to_on),
    )
    found = [each for each in (await session.execute(query)).scalars() if each is not None]
    rests = [(year.children_of(rest), year.children_of(rest.intersection(found))) for rest in year.rests]
    return seen(len(found), year.pupils, year.children_of(found), rests=rests)


async def progress(session: AsyncSession, year: Year) -> AnnualProgress:
    """What was reported of progress, of one placement or of all."""
    names = ("kind", "targets", "placement_id", "commissioner_id")
    query = select(*(getattr(ProgressReport, name) for name in names)).where(
        col(ProgressReport.provider_id) == year.provider_id,
        col(ProgressReport.withdrawn_at).is_(None),
        col(ProgressReport.submitted_on).between(year.from_on, year.to_on),
    )
    found = (await session.execute(query)).all()
    rests = []
    for reader, known in year.readers.items():
        others = [each for each in found if each.commissioner_id != reader and each.placement_id not in known]
        if others:
            rests.append(_reported(others, year.children_of(year.children.keys() - known)))
    return progressed(_reported(found, year.pupils), rests=rests)


def _reported(reports: Sequence[Any], pupils: int) -> Reported:
    targets = Counter(_reached(target) for each in reports for target in each.targets)
    return Reported(pupils, Counter(each.kind for each in reports), targets)


def _reached(target: Mapping[str, Any]) -> str:
    return {True: "met", False: "not_met"}.get(target.get("met"), NOT_SAID)  # type: ignore[arg-type]
