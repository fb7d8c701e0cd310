"""Who may speak for an organisation: its members and its machine clients."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import Keyset, Page, Versions, new_id
from app.db.organisations import Client, ClientAssertion, Membership
from app.db.records import audit
from app.domain.errors import Unauthenticated


async def list_page(session: AsyncSession, keyset: Keyset) -> Page[Membership]:
    """The members of the caller's organisation, revoked ones too."""
    found = (await session.execute(keyset.cut(select(Membership), col(Membership.id)))).scalars().all()
    return keyset.page(found)


async def add_member(
    session: AsyncSession,
    organisation_id: UUID,
    *,
    issuer: str,
    subject: str,
    grade: str,
    display_name: str | None = None,
) -> Membership:
    """Make an identity a member; one that was revoked is a member again, at the new grade.

    Args:
        issuer: `iss` of the tokens by which the identity signs in.
        subject: `sub` of those tokens.
    """
    query = select(Membership).where(
        col(Membership.issuer) == issuer,
        col(Membership.subject) == subject,
        col(Membership.organisation_id) == organisation_id,
    )
    row = (await session.execute(query.with_for_update(key_share=True))).scalar_one_or_none()
    if row is None:
        row = Membership(organisation_id=organisation_id, issuer=issuer, subject=subject, grade=grade)
        session.add(row)
    elif row.grade == grade and row.revoked_at is None and row.display_name == display_name:
        return row
    else:
        row.touch()
    row.grade, row.display_name, row.revoked_at = grade, display_name, None
    await session.flush()
    audit(session, "grant", "membership", row.id, grade=grade)
    return row


async def change_grade(session: AsyncSession, membership_id: UUID, grade: str, *, expected: Versions) -> Membership:
    """Give a member another grade."""
    row = await rows.for_change(session, Membership, membership_id, expected=expected)
    row.grade = grade
    row.touch()
    audit(session, "grant", "membership", row.id, grade=grade)
    return row


async def revoke(session: AsyncSession, membership_id: UUID, *, expected: Versions, at: datetime) -> Membership:
    """End a membership. It works at once: memberships are read at every request."""
    row = await rows.for_change(session, Membership, membership_id, expected=expected)
    row.revoked_at = row.revoked_at or at
    row.touch()
    audit(session, "revoke", "membership", row.id)
    return row


async def list_clients(session: AsyncSession, keyset: Keyset) -> Page[Client]:
    """The machine clients of the caller's organisation."""
    found = (await session.execute(keyset.cut(select(Client), col(Client.id)))).scalars().all()
    return keyset.page(found)


async def add_client(
    session: AsyncSession,
    organisation_id: UUID,
    *,
    issuer: str,
    name: str,
    grade: str,
    scopes: Sequence[str],
    secret_hash: str | None = None,
    jwks: dict[str, Any] | None = None,
) -> Client:
    """Register a machine client and make it a member of the organisation.

    Args:
        issuer: our own issuer, whose tokens it will carry.
        scopes: the acts that it may ask for; its grade bounds them further.
        secret_hash: SHA-256 of its secret, where it signs in by secret.
        jwks: its public keys, where it signs in by `private_key_jwt`.
    """
    client = Client(
        id=new_id(),
        organisation_id=organisation_id,
        name=name,
        scopes=sorted(scopes),
        secret_hash=secret_hash,
        jwks=jwks,
    )
    session.add(client)
    await session.flush()
    await add_member(session, organisation_id, issuer=issuer, subject=str(client.id), grade=grade, display_name=name)
    audit(session, "create", "client", client.id, scopes=client.scopes)
    return client


async def revoke_client(
    session: AsyncSession, client_id: UUID, *, issuer: str, expected: Versions, at: datetime
) -> Client:
    """End a client and its membership, and with it every token it holds."""
    client = await rows.for_change(session, Client, client_id, expected=expected)
    client.revoked_at = client.revoked_at or at
    client.touch()
    query = select(Membership).where(col(Membership.issuer) == issuer, col(Membership.subject) == str(client.id))
    for member in (await session.execute(query.with_for_update(key_share=True))).scalars():
        member.revoked_at = member.revoked_at or at
        member.touch()
    audit(session, "revoke", "client", client.id)
    return client


async def client_for_sign_in(session: AsyncSession, client_id: UUID) -> Client:
    """A client that may still sign in. For the system at the token endpoint.

    Raises:
        Unauthenticated: unknown or revoked, told alike.
    """
    query = select(Client).where(col(Client.id) == client_id, col(Client.revoked_at).is_(None))
    client = (await session.execute(query)).scalar_one_or_none()
    if client is None:
        raise Unauthenticated("The client is not known.")
    return client


async def use_assertion(
    session: AsyncSession, client_id: UUID, jti: str, *, expires_at: datetime, at: datetime
) -> None:
    """Mark a client's signed assertion as used.

    Raises:
        Unauthenticated: it was used before.
    """
    await session.execute(delete(ClientAssertion).where(col(ClientAssertion.expires_at) < at))
    used = insert(ClientAssertion).values(client_id=client_id, jti=jti, expires_at=expires_at)
    result = await session.execute(used.on_conflict_do_nothing())
    if not result.rowcount:  # type: ignore[attr-defined]
        raise Unauthenticated("The client is not known.")
