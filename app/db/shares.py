"""The shares by which others than its keeper read a pupil's record."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import pupils, rows
from app.db.base import Keyset, Page, today
from app.db.organisations import Organisation
from app.db.placements import Placement
from app.db.pupils import Pupil, PupilShare
from app.db.records import audit, tell
from app.domain.access import Role
from app.domain.errors import Conflict, Fault, Invalid, NotFound
from app.domain.placements import Status

# It sees over all organisations: placements of the pupil may be commissioned by others than who keeps the record.
_SPREAD = text("SELECT apqa_spread_share(:pupil, :reader)")
_READERS = (Role.PARTNERSHIP.value, Role.LOCAL_AUTHORITY.value)


async def add(session: AsyncSession, pupil_id: UUID, *, organisation_id: UUID, purpose: str) -> PupilShare:
    """Let a partnership or local authority read a record of the caller's, and the pupil's placements.

    Raises:
        Conflict: `already_shared`, `pupil_merged`.
        Invalid: `reader_not_eligible`.
        NotFound, Forbidden
    """
    pupil = await pupils.for_change(session, pupil_id)
    await _ensure_may_read(session, pupil, organisation_id)
    live = select(PupilShare).where(
        col(PupilShare.pupil_id) == pupil_id,
        col(PupilShare.organisation_id) == organisation_id,
        col(PupilShare.revoked_at).is_(None),
    )
    if (await session.execute(live)).first() is not None:
        raise Conflict("The pupil is shared with this organisation.", code="already_shared")
    row = PupilShare(pupil_id=pupil_id, owner_id=pupil.owner_id, organisation_id=organisation_id, purpose=purpose)
    session.add(row)
    await _spread(session, row, "share", "pupil.shared")
    return row


async def _ensure_may_read(session: AsyncSession, pupil: Pupil, organisation_id: UUID) -> None:
    kind = select(col(Organisation.kind)).where(col(Organisation.id) == organisation_id)
    eligible = (await session.execute(kind)).scalar_one_or_none() in _READERS
    if not eligible or organisation_id == pupil.owner_id:
        fault = Fault("reader_not_eligible", "Another partnership or local authority.", pointer="/organisation_id")
        raise Invalid("The pupil cannot be shared with this.", code="reader_not_eligible", errors=(fault,))


async def list_page(session: AsyncSession, pupil_id: UUID, keyset: Keyset) -> Page[PupilShare]:
    """The shares of one record: all of them for its keeper, their own for those it is shared with."""
    await pupils.get(session, pupil_id)
    query = select(PupilShare).where(col(PupilShare.pupil_id) == pupil_id)
    return keyset.page((await session.execute(keyset.cut(query, col(PupilShare.id)))).scalars().all())


async def revoke(session: AsyncSession, pupil_id: UUID, share_id: UUID, *, at: datetime) -> PupilShare:
    """End a share, at once; one that has ended stays as it is.

    Raises:
        Conflict: `pupil_merged`; `share_in_use`, the other organisation has the pupil placed.
        NotFound, Forbidden
    """
    await pupils.for_change(session, pupil_id)
    row = await rows.get(session, PupilShare, share_id)
    if row.pupil_id != pupil_id:
        raise NotFound("There is no such record, or it is not yours to see.")
    if row.revoked_at is None:
        await _refuse_while_in_use(session, row, on=today(at))
        row.revoked_at = at
        await _spread(session, row, "revoke_share", "pupil.share_revoked")
    return row


async def _refuse_while_in_use(session: AsyncSession, row: PupilShare, *, on: date) -> None:
    """Whoever has the child placed must be able to say who it is."""
    query = select(col(Placement.id)).where(
        col(Placement.pupil_id) == row.pupil_id,
        col(Placement.commissioner_id) == row.organisation_id,
        col(Placement.status) != Status.CANCELLED,
        or_(col(Placement.ends_on).is_(None), col(Placement.ends_on) >= on),
    )
    if (await session.execute(query.limit(1))).first() is not None:
        raise Conflict("The other organisation has this pupil placed: that placement ends first.", code="share_in_use")


async def _spread(session: AsyncSession, row: PupilShare, action: str, event: str) -> None:
    """Bring what row policies read to what the shares say, and write the act down."""
    await session.flush()
    await session.execute(_SPREAD, {"pupil": row.pupil_id, "reader": row.organisation_id})
    said = {"share_id": str(row.id), "organisation_id": str(row.organisation_id)}
    audit(session, action, "pupil", row.pupil_id, **said)
    tell(session, event, "pupil", row.pupil_id, [row.owner_id, row.organisation_id], **said)
