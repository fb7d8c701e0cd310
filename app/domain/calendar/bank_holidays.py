"""The bank holidays of England and Wales, and until when they are known, read from the file beside this module."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class BankHoliday:
    """A weekday on which banks are closed; where the holiday itself falls on a weekend, its substitute."""

    holiday_on: date
    name: str


_READ = json.loads(Path(__file__).with_name("bank-holidays.json").read_text(encoding="utf-8"))
KNOWN_FROM_ON, KNOWN_TO_ON = (date.fromisoformat(_READ[end]) for end in ("known_from_on", "known_to_on"))
ALL = tuple(BankHoliday(date.fromisoformat(day), name) for day, name in sorted(_READ["days"].items()))
DAYS = frozenset(each.holiday_on for each in ALL)


def ensure_known(from_on: date, to_on: date) -> None:
    """Refuse to say of days for which nothing is proclaimed yet that they are none.

    Raises:
        Invalid: `calendar_unknown`.
    """
    if from_on < KNOWN_FROM_ON or to_on > KNOWN_TO_ON:
        detail = f"Bank holidays are known from {KNOWN_FROM_ON} to {KNOWN_TO_ON}; no day outside is counted."
        raise Invalid(detail, code="calendar_unknown")


def known_between(from_on: date, to_on: date) -> tuple[BankHoliday, ...]:
    """Those that are known from one day to another, both inclusive; none after `KNOWN_TO_ON`."""
    return tuple(each for each in ALL if from_on <= each.holiday_on <= to_on)
