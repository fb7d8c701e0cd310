"""What quality assurance has found in the demo county by a day, read from the file beside this module."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.demo.days import DAY, Days, weekday
from app.demo.organisations import AUTHORITY
from app.demo.shapes import Ids
from app.demo.story import Dispute, Visit
from app.demo.terms import terms_of, with_inset_days
from app.domain.calendar import SchoolYear
from app.domain.visits import VisitStatus

_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SCHOOL_WITH_A_CALENDAR = "ashmere-school"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An external audit of a provider, as `by` knows of it."""

    provider: str
    by: str
    said: Mapping[str, Any]
    """ProviderAuditCreate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who works for a provider, as `by` knows of them."""

    provider: str
    by: str
    people: tuple[Mapping[str, Any], ...]
    """Each a StaffMemberCreate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided after a visit, and the school that has read it."""

    visit: str
    on: date
    read_on: date
    read_by: str
    said: Mapping[str, Any]

    def body(self, provider_id: str, visit_id: str, concern_ids: Iterable[str]) -> dict[str, Any]:
        """DecisionCreate."""
        return {**self.said, "provider_id": provider_id, "visit_id": visit_id, "concern_ids": list(concern_ids)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A provider's annual report of last year, with what it has written so far."""

    provider: str
    published: bool
    said: Mapping[str, Any]
    """AnnualReportPatch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All of it. `calendars` are by the slug of the organisation whose they are."""

    calendars: Mapping[str, SchoolYear]
    audits: tuple[Audit, ...]
    staff: tuple[Staff, ...]
    visits: tuple[Visit, ...]
    decision: Decision
    reports: tuple[Report, ...]

    def number_of_acts(self, ids: Ids) -> int:
        """How much has been done on visits."""
        return sum(len(each.acts(ids)) for each in self.visits)


def history(today: date) -> History:
    """The same history for the same day."""
    days = Days(today)
    year = terms_of(today)
    visits = tuple(_visit(key, said, days) for key, said in _TOLD["visits"].items())
    return History(
        calendars={AUTHORITY.slug: year, SCHOOL_WITH_A_CALENDAR: with_inset_days(year)},
        audits=tuple(_audit(said, today) for said in _TOLD["audits"]),
        staff=tuple(_staff(said, today) for said in _TOLD["staff"]),
        visits=visits,
        decision=_decision(_TOLD["decision"], {each.key: each.on for each in visits}),
        reports=tuple(Report(**said) for said in _TOLD["reports"]),
    )


def _visit(key: str, said: Mapping[str, Any], days: Days) -> Visit:
    told = dict(said)
    away = told.pop("days")
    return Visit(
        key=key,
        on=days.before(-away) if away < 0 else days.after(away),
        until=VisitStatus(told.pop("until")),
        visitors=tuple((name, role) for name, role in told.pop("visitors")),
        overall=_found(told.pop("overall", None)),
        comments=tuple(told.pop("comments", ())),
        dispute=_dispute(told.pop("dispute", None)),
        criterion=_findings(told.pop("criterion", {})),
        section=_findings(told.pop("section", {})),
        notes=_findings(told.pop("notes", {})),
        **told,
    )


def _findings(said: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(each) for key, each in said.items()}


def _found(said: list[str] | None) -> tuple[str, ...] | None:
    return None if said is None else tuple(said)


def _dispute(said: Mapping[str, Any] | None) -> Dispute | None:
    return None if said is None else Dispute(**{**said, "amend": _findings(said["amend"])})


def _audit(said: Mapping[str, Any], today: date) -> Audit:
    """Of a day and for a year; recommendations by the day on which they are due, or were done."""
    audited_on = today + said["days"] * DAY
    recommendations = [
        {"key": each["key"], "text": each["text"]}
        | {f"{name}_on": _day(today, each[f"{name}_days"]) for name in ("due", "done") if f"{name}_days" in each}
        for each in said["recommendations"]
    ]
    days = {"audited_on": audited_on.isoformat(), "valid_until_on": (audited_on + 364 * DAY).isoformat()}
    told = {name: said[name] for name in ("body", "outcome")} | days | {"recommendations": recommendations}
    return Audit(provider=said["provider"], by=said["by"], said=told)


def _staff(said: Mapping[str, Any], today: date) -> Staff:
    people = tuple(
        {"name": name, "role": role, "from_on": _day(today, since), "to_on": _day(today, until[0]) if until else None}
        for name, role, since, *until in said["people"]
    )
    return Staff(provider=said["provider"], by=said["by"], people=people)


def _decision(said: Mapping[str, Any], visited: Mapping[str, date]) -> Decision:
    """On the day after the visit was finalised; read a few days later."""
    on = weekday(visited[said["visit"]] + 9 * DAY)
    told = {name: said[name] for name in ("kind", "reason")}
    told["review_on"] = _day(on, said["review_days"])
    return Decision(visit=said["visit"], on=on, read_on=weekday(on + 3 * DAY), read_by=said["read_by"], said=told)


def _day(today: date, days: int) -> str:
    return (today + days * DAY).isoformat()
