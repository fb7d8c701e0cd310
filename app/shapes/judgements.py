"""Judgements on the wire."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.db.judgements import Found
from app.db.visit_content import item_of
from app.domain.judgements import Level, ProviderChangeKind, Standing, Trend
from app.shapes import Shape

JudgedLevel = Literal["criterion", "section", "overall", "caveat"]


class Judgement(Shape):
    """What a visit has found on a criterion, a section, the whole, or a condition for using the provider."""

    id: UUID
    visit_id: UUID
    provider_id: UUID
    site_id: UUID | None
    framework_id: str = Field(description="The form, a version, for life.")
    level: JudgedLevel
    item_key: str = Field(description="The item on the form: `criterion:<key>`, `section:<key>`, `overall` …")
    section_key: str | None
    criterion_key: str | None = Field(description="Of a criterion.")
    rating: str
    scale: str
    label: str = Field(description="The rating in words, as its scale has it.")
    meaning: str
    concern: bool = Field(description="The rating is a failure on its own scale.")
    rationale: str | None
    action_points: list[str]
    decided_by: Literal["assessor", "rollup"]
    made_by: str | None = Field(description="The name asserted by the client, where it gave one.")
    made_at: datetime
    visited_on: date | None
    valid_until_on: date | None
    standing: Standing | None = Field(
        description="Today: `current`, `expired`, `stale` (something has changed at the provider since), `superseded` "
        "or `set_aside`. Null while the visit is not finalised."
    )
    stale_because: list[ProviderChangeKind] = Field(description="What has changed, earliest first.")
    superseded_by: UUID | None = Field(description="The judgement that has taken its place, which you may not see.")
    version: int


class JudgementInSeries(Judgement):
    """A finding, beside what was found before it: the same item of the same form, at the same site."""

    trend: Trend | None = Field(description="From the finding before; null where there is none.")


def told(found: Found) -> dict[str, object]:
    """What is answered of a judgement."""
    row = found.row
    return row.model_dump() | {
        "item_key": item_of(row),
        "criterion_key": row.key if row.level == Level.CRITERION else None,
        "label": found.value.label,
        "meaning": found.value.meaning,
        "concern": found.value.concern,
        "made_by": row.made_by_name,
        "standing": found.standing,
        "stale_because": found.stale_because,
        "trend": found.trend,
    }


def judgement_shown(found: Found) -> Judgement:
    """A judgement as answered."""
    return Judgement.model_validate(told(found))


def in_series_shown(found: Found) -> JudgementInSeries:
    """A judgement of a series as answered."""
    return JudgementInSeries.model_validate(told(found))
