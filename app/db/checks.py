"""Registration checks kept as evidence, holds that keep room for a plan, and sweeps over all providers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.db import organisations, providers  # noqa: F401 - their tables, which those here refer to
from app.db.base import Row, document, instant, one_of


class RegistrationCheck(Row, table=True):
    """One answer of the threshold engine, in the view (`full` or `own`) to which the organisation was entitled."""

    __tablename__ = "registration_checks"
    __table_args__ = (
        one_of("view", ("full", "own")),
        Index("ix_registration_checks_provider_id_id", "provider_id", "id"),
        Index("ix_registration_checks_organisation_id_id", "organisation_id", "id"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID | None = None
    la_code: str | None = None
    sweep_id: UUID | None = Field(default=None, foreign_key="sweeps.id", index=True)
    as_of_on: date
    overall: str
    view: str
    requested_by: str
    assessment: dict[str, Any] = document()


class ThresholdHold(Row, table=True):
    """Room kept at a provider for placements that are planned, until it expires or is used."""

    __tablename__ = "threshold_holds"
    __table_args__ = (Index("ix_threshold_holds_provider_id_expires_at", "provider_id", "expires_at"),)

    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    expires_at: datetime = instant()
    placements: list[dict[str, Any]] = document(default_factory=list)


class Sweep(Row, table=True):
    """One pass of the engine over all providers."""

    __tablename__ = "sweeps"
    __table_args__ = (Index("ix_sweeps_organisation_id_id", "organisation_id", "id"),)

    organisation_id: UUID | None = None
    as_of_on: date
    finished_at: datetime | None = instant(default=None)
    providers: int = 0
    results: dict[str, Any] = document(default_factory=dict)


class SweepResult(Row, table=True):
    """One provider's position in a sweep."""

    __tablename__ = "sweep_results"
    __table_args__ = (
        Index("ix_sweep_results_sweep_id_id", "sweep_id", "id"),
        Index("ix_sweep_results_provider_id_id", "provider_id", "id"),
    )

    sweep_id: UUID = Field(foreign_key="sweeps.id")
    provider_id: UUID = Field(foreign_key="providers.id")
    la_code: str | None = None
    overall: str
    full_time_pupils: int
    rulesets: dict[str, Any] = document()
