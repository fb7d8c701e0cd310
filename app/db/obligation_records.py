"""What organisations say of obligations: that one is not owed, and where their calendars may read them all."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.db.base import Row, instant


class ObligationWaiver(Row, table=True):
    """That an obligation is not owed this once, as whoever may waive it said; to be taken back by removing it.

    Its id is the key of the obligation.
    """

    __tablename__ = "obligation_waivers"
    __table_args__ = (Index("ix_obligation_waivers_provider_id", "provider_id"),)

    organisation_id: UUID = Field(foreign_key="organisations.id")
    provider_id: UUID = Field(foreign_key="providers.id")
    owed_by_id: UUID = Field(foreign_key="organisations.id")
    owed_to_id: UUID = Field(foreign_key="organisations.id")
    agreement_id: str
    duty: str
    due_on: date
    waived_on: date
    reason: str
    waived_by: str


class ObligationFeed(Row, table=True):
    """A secret address at which an organisation's calendars read its obligations, until it is revoked."""

    __tablename__ = "obligation_feeds"
    __table_args__ = (UniqueConstraint("secret_hash"), Index("ix_obligation_feeds_organisation_id", "organisation_id"))

    organisation_id: UUID = Field(foreign_key="organisations.id")
    secret_hash: str
    made_by: str
    revoked_at: datetime | None = instant(default=None)
