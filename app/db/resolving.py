"""From the keys that other systems use to our ids: a provider's, a pupil's, a home school's."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import organisations, providers, pupils
from app.db.pupils import Pupil
from app.db.session import caller_of
from app.domain.errors import Fault, Invalid

PROVIDER_KEYS = ("urn", "ukprn", "company_number", "placement_postcode")


async def resolved(session: AsyncSession, said: Mapping[str, Any], *, on: date) -> dict[str, Any]:
    """What a client said of a placement, with our ids in the place of natural keys, and without those keys.

    Raises:
        Invalid: `provider_unknown` or `pupil_unknown`: no record, or more than one, or none that the caller may see.
    """
    told = {key: value for key, value in said.items() if key not in (*PROVIDER_KEYS, "pupil", "home_school_urn")}
    told["provider_id"] = said.get("provider_id") or await _provider(session, said)
    told["pupil_id"] = said.get("pupil_id") or await _pupil(session, said, on)
    if said.get("home_school_urn") is not None:
        school = await organisations.school_by(session, said["home_school_urn"])
        told["home_school_id"] = school.id if school else None
    return told


async def _provider(session: AsyncSession, said: Mapping[str, Any]) -> UUID:
    found = await providers.by_natural_key(
        session,
        urn=said.get("urn"),
        ukprn=said.get("ukprn"),
        company_number=said.get("company_number"),
        postcode=said.get("placement_postcode"),
    )
    if found is None:
        raise _unknown("provider", "No single provider has these keys. A partnership or authority records providers.")
    return found.id


async def _pupil(session: AsyncSession, said: Mapping[str, Any], on: date) -> UUID:
    """The caller's own record, made where it has none and a name is given; else one shared with the caller."""
    shown: Mapping[str, Any] = said.get("pupil") or {}
    query = select(Pupil).where(col(Pupil.merged_into_id).is_(None)).limit(2)
    key = next((name for name in ("upn", "mis_id") if shown.get(name)), None)
    if key is None:
        raise _unknown("pupil", "Name the pupil by id, UPN or the MIS's own id.")
    caller = caller_of(session).organisation
    found = (await session.execute(query.where(getattr(Pupil, key) == shown[key]))).scalars().all()
    mine = [row for row in found if row.owner_id == caller] or list(found)
    if len(mine) == 1:
        return mine[0].id
    if not shown.get("given_name") or not shown.get("family_name"):
        raise _unknown("pupil", "No pupil of yours has this key. Give the name too, and a record is made.")
    return (await pupils.add(session, shown, on=on)).id


def _unknown(what: str, detail: str) -> Invalid:
    code = f"{what}_unknown"
    return Invalid(detail, code=code, errors=(Fault(code, detail, pointer=f"/{what}_id"),))
