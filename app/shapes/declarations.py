"""Shapes of providers' declarations."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.shapes import Body, Part, Shape


class DeclaredGroupSaid(Part):
    """So many pupils whose weeks and characteristics are alike."""

    count: int = Field(ge=1, le=500)
    weekly_minutes: int = Field(ge=1, le=7 * 24 * 60, description="Hours a week of each, in minutes, breaks included.")
    days_per_week: int | None = Field(default=None, ge=1, le=7)
    compulsory_school_age: bool = True
    ehcp: bool = False
    looked_after: bool = False
    sen_support: bool = False
    sole_provision: bool = False


class DeclarationCreate(Body):
    """What the provider says of all its pupils who are not in the service. No groups: there are none."""

    declared_on: date | None = Field(default=None, ge=date(2000, 1, 1), description="Today if absent.")
    groups: list[DeclaredGroupSaid] = Field(max_length=100)


class DeclaredGroup(Shape):
    """So many pupils whose weeks and characteristics are alike."""

    count: int
    weekly_minutes: int
    days_per_week: int | None
    compulsory_school_age: bool
    ehcp: bool
    looked_after: bool
    sen_support: bool
    sole_provision: bool


class Declaration(Shape):
    """A declaration, good until the day it is stale. Its counts are reported apart from what is known."""

    id: UUID
    provider_id: UUID
    declared_on: date
    stale_from_on: date
    groups: list[DeclaredGroup]
    created_at: datetime
