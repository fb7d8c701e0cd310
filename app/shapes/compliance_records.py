"""Records of compliance on the wire: evidence of a provider, and what is confirmed at each placement."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.db.placement_checks import PlacementCheck as CheckRow
from app.domain.compliance import PlacementCheckKind, amounts
from app.shapes import Body, Ids, Name, Part, Shape, Text
from app.shapes.compliance import Code, Pounds, pounds

Percent = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$"), Field(examples=["50.00"])]


class ComplianceItemCreate(Body):
    """A piece of evidence that has been given."""

    type: Code = Field(description="Code of an evidence type.", examples=["dsl_training"])
    given_on: date = Field(description="When it was given, done, signed or agreed. Not in the future.")
    valid_until_on: date | None = Field(
        default=None, description="The last day that it states itself (an insurance, a policy's review date)."
    )
    edition: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = Field(
        default=None, description="Of which edition of the document it is, where that is not the one of the day."
    )
    staff_id: UUID | None = Field(default=None, description="Whose it is, where it is one person's.")
    reference: Name | None = Field(default=None, description="The number of a certificate or policy.")
    note: Text | None = None
    evidence_ids: Ids = Field(default=[], description="Files about the provider that show it.")


class ComplianceItem(Shape):
    """A piece of evidence, recorded for good."""

    id: UUID
    provider_id: UUID
    organisation_id: UUID = Field(description="Who recorded it.")
    type: str
    given_on: date
    valid_until_on: date | None
    edition: str | None
    staff_id: UUID | None
    reference: str | None
    note: str | None
    evidence_ids: list[UUID]
    withdrawn_at: datetime | None = Field(description="From when it no longer counts.")
    withdrawn_because: str | None
    version: int
    created_at: datetime
    updated_at: datetime


# --- what is confirmed at a placement -------------------------------------------------------------------------------


class ChargeShareSaid(Part):
    """Which part of the charge an organisation bears."""

    organisation_id: UUID
    percent: Percent


class PlacementCheckCreate(Body):
    """What is confirmed at a placement."""

    kind: PlacementCheckKind
    confirmed_on: date = Field(description="Not in the future.")
    reference: Name | None = None
    charge: Pounds | None = Field(default=None, description="Pounds; the policy's where absent. For registrations.")
    shares: list[ChargeShareSaid] = Field(
        default=[], max_length=50, description="Who bears it, in all 100 per cent; the commissioner where empty."
    )

    def said(self) -> dict[str, Any]:
        """What was told, with exact numbers."""
        shares = [{"organisation_id": each.organisation_id, "percent": Decimal(each.percent)} for each in self.shares]
        return {
            "kind": self.kind.value,
            "confirmed_on": self.confirmed_on,
            "reference": self.reference,
            "charge": None if self.charge is None else Decimal(self.charge),
            "shares": shares,
        }


class ChargeShare(Shape):
    """Which part of the charge an organisation bears. The amounts of all are the charge."""

    organisation_id: UUID
    percent: str
    amount: str


class PlacementCheck(Shape):
    """What was confirmed at a placement."""

    id: UUID
    placement_id: UUID
    kind: PlacementCheckKind
    confirmed_on: date
    reference: str | None
    charge: str | None = Field(description="Pounds.")
    shares: list[ChargeShare]
    withdrawn_at: datetime | None
    withdrawn_because: str | None
    version: int
    created_at: datetime
    updated_at: datetime


def check_shown(row: CheckRow) -> PlacementCheck:
    """A confirmation as answered."""
    percents = [Decimal(each["percent"]) for each in row.shares]
    parts = amounts(row.charge, percents) if row.charge is not None else []
    shares = [
        {"organisation_id": each["organisation_id"], "percent": pounds(percent), "amount": pounds(part)}
        for each, percent, part in zip(row.shares, percents, parts, strict=True)
    ]
    told = row.model_dump(exclude={"charge", "shares"})
    return PlacementCheck.model_validate(
        told | {"charge": None if row.charge is None else pounds(row.charge), "shares": shares}
    )
