"""The register of placements: one mark for each session, with everything that it said before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import pages
from app.db.amending import Amended, amend
from app.db.base import Keyset, Page, instant, one_of
from app.db.placement_parts import PlacementPart, part_of, ways_to
from app.db.placements import Placement
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.attendance import Entry, Mark, Placed, Session, ensure_amendable, faults_of
from app.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from app.domain.placements import Status

# Two who report of one placement at once meet here; all in one order, so that no two batches deadlock.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('attendance ' || placement, 0))"
    " FROM (SELECT unnest(CAST(:placements AS uuid[])) AS placement ORDER BY 1) AS placed"
)
SAID = ("code", "minutes_late", "nature", "comment")
Slot = tuple[UUID, date, str]
"""A placement, a day and a session."""


class AttendanceMark(PlacementPart, Amended, table=True):
    """What the register says of one session. `organisation_id`: who marked it first.

    Amended are the columns of `SAID` and `reported_at`.
    """

    __tablename__ = "attendance_marks"
    __table_args__ = (
        one_of("session", tuple(each.value for each in Session)),
        UniqueConstraint("placement_id", "session_on", "session"),
        Index("uq_attendance_marks_external", "organisation_id", "source", "external_id", unique=True),
        *ways_to("attendance_marks"),
    )

    placement_id: UUID = Field(foreign_key="placements.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    source: str | None = None
    external_id: str | None = None
    session_on: date
    session: str
    code: str
    minutes_late: int | None = None
    nature: str | None = None
    comment: str | None = None
    reported_at: datetime = instant()
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Told:
    """A mark as it is reported; `reason`: why it says otherwise than before."""

    placement_id: UUID
    mark: Mark
    reported_at: datetime | None = None
    reason: str | None = None
    source: str | None = None
    external_id: str | None = None

    @property
    def slot(self) -> Slot:
        """The session that it is about."""
        return self.placement_id, self.mark.session_on, self.mark.session.value


@dataclass(frozen=True, slots=True)
class Kept:
    """A mark as it is on record, whether it is new, and whether it was amended."""

    row: AttendanceMark
    created: bool = False
    amended: bool = False


async def record(
    session: AsyncSession, items: Sequence[Told | DomainError], *, at: datetime, today: date
) -> list[Kept | DomainError]:
    """Mark sessions, each for itself, in a handful of statements for any number.

    Args:
        items: what is told, or why it cannot be read, which is passed on.

    Returns:
        For each item what became of it: what is refused (NotFound, `not_yours`, `mark_invalid` by pointer,
        `mark_exists`) has left nothing behind.
    """
    told = [each for each in items if isinstance(each, Told)]
    placements = await _placements(session, {each.placement_id for each in told})
    await session.execute(_LOCK, {"placements": list(placements)})
    held = await _held(session, told)
    outcomes: list[Kept | DomainError] = []
    for item in items:
        try:
            outcomes.append(_mark(session, item, placements, held, at, today) if isinstance(item, Told) else item)
        except DomainError as refusal:
            outcomes.append(refusal)
    await session.flush()
    _written(session, [each for each in outcomes if isinstance(each, Kept) and (each.created or each.amended)])
    return outcomes


async def put(session: AsyncSession, told: Told, *, at: datetime, today: date) -> Kept:
    """Mark a session that another system holds under an id of its own, or bring it up to date.

    Raises:
        Conflict: `mark_moved`, the id stands for another session already.
        DomainError: as in `record`.
    """
    query = select(AttendanceMark).where(
        col(AttendanceMark.organisation_id) == caller_of(session).organisation,
        col(AttendanceMark.source) == told.source,
        col(AttendanceMark.external_id) == told.external_id,
    )
    found = (await session.execute(query)).scalar_one_or_none()
    if found is not None and _slot(found) != told.slot:
        raise Conflict("This id stands for another session: a register is amended, not moved.", code="mark_moved")
    (outcome,) = await record(session, [told], at=at, today=today)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def _slot(row: AttendanceMark) -> Slot:
    return row.placement_id, row.session_on, row.session


async def _placements(session: AsyncSession, named: Iterable[UUID]) -> dict[UUID, Placement]:
    found = (await session.execute(select(Placement).where(col(Placement.id).in_(named)))).scalars()
    return {each.id: each for each in found}


async def _held(session: AsyncSession, told: Sequence[Told]) -> dict[Slot, AttendanceMark]:
    query = select(AttendanceMark).where(
        col(AttendanceMark.placement_id).in_({each.placement_id for each in told}),
        col(AttendanceMark.session_on).in_({each.mark.session_on for each in told}),
    )
    return {_slot(each): each for each in (await session.execute(query)).scalars()}


def _mark(
    session: AsyncSession,
    told: Told,
    placements: Mapping[UUID, Placement],
    held: dict[Slot, AttendanceMark],
    at: datetime,
    today: date,
) -> Kept:
    placement = placements.get(told.placement_id)
    if placement is None:
        raise NotFound("There is no such record, or it is not yours to see.")
    if caller_of(session).organisation not in (placement.provider_id, placement.commissioner_id):
        raise Forbidden("The provider reports, or whoever commissioned the placement.", code="not_yours")
    placed = Placed(placement.starts_on, placement.ends_on, placement.status == Status.CANCELLED)
    faults = faults_of(told.mark, placed, reported_at=told.reported_at or at, at=at, today=today)
    if faults:
        raise Invalid("The session cannot be marked so.", code="mark_invalid", errors=faults)
    row = held.get(told.slot)
    if row is not None:
        return Kept(row, amended=_amended(session, row, told, at))
    row = held[told.slot] = _new(session, placement, told, at)
    return Kept(row, created=True)


def _new(session: AsyncSession, placement: Placement, told: Told, at: datetime) -> AttendanceMark:
    caller, mark = caller_of(session), told.mark
    row = AttendanceMark(
        **part_of(placement),
        organisation_id=caller.organisation,
        source=told.source,
        external_id=told.external_id,
        session_on=mark.session_on,
        session=mark.session.value,
        **{name: getattr(mark.entry, name) for name in SAID},
        reported_at=told.reported_at or at,
        recorded_by=caller.principal,
    )
    session.add(row)
    return row


def _amended(session: AsyncSession, row: AttendanceMark, told: Told, at: datetime) -> bool:
    """Write down another entry beside what the register said before, if it is another."""
    new = told.mark.entry
    if not ensure_amendable(entry_of(row), new, reason=told.reason, amended=len(row.amendments)):
        return False
    content = {name: getattr(new, name) for name in SAID} | {"reported_at": told.reported_at or at}
    amend(session, row, content, reason=told.reason, at=at)
    return True


def entry_of(row: AttendanceMark) -> Entry:
    """What a mark says."""
    return Entry(row.code, row.minutes_late, row.nature, row.comment)


def _written(session: AsyncSession, kept: Sequence[Kept]) -> None:
    """Write down what was done, and tell those who answer for each child, once for each placement."""
    if not kept:
        return
    amended = sum(each.amended for each in kept)
    audit(session, "record", "attendance_mark", None, marks=len(kept), amended=amended)
    for placement_id in dict.fromkeys(each.row.placement_id for each in kept):
        rows = [each.row for each in kept if each.row.placement_id == placement_id]
        one, days = rows[0], sorted({row.session_on for row in rows})
        readers = (one.provider_id, one.commissioner_id, one.pupil_owner_id, *one.shared_with_ids)
        about = {"from_on": days[0].isoformat(), "to_on": days[-1].isoformat(), "marks": len(rows)}
        tell(session, "attendance.recorded", "placement", placement_id, readers, **about)


async def list_page(
    session: AsyncSession,
    keyset: Keyset,
    *,
    wanted: Mapping[str, UUID | None],
    from_on: date | None = None,
    to_on: date | None = None,
) -> Page[AttendanceMark]:
    """Marks that the caller may know of, by id.

    Args:
        wanted: columns and the ids they must hold; None asks nothing.
    """
    session_on = pages.table_of(AttendanceMark).c.session_on
    asked = [session_on >= from_on] if from_on is not None else []
    asked += [session_on <= to_on] if to_on is not None else []
    return await pages.page(session, keyset, AttendanceMark, wanted, asked)


async def marks_of(
    session: AsyncSession, placement_ids: Iterable[UUID], from_on: date, to_on: date
) -> dict[UUID, list[Mark]]:
    """The marks of placements from one day to another, by placement, in the order of their sessions."""
    names = ("placement_id", "session_on", "session", *SAID)
    query = (
        select(*(getattr(AttendanceMark, name) for name in names))
        .where(col(AttendanceMark.placement_id).in_(placement_ids))
        .where(col(AttendanceMark.session_on).between(from_on, to_on))
        .order_by(col(AttendanceMark.session_on), col(AttendanceMark.session))
    )
    found: dict[UUID, list[Mark]] = {}
    for placement_id, session_on, half, *said in await session.execute(query):
        found.setdefault(placement_id, []).append(Mark(session_on, Session(half), Entry(*said)))
    return found
