"""An invented extract of GIAS in which the registered providers and the schools of the demo county stand."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from app.demo.organisations import SCHOOLS
from app.demo.providers import BY_KEY

HEADER = tuple(Path(__file__).with_name("gias_header.csv").read_text(encoding="ascii").strip().split(","))
"""The 140 columns of `edubasealldata` as published to mid-2024."""

# Type code and name, group code and name, as in the extract.
_ACADEMY = (34, "Academy converter", 10, "Academies")
_INDEPENDENT = (11, "Other independent school", 3, "Independent schools")
_INDEPENDENT_SPECIAL = (10, "Other independent special school", 5, "Special schools")
_AP_ACADEMY = (42, "Academy alternative provision converter", 10, "Academies")
_ONLINE = (49, "Online provider", 13, "Online provider")
_FURTHER_EDUCATION = (18, "Further education", 1, "Colleges")
_TYPE = (
    "TypeOfEstablishment (code)",
    "TypeOfEstablishment (name)",
    "EstablishmentTypeGroup (code)",
    "EstablishmentTypeGroup (name)",
)

SCHOOL_PROVIDERS = frozenset({"registered", "independent-special", "state-ap"})
"""The providers that stand in the extract as open schools, so that no threshold applies to them."""

_OPEN = {"EstablishmentStatus (code)": "1", "EstablishmentStatus (name)": "Open"}


def gias_rows(today: date) -> tuple[dict[str, str], ...]:
    """The extract's rows by column name; what is blank is left out."""
    schools = [_row(school.urn, f"855/{4901 + number}", school.name, _ACADEMY) for number, school in enumerate(SCHOOLS)]
    return (
        *schools,
        _of("registered", _INDEPENDENT, CHNumber="99000116", SchoolCapacity="60", PropsName="Quarrybank Education Ltd"),
        _of("independent-special", _INDEPENDENT_SPECIAL, SchoolCapacity="40"),
        _of("state-ap", _AP_ACADEMY, SchoolCapacity="96"),
        _of("online", _ONLINE) | _accredited(today),
        _of("deregistered", _INDEPENDENT) | _deregistered(today),
        # Found by its UKPRN; and a school of nearly the name of a provider that is not it: a candidate, no more.
        _row(199_106, "855/8991", BY_KEY["college"].name, _FURTHER_EDUCATION, UKPRN=str(BY_KEY["college"].ukprn)),
        _row(199_107, "856/6994", "Brockmere Forest School Limited", _INDEPENDENT),
    )


def gias_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows as an `edubasealldata` file of 140 columns."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, HEADER, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode("cp1252")


def _of(key: str, kind: tuple[int | str, ...], **more: str) -> dict[str, str]:
    provider = BY_KEY[key]
    return _row(provider.urn, provider.dfe_number, provider.name, kind, Postcode=provider.postcode, **more)


def _row(urn: int | None, number: str | None, name: str, kind: tuple[int | str, ...], **more: str) -> dict[str, str]:
    la, _, establishment = (number or "855/").partition("/")
    return (
        {
            "URN": str(urn),
            "LA (code)": la,
            "LA (name)": {"855": "Leicestershire", "856": "Leicester"}[la],
            "EstablishmentNumber": establishment,
            "EstablishmentName": name,
            "OpenDate": "01-09-2016",
            "PhaseOfEducation (code)": "0",
            "PhaseOfEducation (name)": "Not applicable",
            "StatutoryLowAge": "11",
            "StatutoryHighAge": "16",
            "County (name)": "Leicestershire",
        }
        | dict(zip(_TYPE, map(str, kind), strict=True))
        | _OPEN
        | more
    )


def _accredited(today: date) -> dict[str, str]:
    return {
        "EstablishmentAccredited (code)": "1",
        "EstablishmentAccredited (name)": "Accredited",
        "AccreditationExpiryDate": _written(date(today.year + 2, 8, 31)),
    }


def _deregistered(today: date) -> dict[str, str]:
    return {
        "EstablishmentStatus (code)": "2",
        "EstablishmentStatus (name)": "Closed",
        "ReasonEstablishmentClosed (code)": "97",
        "ReasonEstablishmentClosed (name)": "Does not meet criteria for registration",
        "CloseDate": _written(date(today.year - 1, 8, 31)),
    }


def _written(day: date) -> str:
    return day.strftime("%d-%m-%Y")
