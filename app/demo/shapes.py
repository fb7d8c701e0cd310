"""What the demo county consists of, in the words of the API's request bodies."""

# Things refer to each other by slug or key, for ids come only with recording: `body(ids)` puts them in.

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

Ids = Mapping[str, UUID]
SOURCE = "demo-mis"
"""The schools' own system, by whose ids pupils and placements are recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A local authority, partnership or school, as the operator adds it; `partnership` is a slug."""

    slug: str
    kind: str
    name: str
    la_code: str = "855"
    urn: int | None = None
    partnership: str | None = None
    network: str | None = None
    rulesets: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a provider teaches."""

    key: str
    name: str
    postcode: str

    def body(self) -> dict[str, Any]:
        """SiteCreate."""
        return {"name": self.name, "postcode": self.postcode}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An alternative provider. `story` tells what it is there to show."""

    key: str
    name: str
    story: str
    legal_name: str | None = None
    company_number: str | None = None
    ukprn: str | None = None
    urn: int | None = None
    dfe_number: str | None = None
    postcode: str
    kind: str | None = None
    predecessors: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()

    @property
    def setting_type(self) -> str:
        """The setting type under which the census counts its pupils: URN before UKPRN before kind."""
        return "URN" if self.urn else "UKPRN" if self.ukprn else str(self.kind)

    def body(self, ids: Ids) -> dict[str, Any]:
        """ProviderCreate."""
        said = ("name", "legal_name", "company_number", "ukprn", "urn", "dfe_number", "postcode", "kind")
        return {name: getattr(self, name) for name in said} | {
            "la_code": "855",
            "predecessor_ids": [str(ids[key]) for key in self.predecessors],
            "linked_ids": [str(ids[key]) for key in self.linked],
        }


@dataclass(frozen=True, slots=True)
class Flag:
    """A dated characteristic, `to_on` inclusive (None: still)."""

    kind: str
    from_on: date
    to_on: date | None = None

    def holds_on(self, on: date) -> bool:
        """Whether the pupil has it on a day."""
        return self.from_on <= on and (self.to_on is None or on <= self.to_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """One organisation's record of a child; two records of a child share the UPN."""

    key: str = ""
    owner: str
    upn: str
    mis_id: str
    given_name: str
    family_name: str
    born_on: date
    home_school: str
    year_group: str
    flags: tuple[Flag, ...] = ()

    def sen_provision(self, on: date) -> str:
        """The census code of the day: E, K or N."""
        kinds = {flag.kind for flag in self.flags if flag.holds_on(on)}
        return "E" if "ehcp" in kinds else "K" if "sen_support" in kinds else "N"

    def body(self, ids: Ids, today: date) -> dict[str, Any]:
        """PupilCreate."""
        return {
            "upn": self.upn,
            "mis_id": self.mis_id,
            "given_name": self.given_name,
            "family_name": self.family_name,
            "born_on": self.born_on.isoformat(),
            "home_school_id": str(ids[self.home_school]),
            "home_la_code": "855",
            "year_group": self.year_group,
            "sen_provision": self.sen_provision(today),
            "characteristics": [_json(flag) for flag in self.flags],
            "source": SOURCE,
            "external_id": self.key,
        }


@dataclass(frozen=True, slots=True)
class Slot:
    """One weekly lesson time, "09:30" to "15:00", on a weekday (1 Monday … 7 Sunday)."""

    weekday: int
    starts_at: str
    ends_at: str
    weeks: str = "every"


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """How a placement's week is told: by timetable, by declared or estimated figures, or not at all."""

    timetable: tuple[Slot, ...] = ()
    weekly_minutes: int | None = None
    days_per_week: int | None = None
    sessions_per_week: int | None = None
    hours_basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A placement, commissioned by whoever keeps the pupil's record. `key` is its id in the school's MIS.

    `override`: why a lead goes ahead with a plan that would meet a threshold.
    """

    key: str = ""
    provider: str
    site: str | None = None
    pupil: Pupil
    starts_on: date
    ends_on: date | None = None
    week: Week
    reason: str = "BHS"
    goal: str | None = "reintegration"
    sole_provision: bool | None = False
    main_responsibility: bool | None = False
    override: str | None = None

    def body(self, ids: Ids) -> dict[str, Any]:
        """PlacementCreate."""
        week: dict[str, Any] = _json(self.week)
        return (
            week
            | {
                "provider_id": str(ids[self.provider]),
                "site_id": self.site and str(ids[self.site]),
                "pupil_id": str(ids[self.pupil.key]),
                "commissioner_id": str(ids[self.pupil.owner]),
                "home_school_id": str(ids[self.pupil.home_school]),
                "source": SOURCE,
                "external_id": self.key,
                "starts_on": self.starts_on.isoformat(),
                "ends_on": self.ends_on and self.ends_on.isoformat(),
                "sole_provision": self.sole_provision,
                "main_responsibility": self.main_responsibility,
                "placement_reason": self.reason,
                "attendance_pattern": "FT" if len(self.week.timetable) >= 5 else "PT",
                "goal": self.goal,
                "sen_provision_entry": self.pupil.sen_provision(self.starts_on),
            }
            | ({"override": {"reason": self.override}} if self.override else {})
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """So many alike pupils that a provider declares beside those in the service."""

    count: int
    weekly_minutes: int
    days_per_week: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a provider says, on a day, of its pupils who are not in the service."""

    provider: str
    declared_on: date
    groups: tuple[Group, ...]

    def body(self) -> dict[str, Any]:
        """DeclarationCreate."""
        return {"declared_on": self.declared_on.isoformat(), "groups": [_json(group) for group in self.groups]}


def _json(value: Any) -> Any:
    """Dataclasses as objects, tuples as arrays, dates as ISO text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _json(getattr(value, field.name)) for field in fields(value)}
    return value
