"""What every table shares: names of constraints, ids, the clock, versions, and keyset pages."""

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Record
from sqlalchemy import CheckConstraint, DateTime, Select, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from app.domain.errors import Fault, Invalid

T = TypeVar("T")
Versions: TypeAlias = Collection[int]
"""Those of a row on which a change may be based."""
EVERY_VERSION: Versions = range(1, 1 << 31)
LONDON = ZoneInfo("Europe/London")
metadata = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# No row is validated, what a client says is, by its shape: pydantic need not make a validator for each table.
SQLModel.model_config["defer_build"] = True


def new_id() -> UUID:
    """A UUIDv7: ids in order of creation."""
    return uuid7()


def least_id(at: datetime) -> UUID:
    """Less than every id that is made from an instant on (whole milliseconds since 1970 are its first 48 bits)."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def now() -> datetime:
    """The present instant, aware, in UTC. The only clock of the service."""
    return datetime.now(UTC)  # noqa: TID251 - this is the place


def today(at: datetime | None = None) -> date:
    """The calendar date in England at an instant (default: now)."""
    return (at or now()).astimezone(LONDON).date()


def instant(**options: Any) -> Any:
    """A column for an aware instant."""
    return Field(sa_type=DateTime(timezone=True), **options)


def none() -> list[Any]:
    """An empty list, as a default: pydantic reads the signature of a factory each time, and that of `list` from its
    documentation."""
    return []


def uuids(**options: Any) -> Any:
    """A column for a list of ids."""
    return Field(default_factory=none, sa_type=ARRAY(PG_UUID(as_uuid=True)), **options)


def texts(**options: Any) -> Any:
    """A column for a list of short texts."""
    return Field(default_factory=none, sa_type=ARRAY(Text()), **options)


def document(**options: Any) -> Any:
    """A column for a JSON document."""
    return Field(sa_type=JSONB(none_as_null=True), **options)


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """A closed list as text and CHECK: a native enum type outlives a downgrade."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Row(SQLModel):
    """The columns of every row with an id of its own."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = instant(default_factory=now)


class Root(Row):
    """A row that clients change: `version` becomes its ETag."""

    updated_at: datetime = instant(default_factory=now)
    version: int = Field(default=1)

    def touch(self) -> None:
        """Count a change. The row is locked by whoever changes it, so a plain increment is exact."""
        self.version += 1
        self.updated_at = now()


class Page(Generic[T]):
    """One page of a keyset list, with the cursor to the next."""

    def __init__(self, rows: Sequence[T], next_cursor: str | None) -> None:
        self.rows = rows
        self.next_cursor = next_cursor


def integer_key(written: str) -> int:
    """A key that an integer column can hold, for `Keyset`. Raises ValueError."""
    number = int(written)
    if not 0 <= number < 1 << 31:
        raise ValueError
    return number


class Keyset:
    """Newest-last paging by the id column, with a cursor that is bound to the filters of its list.

    The cursor is opaque to clients. It holds only an id and a digest, so it needs no secret: what a forged cursor
    reaches, the row policies decide. `key` reads an id as it stands in a cursor; its ValueError is a wrong cursor.
    """

    def __init__(
        self, filters: Any, cursor: str | None, limit: int, *, key: Callable[[str], UUID | int] = UUID
    ) -> None:
        self.digest = hashlib.sha256(repr(filters).encode()).hexdigest()[:12]
        self.limit = limit
        self.after = self._read(cursor, key) if cursor else None

    def _read(self, cursor: str, key: Callable[[str], UUID | int]) -> UUID | int:
        try:
            digest, last = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
            if digest == self.digest:
                return key(str(last))
        except (ValueError, TypeError, AttributeError):
            pass
        raise Invalid(
            "The cursor does not belong to this list.",
            errors=(Fault("cursor_invalid", "Start again without a cursor.", parameter="cursor"),),
        )

    def cut(self, query: Select[Any], key: Any) -> Select[Any]:
        """The query for this page: one row more than asked tells whether there is a next page."""
        if self.after is not None:
            query = query.where(key > self.after)
        return query.order_by(key).limit(self.limit + 1)

    def page(self, rows: Sequence[T], key: str = "id") -> Page[T]:
        """The rows found by `cut`, as a page."""
        if len(rows) <= self.limit:
            return Page(rows, None)
        kept = rows[: self.limit]
        last = kept[-1][key] if isinstance(kept[-1], Record) else getattr(kept[-1], key)
        packed = json.dumps([self.digest, str(last)]).encode()
        return Page(kept, base64.urlsafe_b64encode(packed).decode().rstrip("="))
