"""Fee rates on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.db.fees import Said, Told
from app.domain.money import FeeBasis, FeeStatus, Rate
from app.shapes import Body, Shape
from app.shapes.amounts import Exact, Pounds


class FeeRatePut(Body):
    """A rate in the mouth of one side. Said by the other side too, it is agreed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"basis": "per_day", "amount": "85.00", "notice_given_on": "2026-06-19"}]}
    )

    commissioner_id: UUID | None = Field(default=None, description="For a provider, the other side.")
    basis: FeeBasis
    amount: Pounds
    notice_given_on: date | None = Field(
        default=None, description="When the provider gave notice of it; where absent, when it was proposed here."
    )
    agreed_on: date | None = Field(default=None, description="When you agreed, where that was before today.")

    def said(self) -> Said:
        """What was told, with exact numbers."""
        rate = Rate(self.basis, Decimal(self.amount))
        return Said(rate, self.commissioner_id, self.notice_given_on, self.agreed_on)


class FeeAlert(Shape):
    """Something about a rate that both sides should know."""

    code: str
    detail: str


class AgreedFee(Shape):
    """The rate that is in force."""

    basis: FeeBasis
    amount: str
    agreed_on: date
    agreed_by_id: UUID = Field(description="The side that agreed to what the other had proposed.")


class FeeTerms(Shape):
    """What was on the table before."""

    basis: FeeBasis
    amount: str
    proposed_by_id: UUID
    proposed_on: date
    notice_given_on: date | None
    agreed_on: date | None


class FeeRate(Shape):
    """The rate on the table for one school year, and the one in force."""

    id: UUID
    provider_id: UUID
    commissioner_id: UUID
    academic_year: str
    status: FeeStatus
    basis: FeeBasis
    amount: Exact
    proposed_by_id: UUID
    proposed_on: date
    notice_given_on: date | None
    agreed: AgreedFee | None = Field(description="Invoices are matched to it. It holds until another is agreed.")
    alerts: list[FeeAlert] = Field(
        description="`late_notice`: the change was not announced in the previous summer term. "
        "`notice_not_determined`: no calendar says when that ended."
    )
    history: list[FeeTerms] = Field(description="Oldest first.")
    version: int
    created_at: datetime
    updated_at: datetime


def fee_shown(told: Told) -> FeeRate:
    """A rate as answered."""
    row: dict[str, Any] = told.row.model_dump()
    agreed = None
    if told.row.agreed_amount is not None:
        agreed = {name: row[f"agreed_{name}"] for name in ("basis", "amount")}
        agreed |= {"amount": f"{told.row.agreed_amount:.2f}", "agreed_on": row["agreed_on"]}
        agreed["agreed_by_id"] = row["agreed_by_id"]
    return FeeRate.model_validate(row | {"agreed": agreed, "alerts": list(told.alerts)})
