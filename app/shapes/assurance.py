"""Recent assurance, reliance on others' visits, and the yearly round on the wire."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.db.assurance import Assurance
from app.db.cycles import Asked, InUse, Round
from app.db.judgements import Found
from app.domain.frameworks import VisitKind
from app.domain.judgements import Standing
from app.shapes import Body, Shape, Text


class AssuranceRating(Shape):
    """What a visit found on a section or on the whole."""

    judgement_id: UUID
    level: Literal["section", "overall"]
    section_key: str | None
    title: str
    rating: str
    scale: str
    label: str
    concern: bool
    standing: Standing | None


class StandingCounts(Shape):
    """How many judgements of a visit, of every level, stand how today."""

    current: int
    expired: int
    stale: int
    superseded: int
    set_aside: int


class RecentAssurance(Shape):
    """A finalised visit at a glance, so that the next one need not be made."""

    visit_id: UUID
    lead_organisation_id: UUID
    lead_organisation_name: str
    kind: VisitKind
    framework_id: str
    framework_title: str
    programme_id: str
    site_id: UUID | None
    visited_on: date
    ratings: list[AssuranceRating] = Field(description="Of sections in print order, then of the whole.")
    standings: StandingCounts
    open_concerns: int
    meets_commissioning_floor: bool | None = Field(
        description="By the programme's own floor; null where it states none, or a rating is wanting."
    )
    content_hash: str | None = Field(description="Of the final report: GET /v1/reports/{content_hash} verifies it.")
    relied_on: bool = Field(description="Your organisation relies on this visit.")


class RelianceCreate(Body):
    """Why another organisation's visit is relied on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Visited in October, on the same form."}]})

    reason: Text


class Reliance(Shape):
    """An organisation relies on another's finalised visit instead of making its own."""

    id: UUID
    visit_id: UUID
    provider_id: UUID
    organisation_id: UUID
    lead_organisation_id: UUID = Field(description="Whose visit it is.")
    relied_on: date = Field(description="Since when.")
    reason: str
    created_at: datetime


class QaCycleEntry(Shape):
    """A visit that the round asks for, from one day to another, both inclusive."""

    key: str = Field(description="The entry of the programme's cycle, or `follow-up`.")
    title: str
    kind: VisitKind
    occurrence: int = Field(description="Counts from 1 within an entry.")
    from_on: date
    by_on: date
    state: Literal["upcoming", "due", "overdue", "done"]
    source: str
    done_on: date | None
    done_by_visit_id: UUID | None
    follows_on: date | None = Field(description="The day of the visit that calls for it, or of the last regular one.")
    together_with: str | None = Field(description="The entry on whose day it takes place.")


class QaCycle(Shape):
    """What your organisation's round asks for at one provider in an academic year, by deadline."""

    provider_id: UUID
    provider_name: str
    programme_id: str
    academic_year: str
    in_use_from_on: date
    in_use_because: InUse = Field(
        description="Why from that day: your first placement, else your first visit, else that it was recorded then."
    )
    entries: list[QaCycleEntry]


def assurance_shown(found: Assurance) -> RecentAssurance:
    """A visit as assurance, as answered."""
    visit = found.visit.model_dump(exclude={"id"})
    told = {
        "visit_id": found.visit.id,
        "lead_organisation_name": found.lead_name,
        "framework_title": found.framework_title,
        "ratings": [_rating(title, each) for title, each in found.ratings],
        "standings": {each.value: found.standings.get(each, 0) for each in Standing},
        "open_concerns": found.open_concerns,
        "meets_commissioning_floor": found.meets_floor,
        "content_hash": found.content_hash,
        "relied_on": found.relied_on,
    }
    return RecentAssurance.model_validate(visit | told)


def _rating(title: str, found: Found) -> dict[str, object]:
    told = found.row.model_dump(include={"level", "section_key", "rating", "scale"})
    told |= {"judgement_id": found.id, "title": title, "standing": found.standing}
    return told | {"label": found.value.label, "concern": found.value.concern}


def qa_cycle_shown(found: Round) -> QaCycle:
    """A round at a provider, as answered."""
    return QaCycle(
        provider_id=found.provider.id,
        provider_name=found.provider.name,
        programme_id=found.programme.id,
        academic_year=found.academic_year,
        in_use_from_on=found.in_use_from_on,
        in_use_because=found.in_use_because,
        entries=[_entry(each) for each in found.asked],
    )


def _entry(asked: Asked) -> QaCycleEntry:
    told = {name: getattr(asked.due, name) for name in QaCycleEntry.model_fields if hasattr(asked.due, name)}
    return QaCycleEntry(**told, title=asked.title, done_by_visit_id=asked.done_by_visit_id)
