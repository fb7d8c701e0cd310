"""What the organisations of the small county ask of providers, what is recorded of these, and what is confirmed."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from uuid import UUID

from sqlmodel import SQLModel

from app.db.compliance import PolicyRow
from app.db.compliance_items import ComplianceItem
from app.db.placement_checks import PlacementCheck
from app.db.placements import Placement
from tests.access.organisations import PROVIDERS
from tests.access.placed import DAY


def made(ids: dict[str, UUID], placements: Iterable[Placement]) -> Iterator[SQLModel]:
    """A policy of each commissioner, records of two providers by everybody, and both checks of every placement."""
    for name, owner in ids.items():
        if name not in PROVIDERS:
            yield PolicyRow(
                organisation_id=owner, audit_interval="P1Y", term_model="three", placement_charge=Decimal("40.00")
            )
        for provider in ("forge", "barn"):
            yield ComplianceItem(
                provider_id=ids[provider], organisation_id=owner, type="fire_drill", given_on=DAY, recorded_by="x"
            )
    for placement in placements:
        for kind in ("staff_checks_confirmed", "lebc_registered"):
            yield PlacementCheck(
                placement_id=placement.id,
                provider_id=placement.provider_id,
                commissioner_id=placement.commissioner_id,
                pupil_owner_id=placement.pupil_owner_id,
                kind=kind,
                confirmed_on=DAY,
                recorded_by="x",
            )
