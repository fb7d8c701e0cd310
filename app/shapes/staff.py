"""A provider's staff on the wire."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.domain.provider_changes import StaffRole
from app.shapes import Body, Name, Shape

_FROM = "The first day in this post."
_TO = "The last day in it; null: still."


class StaffFields(Body):
    """What may be said of when somebody works for a provider."""

    from_on: date | None = Field(default=None, description=_FROM)
    to_on: date | None = Field(default=None, description=_TO)


class StaffMemberCreate(StaffFields):
    """Somebody who works for the provider. One person in two posts is told twice."""

    name: Name = Field(examples=["Ada Invented"])
    role: StaffRole


class StaffMemberPatch(StaffFields):
    """Changes to a member of staff: what is absent stays, null empties."""

    name: Name = Field(default="", examples=["Ada Invented"])
    role: StaffRole = Field(default=StaffRole.OTHER)


class StaffMember(Shape):
    """Somebody who works for a provider."""

    id: UUID
    provider_id: UUID
    name: str
    role: StaffRole
    from_on: date | None = Field(description=_FROM)
    to_on: date | None = Field(description=_TO)
    version: int
    created_at: datetime
    updated_at: datetime
