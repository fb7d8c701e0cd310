"""Pupil records, each belonging to the organisation that keeps it, and the shares by which others read them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.db.base import Root, Row, document, instant, one_of, texts, uuids


class Pupil(Root, table=True):
    """One organisation's record of a child. `child_id` joins the records of one child and never leaves the service."""

    __tablename__ = "pupils"
    __table_args__ = (
        one_of("sen_provision", ("N", "K", "E")),
        Index("ix_pupils_owner_id_id", "owner_id", "id"),
        Index(
            "uq_pupils_owner_id_upn", "owner_id", "upn", unique=True, postgresql_where=text("merged_into_id IS NULL")
        ),
        Index("uq_pupils_owner_id_source_external_id", "owner_id", "source", "external_id", unique=True),
        Index("ix_pupils_child_id", "child_id"),
        Index("ix_pupils_shared_with_ids", "shared_with_ids", postgresql_using="gin"),
        Index("ix_pupils_setting_ids", "setting_ids", postgresql_using="gin"),
    )

    owner_id: UUID = Field(foreign_key="organisations.id")
    child_id: UUID
    upn: str | None = None
    former_upns: list[str] = texts()
    uln: str | None = None
    mis_id: str | None = None
    source: str | None = None
    external_id: str | None = None
    given_name: str
    family_name: str
    born_on: date | None = None
    home_school_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    home_la_code: str | None = None
    year_group: str | None = None
    sen_provision: str | None = None
    characteristics: list[dict[str, Any]] = document(default_factory=list)
    merged_into_id: UUID | None = Field(default=None, foreign_key="pupils.id")
    shared_with_ids: list[UUID] = uuids()
    setting_ids: list[UUID] = uuids()


class ChildUpn(SQLModel, table=True):
    """Which child a UPN belongs to, over all organisations. Reached only through `apqa_link_child`."""

    __tablename__ = "child_upns"

    upn: str = Field(primary_key=True)
    child_id: UUID = Field(index=True)


class PupilShare(Row, table=True):
    """A referral: the organisation that keeps a pupil lets another read the record and its placements."""

    __tablename__ = "pupil_shares"
    __table_args__ = (
        Index("ix_pupil_shares_pupil_id_id", "pupil_id", "id"),
        Index(
            "uq_pupil_shares_pupil_id_organisation_id",
            "pupil_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    pupil_id: UUID = Field(foreign_key="pupils.id")
    owner_id: UUID = Field(foreign_key="organisations.id")
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    purpose: str
    revoked_at: datetime | None = instant(default=None)
