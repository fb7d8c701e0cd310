"""The Get Information about Schools register as last imported, and its links from predecessor to successor."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.db.base import Row, instant


class Establishment(SQLModel, table=True):
    """One row of the extract, in the columns that this service uses. Codes are those of the CSV."""

    __tablename__ = "establishments"
    __table_args__ = (Index("ix_establishments_name_key_urn", "name_key", "urn"),)

    urn: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    ukprn: str | None = Field(default=None, index=True)
    dfe_number: str | None = Field(default=None, index=True)
    company_number: str | None = Field(default=None, index=True)
    name: str
    name_key: str
    la_code: str | None = None
    la_name: str | None = None
    type_code: int
    type_name: str | None = None
    status_code: int
    status_name: str | None = None
    closed_reason: str | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    phase: str | None = None
    low_age: int | None = None
    high_age: int | None = None
    capacity: int | None = None
    pupils: int | None = None
    section_41: bool | None = None
    accreditation_expires_on: date | None = None
    inspectorate: str | None = None
    postcode: str | None = None
    town: str | None = None
    proprietor: str | None = None
    website: str | None = None
    changed_on: date | None = None
    registration_status: str
    gias_extract_on: date
    vanished_on: date | None = None


class EstablishmentLink(SQLModel, table=True):
    """One row of the links file: `link_urn` is, for instance, the successor of `urn`."""

    __tablename__ = "establishment_links"

    urn: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    link_urn: int = Field(primary_key=True, index=True, sa_column_kwargs={"autoincrement": False})
    link_type: str = Field(primary_key=True)
    link_name: str | None = None
    established_on: date | None = None


class GiasExtract(Row, table=True):
    """One import of an extract."""

    __tablename__ = "gias_extracts"

    extract_on: date
    imported_at: datetime = instant()
    rows: int
    added: int
    changed: int
    vanished: int
