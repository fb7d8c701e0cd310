"""External audits of providers on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.db.base import new_id
from app.shapes import Body, Name, Part, Shape, Text

Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._-]+$"),
    Field(description="Names the recommendation for good. One is made where none is given.", examples=["hs-1"]),
]


class AuditRecommendationSaid(Part):
    """What the audit recommends. Told again with its key it is the same; one without a key is new."""

    key: Key = Field(default_factory=lambda: str(new_id()))
    text: Text = Field(examples=["Test the fire alarm every week and log it."])
    due_on: date | None = None
    done_on: date | None = Field(default=None, description="Not in the future. Null: still open.")


Recommendations = Annotated[list[AuditRecommendationSaid], Field(max_length=200)]


class AuditFields(Body):
    """What may be said of an audit."""

    valid_until_on: date | None = Field(default=None, description="The last day on which it holds; null: not told.")
    outcome: Text | None = None
    recommendations: Recommendations = Field(default=[], description="All of them: they replace those told before.")

    def said(self, **only: Any) -> dict[str, Any]:
        """What was told, recommendations as JSON.

        Args:
            only: which fields, in the words of `model_dump`.
        """
        told = self.model_dump(exclude={"acting_for"}, **only)
        if "recommendations" in told:
            told["recommendations"] = [each.model_dump(mode="json") for each in self.recommendations]
        return told


class ProviderAuditCreate(AuditFields):
    """An external audit that has been done."""

    body: Name = Field(description="Who audited.", examples=["LEBC"])
    audited_on: date = Field(description="Not in the future.")


class ProviderAuditPatch(AuditFields):
    """Changes to an audit: what is absent stays, null empties."""

    body: Name = Field(default="", examples=["LEBC"])
    audited_on: date = Field(default=date.min, description="Not in the future.")


class AuditRecommendation(Shape):
    """What an audit recommends: open until the day on which it was done."""

    key: str
    text: str
    due_on: date | None
    done_on: date | None


class ProviderAudit(Shape):
    """An external audit of a provider."""

    id: UUID
    provider_id: UUID
    organisation_id: UUID = Field(description="Who recorded it.")
    body: str
    audited_on: date
    valid_until_on: date | None = Field(description="The last day on which it holds; null: not told.")
    outcome: str | None
    recommendations: list[AuditRecommendation]
    version: int
    created_at: datetime
    updated_at: datetime
