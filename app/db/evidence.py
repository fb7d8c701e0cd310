"""Evidence: what is known of each file, and which contents of the object store nobody needs any more."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import rows
from app.db.base import Keyset, Page, Root, Versions, now, one_of
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import Database, caller_of
from app.db.visits import Visit, VisitPart
from app.domain.access import Caller
from app.domain.errors import Conflict, Fault, Forbidden, Invalid
from app.domain.evidence import FROZEN, NO_VISIT, Scan

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
# The visit's status and readers, which stay so until the transaction ends.
_HOLD = text("SELECT * FROM apqa_hold_visit(:visit)")


class Evidence(VisitPart, Root, table=True):
    """A file about a provider, perhaps for one item of a visit. `side`: whether the provider itself brought it.

    `sent_sha256` is of the file as it was sent, `sha256` and `size` of what is kept of it.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        one_of("side", ("observer", "provider")),
        one_of("scan", tuple(each.value for each in Scan)),
        Index("ix_evidence_organisation_id_id", "organisation_id", "id"),
        Index("ix_evidence_provider_id_id", "provider_id", "id"),
        Index("ix_evidence_visit_id_id", "visit_id", "id"),
        Index("ix_evidence_sha256", "sha256"),
    )

    side: str
    item_key: str | None = None
    organisation_id: UUID = Field(foreign_key="organisations.id")
    title: str | None = None
    media_type: str
    size: int
    sha256: str
    sent_sha256: str
    scan: str
    uploaded_by: str

    @property
    def frozen(self) -> bool:
        """Whether it belongs to a visit that has ended, and stays as it is."""
        return self.visit_status in FROZEN


async def known(session: AsyncSession, provider_id: UUID, named: Collection[UUID]) -> set[UUID]:
    """Those of the named files that are about the provider, and the caller's to see."""
    query = select(col(Evidence.id)).where(col(Evidence.id).in_(named), col(Evidence.provider_id) == provider_id)
    return set((await session.execute(query)).scalars()) if named else set()


async def put(
    session: AsyncSession,
    evidence_id: UUID,
    about: Mapping[str, Any],
    file: Mapping[str, Any],
    *,
    keep: Callable[[], Awaitable[None]],
) -> tuple[Evidence, bool]:
    """Record a file, and whether it is new; the same one again is what it was.

    Args:
        about: `provider_id`, `visit_id`, `item_key`, `title`.
        file: `media_type`, `size`, `sha256`, `sent_sha256`, `scan`.
        keep: sees that the content is in the object store. It is called while nobody can remove it.

    Raises:
        NotFound: the provider or the visit is not the caller's to see.
        Forbidden: `not_yours`, another organisation's file by this id.
        Conflict: `evidence_differs`, another file or purpose by this id; `evidence_frozen`.
        Invalid: `visit_of_another_provider`, `visit_missing`.
    """
    await session.execute(_LOCK, {"key": f"evidence {file['sha256']}"})
    known = await session.get(Evidence, evidence_id)
    if known is not None:
        return _same(known, about, file, caller_of(session)), False
    caller = caller_of(session)
    provider = await rows.get(session, Provider, about["provider_id"])
    part = await _part(session, provider, about["visit_id"])
    side = "provider" if caller.organisation_id == provider.id else "observer"
    said = {"item_key": about["item_key"], "title": about["title"], "side": side, "uploaded_by": caller.principal}
    row = Evidence(id=evidence_id, organisation_id=caller.organisation, **part, **said, **file)
    _ensure_an_item_has_a_visit(row)
    await keep()
    session.add(row)
    await session.flush()
    audit(session, "create", "evidence", row.id, sha256=row.sha256, scan=row.scan)
    told = row.team_ids if row.visit_id else [row.provider_id]
    tell(session, "evidence.added", "evidence", row.id, {row.organisation_id, *told}, scan=row.scan)
    return row, True


def _same(known: Evidence, about: Mapping[str, Any], file: Mapping[str, Any], caller: Caller) -> Evidence:
    if known.organisation_id != caller.organisation_id:
        raise Forbidden("This belongs to another organisation.", code="not_yours")
    if known.sent_sha256 != file["sent_sha256"] or any(getattr(known, name) != about[name] for name in about):
        raise Conflict("There is another file, or the same for another purpose, by this id.", code="evidence_differs")
    return known


async def _part(session: AsyncSession, provider: Provider, visit_id: UUID | None) -> dict[str, Any]:
    """The columns of `VisitPart`, true until the transaction ends."""
    if visit_id is None:
        return {"visit_id": None, "provider_id": provider.id, "visit_status": NO_VISIT, "la_code": provider.la_code}
    visit = await rows.get(session, Visit, visit_id)
    if visit.provider_id != provider.id:
        fault = Fault("visit_of_another_provider", "This visit is to another provider.", parameter="visit_id")
        raise Invalid("The visit is to another provider.", code="visit_of_another_provider", errors=(fault,))
    return {"visit_id": visit.id, "provider_id": provider.id} | await _held(session, visit.id)


async def _held(session: AsyncSession, visit_id: UUID | None) -> dict[str, Any]:
    """Hold a visit at its status: nobody finalises it before what is added or removed now.

    Raises:
        Conflict: `evidence_frozen`, it has ended.
    """
    if visit_id is None:
        return {}
    held = dict((await session.execute(_HOLD, {"visit": visit_id})).mappings().one())
    if held["visit_status"] in FROZEN:
        raise Conflict("The visit has ended: its evidence stays as it is.", code="evidence_frozen")
    return held


def _ensure_an_item_has_a_visit(row: Evidence) -> None:
    if row.item_key is not None and row.visit_id is None:
        fault = Fault("visit_missing", "An item is one of a visit.", parameter="visit_id")
        raise Invalid("Say which visit the item is of.", code="visit_missing", errors=(fault,))


async def get(session: AsyncSession, evidence_id: UUID) -> Evidence:
    """One file that the caller may know of."""
    return await rows.get(session, Evidence, evidence_id)


async def list_page(session: AsyncSession, keyset: Keyset, **asked: Any) -> Page[Evidence]:
    """Files that the caller may know of, by id.

    Args:
        asked: columns with the value that each must have; None is passed over.
    """
    query = select(Evidence)
    for name, value in asked.items():
        if value is not None:
            query = query.where(getattr(Evidence, name) == value)
    return keyset.page((await session.execute(keyset.cut(query, col(Evidence.id)))).scalars().all())


async def remove(session: AsyncSession, evidence_id: UUID, *, expected: Versions) -> str:
    """Remove a file from the record. Returns the hash of its content, which may be nobody's from now on.

    Raises:
        NotFound, Forbidden, Stale
        Conflict: `evidence_frozen`.
    """
    seen = await get(session, evidence_id)
    if seen.organisation_id == caller_of(session).organisation_id:
        await _held(session, seen.visit_id)  # before its parts, as whoever moves the visit locks them
    row = await rows.for_change(session, Evidence, evidence_id, expected=expected)
    await session.delete(row)
    audit(session, "remove", "evidence", row.id, sha256=row.sha256)
    return row.sha256


# --- which contents are kept ----------------------------------------------------------------------------------------


async def unnamed(database: Database, hashes: Sequence[str]) -> set[str]:
    """Those of the contents that no file has just now."""
    async with database.session_for(Caller.system("evidence"), readonly=True) as session:
        named = select(col(Evidence.sha256)).where(col(Evidence.sha256).in_(hashes))
        return set(hashes) - set((await session.execute(named)).scalars())


async def unscanned(database: Database, *, limit: int) -> list[tuple[str, int]]:
    """Contents that no scanner has seen, each with its size, the oldest first."""
    async with database.session_for(Caller.system("scan"), readonly=True) as session:
        query = select(col(Evidence.sha256), col(Evidence.size)).where(col(Evidence.scan) == Scan.UNSCANNED)
        grouped = query.group_by(col(Evidence.sha256), col(Evidence.size)).order_by(func.min(col(Evidence.created_at)))
        return [(sha256, size) for sha256, size in await session.execute(grouped.limit(limit))]


async def scanned(database: Database, sha256: str, found: Scan) -> None:
    """Mark every file of a content with what a scanner has found, where none had seen it."""
    async with database.session_for(Caller.system("scan")) as session:
        mine = (col(Evidence.sha256) == sha256, col(Evidence.scan) == Scan.UNSCANNED)
        told = {"scan": found.value, "version": col(Evidence.version) + 1, "updated_at": now()}
        await session.execute(update(Evidence).where(*mine).values(told))


async def release(database: Database, sha256: str, remove: Callable[[str], Awaitable[None]]) -> None:
    """Remove a content that no file has.

    Whoever keeps one looks for it, and records its file, under the same lock: it is gone before that, or stays.
    """
    async with database.session_for(Caller.system("evidence")) as session:
        await session.execute(_LOCK, {"key": f"evidence {sha256}"})
        named = select(col(Evidence.id)).where(col(Evidence.sha256) == sha256).limit(1)
        if (await session.execute(named)).scalar_one_or_none() is None:
            await remove(sha256)
