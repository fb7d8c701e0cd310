"""What a record about a placement repeats of it, so that row policies need nothing else."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db.base import Row, uuids
from app.db.evidence import Evidence
from app.db.placements import Placement
from app.domain.errors import Fault, Invalid


class PlacementPart(Row):
    """The columns by which it is known whose it is; triggers fill them, and keep them in step with the placement.

    Without a placement it is about the provider as a whole, and between the provider and the commissioner.
    """

    placement_id: UUID | None = Field(default=None, foreign_key="placements.id")
    provider_id: UUID = Field(foreign_key="providers.id")
    commissioner_id: UUID = Field(foreign_key="organisations.id")
    pupil_owner_id: UUID | None = None
    shared_with_ids: list[UUID] = uuids()
    home_la_code: str | None = None


def part_of(placement: Placement) -> dict[str, Any]:
    """The columns of `PlacementPart`, for a new record about a placement."""
    return {
        "placement_id": placement.id,
        "provider_id": placement.provider_id,
        "commissioner_id": placement.commissioner_id,
        "pupil_owner_id": placement.pupil_owner_id,
        "shared_with_ids": placement.shared_with_ids,
        "home_la_code": placement.home_la_code,
    }


def ways_to(table: str) -> tuple[Index, ...]:
    """The indexes by which a page of a table of `PlacementPart` is found for each reason to see it (`app.db.ways`)."""
    whose = ("provider_id", "commissioner_id", "pupil_owner_id", "home_la_code")
    return tuple(Index(f"ix_{table}_{column}_id", column, "id") for column in whose)


async def ensure_evidence(session: AsyncSession, provider_id: UUID, named: Sequence[UUID]) -> None:
    """Refuse evidence that is not of the provider, or not the caller's to see.

    Raises:
        Invalid: `evidence_unknown`, by position.
    """
    if not named:
        return
    query = select(col(Evidence.id)).where(col(Evidence.id).in_(named), col(Evidence.provider_id) == provider_id)
    known = set((await session.execute(query)).scalars())
    faults = tuple(
        Fault("evidence_unknown", "There is no such evidence of this provider.", pointer=f"/evidence_ids/{at}")
        for at, each in enumerate(named)
        if each not in known
    )
    if faults:
        raise Invalid("Unknown evidence is named.", code="evidence_unknown", errors=faults)
