"""How a machine client proves who it is at `POST /oauth/token`."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import Unauthenticated
from app.integrations.tokens.compact import Compact, name, read
from app.integrations.tokens.public_keys import Algorithm, verifying_keys
from app.integrations.tokens.verification import LEEWAY, REFUSAL, check_period, check_signature

SECRET_PREFIX = "apqa_"  # noqa: S105 - a mark by which scanners find a leaked secret
MAX_ASSERTION_LIFE = timedelta(minutes=5)

_TYPES = frozenset({"jwt", "client-authentication+jwt"})


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """A client's proof. Each `token_id` of a client is good once: remember it until `expires_at` + 30 seconds."""

    client_id: str
    token_id: str
    expires_at: datetime


def verify_client_assertion(
    assertion: str, jwks: Mapping[str, Any], *, audience: str, client_id: str, at: datetime
) -> ClientAssertion:
    """A `private_key_jwt` (RFC 7523 section 3) signed by a key of the client's own JWK set, for us alone.

    `kid`, `typ`, `iss`, `sub`, `aud`, `exp` (at most five minutes ahead) and `jti` are required; `iat` and `nbf` are
    checked where given.

    Raises:
        Unauthenticated: any flaw whatever, always in the same words.
    """
    try:
        compact = read(assertion)
        check_signature(compact, verifying_keys(jwks, frozenset(Algorithm)), _TYPES)
        return _claims(compact, audience, client_id, at)
    except ValueError:
        raise Unauthenticated(REFUSAL) from None


def _claims(compact: Compact, audience: str, client_id: str, at: datetime) -> ClientAssertion:
    payload = compact.payload
    if not name(payload, "iss") == name(payload, "sub") == client_id:
        raise ValueError("another client")
    # One audience only: a proof made out to two servers could be replayed by the one to the other.
    if payload.get("aud") not in (audience, [audience]):
        raise ValueError("for another audience")
    expires_at = check_period(payload, at, optional=("iat", "nbf"))
    if expires_at > at + MAX_ASSERTION_LIFE + LEEWAY:
        raise ValueError("lives too long")
    return ClientAssertion(client_id, name(payload, "jti"), expires_at)


def new_secret() -> str:
    """A client secret: 256 random bits as text, told once and never stored."""
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is stored of a secret: its SHA-256, in hexadecimal. A random secret of 256 bits needs no slower hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def secret_matches(secret: str, stored: str) -> bool:
    """Whether a secret is the one whose hash is stored, in a time that does not tell how nearly."""
    return hmac.compare_digest(hash_secret(secret).encode(), stored.encode())
