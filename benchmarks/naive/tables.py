"""The product's tables, mapped anew by SQLModel with their relationships."""

from datetime import UTC, date, datetime
from typing import Any, Optional
from uuid import UUID, uuid4  # noqa: TID251 - not the product

from sqlalchemy import DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import Field, Relationship, SQLModel


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)  # noqa: TID251 - not the product


def instant() -> Any:
    """A column for an aware instant, now by default."""
    return Field(sa_type=DateTime(timezone=True), default_factory=now)


def document(**options: Any) -> Any:
    """A column for a JSON document."""
    return Field(sa_type=JSONB(none_as_null=True), **options)


def uuids() -> Any:
    """A column for a list of ids."""
    return Field(default_factory=list, sa_type=ARRAY(PG_UUID(as_uuid=True)))


class Row(SQLModel):
    """What every table has."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    created_at: datetime = instant()
    updated_at: datetime = instant()
    version: int = 1


class Organisation(Row, table=True):
    """Whoever commissions, or provides."""

    __tablename__ = "organisations"

    kind: str
    la_code: str | None = None
    partnership_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    threshold_policy: str = "block"
    rulesets: list[str] = Field(default_factory=list, sa_type=ARRAY(Text()))
    partnership: Optional["Organisation"] = Relationship(sa_relationship_kwargs={"remote_side": "Organisation.id"})


class Membership(Row, table=True):
    """Who may speak for an organisation."""

    __tablename__ = "memberships"

    organisation_id: UUID = Field(foreign_key="organisations.id")
    issuer: str
    subject: str
    grade: str
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    organisation: Organisation = Relationship()


class Provider(Row, table=True):
    """An alternative provider."""

    __tablename__ = "providers"

    name: str
    registration_status: str
    declarations: list["Declaration"] = Relationship()


class Declaration(SQLModel, table=True):
    """What a provider says of pupils who are not in the service."""

    __tablename__ = "declarations"

    id: UUID = Field(primary_key=True)
    provider_id: UUID = Field(foreign_key="providers.id")
    declared_on: date
    stale_from_on: date
    groups: list[dict[str, Any]] = document()


class Pupil(Row, table=True):
    """One organisation's record of a child."""

    __tablename__ = "pupils"

    owner_id: UUID = Field(foreign_key="organisations.id")
    child_id: UUID
    born_on: date | None = None
    sen_provision: str | None = None
    characteristics: list[dict[str, Any]] = document(default_factory=list)
    merged_into_id: UUID | None = None
    shared_with_ids: list[UUID] = uuids()
    placements: list["Placement"] = Relationship(back_populates="pupil")


class Placement(Row, table=True):
    """One child's placement with one provider."""

    __tablename__ = "placements"

    provider_id: UUID = Field(foreign_key="providers.id")
    site_id: UUID | None = None
    pupil_id: UUID = Field(foreign_key="pupils.id")
    pupil_owner_id: UUID
    commissioner_id: UUID = Field(foreign_key="organisations.id")
    home_school_id: UUID | None = None
    home_la_code: str | None = None
    shared_with_ids: list[UUID] = uuids()
    source: str | None = None
    external_id: str | None = None
    status: str
    starts_on: date
    ends_on: date | None = None
    arrangements: list[dict[str, Any]] = document(default_factory=list)
    weekly_minutes: int | None = None
    days_per_week: float | None = None
    sessions_per_week: int | None = None
    hours_basis: str | None = None
    sole_provision: bool | None = None
    main_responsibility: bool | None = None
    placement_reason: str | None = None
    attendance_pattern: str | None = None
    sen_provision_entry: str | None = None
    sen_provision_leaving: str | None = None
    ap_setting_type: str | None = None
    goal: str | None = None
    end_reason: str | None = None
    registration: dict[str, Any] | None = document(default=None)
    provider: Provider = Relationship()
    pupil: Pupil = Relationship(back_populates="placements")
