"""The columns of a file of placements: what each says, and how its cells are read."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Reader = Callable[[str], Any]

_TIMES = re.compile(r"(\d{1,2}:\d{2}) ?[-\u2013] ?(\d{1,2}:\d{2})(?: ?([AaBb]))?")
_DATES = ("%Y-%m-%d", "%d/%m/%Y")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKS = {"": "every", "a": "a", "b": "b"}
_YES_NO = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


class Unreadable(ValueError):
    """A cell that cannot be read: the code and the words of its fault."""


def _day(cell: str) -> str:
    for written in _DATES:
        try:
            return datetime.strptime(cell, written).date().isoformat()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    raise Unreadable("date_invalid", "Write a date as YYYY-MM-DD or DD/MM/YYYY.")


def _whole(cell: str) -> int:
    if re.fullmatch(r"\d{1,9}", cell, re.ASCII):
        return int(cell)
    raise Unreadable("number_invalid", "Write a whole number in digits.")


def _decimal(cell: str) -> float:
    if re.fullmatch(r"\d{1,4}(\.\d{1,4})?", cell, re.ASCII):
        return float(cell)
    raise Unreadable("number_invalid", "Write a number in digits.")


def _minutes_of_hours(cell: str) -> int:
    return round(_decimal(cell) * 60)


def _yes_no(cell: str) -> bool:
    if cell.lower() in _YES_NO:
        return _YES_NO[cell.lower()]
    raise Unreadable("yes_no_invalid", "Write yes or no.")


def _slots(weekday: int) -> Reader:
    def read(cell: str) -> list[dict[str, Any]]:
        return [_slot(weekday, part.strip()) for part in cell.split(";")]

    return read


def _slot(weekday: int, part: str) -> dict[str, Any]:
    match = _TIMES.fullmatch(part)
    if match is None:
        raise Unreadable("times_invalid", "Write the times of a day as 09:30-15:00, with A or B for a week of two.")
    starts_at, ends_at, week = match.groups(default="")
    return {
        "weekday": weekday,
        "starts_at": starts_at.zfill(5),
        "ends_at": ends_at.zfill(5),
        "weeks": _WEEKS[week.lower()],
    }


# By the header in lower case without spaces and underscores: what the column says, as a pointer into
# `POST /v1/placements`, and how its cells are read. The census's names beside ours (DfE, school census specification
# 2023 to 2024, alternative provision placements).
COLUMNS: Mapping[str, tuple[str, Reader]] = {
    **dict.fromkeys(("externalid", "placementid"), ("/external_id", str)),
    "pupilid": ("/pupil_id", str),
    "upn": ("/pupil/upn", str),
    "misid": ("/pupil/mis_id", str),
    **dict.fromkeys(("familyname", "surname"), ("/pupil/family_name", str)),
    **dict.fromkeys(("givenname", "forename"), ("/pupil/given_name", str)),
    **dict.fromkeys(("bornon", "dob"), ("/pupil/born_on", _day)),
    "yeargroup": ("/pupil/year_group", str.upper),
    "senprovision": ("/pupil/sen_provision", str.upper),
    "providerid": ("/provider_id", str),
    "urn": ("/urn", _whole),
    "ukprn": ("/ukprn", str),
    "companynumber": ("/company_number", str),
    **dict.fromkeys(("placementpostcode", "applacementpostcode"), ("/placement_postcode", str)),
    "apsettingtype": ("/ap_setting_type", str.upper),
    "siteid": ("/site_id", str),
    "homeschoolid": ("/home_school_id", str),
    "homeschoolurn": ("/home_school_urn", _whole),
    "soleprovision": ("/sole_provision", _yes_no),
    "mainresponsibility": ("/main_responsibility", _yes_no),
    "placementreason": ("/placement_reason", str.upper),
    **dict.fromkeys(("attendancepattern", "apattendancepattern"), ("/attendance_pattern", str.upper)),
    **dict.fromkeys(("sessionsperweek", "apsessionsperweek"), ("/sessions_per_week", _whole)),
    "senprovisionentry": ("/sen_provision_entry", str.upper),
    "senprovisionleaving": ("/sen_provision_leaving", str.upper),
    "goal": ("/goal", str.lower),
    **dict.fromkeys(("startson", "entrydate"), ("/starts_on", _day)),
    **dict.fromkeys(("endson", "leavingdate"), ("/ends_on", _day)),
    "weeklyminutes": ("/weekly_minutes", _whole),
    "weeklyhours": ("/weekly_minutes", _minutes_of_hours),
    "daysperweek": ("/days_per_week", _decimal),
    "hoursbasis": ("/hours_basis", str.lower),
    **{day: (f"/timetable/{day}", _slots(number)) for number, day in enumerate(_DAYS, start=1)},
}


def folded(header: str) -> str:
    """A header without what tells spellings apart."""
    return re.sub(r"[\s_]", "", header).lower()
