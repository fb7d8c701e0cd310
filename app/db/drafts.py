"""From what was told of a placement to its row, and from the row to what the threshold engine reads."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.db import straight
from app.db.base import new_id
from app.db.books import Placed
from app.db.ground import Kept
from app.db.placements import Placement
from app.db.threshold import Clock
from app.domain.placements import (
    StatedWeek,
    Status,
    arranged_on,
    arrangement_from,
    check_dates,
    engine_arrangement,
)
from app.domain.registration import REGISTERED, PlacementFact

PLAIN = (
    "site_id",
    "home_school_id",
    "source",
    "external_id",
    "sole_provision",
    "main_responsibility",
    "placement_reason",
    "attendance_pattern",
    "sen_provision_entry",
    "sen_provision_leaving",
    "ap_setting_type",
    "goal",
)
_CURRENT = ("weekly_minutes", "days_per_week", "sessions_per_week", "hours_basis")


def drawn(said: Mapping[str, Any], pupil: Kept, commissioner_id: UUID, clock: Clock) -> Placement:
    """The row of a new placement.

    Args:
        said: what the client told, provider and pupil by id.
        pupil: whose it is, as it stands under its lock.
        commissioner_id: who commissions it where nobody else is named.

    Raises:
        Invalid: dates or a week that cannot be.
    """
    check_dates(said["starts_on"], said.get("ends_on"))
    arrangements = [arrangement(said, said["starts_on"], clock)]
    return straight.drawn(
        Placement,
        {
            **{name: said[name] for name in PLAIN if name in said},
            "id": new_id(),
            "created_at": clock.at,
            "updated_at": clock.at,
            "version": 1,
            "provider_id": said["provider_id"],
            "pupil_id": pupil.id,
            "pupil_owner_id": pupil.owner_id,
            "home_la_code": pupil.home_la_code,
            "shared_with_ids": list(pupil.shared_with_ids),
            "commissioner_id": said.get("commissioner_id") or commissioner_id,
            "home_school_id": said.get("home_school_id") or pupil.home_school_id,
            "status": Status.PROPOSED.value,
            "starts_on": said["starts_on"],
            "ends_on": said.get("ends_on"),
            "arrangements": arrangements,
            **_current(arrangements, said["starts_on"], clock),
        },
    )


def arrangement(said: Mapping[str, Any], from_on: date, clock: Clock) -> dict[str, Any]:
    """What was said of a week, as it is kept from a day on."""
    return arrangement_from(StatedWeek.told(said), from_on=from_on, session_minutes=clock.session_minutes)


def arrange(row: Placement, arrangements: list[dict[str, Any]], clock: Clock) -> None:
    """Set the series of weeks, and beside it the figures of the one in force, for lists and sweeps."""
    row.arrangements = arrangements
    for name, value in _current(arrangements, row.starts_on, clock).items():
        setattr(row, name, value)


def _current(arrangements: list[dict[str, Any]], starts_on: date, clock: Clock) -> dict[str, Any]:
    current = arranged_on(arrangements, on=max(clock.today, starts_on)) or {}
    return {name: current.get(name) for name in _CURRENT}


def sites_of(row: Placement) -> set[UUID]:
    """The sites that a placement names."""
    slots = (slot for each in row.arrangements for slot in each.get("timetable") or ())
    named = {UUID(slot["site_id"]) for slot in slots if slot.get("site_id")}
    return named | {row.site_id} if row.site_id else named


def placed(row: Placement, child_id: UUID, registration_status: str) -> Placed:
    """The placement as the engine reads it.

    Args:
        registration_status: the provider's.
    """
    fact = PlacementFact(
        placement_id=row.id,
        commissioner_id=row.commissioner_id,
        provider_id=row.provider_id,
        child_id=child_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        arrangements=tuple(map(engine_arrangement, row.arrangements)),
        site_id=row.site_id,
        sole_provision=row.sole_provision,
        main_responsibility=row.main_responsibility,
        provider_unregistered=registration_status not in REGISTERED,
    )
    return Placed(fact, row.pupil_id, row.pupil_owner_id, row.sen_provision_entry)
