"""Bringing the register to a new extract, and its links to a new links file: all of it or nothing."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from app.db import establishments, status
from app.db.base import now, today
from app.db.bulk import Staged
from app.db.establishments import Establishment, EstablishmentLink, GiasExtract
from app.db.records import audit
from app.domain.errors import Conflict, Invalid
from app.domain.establishments import RegistrationStatus, name_key, registration_status

Progress = Callable[[int], None]


class ReadEstablishment(Protocol):
    """An establishment as it was read: what is derived from, beside every other column of the table by its name."""

    @property
    def name(self) -> str: ...
    @property
    def type_code(self) -> int: ...
    @property
    def status_code(self) -> int: ...
    @property
    def dfe_number(self) -> str | None: ...
    @property
    def company_number(self) -> str | None: ...


class ReadLink(Protocol):
    """A link as it was read: beside these, every other column of the table by its name."""

    @property
    def urn(self) -> int: ...
    @property
    def link_urn(self) -> int: ...


class ImportResult(NamedTuple):
    """How many records a file held, and how many of them were new, were different, or had gone since the last."""

    rows: int
    added: int
    changed: int
    vanished: int


def _unwatched(_: int) -> None:
    """Where nobody watches the progress."""


async def import_extract(
    session: AsyncSession,
    rows: Iterable[ReadEstablishment],
    *,
    extract_on: date,
    force: bool = False,
    on_progress: Progress = _unwatched,
) -> ImportResult:
    """Bring the register, and every provider's registration status, to an extract, in the session's transaction.

    Args:
        rows: read while they are copied; whatever they raise must end the transaction.
        force: take an extract older than the last, or less than half its size.
        on_progress: told the number of rows so far, at each thousandth.

    Raises:
        Conflict: `gias_extract_older`.
        Invalid: `gias_extract_in_future`, `gias_file_too_small`.
    """
    await _alone(session)
    if not force:
        await _ensure_newest(session, extract_on)
    records = map(_record, _counted(rows, on_progress))
    result = await _bring_register(session, records, extract_on, force=force)
    session.add(extract := GiasExtract(extract_on=extract_on, imported_at=now(), **result._asdict()))
    await session.flush()
    audit(session, "import", "gias_extract", extract.id, extract_on=extract_on.isoformat(), **result._asdict())
    await status.refresh(session, at=now())
    return result


async def _bring_register(
    session: AsyncSession, records: Iterable[tuple[Any, ...]], extract_on: date, *, force: bool
) -> ImportResult:
    before = await establishments.present(session)
    staged = Staged(session, Establishment)
    count = await staged.copy(_COLUMNS, records)
    _ensure_plausible(count, before, force=force)
    absent = {"vanished_on": extract_on, "registration_status": RegistrationStatus.NOT_FOUND.value}
    vanish = update(staged.own).values(absent).where(staged.own.c.vanished_on.is_(None), staged.gone)
    return ImportResult(
        count, vanished=await staged.run(vanish), changed=await staged.change(), added=await staged.add()
    )


async def import_links(
    session: AsyncSession, rows: Iterable[ReadLink], *, force: bool = False, on_progress: Progress = _unwatched
) -> ImportResult:
    """Bring the links to those of a links file, with the same care; those that it no longer has are removed.

    Raises:
        Invalid: `gias_file_too_small`.
    """
    await _alone(session)
    before = (await session.execute(select(func.count()).select_from(EstablishmentLink))).scalar_one()
    staged = Staged(session, EstablishmentLink)
    count = await staged.copy(_LINK_COLUMNS, map(_LINK_VALUES, _counted(rows, on_progress)))
    _ensure_plausible(count, before, force=force)
    remove = delete(staged.own).where(staged.gone)
    result = ImportResult(
        count, vanished=await staged.run(remove), changed=await staged.change(), added=await staged.add()
    )
    audit(session, "import", "gias_links", None, **result._asdict())
    return result


def _names(entity: type[SQLModel]) -> tuple[str, ...]:
    return tuple(entity.model_fields)


_DERIVED = ("company_number", "dfe_number", "name_key", "registration_status")
_READ = tuple(name for name in _names(Establishment) if name not in {*_DERIVED, "vanished_on"})
_COLUMNS = (*_READ, *_DERIVED)
_VALUES = attrgetter(*_READ)
_LINK_COLUMNS = _names(EstablishmentLink)
_LINK_VALUES = attrgetter(*_LINK_COLUMNS)


def _record(row: ReadEstablishment) -> tuple[Any, ...]:
    # Spreadsheets, through which such numbers have come, drop leading zeros.
    company_number = row.company_number and row.company_number.upper().zfill(8)
    standing = registration_status(row.type_code, row.status_code).value
    return (*_VALUES(row), company_number, row.dfe_number, name_key(row.name), standing)


def _counted(rows: Iterable[Any], on_progress: Progress) -> Iterator[Any]:
    for count, row in enumerate(rows, 1):
        yield row
        if count % 1000 == 0:
            on_progress(count)


async def _alone(session: AsyncSession) -> None:
    """Let one import at a time run: a second waits, and then meets what the first has left."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('apqa gias'))"))


async def _ensure_newest(session: AsyncSession, extract_on: date) -> None:
    last = await establishments.extract_on(session)
    if last is not None and extract_on < last:
        raise Conflict(f"The register is already at the extract of {last}, which is newer.", code="gias_extract_older")
    if extract_on > today():  # else every true one that follows would be refused as older
        raise Invalid("The extract is dated in the future.", code="gias_extract_in_future")


def _ensure_plausible(count: int, before: int, *, force: bool) -> None:
    """Half a download must not look like the end of every other school."""
    if count == 0 or (count * 2 < before and not force):
        raise Invalid(f"The file has {count} records where {before} are known.", code="gias_file_too_small")
