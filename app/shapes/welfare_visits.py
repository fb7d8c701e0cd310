"""Children seen at their settings, on the wire."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from app.db.welfare_visits import WelfareVisit as Row
from app.shapes import Body, Name, Shape, Text
from app.shapes.amendments import CorrectableRecord, CorrectionBody, RecordAmendment


class WelfareVisitCreate(Body):
    """That a child was seen at a setting."""

    placement_id: UUID
    site_id: UUID | None = Field(default=None, description="Which of the provider's sites; null where it has but one.")
    seen_on: date = Field(description="A day of the placement, not in the future.")
    seen_by: Name | None = Field(
        default=None, description="Who of the organisation, by role.", examples=["Head of Year"]
    )
    note: Text | None = None
    concerns: Text | None = Field(default=None, description="What needs following up; null: nothing.")


class WelfareVisitPatch(CorrectionBody):
    """What is put right of a visit to a child, and why it is: what is absent stays, null empties."""

    site_id: UUID | None = None
    seen_on: date = Field(default=date.min, description="A day of the placement, not in the future.")
    seen_by: Name | None = None
    note: Text | None = None
    concerns: Text | None = None


class WelfareVisitContent(Shape):
    """What can be put right of a visit to a child."""

    site_id: UUID | None
    seen_on: date
    seen_by: str | None
    note: str | None = Field(description="Null for the provider.")
    concerns: str | None = Field(description="Null for the provider: they may be about it.")


class WelfareVisitAmendment(RecordAmendment):
    """How the record of a visit to a child was put right, or taken back."""

    was: WelfareVisitContent
    became: WelfareVisitContent | None


class WelfareVisit(WelfareVisitContent, CorrectableRecord):
    """That a child was seen at a setting: a check on the child, not a visit to assure quality."""

    id: UUID
    placement_id: UUID | None
    provider_id: UUID
    organisation_id: UUID = Field(description="Whose staff saw the child.")
    amendments: list[WelfareVisitAmendment] = Field(description="Oldest first: the first `was` is the original.")


_HIDDEN = {"note": None, "concerns": None}


def welfare_visit_shown(row: Row, *, to_provider: bool) -> WelfareVisit:
    """A visit to a child as answered: what was noted is for those who are answerable for the child."""
    told = row.model_dump() | {"state": row.state}
    if to_provider:
        told |= _HIDDEN | {"amendments": [_without_notes(each) for each in row.amendments]}
    return WelfareVisit.model_validate(told)


def _without_notes(amendment: dict[str, Any]) -> dict[str, Any]:
    became = amendment["became"]
    hidden = {"was": amendment["was"] | _HIDDEN, "became": became and became | _HIDDEN, "reason": None}
    return amendment | hidden
