"""The service's own signing keys: where they are kept, how they are published and how they sign."""

import base64
import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jws

from app.integrations.tokens import Algorithm, VerifyingKey
from app.integrations.tokens.verification import MAX_LIFE
from app.settings import Settings

FILE_NAME = "signing-keys.pem"

_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of P-256 under its RFC 7638 thumbprint."""

    kid: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def of(cls, private: ec.EllipticCurvePrivateKey) -> "SigningKey":
        """The key, named by its thumbprint."""
        members = json.dumps(_members(private.public_key()), separators=(",", ":"), sort_keys=True)
        return cls(_base64url(hashlib.sha256(members.encode()).digest()), private)

    def public_jwk(self) -> dict[str, str]:
        """The public half, for the JWK set (RFC 7517 section 4)."""
        members = _members(self.private.public_key())
        return members | {"kid": self.kid, "use": "sig", "alg": Algorithm.ES256.value}


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """One key or more: the first signs, all verify.

    To rotate, add the new key as the last, wait until clients have fetched the JWK set, move it to the front, and take
    the old one away when the last token that it signed has expired.
    """

    keys: tuple[SigningKey, ...]

    @classmethod
    def from_pem(cls, pem: str) -> "SigningKeys":
        """The keys of one or several PEM blocks, in their order.

        Raises:
            ValueError: no block, or one that is not an unencrypted private key of P-256. The text is never repeated.
        """
        keys = tuple(SigningKey.of(_private_key(block)) for block in _PEM.findall(pem))
        if not keys:
            raise ValueError("There is no private key in the PEM text.")
        return cls(keys)

    @classmethod
    def told(cls, settings: Settings) -> "SigningKeys":
        """The service's own keys: from the setting, or made once in the data directory."""
        if settings.signing_key is not None:
            return cls.from_pem(settings.signing_key.get_secret_value())
        return cls.kept_in(settings.data_dir)

    @classmethod
    def kept_in(cls, directory: Path) -> "SigningKeys":
        """The keys of the file in this directory, made on first use; processes that start together get the same key.

        Raises:
            ValueError: the file holds something else.
            OSError: the directory cannot be read or written.
        """
        path = directory / FILE_NAME
        if not path.exists():
            _make(path)
        return cls.from_pem(path.read_text("ascii"))

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The document at `/.well-known/jwks.json`."""
        return {"keys": [key.public_jwk() for key in self.keys]}

    def verifying(self) -> Mapping[str, VerifyingKey]:
        """The public halves by `kid`."""
        return {key.kid: VerifyingKey.of(key.kid, key.private.public_key()) for key in self.keys}


def issue(
    keys: SigningKeys,
    *,
    issuer: str,
    audience: str,
    subject: str,
    token_id: UUID,
    organisation_id: UUID | None,
    scopes: frozenset[str] | None,
    client_id: str | None,
    at: datetime,
    minutes: int,
) -> str:
    """An access token (RFC 9068) of whole minutes, valid from the instant on. `scopes` None does not narrow the role.

    Raises:
        ValueError: less than a minute or more than 24 hours, which `verify` would refuse.
    """
    life = timedelta(minutes=minutes)
    if not timedelta(0) < life <= MAX_LIFE:
        raise ValueError("A token lives from one minute to 24 hours.")
    issued_at = int(at.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "jti": str(token_id),
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + int(life.total_seconds()),
        "org": None if organisation_id is None else str(organisation_id),
        "scope": None if scopes is None else " ".join(sorted(scopes)),
        "client_id": client_id,
    }
    signing = keys.keys[0]
    token: str = jws.sign(
        {claim: value for claim, value in claims.items() if value is not None},
        jwk.construct(signing.private, Algorithm.ES256.value),
        headers={"kid": signing.kid, "typ": "at+jwt"},
        algorithm=Algorithm.ES256.value,
    )
    return token


def _make(path: Path) -> None:
    """Write a new key beside its place, then link it there: the link is whole or absent, and the first one stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first; its key is the key
    finally:
        draft.unlink()


def _private_key(block: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(block.encode(), password=None)
    except (ValueError, TypeError):  # TypeError: encrypted
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("A signing key must be an unencrypted private key of P-256, as PEM.")
    return key


def _members(public: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The required members of the key, which alone make its thumbprint (RFC 7638 section 3.2)."""
    numbers = public.public_numbers()
    x, y = (_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
