"""How closely a body keeps to JSON's own types, and to what can be stored."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError, core_schema

# Every date in the service lies between these: no child or provider lived before, no plan reaches further.
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
LONGEST = 2000  # characters of a text whose field says no more
NO_NUL = r"^[^\x00]*$"  # PostgreSQL stores no U+0000
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_STAMPED = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_EXACT = frozenset({"int", "float", "bool"})


def day(value: Any) -> Any:
    """A calendar date from its one form, `YYYY-MM-DD`: no instant, no count of seconds."""
    if isinstance(value, str):
        if not _WRITTEN.fullmatch(value):
            raise PydanticCustomError("date_parsing", "Write a calendar date as YYYY-MM-DD.")
        try:
            value = date.fromisoformat(value)
        except ValueError as none_such:
            raise PydanticCustomError("date_parsing", "There is no such date.") from none_such
    if type(value) is date and not FIRST <= value <= LAST:
        raise PydanticCustomError("date_out_of_range", "Dates lie between 1900-01-01 and 2199-12-31.")
    return value


def flag(value: Any) -> Any:
    """`true` or `false` in a query, and no other word for it."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise PydanticCustomError("bool_parsing", "Write true or false.")
    return value


def instant(value: Any) -> Any:
    """An instant from RFC 3339 text with its offset, in the time that the service knows."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if _STAMPED.fullmatch(value) else None
        except ValueError:
            value = None
        if value is None or not FIRST <= value.date() <= LAST:
            raise PydanticCustomError("datetime_parsing", "Write an instant with its offset, as 2026-09-01T08:30:00Z.")
    return value


_WRITTEN_AS = {"date": day, "datetime": instant}
Day = Annotated[date, BeforeValidator(day)]
Instant = Annotated[AwareDatetime, BeforeValidator(instant)]
Flag = Annotated[bool, BeforeValidator(flag)]


def tighten(schema: Any) -> None:
    """Make a model's core schema exact, in place.

    A number is a number and no text or truth value, a date is a `day`, a time an `instant`, and no text is endless or
    holds U+0000. Pydantic's own strict mode would refuse dates and ids too, as text: FastAPI parses the JSON first.
    """
    match schema:
        case {"type": "date" | "datetime" as kind} if "strict" not in schema:
            exact = core_schema.no_info_before_validator_function(_WRITTEN_AS[kind], {**schema, "strict": True})
            schema.clear()
            schema.update(exact)
        case {"type": str(kind)} if kind in _EXACT:
            schema["strict"] = True
        case {"type": "str"}:
            schema.setdefault("pattern", NO_NUL)
            schema.setdefault("max_length", LONGEST)
        case dict():
            for part in list(schema.values()):
                tighten(part)
        case list() | tuple():
            for part in schema:
                tighten(part)
