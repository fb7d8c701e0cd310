"""The pupils of the small county and where they are placed."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.db.base import new_id
from app.db.placements import Placement
from app.db.pupils import ChildUpn, Pupil, PupilShare
from app.domain.access import Role
from app.domain.identifiers import make_upn
from tests.access.organisations import ORGANISATIONS

KEEPERS = ("oak", "elm", "ash", "east", "shire")
DAY = date(2026, 1, 5)
WEEK = {
    "from_on": DAY.isoformat(),
    "timetable": [{"weekday": 2, "starts_at": "09:30", "ends_at": "12:30", "weeks": "every", "site_id": None}],
    "weekly_minutes": 180,
    "days_per_week": 1,
    "sessions_per_week": None,
    "hours_basis": "timetable",
}


def pupils(ids: dict[str, UUID]) -> Iterator[SQLModel]:
    """For each keeper, one pupil known to it alone, one shared and seated, and one at home elsewhere."""
    serial = iter(range(1000))
    for keeper in KEEPERS:
        home = ids[keeper] if ORGANISATIONS[keeper][0] is Role.SCHOOL else None
        said: dict[str, Any] = {"owner_id": ids[keeper], "home_school_id": home, "given_name": "Ada"}
        readers = [ids[name] for name in ("city", "west") if name != keeper]
        for settings, shared, area in (
            ([], [], "855"),
            ([ids["forge"]], readers, "855"),
            ([ids["barn"], ids["yard"]], [], "856"),
            ([], [], None),
        ):
            upn = make_upn(855, 4123, 19, next(serial))
            pupil = Pupil(
                **said,
                family_name="Invented",
                child_id=new_id(),
                upn=upn,
                born_on=date(2013, 1, 15),
                home_la_code=area,
                shared_with_ids=shared,
                setting_ids=settings,
            )
            yield pupil
            yield ChildUpn(upn=upn, child_id=pupil.child_id)
            for reader in shared:
                yield PupilShare(pupil_id=pupil.id, owner_id=pupil.owner_id, organisation_id=reader, purpose="x")


def placements(kept: Iterable[Pupil], ids: dict[str, UUID]) -> list[Placement]:
    """Each pupil where it is seated: commissioned by its keeper, and by a partnership with leave to read it."""
    return [
        Placement(
            provider_id=provider_id,
            pupil_id=pupil.id,
            pupil_owner_id=pupil.owner_id,
            commissioner_id=commissioner,
            home_la_code=pupil.home_la_code,
            shared_with_ids=pupil.shared_with_ids,
            status="active",
            starts_on=DAY,
            arrangements=[WEEK],
        )
        for pupil in kept
        for provider_id in pupil.setting_ids
        for commissioner in {pupil.owner_id, ids["west"] if ids["west"] in pupil.shared_with_ids else pupil.owner_id}
    ]
