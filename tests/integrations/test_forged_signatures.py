"""Tokens not signed by the key that they should be, however they put it."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.integrations.forge import (
    OWN_KID,
    assert_refused,
    b64,
    compact,
    der,
    ec_key,
    es256,
    foreign_header,
    foreign_payload,
    foreign_token,
    hs256,
    own_header,
    own_payload,
    own_token,
    public_jwk,
    rs256,
    rsa_key,
)

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
HEAD, BODY, SIGNATURE = own_token().split(".")
RSA_PUBLIC = rsa_key().public_key()


def flipped(part: str, place: int = 8) -> str:
    return part[:place] + ("A" if part[place] != "A" else "B") + part[place + 1 :]


def hs256_with(secret: bytes) -> str:
    return compact(foreign_header(alg="HS256"), foreign_payload(), hs256(secret))


SIGNATURES = {
    "alg none without a signature": f"{b64(json.dumps(own_header(alg='none')).encode())}.{BODY}.",
    "alg none with a signature": compact(own_header(alg="none"), own_payload(), es256(ec_key())),
    "alg None in capitals": compact(own_header(alg="NONE"), own_payload(), lambda _: b"x"),
    "alg missing": own_token(header={"alg": ...}),
    "alg null": own_token(header={"alg": None}),
    "alg a list": own_token(header={"alg": ["ES256"]}),
    "alg in small letters": own_token(header={"alg": "es256"}),
    "alg with a space": own_token(header={"alg": "ES256 "}),
    "HS256 with the public key as PEM": hs256_with(
        RSA_PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ),
    "HS256 with the public key as DER": hs256_with(
        RSA_PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ),
    "HS256 with the public key as base64 of DER": hs256_with(
        base64.b64encode(RSA_PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    ),
    "HS256 with the public key as JWK text": hs256_with(json.dumps(public_jwk(rsa_key(), "rsa-1")).encode()),
    "HS256 with the modulus": hs256_with(public_jwk(rsa_key(), "rsa-1")["n"].encode()),
    "HS256 with nothing": hs256_with(b""),
    "RS256 told of an EC key": compact(foreign_header(kid="ec-1"), foreign_payload(), rs256(rsa_key())),
    "ES256 told of an RSA key": compact(foreign_header(alg="ES256"), foreign_payload(), es256(ec_key("foreign"))),
    "ES256 signed, RS256 told": compact(
        foreign_header(kid="ec-1", alg="RS256"), foreign_payload(), es256(ec_key("foreign"))
    ),
    "RS512 told of an RS256 key": compact(foreign_header(alg="RS512"), foreign_payload(), rs256(rsa_key())),
    "signed by somebody else": compact(own_header(), own_payload(), es256(ec_key("stranger"))),
    "kid of another issuer": compact(own_header(kid="ec-1"), own_payload(), es256(ec_key("foreign"))),
    "our name, their key and kid": compact(foreign_header(), own_payload(), rs256(rsa_key())),
    "their name, our key and kid": compact(own_header(), foreign_payload(), es256(ec_key())),
    "kid missing": own_token(header={"kid": ...}),
    "kid unknown": own_token(header={"kid": "another"}),
    "kid empty": own_token(header={"kid": ""}),
    "kid null": own_token(header={"kid": None}),
    "kid a number": own_token(header={"kid": 0}),
    "kid a list": own_token(header={"kid": [OWN_KID]}),
    "kid an object": own_token(header={"kid": {"kid": OWN_KID}}),
    "kid in other capitals": own_token(header={"kid": OWN_KID.swapcase()}),
    "kid with a space": own_token(header={"kid": OWN_KID + " "}),
    "kid a path": own_token(header={"kid": "../../../../dev/null"}),
    "kid an injection": own_token(header={"kid": "x' UNION SELECT 'secret"}),
    "signature empty": f"{HEAD}.{BODY}.",
    "signature truncated": f"{HEAD}.{BODY}.{SIGNATURE[:-8]}",
    "signature altered": f"{HEAD}.{BODY}.{flipped(SIGNATURE)}",
    "signature longer": compact(own_header(), own_payload(), lambda m: es256(ec_key())(m) + b"\0"),
    "signature in DER": compact(own_header(), own_payload(), der(ec_key())),
    "signature of zeros": compact(own_header(), own_payload(), lambda _: bytes(64)),
    "signature r = 0, s = 1": compact(own_header(), own_payload(), lambda _: bytes(63) + b"\1"),
    "signature of the order": compact(own_header(), own_payload(), lambda _: P256_ORDER.to_bytes(32, "big") * 2),
    "signature of another token": f"{HEAD}.{BODY}.{own_token(sub='another').split('.')[2]}",
    "RSA signature of zeros": compact(foreign_header(), foreign_payload(), lambda _: bytes(256)),
    "RSA signature of one": compact(foreign_header(), foreign_payload(), lambda _: bytes(255) + b"\1"),
    "RSA signature one byte short": compact(foreign_header(), foreign_payload(), lambda m: rs256(rsa_key())(m)[1:]),
    "header altered": f"{b64(json.dumps(own_header(extra=1)).encode())}.{BODY}.{SIGNATURE}",
    "body altered": f"{HEAD}.{b64(json.dumps(own_payload(sub='lead')).encode())}.{SIGNATURE}",
}

STRANGER = public_jwk(ec_key("stranger"), OWN_KID)


def stranger_with(**header: Any) -> str:
    return compact(own_header(**header), own_payload(), es256(ec_key("stranger")))


HEADERS = {
    "key brought along as jwk": stranger_with(jwk=STRANGER),
    "key brought along as jwk, under a kid of its own": stranger_with(jwk=STRANGER, kid="stranger"),
    "key pointed to by jku": stranger_with(jku="http://127.0.0.1:9/jwks.json"),
    "key pointed to by x5u": stranger_with(x5u="http://127.0.0.1:9/key.pem"),
    "key brought along as x5c": stranger_with(x5c=["MIIB"]),
    "crit": own_token(header={"crit": ["exp"]}),
    "crit empty": own_token(header={"crit": []}),
    "crit null": own_token(header={"crit": None}),
    "crit b64": own_token(header={"crit": ["b64"], "b64": False}),
    "typ missing": own_token(header={"typ": ...}),
    "typ JWT on our own": own_token(header={"typ": "JWT"}),
    "typ null": own_token(header={"typ": None}),
    "typ a list": own_token(header={"typ": ["at+jwt"]}),
    "typ with letters that look alike": own_token(header={"typ": "ａt+jwt"}),
    "typ of a logout on a foreign one": foreign_token(header={"typ": "logout+jwt"}),
    "typ missing on a foreign one": foreign_token(header={"typ": ...}),
    "typ with the prefix twice": foreign_token(header={"typ": "application/application/jwt"}),
    "alg told twice": compact(
        f'{{"alg":"none","kid":"{OWN_KID}","typ":"at+jwt","alg":"ES256"}}'.encode(), own_payload(), es256(ec_key())
    ),
    "kid told twice, once escaped": compact(
        f'{{"alg":"ES256","kid":"x","typ":"at+jwt","\\u006bid":"{OWN_KID}"}}'.encode(),
        own_payload(),
        es256(ec_key()),
    ),
    "header a list": compact(b'["ES256"]', own_payload(), es256(ec_key())),
    "header not JSON": compact(b"ES256", own_payload(), es256(ec_key())),
    "header empty": f".{BODY}.{SIGNATURE}",
}


@pytest.mark.parametrize("token", [pytest.param(token, id=case) for case, token in (SIGNATURES | HEADERS).items()])
def test_a_token_that_is_not_rightly_signed_gets_the_one_refusal(token: str) -> None:
    assert_refused(token)
