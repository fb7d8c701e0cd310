"""Providers, their sites, the companies they descend from or belong with, status checks and declarations."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db.base import Root, Row, document, instant, one_of
from app.domain.establishments import RegistrationStatus

COMMISSIONING = ("open", "suspended", "ceased")
SETTING_TYPES = ("NFE", "OOT", "OTH", "WBP")
STATUSES = tuple(status.value for status in RegistrationStatus)


class Provider(Root, table=True):
    """An alternative provider. `id` is also the id of its organisation."""

    __tablename__ = "providers"
    __table_args__ = (
        one_of("commissioning_status", COMMISSIONING),
        one_of("registration_status", STATUSES),
        Index("ix_providers_name_key", "name_key"),
        Index("ix_providers_natural", "company_number", "postcode"),
        UniqueConstraint("urn"),
    )

    id: UUID = Field(foreign_key="organisations.id", primary_key=True)
    name: str
    name_key: str
    legal_name: str | None = None
    company_number: str | None = None
    ukprn: str | None = Field(default=None, index=True)
    urn: int | None = None
    dfe_number: str | None = None
    postcode: str | None = None
    la_code: str | None = None
    kind: str | None = None
    registration_status: str = RegistrationStatus.NOT_FOUND.value
    registration_checked_on: date | None = None
    gias_extract_on: date | None = None
    commissioning_status: str = "open"


class ProviderLink(SQLModel, table=True):
    """`provider_id` descends from (`predecessor`), or is run together with (`linked`), `other_id`."""

    __tablename__ = "provider_links"
    __table_args__ = (one_of("kind", ("predecessor", "linked")),)

    provider_id: UUID = Field(foreign_key="providers.id", primary_key=True)
    other_id: UUID = Field(foreign_key="providers.id", primary_key=True, index=True)
    kind: str


class Site(Root, table=True):
    """A place where a provider teaches."""

    __tablename__ = "sites"
    __table_args__ = (Index("ix_sites_provider_id_id", "provider_id", "id"),)

    provider_id: UUID = Field(foreign_key="providers.id")
    name: str
    address: str | None = None
    postcode: str | None = None
    closed_on: date | None = None


class StatusCheck(Row, table=True):
    """One look at the register: what was asked, what was found, in which extract, and who confirmed it."""

    __tablename__ = "status_checks"
    __table_args__ = (
        one_of("status", STATUSES),
        Index("ix_status_checks_provider_id_id", "provider_id", "id"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID | None = None
    checked_at: datetime = instant()
    checked_by: str
    gias_extract_on: date | None = None
    matched_by: str | None = None
    urn: int | None = None
    status: str
    successor_urns: list[int] = document(default_factory=list)
    candidates: list[dict[str, Any]] = document(default_factory=list)
    snapshot: dict[str, Any] | None = document(default=None)


class Declaration(Row, table=True):
    """What a provider says of its pupils who are not in the service, on a date."""

    __tablename__ = "declarations"
    __table_args__ = (Index("ix_declarations_provider_id_declared_on", "provider_id", "declared_on"),)

    provider_id: UUID = Field(foreign_key="providers.id")
    declared_on: date
    stale_from_on: date
    declared_by: str
    groups: list[dict[str, Any]] = document(default_factory=list)
