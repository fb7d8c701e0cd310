"""Imports: files of placements that were posted, how far each has come, and what is wrong with its rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from app.db import identity, rows, waiting
from app.db.base import Keyset, Page, Row, document, instant, new_id, now, one_of
from app.db.organisations import Organisation
from app.db.records import audit
from app.db.session import Database, caller_of
from app.domain.access import Caller, Grade, Permission, Role
from app.domain.errors import Fault, Forbidden

_NETWORKS = text("SELECT apqa_networks_of(:organisation)")
OPEN = ("queued", "running")
FAULTS_KEPT = 10_000


class Import(Row, table=True):
    """A file of placements that was posted, and what has become of its rows.

    `position`: how many rows are done. `issuer`, `subject`, `scopes`: who posted it, so that it is recorded in no other
    name; an empty issuer is the operator. `refusal`: why it could not be finished.
    """

    __tablename__ = "imports"
    __table_args__ = (
        one_of("status", (*OPEN, "finished", "failed")),
        Index("ix_imports_organisation_id_id", "organisation_id", "id"),
        Index("ix_imports_open", "id", postgresql_where=text("status IN ('queued', 'running')")),
    )

    organisation_id: UUID = Field(foreign_key="organisations.id")
    source: str
    issuer: str
    subject: str
    scopes: list[str] | None = document(default=None)
    status: str = "queued"
    refusal: str | None = None
    finished_at: datetime | None = instant(default=None)
    rows: int = 0
    position: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    warnings: list[dict[str, Any]] = document(default_factory=list)


class ImportFile(SQLModel, table=True):
    """The file itself, for as long as the import is open."""

    __tablename__ = "import_files"

    import_id: UUID = Field(foreign_key="imports.id", primary_key=True)
    organisation_id: UUID
    content: bytes = Field(sa_type=LargeBinary)


class ImportFault(SQLModel, table=True):
    """One thing wrong with one row: where and what, never what the row says."""

    __tablename__ = "import_faults"
    __table_args__ = (Index("ix_import_faults_import_id_id", "import_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    import_id: UUID = Field(foreign_key="imports.id")
    organisation_id: UUID
    row_number: int
    external_id: str | None = None
    code: str
    pointer: str | None = None
    header: str | None = None
    detail: str


async def receive(
    session: AsyncSession, source: str, content: bytes, *, rows: int, warnings: Iterable[Fault] = ()
) -> Import:
    """Keep a file for the worker.

    Args:
        source: the system that the file comes from; with each row's own id it says which placement the row tells of.
        rows: how many it has.
    """
    caller = caller_of(session)
    row = Import(
        organisation_id=caller.organisation,
        source=source,
        issuer=caller.issuer,
        subject=caller.subject,
        scopes=None if caller.scopes is None else sorted(caller.scopes),
        rows=rows,
        warnings=[{"code": each.code, "detail": each.detail} for each in warnings],
    )
    session.add(row)
    await session.flush()
    session.add(ImportFile(import_id=row.id, organisation_id=row.organisation_id, content=content))
    audit(session, "create", "import", row.id, source=source, rows=rows)
    waiting.ring_when_committed(session)
    return row


async def list_page(session: AsyncSession, keyset: Keyset) -> Page[Import]:
    """The caller's imports."""
    return keyset.page((await session.execute(keyset.cut(select(Import), col(Import.id)))).scalars().all())


async def get(session: AsyncSession, import_id: UUID) -> Import:
    """One of the caller's imports."""
    return await rows.get(session, Import, import_id)


async def faults_of(session: AsyncSession, import_id: UUID) -> Sequence[ImportFault]:
    """What is wrong with the rows of one import, in their order."""
    await get(session, import_id)
    query = select(ImportFault).where(col(ImportFault.import_id) == import_id).order_by(col(ImportFault.id))
    return (await session.execute(query)).scalars().all()


# --- for the worker -------------------------------------------------------------------------------------------------


async def next_open(database: Database) -> UUID | None:
    """The oldest import that is not done and that nobody is at just now."""
    async with database.session_for(Caller.system("import")) as session:
        query = select(col(Import.id)).where(col(Import.status).in_(OPEN)).order_by(col(Import.id)).limit(1)
        return (await session.execute(query.with_for_update(skip_locked=True))).scalar_one_or_none()


async def caller_for(database: Database, import_id: UUID) -> Caller:
    """Whoever posted it, as what they may do now.

    Raises:
        Forbidden: no longer a member of the organisation, or no longer allowed to record placements.
    """
    async with database.session_for(Caller.system("import")) as session:
        row = await rows.get(session, Import, import_id)
        if not row.issuer:
            return await operator(session, await rows.get(session, Organisation, row.organisation_id))
    caller = identity.choose(
        await identity.memberships(database, row.issuer, row.subject),
        issuer=row.issuer,
        subject=row.subject,
        token_organisation=row.organisation_id,
        wanted=None,
        scopes=None if row.scopes is None else frozenset(row.scopes),
    )
    if not caller.may(Permission.PLACEMENTS_WRITE):
        raise Forbidden("Who posted the file may no longer record placements.", code="permission_required")
    return caller


async def operator(session: AsyncSession, organisation: Organisation) -> Caller:
    """The operator, on behalf of an organisation: whoever has the database needs no membership."""
    return Caller(
        role=Role(organisation.kind),
        grade=Grade.LEAD,
        organisation_id=organisation.id,
        la_code=organisation.la_code,
        partnership_id=organisation.partnership_id,
        network_ids=tuple((await session.execute(_NETWORKS, {"organisation": organisation.id})).scalar_one()),
        subject="operator",
    )


async def file_of(session: AsyncSession, import_id: UUID) -> bytes | None:
    """The file of an open import, and that of no other."""
    query = select(col(ImportFile.content)).where(col(ImportFile.import_id) == import_id)
    return (await session.execute(query)).scalar_one_or_none()


async def held(session: AsyncSession, import_id: UUID, *, position: int) -> Import | None:
    """The import, locked, where it is open and has come to this row; None where somebody else is at it."""
    query = select(Import).where(
        col(Import.id) == import_id, col(Import.position) == position, col(Import.status).in_(OPEN)
    )
    return (await session.execute(query.with_for_update(skip_locked=True))).scalar_one_or_none()


async def note(session: AsyncSession, row: Import, faults: Sequence[ImportFault]) -> None:
    """Keep what is wrong with rows of an import, up to a bound."""
    kept = select(func.count()).select_from(ImportFault).where(col(ImportFault.import_id) == row.id)
    room = FAULTS_KEPT - (await session.execute(kept)).scalar_one() if faults else 0
    session.add_all(faults[:room])
    if len(faults) > room and not any(each["code"] == "faults_cut" for each in row.warnings):
        detail = f"Only the first {FAULTS_KEPT} faults are kept; `failed` counts all rows."
        row.warnings = [*row.warnings, {"code": "faults_cut", "detail": detail}]


async def close(session: AsyncSession, row: Import, *, refusal: str | None = None) -> None:
    """Bring an import to its end, and forget its file.

    Args:
        refusal: why it could not be finished.
    """
    row.status, row.refusal, row.finished_at = ("failed" if refusal else "finished"), refusal, now()
    await session.execute(delete(ImportFile).where(col(ImportFile.import_id) == row.id))


async def give_up(database: Database, import_id: UUID, refusal: str) -> None:
    """End an import that cannot go on; what it has recorded stands."""
    async with database.session_for(Caller.system("import")) as session:
        query = select(Import).where(col(Import.id) == import_id, col(Import.status).in_(OPEN)).with_for_update()
        row = (await session.execute(query)).scalar_one_or_none()
        if row is not None:
            await close(session, row, refusal=refusal)
