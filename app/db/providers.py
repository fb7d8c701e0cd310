"""Providers, their sites, the companies they descend from or belong with, and declarations."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from app.db import organisations, register, rows
from app.db.base import Keyset, Page, Root, Row, Versions, document, new_id, now, one_of, today
from app.db.records import audit
from app.db.session import caller_of
from app.db.staff import ProviderChange, changed
from app.domain.access import Role, ensure_may_change
from app.domain.errors import Invalid, NotFound
from app.domain.establishments import RegistrationStatus, name_key
from app.domain.judgements import ProviderChangeKind
from app.domain.provider_changes import OWNERSHIP, WHEREABOUTS, took_effect

_CALL = text("SELECT apqa_call_provider(:provider)")  # its organisation is called as it is
COMMISSIONING = ("open", "suspended", "ceased")
SETTING_TYPES = ("NFE", "OOT", "OTH", "WBP")


class Provider(Root, table=True):
    """An alternative provider. `id` is also the id of its organisation."""

    __tablename__ = "providers"
    __table_args__ = (
        one_of("commissioning_status", COMMISSIONING),
        one_of("registration_status", register.STATUSES),
        Index("ix_providers_name_key", "name_key"),
        Index("ix_providers_natural", "company_number", "postcode"),
        UniqueConstraint("urn"),
    )

    id: UUID = Field(foreign_key="organisations.id", primary_key=True)
    name: str
    name_key: str
    legal_name: str | None = None
    company_number: str | None = None
    ukprn: str | None = Field(default=None, index=True)
    urn: int | None = None
    dfe_number: str | None = None
    postcode: str | None = None
    la_code: str | None = None
    kind: str | None = None
    registration_status: str = RegistrationStatus.NOT_FOUND.value
    registration_checked_on: date | None = None
    gias_extract_on: date | None = None
    proprietor: str | None = None
    commissioning_status: str = "open"


class ProviderLink(SQLModel, table=True):
    """`provider_id` descends from (`predecessor`), or is run together with (`linked`), `other_id`."""

    __tablename__ = "provider_links"
    __table_args__ = (one_of("kind", ("predecessor", "linked")),)

    provider_id: UUID = Field(foreign_key="providers.id", primary_key=True)
    other_id: UUID = Field(foreign_key="providers.id", primary_key=True, index=True)
    kind: str


class Site(Root, table=True):
    """A place where a provider teaches."""

    __tablename__ = "sites"
    __table_args__ = (Index("ix_sites_provider_id_id", "provider_id", "id"),)

    provider_id: UUID = Field(foreign_key="providers.id")
    name: str
    address: str | None = None
    postcode: str | None = None
    closed_on: date | None = None


class Declaration(Row, table=True):
    """What a provider says of its pupils who are not in the service, on a date."""

    __tablename__ = "declarations"
    __table_args__ = (Index("ix_declarations_provider_id_declared_on", "provider_id", "declared_on"),)

    provider_id: UUID = Field(foreign_key="providers.id")
    declared_on: date
    stale_from_on: date
    declared_by: str
    groups: list[dict[str, Any]] = document(default_factory=list)


async def list_page(
    session: AsyncSession, keyset: Keyset, *, named: str | None = None, la_code: str | None = None
) -> Page[Provider]:
    """Providers that the caller may know of, by id.

    Args:
        named: part of the name, in the folded form of `name_key`.
    """
    query = select(Provider)
    if named is not None:
        query = query.where(col(Provider.name_key).contains(name_key(named), autoescape=True))
    if la_code is not None:
        query = query.where(col(Provider.la_code) == la_code)
    rows_ = (await session.execute(keyset.cut(query, col(Provider.id)))).scalars().all()
    return keyset.page(rows_)


async def add(
    session: AsyncSession, said: dict[str, Any], *, predecessors: Sequence[UUID] = (), linked: Sequence[UUID] = ()
) -> Provider:
    """Record a provider with the organisation of the same id.

    Args:
        said: columns, as the client gave them.
        predecessors: providers whose history this one carries on.
        linked: providers run together with this one.

    Raises:
        IntegrityError: a URN that another provider has.
    """
    provider_id = new_id()
    slug = f"{slug_of(said['name'])}-{provider_id.hex[-6:]}"
    await organisations.add(
        session,
        kind=Role.PROVIDER.value,
        name=said["name"],
        slug=slug,
        organisation_id=provider_id,
        la_code=said.get("la_code"),
    )
    said["la_code"] = said.get("la_code") or caller_of(session).la_code
    row = Provider(id=provider_id, name_key=name_key(said["name"]), **said)
    session.add(row)
    await session.flush()
    await link(session, row.id, predecessors, kind="predecessor")
    await link(session, row.id, linked, kind="linked")
    await register.derive(session, row, at=now())
    audit(session, "create", "provider", row.id)
    return row


async def get(session: AsyncSession, provider_id: UUID) -> Provider:
    """One provider that the caller may know of."""
    return await rows.get(session, Provider, provider_id)


def slug_of(name: str) -> str:
    """A name as the readable part of a slug."""
    return "-".join(name_key(name).split())[:60] or "provider"


async def link(session: AsyncSession, provider_id: UUID, others: Sequence[UUID], *, kind: str) -> None:
    """Replace a provider's links of one kind. The engine counts linked providers together as one group.

    Raises:
        NotFound: one of the others is not known.
        Invalid: a provider linked with itself.
    """
    if provider_id in others:
        raise Invalid("A provider cannot be linked with itself.", code="linked_with_itself")
    mine = (col(ProviderLink.provider_id) == provider_id, col(ProviderLink.kind) == kind)
    await session.execute(delete(ProviderLink).where(*mine))
    for other in dict.fromkeys(others):
        await rows.get(session, Provider, other)
        session.add(ProviderLink(provider_id=provider_id, other_id=other, kind=kind))
    await session.flush()


async def links_of(session: AsyncSession, provider_ids: Sequence[UUID]) -> dict[UUID, dict[str, list[UUID]]]:
    """Predecessors and linked providers of each provider, in one statement."""
    query = select(ProviderLink).where(col(ProviderLink.provider_id).in_(provider_ids))
    found: dict[UUID, dict[str, list[UUID]]] = {each: {"predecessor": [], "linked": []} for each in provider_ids}
    for each in (await session.execute(query.order_by(col(ProviderLink.other_id)))).scalars():
        found[each.provider_id][each.kind].append(each.other_id)
    return found


async def sites_of(session: AsyncSession, provider_ids: Sequence[UUID]) -> dict[UUID, list[Site]]:
    """Sites of each provider, in one statement."""
    query = select(Site).where(col(Site.provider_id).in_(provider_ids)).order_by(col(Site.id))
    found: dict[UUID, list[Site]] = {each: [] for each in provider_ids}
    for each in (await session.execute(query)).scalars():
        found[each.provider_id].append(each)
    return found


async def change(session: AsyncSession, provider_id: UUID, said: dict[str, Any], *, expected: Versions) -> Provider:
    """Change what is known of a provider.

    Args:
        said: the columns to change; `predecessor_ids` and `linked_ids` replace the links.
    """
    row = await rows.for_change(session, Provider, provider_id, expected=expected)
    for kind in ("predecessor", "linked"):
        if (others := said.pop(f"{kind}_ids", None)) is not None:
            await link(session, row.id, others, kind=kind)
    if _set(row, said) & OWNERSHIP:
        changed(session, row.id, ProviderChangeKind.PROPRIETOR, on=today())
    row.name_key = name_key(row.name)
    row.touch()
    if said.keys() & register.TELLING:
        await register.derive(session, row, at=now())
    await session.flush()
    await session.execute(_CALL, {"provider": row.id})
    audit(session, "change", "provider", row.id, fields=sorted(said))
    return row


def _set(row: SQLModel, said: dict[str, Any]) -> set[str]:
    """Set columns. Returns those that had another value."""
    differing = {column for column, value in said.items() if getattr(row, column) != value}
    for column in differing:
        setattr(row, column, said[column])
    return differing


async def by_natural_key(
    session: AsyncSession,
    *,
    urn: int | None = None,
    ukprn: str | None = None,
    company_number: str | None = None,
    postcode: str | None = None,
) -> Provider | None:
    """The one provider that the census's keys name: URN, or UKPRN, or company number with postcode."""
    query = select(Provider).order_by(col(Provider.id)).limit(2)
    if urn is not None:
        query = query.where(col(Provider.urn) == urn)
    elif ukprn is not None:
        query = query.where(col(Provider.ukprn) == ukprn)
    elif company_number is not None:
        query = query.where(col(Provider.company_number) == company_number)
        if postcode is not None:
            query = query.where(col(Provider.postcode) == postcode)
    else:
        return None
    found = (await session.execute(query)).scalars().all()
    return found[0] if len(found) == 1 else None


async def add_site(session: AsyncSession, provider_id: UUID, said: dict[str, Any]) -> Site:
    """Record a place where the provider teaches."""
    await rows.get(session, Provider, provider_id)
    row = Site(provider_id=provider_id, **said)
    ensure_may_change(caller_of(session), "sites", row.model_dump())
    session.add(row)
    changed(session, provider_id, ProviderChangeKind.SITE, on=took_effect(row.closed_on, today=today()))
    await session.flush()
    audit(session, "create", "site", row.id, provider_id=str(provider_id))
    return row


async def list_sites(session: AsyncSession, provider_id: UUID, keyset: Keyset) -> Page[Site]:
    """The sites of one provider."""
    await rows.get(session, Provider, provider_id)
    query = select(Site).where(col(Site.provider_id) == provider_id)
    found = (await session.execute(keyset.cut(query, col(Site.id)))).scalars().all()
    return keyset.page(found)


async def change_site(
    session: AsyncSession, provider_id: UUID, site_id: UUID, said: dict[str, Any], *, expected: Versions
) -> Site:
    """Change what is known of a site."""
    row = await rows.for_change(session, Site, site_id, expected=expected)
    if row.provider_id != provider_id:
        raise NotFound("There is no such record, or it is not yours to see.")
    if moved := _set(row, said) & WHEREABOUTS:
        on = took_effect(row.closed_on if "closed_on" in moved else None, today=today())
        changed(session, provider_id, ProviderChangeKind.SITE, on=on)
    row.touch()
    audit(session, "change", "site", row.id, fields=sorted(said))
    return row


async def list_changes(session: AsyncSession, provider_id: UUID, keyset: Keyset) -> Page[ProviderChange]:
    """What has changed at one provider so that earlier judgements of it may no longer hold, as it was written down."""
    await rows.get(session, Provider, provider_id)
    query = select(ProviderChange).where(col(ProviderChange.provider_id) == provider_id)
    return keyset.page((await session.execute(keyset.cut(query, col(ProviderChange.id)))).scalars().all())
