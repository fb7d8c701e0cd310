"""What is confirmed at each placement: the checks on the provider's staff, and the registration with its charge."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import compliance, rows
from app.db.base import Keyset, Page, Root, Versions, document, instant, one_of
from app.db.organisations import Organisation
from app.db.placements import Placement
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.access import ensure_may_change
from app.domain.compliance import PlacementCheckKind, ensure_charged, ensure_shares
from app.domain.errors import Conflict, Fault, Invalid


class PlacementCheck(Root, table=True):
    """One confirmation, for one placement. `shares`: `[{organisation_id, percent}]`, percentages as text.

    `pupil_owner_id`: the keeper of the pupil's record, which is shown by it that the requirements are met, student by
    student (SEIP guidance 1(d)).
    """

    __tablename__ = "placement_checks"
    __table_args__ = (
        one_of("kind", tuple(each.value for each in PlacementCheckKind)),
        CheckConstraint("charge >= 0", name="charge"),
        Index("ix_placement_checks_placement_id_id", "placement_id", "id"),
    )

    placement_id: UUID = Field(foreign_key="placements.id")
    provider_id: UUID = Field(foreign_key="providers.id")
    commissioner_id: UUID = Field(foreign_key="organisations.id")
    pupil_owner_id: UUID
    kind: str
    confirmed_on: date
    reference: str | None = None
    charge: Decimal | None = compliance.pounds(default=None)
    shares: list[dict[str, Any]] = document(default_factory=list)
    recorded_by: str
    withdrawn_at: datetime | None = instant(default=None)
    withdrawn_because: str | None = None


async def list_page(session: AsyncSession, placement_id: UUID, keyset: Keyset) -> Page[PlacementCheck]:
    """What is confirmed of one placement, withdrawn or not, by id."""
    await rows.get(session, Placement, placement_id)
    query = select(PlacementCheck).where(col(PlacementCheck.placement_id) == placement_id)
    return keyset.page((await session.execute(keyset.cut(query, col(PlacementCheck.id)))).scalars().all())


async def add(session: AsyncSession, placement_id: UUID, said: Mapping[str, Any], *, today: date) -> PlacementCheck:
    """Record a confirmation, as the placement's commissioner.

    Args:
        said: `kind`, `confirmed_on`, `reference`, `charge` (None: as the policy says) and `shares`,
            `[{organisation_id, percent}]` with `Decimal`s; without any the commissioner bears the whole.

    Raises:
        Invalid: `in_the_future`, `charge_not_due`, `shares_invalid`, `organisation_unknown`.
        Conflict: `placement_cancelled`.
        NotFound, Forbidden
    """
    caller, placement = caller_of(session), await rows.get(session, Placement, placement_id)
    ensure_may_change(caller, "placements", placement.model_dump())
    if placement.status == "cancelled":
        raise Conflict("The placement is cancelled.", code="placement_cancelled")
    _ensure_done(said["confirmed_on"], today)
    charge, shares = await _charged(session, said, placement.commissioner_id)
    row = PlacementCheck(
        placement_id=placement.id,
        provider_id=placement.provider_id,
        commissioner_id=placement.commissioner_id,
        pupil_owner_id=placement.pupil_owner_id,
        **{name: said[name] for name in ("kind", "confirmed_on", "reference")},
        charge=charge,
        shares=[{"organisation_id": str(each), "percent": f"{percent:f}"} for each, percent in shares],
        recorded_by=caller.principal,
    )
    session.add(row)
    await session.flush()
    _written(session, row, "create")
    return row


def _ensure_done(confirmed_on: date, today: date) -> None:
    if confirmed_on > today:
        fault = Fault("in_the_future", "What is confirmed has been confirmed.", pointer="/confirmed_on")
        raise Invalid("The day is yet to come.", code="in_the_future", errors=(fault,))


async def _charged(
    session: AsyncSession, said: Mapping[str, Any], commissioner_id: UUID
) -> tuple[Decimal | None, list[tuple[UUID, Decimal]]]:
    """The charge and who bears it."""
    kind, charge = PlacementCheckKind(said["kind"]), said["charge"]
    shares = [(each["organisation_id"], each["percent"]) for each in said["shares"]]
    ensure_charged(kind, charge, shared=bool(shares))
    ensure_shares(shares)
    if kind is not PlacementCheckKind.LEBC_REGISTERED:
        return None, []
    await _check_organisations(session, [each for each, _ in shares])
    if charge is None:
        charge = (await compliance.asked(session)).policy.placement_charge
    return charge, shares or [(commissioner_id, Decimal(100))]


async def _check_organisations(session: AsyncSession, named: list[UUID]) -> None:
    query = select(col(Organisation.id)).where(col(Organisation.id).in_(named), col(Organisation.kind) != "provider")
    known = set((await session.execute(query)).scalars()) if named else set()
    faults = tuple(
        Fault("organisation_unknown", "No such organisation commissions.", f"/shares/{at}/organisation_id")
        for at, each in enumerate(named)
        if each not in known
    )
    if faults:
        raise Invalid("There is no such organisation.", code="organisation_unknown", errors=faults)


async def withdraw(
    session: AsyncSession, placement_id: UUID, check_id: UUID, reason: str, *, expected: Versions, at: datetime
) -> PlacementCheck:
    """Take back a confirmation, as the placement's commissioner. It stays on record, and counts for nothing.

    Raises:
        Conflict: `withdrawn_already`.
        NotFound, Forbidden, Stale
    """
    placement = await rows.get(session, Placement, placement_id)
    ensure_may_change(caller_of(session), "placements", placement.model_dump())
    seen = await rows.get(session, PlacementCheck, check_id)
    rows.found(seen if seen.placement_id == placement.id else None)
    row = await rows.for_change(session, PlacementCheck, check_id, expected=expected)
    if row.withdrawn_at is not None:
        raise Conflict("It is withdrawn already.", code="withdrawn_already")
    row.withdrawn_at, row.withdrawn_because = at, reason
    row.touch()
    _written(session, row, "withdraw")
    return row


def _written(session: AsyncSession, row: PlacementCheck, action: str) -> None:
    audit(session, action, "placement_check", row.id, placement_id=str(row.placement_id), kind=row.kind)
    bearing = (UUID(each["organisation_id"]) for each in row.shares)
    audience = {row.commissioner_id, row.pupil_owner_id, *bearing}
    told = {"placement_id": str(row.placement_id), "check": row.kind, "withdrawn": row.withdrawn_at is not None}
    tell(session, "placement.checked", "placement_check", row.id, audience, **told)
