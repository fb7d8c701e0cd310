"""How reports write dates, instants, lengths of time and closed values."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DRAFT = "DRAFT – confidential"


def worded(value: str, words: Mapping[str, str]) -> str:
    """A closed value in words."""
    return words.get(value, value.replace("_", " ").capitalize())


def day(text: str | None) -> str:
    """A date in ISO 8601 as it is written in England; empty for none."""
    return f"{date.fromisoformat(text):%-d %B %Y}" if text else ""


def instant(text: str | None) -> str:
    """An instant in ISO 8601 by the clock in England; empty for none."""
    return f"{datetime.fromisoformat(text).astimezone(LONDON):%-d %B %Y, %H:%M %Z}" if text else ""


def duration(minutes: int | None) -> str:
    """A length of time; empty for none."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    parts = (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")
    return " ".join(filter(None, parts))
