"""Shapes of providers and their sites."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.domain import identifiers
from app.domain.establishments import RegistrationStatus
from app.domain.judgements import ProviderChangeKind
from app.shapes import Body, Ids, Name, Shape, Text, checked

SettingType = Annotated[
    Literal["NFE", "OOT", "OTH", "WBP"], Field(description="Census setting type; null where it has a URN or UKPRN.")
]
Postcode = Annotated[str, checked(identifiers.postcode)]
Ukprn = Annotated[str, checked(identifiers.ukprn)]
CompanyNumber = Annotated[str, checked(identifiers.company_number)]
DfeNumber = Annotated[str, checked(identifiers.dfe_number)]
LaCode = Annotated[str, checked(identifiers.la_code)]
Urn = Annotated[int, Field(ge=100_000, le=999_999, description="Unique reference number in GIAS.")]


class ProviderFields(Body):
    """What a client may say of a provider."""

    legal_name: Name | None = None
    proprietor: Name | None = Field(default=None, description="Who owns it: a person or a body.")
    company_number: CompanyNumber | None = Field(default=None, examples=["09876543"])
    ukprn: Ukprn | None = Field(default=None, examples=["10012345"])
    urn: Urn | None = None
    dfe_number: DfeNumber | None = Field(default=None, examples=["855/6001"])
    postcode: Postcode | None = Field(default=None, examples=["LE1 1AA"])
    la_code: LaCode | None = Field(default=None, examples=["855"])
    kind: SettingType | None = None
    predecessor_ids: Ids = Field(default=[], description="Providers whose history this one carries on.")
    linked_ids: Ids = Field(default=[], description="Providers run together with this one, counted as one group.")


class ProviderCreate(ProviderFields):
    """A new provider."""

    name: Name = Field(examples=["Hollow Oak Workshop"])


class ProviderPatch(ProviderFields):
    """Changes to a provider: what is absent stays, null empties."""

    name: Name = Field(default="", examples=["Hollow Oak Workshop"])


class Registration(Shape):
    """Where the provider stands in the register, when that was looked up, and in which extract."""

    status: RegistrationStatus
    checked_on: date | None
    gias_extract_on: date | None


class SiteFields(Body):
    """What a client may say of a site."""

    address: Text | None = None
    postcode: Postcode | None = None
    closed_on: date | None = None


class SiteCreate(SiteFields):
    """A new site."""

    name: Name = Field(examples=["Mill Lane"])


class SitePatch(SiteFields):
    """Changes to a site: what is absent stays, null empties."""

    name: Name = Field(default="", examples=["Mill Lane"])


class Site(Shape):
    """A place where a provider teaches."""

    id: UUID
    provider_id: UUID
    name: str
    address: str | None
    postcode: str | None
    closed_on: date | None
    version: int
    created_at: datetime
    updated_at: datetime


class ProviderChange(Shape):
    """A change at a provider that leaves judgements behind that were made before it."""

    id: UUID
    kind: ProviderChangeKind
    changed_on: date = Field(description="From which day it counts.")
    recorded_at: datetime = Field(validation_alias="created_at")


class Provider(Shape):
    """An alternative provider. Its id also names its organisation."""

    id: UUID
    name: str
    legal_name: str | None
    proprietor: str | None
    company_number: str | None
    ukprn: str | None
    urn: int | None
    dfe_number: str | None
    postcode: str | None
    la_code: str | None
    kind: str | None
    registration: Registration
    commissioning_status: Literal["open", "suspended", "ceased"]
    sites: list[Site]
    predecessor_ids: list[UUID]
    linked_ids: list[UUID]
    version: int
    created_at: datetime
    updated_at: datetime
