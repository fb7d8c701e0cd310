"""The tables of a visit and of its parts, each part with what decides who may read it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.db.base import Root, Row, document, instant, one_of, texts, uuids
from app.domain.frameworks import VisitKind
from app.domain.visits.statuses import Outcome, VisitStatus

KINDS = tuple(each.value for each in VisitKind)
STATUSES = tuple(each.value for each in VisitStatus)
OUTCOMES = tuple(each.value for each in Outcome)
LEVELS = ("criterion", "section", "overall", "caveat")


class Visit(Root, table=True):
    """One visit to a provider, on one version of a form, for life.

    `version` counts changes of this row alone: what observers note and judge does not move it, so that a provider
    learns nothing from an ETag.
    """

    __tablename__ = "visits"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("status", STATUSES),
        one_of("outcome", OUTCOMES),
        Index("ix_visits_provider_id_id", "provider_id", "id"),
        Index("ix_visits_lead_organisation_id_id", "lead_organisation_id", "id"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    site_id: UUID | None = Field(default=None, foreign_key="sites.id")
    framework_id: str
    programme_id: str
    kind: str
    status: str = VisitStatus.PLANNED.value
    lead_organisation_id: UUID = Field(foreign_key="organisations.id")
    team_ids: list[UUID] = uuids()
    network_ids: list[UUID] = uuids()
    la_code: str | None = None
    visitors: list[dict[str, Any]] = document(default_factory=list)
    planned_on: date | None = None
    planned_minutes: int | None = None
    announced_from_on: date | None = None
    announced_to_on: date | None = None
    due_by_on: date | None = None
    notified_at: datetime | None = instant(default=None)
    visited_on: date | None = None
    duration_minutes: int | None = None
    registration: dict[str, Any] | None = document(default=None)
    registration_check_id: UUID | None = Field(default=None, foreign_key="registration_checks.id")
    follows_visit_id: UUID | None = Field(default=None, foreign_key="visits.id", index=True)
    comments_due_on: date | None = None
    names_reviewed: str | None = None
    cancelled_because: str | None = None
    disputed_at: datetime | None = instant(default=None)
    disputed_because: str | None = None
    outcome: str | None = None
    outcome_because: str | None = None
    moderated_how: str | None = None
    moderated_by_id: UUID | None = None
    finalised_at: datetime | None = instant(default=None)


class VisitPart(Row):
    """What a part repeats of its visit, so that row policies need nothing else; a trigger keeps it in step."""

    visit_id: UUID | None = Field(foreign_key="visits.id")
    provider_id: UUID = Field(foreign_key="providers.id")
    visit_status: str
    team_ids: list[UUID] = uuids()
    network_ids: list[UUID] = uuids()
    la_code: str | None = None


def part_of(visit: Visit) -> dict[str, Any]:
    """The columns of `VisitPart`, for a new part of a visit."""
    return {
        "visit_id": visit.id,
        "provider_id": visit.provider_id,
        "visit_status": visit.status,
        "team_ids": visit.team_ids,
        "network_ids": visit.network_ids,
        "la_code": visit.la_code,
    }


class VisitResponse(VisitPart, Root, table=True):
    """A visitor's note on one item (`side` observer), or the provider's answer to it."""

    __tablename__ = "visit_responses"
    __table_args__ = (
        one_of("side", ("observer", "provider")),
        Index("ix_visit_responses_visit_id_id", "visit_id", "id"),
    )

    side: str
    item_key: str
    organisation_id: UUID = Field(foreign_key="organisations.id")
    author: str
    author_name: str | None = None
    text: str
    rating: str | None = None
    noted_at: datetime | None = instant(default=None)
    evidence_ids: list[UUID] = uuids()


class Judgement(VisitPart, Root, table=True):
    """What the visitors agree on a criterion, a section, the whole or a caveat. `key` is empty for the whole.

    `rating` is None where a section that nobody rates, or that is not rolled up yet, has priorities.
    """

    __tablename__ = "judgements"
    __table_args__ = (
        one_of("level", LEVELS),
        UniqueConstraint("visit_id", "level", "key", name="uq_judgements_item"),
        Index("ix_judgements_provider_id_id", "provider_id", "id"),
    )

    framework_id: str
    level: str
    key: str = ""
    section_key: str | None = None
    rating: str | None = None
    scale: str
    decided_by: str = "assessor"
    rationale: str | None = None
    action_points: list[str] = texts()
    organisation_id: UUID | None = None
    made_by: str
    made_by_name: str | None = None
    made_at: datetime = instant()
    visited_on: date | None = None
    site_id: UUID | None = None
    valid_until_on: date | None = None
    superseded_by: UUID | None = Field(default=None, foreign_key="judgements.id", index=True)
    set_aside: bool = False


class VisitComment(VisitPart, Row, table=True):
    """What is said of a shared draft, by the provider or in answer to it."""

    __tablename__ = "visit_comments"
    __table_args__ = (
        one_of("kind", ("comment", "amendment", "conclusion")),
        Index("ix_visit_comments_visit_id_id", "visit_id", "id"),
    )

    item_key: str | None = None
    kind: str
    text: str
    suggested_rating: str | None = None
    organisation_id: UUID = Field(foreign_key="organisations.id")
    author: str
    author_name: str | None = None


class VisitVersion(VisitPart, Row, table=True):
    """The report as it was when a draft was shared or the record finalised. Nobody changes it."""

    __tablename__ = "visit_versions"
    __table_args__ = (
        one_of("stage", ("draft", "final")),
        UniqueConstraint("visit_id", "number", name="uq_visit_versions_number"),
        Index("ix_visit_versions_content_hash", "content_hash"),
    )

    stage: str
    number: int
    content: dict[str, Any] = document()
    content_hash: str
    made_by: str
