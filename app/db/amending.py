"""What a record said before, kept in its row beside what it says now (as SI 2024/208 asks of the register)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import rows
from app.db.base import Root, Versions, document, instant
from app.db.session import caller_of
from app.domain.amendments import RecordState, ensure_correctable, state_of

C = TypeVar("C", bound="Correctable")


class Amended(Root):
    """A row whose content is amended, never replaced.

    `amendments`: `[{amended_at, organisation_id, amended_by, principal, reason, was, became}]`, oldest first; only
    added to. `became` is null where the record was withdrawn.
    """

    amendments: list[dict[str, Any]] = document(default_factory=list)


class Correctable(Amended):
    """A record that whoever wrote it puts right or takes back; `CONTENT`: the columns that can be put right."""

    CONTENT: ClassVar[tuple[str, ...]] = ()

    organisation_id: UUID
    recorded_by: str
    withdrawn_at: datetime | None = instant(default=None)

    @property
    def state(self) -> RecordState:
        """Whether it still says what it first said, and whether it counts."""
        return state_of(amended=len(self.amendments), withdrawn=self.withdrawn_at is not None)

    def said(self) -> dict[str, Any]:
        """What it says now."""
        return {name: getattr(self, name) for name in self.CONTENT}


@dataclass(frozen=True, slots=True)
class Correction:
    """What a record is to say, as far as it is told, why, and the version that this is based on."""

    content: dict[str, Any]
    reason: str
    expected: Versions


def amend(session: AsyncSession, row: Amended, content: Mapping[str, Any], *, reason: str | None, at: datetime) -> None:
    """Write other content into a row, held for change, beside what it said.

    Args:
        content: every column of its content.
    """
    was = _document(row, content)
    for name, value in content.items():
        setattr(row, name, value)
    _add(session, row, was, _document(row, content), reason, at)


def _add(
    session: AsyncSession,
    row: Amended,
    was: dict[str, Any],
    became: dict[str, Any] | None,
    reason: str | None,
    at: datetime,
) -> None:
    caller = caller_of(session)
    amendment = {
        "amended_at": at.isoformat(),
        "organisation_id": str(caller.organisation),
        "amended_by": (session.info.get("acting_for") or {}).get("display_name"),
        "principal": caller.principal,
        "reason": reason,
        "was": was,
        "became": became,
    }
    row.amendments = [*row.amendments, amendment]
    row.touch()


def _document(row: Amended, names: Iterable[str]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


async def for_correction(session: AsyncSession, entity: type[C], record_id: UUID, *, expected: Versions) -> C:
    """A record, locked, that the caller may put right or take back.

    Raises:
        Conflict: `record_withdrawn`, `too_many_amendments`.
        Forbidden: `not_yours`, of another organisation; `not_yours_to_correct`, of a colleague.
        NotFound, Stale
    """
    row = await rows.for_change(session, entity, record_id, expected=expected)
    ensure_correctable(row.state, caller_of(session), recorded_by=row.recorded_by, amended=len(row.amendments))
    return row


async def correct(
    session: AsyncSession, row: Correctable, content: Mapping[str, Any], *, reason: str, at: datetime
) -> bool:
    """Put a record right that was held by `for_correction`; whether that changed anything."""
    if row.said() == dict(content):
        return False
    amend(session, row, content, reason=reason, at=at)
    await session.flush()
    return True


async def withdraw(
    session: AsyncSession, entity: type[C], record_id: UUID, reason: str, *, expected: Versions, at: datetime
) -> C:
    """Take a record back. It stays, with why, and counts for nothing. Raises as `for_correction`."""
    row = await for_correction(session, entity, record_id, expected=expected)
    row.withdrawn_at = at
    _add(session, row, _document(row, row.CONTENT), None, reason, at)
    await session.flush()
    return row
