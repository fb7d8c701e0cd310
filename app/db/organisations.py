"""Organisations, the networks in which they share findings, and their members and clients."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db.base import Root, Row, document, instant, one_of, texts
from app.domain.access import Grade, Role

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
