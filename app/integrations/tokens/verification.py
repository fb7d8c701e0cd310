"""What a token must be to be believed: signature, type, issuer, audience, period, subject."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import Unauthenticated
from app.integrations.tokens.compact import Compact, is_name, name, optional_name, read
from app.integrations.tokens.public_keys import VerifyingKey

REFUSAL = "The credentials are missing, expired or not valid here."
LEEWAY = timedelta(seconds=30)
MAX_LIFE = timedelta(hours=24)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_TIME = 253_402_300_800  # 10000-01-01, which datetime cannot hold
_OWN_TYPES = frozenset({"at+jwt"})  # RFC 9068 section 2.1
_FOREIGN_TYPES = frozenset({"jwt", "at+jwt"})


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says.

    `scopes` are as the issuer wrote them (None: it wrote none); a foreign issuer's need not be ours ("openid").
    """

    issuer: str
    subject: str
    scopes: frozenset[str] | None
    organisation_id: UUID | None
    client_id: str | None
    token_id: str | None
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whom we believe, about whom, by which keys. `own`: this service itself, held to the tokens that it makes."""

    name: str
    audience: str
    keys: Mapping[str, VerifyingKey] = field(repr=False)
    own: bool = False
    requires_nbf: bool = True


Issuers = Mapping[str, Issuer]


def verify(token: str, issuers: Issuers, *, at: datetime) -> Claims:
    """The claims of a token that one of the issuers, by name, signed for us and that is valid at an instant.

    Raises:
        Unauthenticated: any flaw whatever, always in the same words.
    """
    try:
        compact = read(token)
        issuer = issuers[name(compact.payload, "iss")]
        check_signature(compact, issuer.keys, _OWN_TYPES if issuer.own else _FOREIGN_TYPES)
        return _claims(compact.payload, issuer, at)
    except (ValueError, KeyError):
        raise Unauthenticated(REFUSAL) from None


def named_in(token: str) -> tuple[str, str]:
    """The issuer and the `kid` that a token names, unproven: enough to fetch a key by, never to act on.

    Raises:
        Unauthenticated: not a token, or naming none.
    """
    try:
        compact = read(token)
        return name(compact.payload, "iss"), name(compact.header, "kid")
    except ValueError:
        raise Unauthenticated(REFUSAL) from None


def check_signature(compact: Compact, keys: Mapping[str, VerifyingKey], types: Collection[str]) -> None:
    """Refuse a token that is not signed by the key it names, with that key's algorithm, as one of the types.

    Raises:
        ValueError: that, or a `crit` header: no extension is understood (RFC 7515 section 4.1.11).
    """
    header = compact.header
    if "crit" in header or name(header, "typ").lower().removeprefix("application/") not in types:
        raise ValueError("header not understood")
    key = keys.get(name(header, "kid"))
    if key is None or header.get("alg") != key.algorithm or not key.signed(compact):
        raise ValueError("not signed by a key of this issuer")


def check_period(payload: Mapping[str, Any], at: datetime, *, optional: Collection[str] = ()) -> datetime:
    """When the token expires; `iat`, `nbf` and `exp` are all required, but for those named optional.

    Raises:
        ValueError: a time missing, malformed, or wrong at the instant by more than 30 seconds.
    """
    for claim in ("iat", "nbf"):
        if (claim in payload or claim not in optional) and instant(payload, claim) > at + LEEWAY:
            raise ValueError("not valid yet")
    expires_at = instant(payload, "exp")
    if expires_at <= at - LEEWAY:
        raise ValueError("expired")
    return expires_at


def instant(payload: Mapping[str, Any], claim: str) -> datetime:
    """A NumericDate (RFC 7519 section 2) as an aware instant.

    Raises:
        ValueError: absent, not a number, or outside the years 1970 to 9999.
    """
    value = payload.get(claim)
    # bool is an int to Python, but not to JSON
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _END_OF_TIME:
        raise ValueError(f"{claim} is not a date")
    return _EPOCH + timedelta(seconds=value)


def _claims(payload: Mapping[str, Any], issuer: Issuer, at: datetime) -> Claims:
    if not _is_audience(payload.get("aud"), issuer):
        raise ValueError("for another audience")
    if "events" in payload:  # a security event such as a logout, not a credential (RFC 8417 section 2.2)
        raise ValueError("not a token for access")
    expires_at = check_period(payload, at, optional=() if issuer.requires_nbf else ("nbf",))
    issued_at = instant(payload, "iat")
    if issuer.own and expires_at - issued_at > MAX_LIFE:
        raise ValueError("lives too long")
    return Claims(
        issuer=issuer.name,
        subject=name(payload, "sub"),
        scopes=_scopes(payload),
        organisation_id=_organisation(payload) if issuer.own else None,
        client_id=optional_name(payload, "client_id") or optional_name(payload, "azp"),
        token_id=name(payload, "jti") if issuer.own else optional_name(payload, "jti"),
        issued_at=issued_at,
        expires_at=expires_at,
    )


def _is_audience(value: object, issuer: Issuer) -> bool:
    if issuer.own or not isinstance(value, list):
        return value == issuer.audience
    return all(is_name(each) for each in value) and issuer.audience in value


def _scopes(payload: Mapping[str, Any]) -> frozenset[str] | None:
    """Scopes as RFC 9068 writes them (`scope`, one text) or as some issuers do (`scp`, a text or a list)."""
    value = payload.get("scope", payload.get("scp", _ABSENT))
    if value is _ABSENT:
        return None
    scopes = value.split(" ") if isinstance(value, str) else value
    if not isinstance(scopes, list) or not all(each == "" or is_name(each) for each in scopes):
        raise ValueError("not scopes")
    return frozenset(scopes) - {""}


_ABSENT = object()


def _organisation(payload: Mapping[str, Any]) -> UUID | None:
    value = optional_name(payload, "org")
    if value is None:
        return None
    organisation_id = UUID(value)
    if str(organisation_id) != value:  # UUID() also takes braces, capitals, "urn:uuid:" and no hyphens at all
        raise ValueError("org is not a UUID in its canonical spelling")
    return organisation_id
