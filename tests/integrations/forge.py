"""A forger's bench: tokens put together byte by byte, right unless told otherwise."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.domain.errors import Unauthenticated
from app.integrations.keys import SigningKey, SigningKeys
from app.integrations.tokens import REFUSAL, Algorithm, Issuer, VerifyingKey, verify

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOW = int(AT.timestamp())
OWN, FOREIGN, AUDIENCE = "https://apqa.example", "https://login.example", "apqa"
ORGANISATION = "0198c5a4-7f1e-7c3a-9a52-3f0f5f5f5f5f"

Signer = Callable[[bytes], bytes]


@cache
def ec_key(label: str = "own") -> ec.EllipticCurvePrivateKey:
    """A key of P-256, the same for a label throughout the run."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(label: str = "foreign", bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key, the same for a label throughout the run."""
    return rsa.generate_private_key(65537, bits)


def es256(key: ec.EllipticCurvePrivateKey) -> Signer:
    """Signs as RFC 7518 section 3.4 says: R and S, 32 bytes each."""

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def der(key: ec.EllipticCurvePrivateKey) -> Signer:
    """Signs as X.509 does, which JOSE does not."""
    return lambda message: key.sign(message, ec.ECDSA(hashes.SHA256()))


def rs256(key: rsa.RSAPrivateKey) -> Signer:
    """Signs as RFC 7518 section 3.3 says."""
    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def hs256(secret: bytes) -> Signer:
    """Signs with a shared secret, such as somebody's public key."""
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


def b64(raw: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(header: Mapping[str, Any] | bytes, payload: Mapping[str, Any] | bytes, signer: Signer) -> str:
    """A compact JWS. Bytes go in as they are."""
    parts = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload))
    message = ".".join(b64(part) for part in parts)
    return f"{message}.{b64(signer(message.encode()))}"


OWN_KEYS = SigningKeys((SigningKey.of(ec_key()),))
OWN_KID = OWN_KEYS.keys[0].kid
OWN_ISSUER = Issuer(OWN, AUDIENCE, OWN_KEYS.verifying(), own=True)
FOREIGN_ISSUER = Issuer(
    FOREIGN,
    AUDIENCE,
    {
        "rsa-1": VerifyingKey.of("rsa-1", rsa_key().public_key()),
        "ec-1": VerifyingKey.of("ec-1", ec_key("foreign").public_key()),
    },
)
ISSUERS = {OWN: OWN_ISSUER, FOREIGN: FOREIGN_ISSUER}


def changed(members: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The members with changes; a change to `...` takes the member away."""
    return {member: value for member, value in {**members, **changes}.items() if value is not ...}


def own_header(**changes: Any) -> dict[str, Any]:
    """The header of our own tokens."""
    return changed({"alg": "ES256", "kid": OWN_KID, "typ": "at+jwt"}, changes)


def own_payload(**changes: Any) -> dict[str, Any]:
    """The claims of our own tokens."""
    claims = {
        "iss": OWN,
        "aud": AUDIENCE,
        "sub": "client-7",
        "jti": "0198c5a4-0000-7000-8000-000000000001",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 900,
        "org": ORGANISATION,
        "scope": "placements:write registration:check",
        "client_id": "client-7",
    }
    return changed(claims, changes)


def own_token(*, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """One of our own tokens, truly signed, with changes to header and claims."""
    return compact(own_header(**(header or {})), own_payload(**claims), es256(ec_key()))


def foreign_header(**changes: Any) -> dict[str, Any]:
    """The header of a foreign issuer's tokens."""
    return changed({"alg": "RS256", "kid": "rsa-1", "typ": "JWT"}, changes)


def foreign_payload(**changes: Any) -> dict[str, Any]:
    """The claims of a foreign issuer's tokens."""
    claims = {"iss": FOREIGN, "aud": AUDIENCE, "sub": "person-3", "iat": NOW, "nbf": NOW, "exp": NOW + 900}
    return changed(claims, changes)


def foreign_token(*, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A foreign issuer's token, truly signed, with changes to header and claims."""
    return compact(foreign_header(**(header or {})), foreign_payload(**claims), rs256(rsa_key()))


def public_jwk(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, kid: Any, **changes: Any) -> dict[str, Any]:
    """The public half as a JWK."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_numbers()
        n, e = (number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (public.n, public.e))
        members = {"kty": "RSA", "n": b64(n), "e": b64(e), "alg": Algorithm.RS256.value}
    else:
        point = key.public_key().public_numbers()
        members = {"kty": "EC", "crv": "P-256", "alg": Algorithm.ES256.value}
        members |= {"x": b64(point.x.to_bytes(32, "big")), "y": b64(point.y.to_bytes(32, "big"))}
    return changed({"kid": kid, "use": "sig", **members}, changes)


def with_claim(name: str, literal: str) -> str:
    """One of our tokens in which a claim's value is this JSON text, letter by letter."""
    members = [f"{json.dumps(claim)}: {json.dumps(value)}" for claim, value in own_payload(**{name: ...}).items()]
    return raw_own(f"{{{', '.join([*members, f'{json.dumps(name)}: {literal}'])}}}".encode())


def raw_own(payload: bytes) -> str:
    """Any bytes, signed as one of our tokens."""
    return compact(own_header(), payload, es256(ec_key()))


def assert_refused(token: str) -> None:
    """The one refusal, which tells nothing."""
    with pytest.raises(Unauthenticated) as refusal:
        verify(token, ISSUERS, at=AT)
    assert (refusal.value.detail, refusal.value.problem_code) == (REFUSAL, "unauthenticated")
    assert (refusal.value.errors, refusal.value.facts) == ((), {})
    assert refusal.value.__cause__ is None
