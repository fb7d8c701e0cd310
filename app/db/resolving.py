"""From the keys that other systems use to our ids: a provider's, a pupil's, a home school's."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import facts, organisations, providers, pupils
from app.db.pupils import Pupil
from app.db.session import caller_of
from app.domain.errors import Fault, Invalid

PROVIDER_KEYS = ("urn", "ukprn", "company_number", "placement_postcode")
PUPIL_KEYS = ("upn", "mis_id")


async def resolved(session: AsyncSession, said: Mapping[str, Any], *, on: date) -> dict[str, Any]:
    """What a client said of a placement, with our ids in the place of natural keys, and without those keys.

    Raises:
        Invalid: `provider_unknown` or `pupil_unknown`: no record, or more than one, or none that the caller may see.
    """
    told = {key: value for key, value in said.items() if key not in (*PROVIDER_KEYS, "pupil", "home_school_urn")}
    told["provider_id"] = said.get("provider_id") or await _provider(session, said)
    told["pupil_id"] = said.get("pupil_id") or await _pupil(session, said, told["provider_id"], on)
    if said.get("home_school_urn") is not None:
        school = await organisations.school_by(session, said["home_school_urn"])
        told["home_school_id"] = school.id if school else None
    return told


async def provider_named(session: AsyncSession, said: Mapping[str, Any]) -> UUID | None:
    """The id of the one provider that has these natural keys."""
    found = await providers.by_natural_key(
        session,
        urn=said.get("urn"),
        ukprn=said.get("ukprn"),
        company_number=said.get("company_number"),
        postcode=said.get("placement_postcode"),
    )
    return found.id if found else None


async def _provider(session: AsyncSession, said: Mapping[str, Any]) -> UUID:
    found = await provider_named(session, said)
    if found is None:
        raise _unknown("provider", "No single provider has these keys. A partnership or authority records providers.")
    return found


async def _pupil(session: AsyncSession, said: Mapping[str, Any], provider_id: UUID, on: date) -> UUID:
    """The caller's own record, made where it has none and a name is given; else one shared with the caller."""
    shown: Mapping[str, Any] = said.get("pupil") or {}
    query = select(Pupil).where(col(Pupil.merged_into_id).is_(None)).limit(2)
    key = next((name for name in PUPIL_KEYS if shown.get(name)), None)
    if key is None:
        raise _unknown("pupil", "Name the pupil by id, UPN or the MIS's own id.")
    caller = caller_of(session).organisation
    named = getattr(Pupil, key) == shown[key]
    if key == "upn":
        named = or_(named, col(Pupil.former_upns).contains([shown[key]]))
    found = (await session.execute(query.where(named))).scalars().all()
    mine = [row for row in found if row.owner_id == caller] or list(found)
    if len(mine) == 1:
        return mine[0].id
    if not shown.get("given_name") or not shown.get("family_name"):
        raise _unknown("pupil", "No pupil of yours has this key. Give the name too, and a record is made.")
    # A new record takes hold of the child's UPN: everybody takes the provider's guard first, or two would deadlock.
    await facts.lock(session, [provider_id])
    return (await pupils.add(session, shown, on=on)).id


def _unknown(what: str, detail: str) -> Invalid:
    code = f"{what}_unknown"
    return Invalid(detail, code=code, errors=(Fault(code, detail, pointer=f"/{what}_id"),))
