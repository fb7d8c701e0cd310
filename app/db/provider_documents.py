"""Documents that a provider and a commissioner give each other: plans, policies, reports, fees, forecasts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import amending, rows
from app.db.amending import Correctable, Correction
from app.db.base import Keyset, Page, Versions, one_of, texts, uuids
from app.db.organisations import Organisation
from app.db.placement_parts import ensure_evidence
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.access import Role
from app.domain.errors import Fault, Invalid
from app.domain.obligations.documents import DocumentKind, ensure_sound

_NETWORKS = text("SELECT apqa_networks_of(:organisation)")
_MORE = ("title", "parts", "evidence_ids", "url", "note")


class ProviderDocument(Correctable, table=True):
    """A document between a provider and a commissioner; `organisation_id` is whoever wrote it down here."""

    __tablename__ = "provider_documents"
    __table_args__ = (
        one_of("kind", tuple(each.value for each in DocumentKind)),
        Index("ix_provider_documents_provider_id_id", "provider_id", "id"),
        Index("ix_provider_documents_commissioner_id_provider_id", "commissioner_id", "provider_id"),
    )

    CONTENT: ClassVar[tuple[str, ...]] = ("academic_year", "given_on", *_MORE)

    provider_id: UUID = Field(foreign_key="providers.id")
    commissioner_id: UUID = Field(foreign_key="organisations.id")
    organisation_id: UUID = Field(foreign_key="organisations.id")
    network_ids: list[UUID] = uuids()
    kind: str
    academic_year: str | None = None
    given_on: date
    title: str
    parts: list[str] = texts()
    evidence_ids: list[UUID] = uuids()
    url: str | None = None
    note: str | None = None
    recorded_by: str


async def parties(session: AsyncSession, said: Mapping[str, Any]) -> tuple[UUID, UUID]:
    """The provider and the commissioner of something that one of them says: the caller is one, the other is named.

    Raises:
        Invalid: `party_missing`, by pointer.
        NotFound: the other is not known to the caller.
    """
    caller = caller_of(session)
    mine, other = ("provider_id", "commissioner_id")[:: 1 if caller.role is Role.PROVIDER else -1]
    if said.get(mine) not in (None, caller.organisation):
        raise _party(Fault("party_not_yours", "You speak for your own organisation.", pointer=f"/{mine}"))
    if said.get(other) is None:
        raise _party(Fault("party_missing", "Name the other party.", pointer=f"/{other}"))
    named: dict[str, UUID] = {mine: caller.organisation, other: said[other]}
    await rows.get(session, Provider, named["provider_id"])
    if (await rows.get(session, Organisation, named["commissioner_id"])).kind == Role.PROVIDER.value:
        raise _party(Fault("party_missing", "A provider commissions nothing.", pointer="/commissioner_id"))
    return named["provider_id"], named["commissioner_id"]


def _party(fault: Fault) -> Invalid:
    return Invalid("It is between a provider and a commissioner.", code="party_missing", errors=(fault,))


async def record(session: AsyncSession, said: Mapping[str, Any], *, today: date) -> ProviderDocument:
    """Write down a document that was given.

    Raises:
        Invalid: `document_invalid`, `party_missing`, `evidence_unknown`.
        NotFound
    """
    provider_id, commissioner_id = await parties(session, said)
    caller, given_on = caller_of(session), said.get("given_on") or today
    ensure_sound(
        DocumentKind(said["kind"]),
        said,
        by_provider=caller.role is Role.PROVIDER,
        given_on=given_on,
        today=today,
    )
    await ensure_evidence(session, provider_id, said.get("evidence_ids") or ())
    row = ProviderDocument(
        provider_id=provider_id,
        commissioner_id=commissioner_id,
        organisation_id=caller.organisation,
        network_ids=list((await session.execute(_NETWORKS, {"organisation": commissioner_id})).scalar_one()),
        kind=str(said["kind"]),
        given_on=given_on,
        recorded_by=caller.principal,
        **{name: said[name] for name in ("academic_year", *_MORE) if said.get(name)},
    )
    session.add(row)
    await session.flush()
    _written(session, row, "record", "given")
    return row


def _written(session: AsyncSession, row: ProviderDocument, action: str, done: str) -> None:
    audit(session, action, "provider_document", row.id, provider_id=str(row.provider_id), kind=row.kind)
    parties_ = (row.provider_id, row.commissioner_id)
    tell(session, f"document.{done}", "provider_document", row.id, parties_, document=row.kind)


async def correct(
    session: AsyncSession, document_id: UUID, said: Correction, *, at: datetime, today: date
) -> ProviderDocument:
    """Put right what was written down of a document. Its kind and its parties are put right by recording it anew.

    Raises:
        Invalid: `document_invalid`, `evidence_unknown`.
        Conflict, Forbidden, NotFound, Stale: as `amending.for_correction`.
    """
    row = await amending.for_correction(session, ProviderDocument, document_id, expected=said.expected)
    content = row.said() | said.content
    by_provider = row.organisation_id == row.provider_id
    ensure_sound(DocumentKind(row.kind), content, by_provider=by_provider, given_on=content["given_on"], today=today)
    await ensure_evidence(session, row.provider_id, said.content.get("evidence_ids") or ())
    if await amending.correct(session, row, content, reason=said.reason, at=at):
        _written(session, row, "correct", "corrected")
    return row


async def withdraw(
    session: AsyncSession, document_id: UUID, reason: str, *, expected: Versions, at: datetime
) -> ProviderDocument:
    """Take back that a document was given. Raises as `amending.for_correction`."""
    row = await amending.withdraw(session, ProviderDocument, document_id, reason, expected=expected, at=at)
    _written(session, row, "withdraw", "withdrawn")
    return row


async def get(session: AsyncSession, document_id: UUID) -> ProviderDocument:
    """One document that the caller may know of. Raises NotFound."""
    return await rows.get(session, ProviderDocument, document_id)


async def list_page(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any]) -> Page[ProviderDocument]:
    """Documents that the caller may know of, by id.

    Args:
        wanted: columns by value; None where every value will do.
    """
    query = select(ProviderDocument)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(ProviderDocument, name) == value)
    return keyset.page((await session.execute(keyset.cut(query, col(ProviderDocument.id)))).scalars().all())
