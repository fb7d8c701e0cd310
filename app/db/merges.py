"""How two records that one organisation keeps of one pupil become one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import pupils
from app.db.base import Versions
from app.db.pupils import Pupil
from app.db.records import audit, tell
from app.domain import pupils as rules
from app.domain.errors import Fault, Invalid

# It sees over all organisations: placements of the pupil may be commissioned by others than who keeps the record.
_MERGE = text("SELECT apqa_merge_pupils(:kept, :other)")


async def merge(session: AsyncSession, pupil_id: UUID, other_id: UUID, *, expected: Versions) -> Pupil:
    """Make one of two records that the caller keeps of one pupil; placements and shares move to the one that is kept.

    Args:
        pupil_id: the record that is kept.
        other_id: the record that from now on only names it.
        expected: version of the kept record.

    Raises:
        Conflict: `pupil_merged`, one of them is merged already.
        Invalid: `merged_with_itself`.
        NotFound, Forbidden, Stale
    """
    # Both in one order, and the keys too: a placement being recorded for either is waited for.
    both = select(col(Pupil.id)).where(col(Pupil.id).in_((pupil_id, other_id))).order_by(col(Pupil.id))
    await session.execute(both.with_for_update())
    kept = await pupils.for_change(session, pupil_id, expected=expected)
    other = await pupils.for_change(session, other_id)
    if kept is other:
        fault = Fault("merged_with_itself", "Name the other record.", pointer="/pupil_id")
        raise Invalid("A record cannot be merged with itself.", code="merged_with_itself", errors=(fault,))
    gained = rules.united(kept.model_dump(), other.model_dump())
    await _absorb(session, kept, other, gained)
    audit(session, "merge", "pupil", kept.id, merged_id=str(other.id))
    tell(session, "pupil.merged", "pupil", kept.id, pupils.audience(kept), merged_id=str(other.id))
    return kept


async def _absorb(session: AsyncSession, kept: Pupil, other: Pupil, gained: Mapping[str, Any]) -> None:
    settings = {*kept.setting_ids, *other.setting_ids}
    other.setting_ids, other.merged_into_id = [], kept.id
    other.touch()
    await session.flush()  # first, so that its UPN is free for the kept record
    for column, value in gained.items():
        setattr(kept, column, value)
    kept.setting_ids = sorted(settings)
    kept.touch()
    await session.flush()
    await session.execute(_MERGE, {"kept": kept.id, "other": other.id})
    await session.refresh(kept)
