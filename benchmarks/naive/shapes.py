"""What goes over the wire: the product's answers, field by field."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Slot(BaseModel):
    """Time at the provider on one weekday."""

    weekday: int = Field(ge=1, le=7)
    starts_at: str
    ends_at: str
    weeks: Literal["every", "a", "b"] = "every"
    site_id: UUID | None = None


class Arrangement(BaseModel):
    """A week from a day on."""

    from_on: date
    timetable: list[Slot]
    weekly_minutes: int | None
    days_per_week: float | None
    sessions_per_week: int | None
    hours_basis: str | None


class PlacementCreate(BaseModel):
    """A new placement."""

    provider_id: UUID
    pupil_id: UUID
    starts_on: date
    ends_on: date | None = None
    timetable: list[Slot] = []
    source: str | None = None
    external_id: str | None = None


class Batch(BaseModel):
    """Several."""

    mode: str
    items: list[PlacementCreate] = Field(min_length=1, max_length=500)


class Alert(BaseModel):
    """Something that the commissioner should know."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    detail: str
    ruleset_id: str | None
    decision_id: UUID | None


class Placement(BaseModel):
    """One placement."""

    id: UUID
    provider_id: UUID
    site_id: UUID | None
    pupil_id: UUID
    commissioner_id: UUID
    home_school_id: UUID | None
    source: str | None
    external_id: str | None
    status: str
    starts_on: date
    ends_on: date | None
    end_reason: str | None
    timetable: list[Slot]
    weekly_minutes: int | None
    days_per_week: float | None
    sessions_per_week: int | None
    hours_basis: str | None
    arrangements: list[Arrangement]
    sole_provision: bool | None
    main_responsibility: bool | None
    placement_reason: str | None
    attendance_pattern: str | None
    sen_provision_entry: str | None
    sen_provision_leaving: str | None
    ap_setting_type: str | None
    goal: str | None
    registration: dict[str, Any] | None
    alerts: list[Alert]
    version: int
    created_at: datetime
    updated_at: datetime


class PageInfo(BaseModel):
    """Where the list goes on."""

    next_cursor: str | None
    has_more: bool


class Placements(BaseModel):
    """One page."""

    data: list[Placement]
    page: PageInfo


class BatchResult(BaseModel):
    """What became of one item."""

    index: int
    status: int
    id: UUID | None


class Results(BaseModel):
    """What became of all."""

    results: list[BatchResult]
