"""Children seen at their settings, on the wire."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.db.welfare_visits import WelfareVisit as Row
from app.shapes import Body, Name, Shape, Text


class WelfareVisitCreate(Body):
    """That a child was seen at a setting."""

    placement_id: UUID
    site_id: UUID | None = Field(default=None, description="Which of the provider's sites; null where it has but one.")
    seen_on: date = Field(description="A day of the placement, not in the future.")
    seen_by: Name | None = Field(
        default=None, description="Who of the organisation, by role.", examples=["Head of Year"]
    )
    note: Text | None = None
    concerns: Text | None = Field(default=None, description="What needs following up; null: nothing.")


class WelfareVisit(Shape):
    """That a child was seen at a setting: a check on the child, not a visit to assure quality."""

    id: UUID
    placement_id: UUID | None
    provider_id: UUID
    organisation_id: UUID = Field(description="Whose staff saw the child.")
    site_id: UUID | None
    seen_on: date
    seen_by: str | None
    note: str | None = Field(description="Null for the provider.")
    concerns: str | None = Field(description="Null for the provider: they may be about it.")
    created_at: datetime


def welfare_visit_shown(row: Row, *, to_provider: bool) -> WelfareVisit:
    """A visit to a child as answered: what was noted is for those who are answerable for the child."""
    hidden = {"note": None, "concerns": None} if to_provider else {}
    return WelfareVisit.model_validate(row.model_dump() | hidden)
