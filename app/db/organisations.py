"""Organisations, the networks in which they share findings, and their members and clients."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, cast, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from app.db import rows
from app.db.base import Keyset, Page, Root, Row, Versions, document, instant, new_id, one_of, texts
from app.db.records import audit
from app.domain.access import Grade, Role
from app.domain.errors import Fault, Invalid, NotFound
from app.domain.obligations import ensure_sound
from app.domain.rulesets import ensure_known

KINDS = tuple(role.value for role in Role if role is not Role.SYSTEM)
POLICIES = ("advise", "block")


class Organisation(Root, table=True):
    """A partnership, school, provider or local authority. A provider's organisation has the provider's own id."""

    __tablename__ = "organisations"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("threshold_policy", POLICIES),
        UniqueConstraint("slug"),
        Index("ix_organisations_kind_id", "kind", "id"),
    )

    kind: str
    name: str
    slug: str
    la_code: str | None = None
    urn: int | None = Field(default=None, index=True)
    partnership_id: UUID | None = Field(default=None, foreign_key="organisations.id", index=True)
    threshold_policy: str = "block"
    rulesets: list[str] = texts()
    agreements: list[dict[str, Any]] = document(default_factory=list)


def school_unknown() -> Invalid:
    """A home school that is none: no organisation has the id, or one that is no school."""
    fault = Fault("school_unknown", "There is no school with this id.", pointer="/home_school_id")
    return Invalid("The home school is not known.", code="school_unknown", errors=(fault,))


async def school(session: AsyncSession, school_id: UUID | None) -> Organisation | None:
    """The school that is named, if one is.

    Raises:
        Invalid: `school_unknown`.
    """
    if school_id is None:
        return None
    found = await session.get(Organisation, school_id)
    if found is None or found.kind != Role.SCHOOL:
        raise school_unknown()
    return found


class Network(Row, table=True):
    """A set of organisations that share findings."""

    __tablename__ = "networks"
    __table_args__ = (UniqueConstraint("slug"),)

    slug: str
    name: str


class NetworkMember(SQLModel, table=True):
    """One organisation in one network."""

    __tablename__ = "network_members"

    network_id: UUID = Field(foreign_key="networks.id", primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", primary_key=True, index=True)


class Membership(Root, table=True):
    """An identity (`issuer`, `subject`) that may speak for an organisation, at a grade, until it is revoked."""

    __tablename__ = "memberships"
    __table_args__ = (
        one_of("grade", tuple(grade.value for grade in Grade)),
        UniqueConstraint("issuer", "subject", "organisation_id"),
        Index("ix_memberships_organisation_id_id", "organisation_id", "id"),
    )

    organisation_id: UUID = Field(foreign_key="organisations.id")
    issuer: str
    subject: str
    display_name: str | None = None
    grade: str
    revoked_at: datetime | None = instant(default=None)


class Client(Root, table=True):
    """A machine that signs in by client credentials. Its grade is its membership's; its scopes narrow that."""

    __tablename__ = "clients"
    __table_args__ = (Index("ix_clients_organisation_id_id", "organisation_id", "id"),)

    organisation_id: UUID = Field(foreign_key="organisations.id")
    name: str
    secret_hash: str | None = None
    jwks: dict[str, Any] | None = document(default=None)
    scopes: list[str] = texts()
    revoked_at: datetime | None = instant(default=None)


class ClientAssertion(SQLModel, table=True):
    """A signed assertion that has been used, kept until it would have expired so that it cannot be used again."""

    __tablename__ = "client_assertions"

    client_id: UUID = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires_at: datetime = instant(index=True)


async def list_page(session: AsyncSession, keyset: Keyset, *, kind: str | None = None) -> Page[Organisation]:
    """Organisations that the caller may know of, by id."""
    query = select(Organisation)
    if kind is not None:
        query = query.where(col(Organisation.kind) == kind)
    rows = (await session.execute(keyset.cut(query, col(Organisation.id)))).scalars().all()
    return keyset.page(rows)


async def by_ref(session: AsyncSession, ref: str) -> Organisation:
    """An organisation by id or slug.

    Raises:
        NotFound
    """
    query = select(Organisation).where(
        or_(cast(col(Organisation.id), String) == ref.lower(), col(Organisation.slug) == ref)
    )
    row = (await session.execute(query)).scalar_one_or_none()
    if row is None:
        raise NotFound("There is no such organisation.")
    return row


async def school_by(session: AsyncSession, urn: int) -> Organisation | None:
    """The school in the service with a URN, if there is one."""
    query = select(Organisation).where(col(Organisation.urn) == urn, col(Organisation.kind) == Role.SCHOOL.value)
    return (await session.execute(query)).scalar_one_or_none()


async def add(
    session: AsyncSession,
    *,
    kind: str,
    name: str,
    slug: str,
    organisation_id: UUID | None = None,
    la_code: str | None = None,
    urn: int | None = None,
    partnership_id: UUID | None = None,
    network: str | None = None,
    rulesets: Sequence[str] = (),
) -> Organisation:
    """Record an organisation, and its place in a network, which is made where it is new.

    Args:
        network: slug of the network.
        rulesets: ids of agreements and local guidance that it has adopted.

    Raises:
        IntegrityError: a slug in use.
    """
    row = Organisation(
        id=organisation_id or new_id(),
        kind=kind,
        name=name,
        slug=slug,
        la_code=la_code,
        urn=urn,
        partnership_id=partnership_id,
        rulesets=list(rulesets),
    )
    session.add(row)
    await session.flush()
    if network is not None:
        await _join(session, row.id, network)
    audit(session, "create", "organisation", row.id, kind=kind)
    return row


async def _join(session: AsyncSession, organisation_id: UUID, slug: str) -> None:
    found = (await session.execute(select(Network).where(col(Network.slug) == slug))).scalar_one_or_none()
    if found is None:
        found = Network(slug=slug, name=slug.replace("-", " ").title())
        session.add(found)
        await session.flush()
    session.add(NetworkMember(network_id=found.id, organisation_id=organisation_id))
    await session.flush()


async def adopted(session: AsyncSession, organisation_ids: Iterable[UUID]) -> frozenset[str]:
    """Ids of the rulesets that these organisations, or the partnerships they belong to, have adopted."""
    ids = list(organisation_ids)
    rows = await session.execute(text("SELECT * FROM apqa_adopted(:ids)"), {"ids": ids})
    return frozenset(rows.scalars())


async def get(session: AsyncSession, organisation_id: UUID) -> Organisation:
    """One organisation that the caller may know of."""
    return await rows.get(session, Organisation, organisation_id)


async def change(
    session: AsyncSession, organisation_id: UUID, said: dict[str, Any], *, expected: Versions
) -> Organisation:
    """Change an organisation's own settings.

    Raises:
        Invalid: a ruleset that is not known; `agreements_invalid`.
        NotFound, Forbidden, Stale
    """
    row = await rows.for_change(session, Organisation, organisation_id, expected=expected)
    if "rulesets" in said:
        ensure_known(said["rulesets"])
    if "agreements" in said:
        ensure_sound((each["agreement_id"], each["parameters"]) for each in said["agreements"])
    for column, value in said.items():
        setattr(row, column, value)
    row.touch()
    audit(session, "change", "organisation", row.id, fields=sorted(said))
    return row
