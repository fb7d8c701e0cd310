"""What tests of shared and merged pupil records begin with and look at."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.db.placements import Placement
from app.db.pupils import Pupil
from app.domain.access import Caller
from tests.given import Api, Given


def placement(pupil: dict[str, Any], provider: dict[str, Any], by: Api) -> Placement:
    """A placement of a pupil, commissioned by an organisation, not yet recorded."""
    return Placement(
        provider_id=UUID(provider["id"]),
        pupil_id=UUID(pupil["id"]),
        pupil_owner_id=UUID(pupil["owner_id"]),
        commissioner_id=by.organisation_id,
        status="active",
        starts_on=date(2026, 1, 5),
    )


async def placed(given: Given, pupil: dict[str, Any], provider: dict[str, Any], by: Api) -> str:
    """The id of such a placement, recorded."""
    row = placement(pupil, provider, by)
    placement_id = str(row.id)
    async with given.held.database.session_for(Caller.system("test")) as session:
        session.add(row)
    return placement_id


async def readers(given: Given, entity: type[Pupil] | type[Placement]) -> dict[str, set[UUID]]:
    """With whom each pupil or placement is shared, as row policies read it."""
    async with given.held.database.session_for(Caller.system("test")) as session:
        found = await session.execute(select(col(entity.id), col(entity.shared_with_ids)))
    return {str(row_id): set(shared) for row_id, shared in found}


async def shared(by: Api, pupil: dict[str, Any], reader: Api) -> dict[str, Any]:
    """A share just made."""
    said = {"organisation_id": str(reader.organisation_id), "purpose": "Referral"}
    return await by.made(f"/v1/pupils/{pupil['id']}/shares", said)
