"""Which public keys of a JWK set (RFC 7517) may verify a signature, each by exactly one algorithm."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jwk

from app.integrations.tokens.compact import Compact, base64url, is_name, name


class Algorithm(StrEnum):
    """The signatures that are understood (RFC 7518 section 3.1): both asymmetric."""

    ES256 = "ES256"
    RS256 = "RS256"


MOST_KEYS = 20  # of one client
_KEPT = ("kty", "kid", "use", "alg", "crv", "x", "y", "n", "e")


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, bound to the one algorithm that it verifies."""

    kid: str
    algorithm: Algorithm
    public: Any = field(repr=False)  # a key of python-jose, which has no types

    @classmethod
    def of(cls, kid: str, public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> "VerifyingKey":
        """The key under its name; its type decides the algorithm."""
        algorithm = Algorithm.RS256 if isinstance(public, rsa.RSAPublicKey) else Algorithm.ES256
        return cls(kid, algorithm, jwk.construct(public, algorithm.value))

    def signed(self, compact: Compact) -> bool:
        """Whether the token's signature is this key's.

        The key is python-jose's; `jose.jws` is not asked, for it would read the header a second time by laxer rules.
        """
        return bool(self.public.verify(compact.signing_input, compact.signature))


def verifying_keys(jwk_set: Mapping[str, Any], algorithms: Collection[str]) -> Mapping[str, VerifyingKey]:
    """The usable keys of a JWK set, by `kid`.

    A key that is unnamed, private, symmetric, weak, malformed, meant for another use or for another algorithm is left
    out, and so is a name that two usable keys share.

    Raises:
        ValueError: not a JWK set.
    """
    entries = jwk_set.get("keys")
    if not isinstance(entries, list):
        raise ValueError("not a JWK set")
    found: dict[str, VerifyingKey] = {}
    shared = set()
    for entry in entries:
        key = _usable(entry, algorithms)
        if key is not None and key.kid in found:
            shared.add(key.kid)
        elif key is not None:
            found[key.kid] = key
    return {kid: key for kid, key in found.items() if kid not in shared}


def registered(jwk_set: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """A client's JWK set as it is kept: what makes its public keys, and nothing else of it.

    Raises:
        ValueError: not a JWK set, or a key in it could not be used.
    """
    usable = verifying_keys(jwk_set, frozenset(Algorithm))
    if not 1 <= len(usable) == len(jwk_set["keys"]) <= MOST_KEYS:
        raise ValueError("a key could not be used")
    return {"keys": [{name: entry[name] for name in _KEPT if name in entry} for entry in jwk_set["keys"]]}


def _usable(entry: object, algorithms: Collection[str]) -> VerifyingKey | None:
    if not isinstance(entry, dict) or not is_name(entry.get("kid")) or not _meant_for_signatures(entry):
        return None
    try:
        public = _public_key(entry)
    except ValueError:
        return None
    key = VerifyingKey.of(entry["kid"], public)
    fits = key.algorithm in algorithms and entry.get("alg", key.algorithm) == key.algorithm
    return key if fits else None


def _meant_for_signatures(entry: Mapping[str, Any]) -> bool:
    operations = entry.get("key_ops", ["verify"])
    private = "d" in entry or "k" in entry
    return not private and entry.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _public_key(entry: Mapping[str, Any]) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    if entry.get("kty") == "EC" and entry.get("crv") == "P-256":
        x, y = (_coordinate(entry, axis) for axis in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    if entry.get("kty") == "RSA":
        modulus, exponent = (_number(_text(entry, part)) for part in ("n", "e"))
        # 2048 bits: RFC 7518 section 3.3. Exponent above 2^16: FIPS 186-5 A.1.1. The upper bounds keep a check cheap.
        if not (2048 <= modulus.bit_length() <= 8192 and 2**16 < exponent < 2**64):
            raise ValueError("RSA key too weak or too long")
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    raise ValueError("a type of key that is not understood")


def _coordinate(entry: Mapping[str, Any], axis: str) -> int:
    raw = base64url(name(entry, axis))
    if len(raw) != 32:  # RFC 7518 section 6.2.1.2: the full size of a coordinate
        raise ValueError("not a coordinate of P-256")
    return int.from_bytes(raw, "big")


def _number(text: str) -> int:
    return int.from_bytes(base64url(text), "big")


def _text(entry: Mapping[str, Any], member: str) -> str:
    value = entry.get(member)
    if not isinstance(value, str):
        raise ValueError(f"{member} is not text")
    return value
