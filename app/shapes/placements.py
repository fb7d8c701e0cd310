"""Placements on the wire."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.db.placements import Placement as Row
from app.domain import identifiers
from app.domain.placements import Alert, Status, arranged_on, status_on
from app.domain.registration import Result
from app.shapes import Body, Name, Part, Shape, Text, checked
from app.shapes.weeks import Arrangement, HoursBasis, Slot, Week
from app.shapes.words import CharacteristicSaid, ExternalId, Provision, Source, YearGroup

Reason = Annotated[Literal["BHS", "SUS", "EXR", "MHN", "PHN", "OTH"], Field(description="Census placement reason.")]
SettingType = Annotated[Literal["NFE", "OOT", "OTH", "WBP"], Field(description="Census setting type.")]
Goal = Literal["reintegration", "post_16", "specialist", "other"]
Postcode = Annotated[str, checked(identifiers.postcode)]


class PupilRef(Part):
    """A pupil by a key of the commissioner's; with the name, a record is made where there is none."""

    upn: Annotated[str, checked(identifiers.upn)] | None = Field(default=None, examples=["H801200001001"])
    mis_id: str | None = Field(default=None, max_length=80)
    given_name: Name | None = None
    family_name: Name | None = None
    born_on: date | None = None
    year_group: YearGroup | None = None
    sen_provision: Provision | None = None
    characteristics: list[CharacteristicSaid] = Field(default=[], max_length=50)


class Override(Part):
    """A lead's decision to go ahead with a plan that meets a threshold, or at a provider suspended or not compliant.

    It is audited, and told to the authority, to whoever suspended the provider, or to whoever's policy it passes over.
    """

    reason: Text


class Overridable(Part):
    """An act that a threshold, or a decision on the provider, may stand against."""

    override: Override | None = None

    @property
    def reason(self) -> str | None:
        """The reason for an override, where one is sent."""
        return self.override.reason if self.override else None


class PlacementFields(Week, Overridable):
    """What a client may say of a placement, beside its dates. Census names and codes are taken one to one."""

    provider_id: UUID | None = Field(default=None, description="Or one of urn, ukprn, company_number.")
    urn: int | None = Field(default=None, ge=100_000, le=999_999)
    ukprn: Annotated[str, checked(identifiers.ukprn)] | None = None
    company_number: Annotated[str, checked(identifiers.company_number)] | None = None
    placement_postcode: Postcode | None = None
    ap_setting_type: SettingType | None = None
    pupil_id: UUID | None = Field(default=None, description="Or `pupil`.")
    pupil: PupilRef | None = None
    commissioner_id: UUID | None = Field(default=None, description="The caller's organisation where absent.")
    home_school_id: UUID | None = None
    home_school_urn: int | None = Field(default=None, ge=100_000, le=999_999)
    site_id: UUID | None = None
    sole_provision: bool | None = Field(default=None, description="Whether this is the pupil's only education.")
    main_responsibility: bool | None = Field(
        default=None, description="Whether the provider takes on the main responsibility for the pupil's programme."
    )
    placement_reason: Reason | None = None
    attendance_pattern: Literal["FT", "PT"] | None = Field(default=None, description="Census attendance pattern.")
    sen_provision_entry: Provision | None = None
    sen_provision_leaving: Provision | None = None
    goal: Goal | None = None
    starts_on: date | None = Field(default=None, description="Or `entry_date`. The first day.")
    entry_date: date | None = None
    ends_on: date | None = Field(default=None, description="Or `leaving_date`. The last day, null while open.")
    leaving_date: date | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        """Each thing is named once: the census's name and ours are two words for one field."""
        for ours, census, needed in (("starts_on", "entry_date", True), ("ends_on", "leaving_date", False)):
            mine, theirs = getattr(self, ours), getattr(self, census)
            if mine is not None and theirs is not None and mine != theirs:
                raise PydanticCustomError("told_twice", "{a} and {b} differ.", {"a": ours, "b": census})
            if needed and mine is None and theirs is None:
                raise PydanticCustomError("starts_on_missing", "Give starts_on or entry_date.")
        return self

    @model_validator(mode="after")
    def _named(self) -> Self:
        """Provider and pupil are named."""
        if not any((self.provider_id, self.urn, self.ukprn, self.company_number)):
            raise PydanticCustomError("provider_missing", "Name the provider by id, URN, UKPRN or company number.")
        if self.pupil_id is None and self.pupil is None:
            raise PydanticCustomError("pupil_missing", "Name the pupil by pupil_id or pupil.")
        return self

    def said(self) -> dict[str, Any]:
        """What was told, in our own names."""
        told = self.model_dump(exclude={"override", "entry_date", "leaving_date", "timetable", "acting_for", "hold_id"})
        told["starts_on"] = self.starts_on or self.entry_date
        told["ends_on"] = self.ends_on or self.leaving_date
        return told | self.told()


class PlacementCreate(PlacementFields, Body):
    """A new placement."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "urn": 990001,
                    "pupil": {"upn": "H801200001001"},
                    "starts_on": "2026-09-07",
                    "timetable": [{"weekday": 2, "starts_at": "09:30", "ends_at": "15:00"}],
                    "placement_reason": "BHS",
                }
            ]
        }
    )

    source: Source | None = Field(default=None, description="The system that holds it under `external_id`.")
    external_id: ExternalId | None = None
    hold_id: UUID | None = Field(default=None, description="A hold from a what-if that this placement uses up.")

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        """An external id has its source."""
        if (self.source is None) != (self.external_id is None):
            raise PydanticCustomError("source_missing", "source and external_id go together.")
        return self


class PlacementPut(PlacementFields, Body):
    """A placement as another system holds it."""


class PlacementPlan(PlacementCreate):
    """A placement that is thought of, in the words of one that is recorded.

    The provider is the one asked about, and a pupil who is in no record is described as far as the rules ask.
    """

    @model_validator(mode="after")
    def _named(self) -> Self:
        """The pupil is named or described."""
        if self.pupil_id is None and self.pupil is None:
            raise PydanticCustomError("pupil_missing", "Name the pupil by pupil_id, or describe it by pupil.")
        return self

    def plan(self) -> dict[str, Any]:
        """What was told, the pupil's description as JSON."""
        return self.said() | {"pupil": self.pupil and self.pupil.model_dump(mode="json"), "hold_id": self.hold_id}


class PlacementPatch(Overridable, Body):
    """Changes to a placement: what is absent stays, null empties. Its week is changed by its timetable."""

    starts_on: date = Field(default=date.min)
    ends_on: date | None = None
    site_id: UUID | None = None
    home_school_id: UUID | None = None
    sole_provision: bool | None = None
    main_responsibility: bool | None = None
    placement_reason: Reason | None = None
    attendance_pattern: Literal["FT", "PT"] | None = None
    sen_provision_entry: Provision | None = None
    sen_provision_leaving: Provision | None = None
    goal: Goal | None = None


class TimetableChange(Week, Overridable, Body):
    """Another week, from a day on."""

    from_on: date


class PlacementEnd(Body):
    """The end of a placement."""

    ends_on: date = Field(description="The last day.")
    reason: Text | None = None
    sen_provision_leaving: Provision | None = None


class PlacementCancel(Body):
    """Why a placement never was, or never will be."""

    reason: Text


class PlacementAlert(Shape):
    """Something that whoever commissions the placement should know."""

    code: str
    detail: str
    ruleset_id: str | None
    decision_id: UUID | None
    evidence_types: list[str] = Field(description="What the provider lacks, by type of evidence.")


class PlacementRegistration(Shape):
    """Where the provider stood with this placement, on the day that concerns it, for its commissioner."""

    as_of_on: date
    overall: Result


class Placement(Shape):
    """One child's placement with one provider. The week is the one in force; `arrangements` holds all."""

    id: UUID
    provider_id: UUID
    site_id: UUID | None
    pupil_id: UUID
    commissioner_id: UUID
    home_school_id: UUID | None
    source: str | None
    external_id: str | None
    status: Status
    starts_on: date
    ends_on: date | None
    end_reason: str | None
    timetable: list[Slot]
    weekly_minutes: int | None
    days_per_week: float | None
    sessions_per_week: int | None
    hours_basis: HoursBasis | None
    arrangements: list[Arrangement]
    sole_provision: bool | None
    main_responsibility: bool | None
    placement_reason: str | None
    attendance_pattern: str | None
    sen_provision_entry: str | None
    sen_provision_leaving: str | None
    ap_setting_type: str | None
    goal: Goal | None
    registration: PlacementRegistration | None
    alerts: list[PlacementAlert]
    version: int
    created_at: datetime
    updated_at: datetime


def placement_told(row: Mapping[str, Any], *, on: date, mine: bool) -> dict[str, Any]:
    """A placement's row as answered, without what an act gives rise to.

    Args:
        on: today, for its status and its week.
        mine: whether the reader commissioned it: what was decided then is for the commissioner alone.
    """
    week = arranged_on(row["arrangements"], on=max(on, row["starts_on"])) or {}
    told = dict(row)
    told["weekly_minutes"] = week.get("weekly_minutes")
    told["days_per_week"] = week.get("days_per_week")
    told["sessions_per_week"] = week.get("sessions_per_week")
    told["hours_basis"] = week.get("hours_basis")
    told["timetable"] = week.get("timetable") or []
    told["status"] = status_on(row["status"], row["starts_on"], row["ends_on"], on=on)
    told["registration"] = row["registration"] if mine else None
    told["alerts"] = []
    return told


def placement_shown(row: Row, *, on: date, mine: bool, alerts: list[Alert] | None = None) -> Placement:
    """A placement as answered, with the alerts that the act just done gives rise to."""
    shown = Placement.model_validate(placement_told(row.model_dump(), on=on, mine=mine))
    shown.alerts = [PlacementAlert.model_validate(alert) for alert in alerts or []]
    return shown
