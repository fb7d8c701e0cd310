"""The tables of concerns, of decisions on a provider's future use, and of what organisations do about them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.db.base import Root, Row, instant, now, one_of, texts, uuids
from app.db.visits import VisitPart

DECISION_KINDS = ("continue", "continue_with_conditions", "suspend_new_placements", "withdraw_pupils", "cease")


class Concern(VisitPart, Root, table=True):
    """A cause for concern: raised by a rating, or by an organisation in its own words (then without a visit)."""

    __tablename__ = "concerns"
    __table_args__ = (
        one_of("status", ("open", "decided", "withdrawn")),
        Index("ix_concerns_provider_id_id", "provider_id", "id"),
    )

    organisation_id: UUID = Field(foreign_key="organisations.id")
    level: str | None = None
    key: str | None = None
    title: str
    rating: str | None = None
    scale: str | None = None
    detail: str
    source: str | None = None
    status: str = "open"
    withdrawn_because: str | None = None
    decision_id: UUID | None = Field(default=None, foreign_key="decisions.id", index=True)
    raised_by: str


class Decision(Root, table=True):
    """What a partnership or an authority has decided on a provider's future use, for itself and its network."""

    __tablename__ = "decisions"
    __table_args__ = (
        one_of("kind", DECISION_KINDS),
        Index("ix_decisions_provider_id_id", "provider_id", "id"),
        Index("ix_decisions_organisation_id_id", "organisation_id", "id"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    visit_id: UUID | None = Field(default=None, foreign_key="visits.id", index=True)
    network_ids: list[UUID] = uuids()
    la_code: str | None = None
    kind: str
    reason: str
    conditions: list[str] = texts()
    effective_on: date
    withdraw_by_on: date | None = None
    review_on: date | None = None
    decided_by: str
    decided_by_name: str | None = None
    ended_at: datetime | None = instant(default=None)
    ended_by_id: UUID | None = Field(default=None, foreign_key="decisions.id")


class DecisionAcknowledgement(SQLModel, table=True):
    """An organisation confirms that it has read a decision."""

    __tablename__ = "decision_acknowledgements"

    decision_id: UUID = Field(foreign_key="decisions.id", primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", primary_key=True)
    decided_by_id: UUID
    acknowledged_at: datetime = instant(default_factory=now)
    acknowledged_by: str
    acknowledged_by_name: str | None = None


class ExitPlan(Root, table=True):
    """How one pupil leaves a provider, as the pupil's commissioner plans it."""

    __tablename__ = "exit_plans"
    __table_args__ = (
        one_of("status", ("open", "done")),
        Index("ix_exit_plans_decision_id_id", "decision_id", "id"),
        Index("ix_exit_plans_organisation_id_id", "organisation_id", "id"),
    )

    decision_id: UUID = Field(foreign_key="decisions.id")
    placement_id: UUID = Field(foreign_key="placements.id", index=True)
    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    leave_by_on: date
    plan: str
    next_provision: str | None = None
    status: str = "open"


class Reliance(Row, table=True):
    """An organisation relies on another's visit instead of making its own."""

    __tablename__ = "reliances"
    __table_args__ = (
        Index("ix_reliances_organisation_id_id", "organisation_id", "id"),
        Index("ix_reliances_visit_id_organisation_id", "visit_id", "organisation_id", unique=True),
    )

    visit_id: UUID = Field(foreign_key="visits.id")
    provider_id: UUID = Field(foreign_key="providers.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    lead_organisation_id: UUID
    relied_on: date
    reason: str
