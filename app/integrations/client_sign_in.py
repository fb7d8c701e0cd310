"""How a machine client proves who it is at the token endpoint, and which token it is given."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus
from uuid import UUID

from app.db import people
from app.db.base import new_id
from app.db.organisations import Client
from app.db.session import Database
from app.domain.access import Caller
from app.domain.errors import Fault, Invalid, Unauthenticated
from app.integrations.keys import SigningKeys, issue
from app.integrations.tokens import hash_secret, secret_matches, verify_client_assertion
from app.integrations.tokens.verification import LEEWAY
from app.settings import Settings

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_NO_SECRET = hash_secret("")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client showed: a secret, or an assertion signed by its own key."""

    client_id: UUID
    secret: str | None = None
    assertion: str | None = None


def credentials(form: Mapping[str, str], authorization: str | None) -> Credentials:
    """The credentials of a token request: `client_secret_basic`, `client_secret_post` or `private_key_jwt`.

    Raises:
        Unauthenticated: none, or more than one way.
    """
    scheme, _, basic = (authorization or "").partition(" ")
    client_id, secret = form.get("client_id"), form.get("client_secret")
    assertion = form.get("client_assertion")
    try:
        if scheme.lower() == "basic":
            pair = base64.b64decode(basic, validate=True).decode()
            client_id, secret = (unquote_plus(part) for part in pair.split(":", 1))
        elif assertion is not None and form.get("client_assertion_type") != ASSERTION_TYPE:
            raise ValueError("another kind of assertion")
        if (secret is None) == (assertion is None):
            raise ValueError("one proof, not none or two")
        return Credentials(UUID(client_id or ""), secret, assertion)
    except (ValueError, binascii.Error):
        raise Unauthenticated("The client is not known.", facts={"error": "invalid_client"}) from None


async def authenticate(database: Database, shown: Credentials, *, audience: str, at: datetime) -> Client:
    """The client that the credentials prove.

    Args:
        audience: what a signed assertion must be made out to: the token endpoint's address.

    Raises:
        Unauthenticated: any flaw, told alike.
    """
    async with database.session_for(Caller.system("sign-in")) as session:
        client = await people.client_for_sign_in(session, shown.client_id)
        if shown.assertion is None:
            if not secret_matches(shown.secret or "", client.secret_hash or _NO_SECRET) or not client.secret_hash:
                raise Unauthenticated("The client is not known.", facts={"error": "invalid_client"})
            return client
        proof = verify_client_assertion(
            shown.assertion, client.jwks or {}, audience=audience, client_id=str(client.id), at=at
        )
        await people.use_assertion(session, client.id, proof.token_id, expires_at=proof.expires_at + LEEWAY, at=at)
        return client


def granted(client: Client, asked: str | None) -> frozenset[str]:
    """The scopes of the token: those that the client asks for, or all that it has.

    Raises:
        Invalid: `invalid_scope`, one that it does not have.
    """
    wanted = frozenset((asked or "").split()) or frozenset(client.scopes)
    if not wanted <= frozenset(client.scopes):
        raise Invalid(
            "The client does not have every scope that it asks for.",
            code="invalid_scope",
            errors=(Fault("invalid_scope", "Ask for scopes that the client was given.", pointer="/scope"),),
            facts={"error": "invalid_scope"},
        )
    return wanted


def token_for(client: Client, scopes: frozenset[str], *, keys: SigningKeys, settings: Settings, at: datetime) -> str:
    """The client's access token."""
    return issue(
        keys,
        issuer=settings.issuer,
        audience=settings.audience,
        subject=str(client.id),
        token_id=new_id(),
        organisation_id=client.organisation_id,
        scopes=scopes,
        client_id=str(client.id),
        at=at,
        minutes=settings.token_minutes,
    )
