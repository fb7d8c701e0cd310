"""How machine clients prove who they are."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.errors import Unauthenticated
from app.integrations.tokens import (
    REFUSAL,
    ClientAssertion,
    hash_secret,
    new_secret,
    secret_matches,
    verify_client_assertion,
)
from tests.integrations.forge import (
    AT,
    NOW,
    OWN,
    changed,
    compact,
    ec_key,
    es256,
    hs256,
    own_token,
    public_jwk,
    rs256,
    rsa_key,
)

AUDIENCE = f"{OWN}/oauth/token"
JWKS = {"keys": [public_jwk(ec_key("client"), "ec"), public_jwk(rsa_key("client"), "rsa")]}
SIGN = es256(ec_key("client"))


def header(**changes: Any) -> dict[str, Any]:
    return changed({"alg": "ES256", "kid": "ec", "typ": "JWT"}, changes)


def payload(**changes: Any) -> dict[str, Any]:
    claims = {"iss": "mis-1", "sub": "mis-1", "aud": AUDIENCE, "jti": "once", "exp": NOW + 60}
    return changed(claims, changes)


def checked(assertion: str, jwks: dict[str, Any] = JWKS) -> ClientAssertion:
    return verify_client_assertion(assertion, jwks, audience=AUDIENCE, client_id="mis-1", at=AT)


@pytest.mark.parametrize(
    "assertion",
    [
        pytest.param(compact(header(), payload(), SIGN), id="ES256"),
        pytest.param(compact(header(alg="RS256", kid="rsa"), payload(), rs256(rsa_key("client"))), id="RS256"),
        pytest.param(compact(header(typ="client-authentication+jwt"), payload(), SIGN), id="typ of RFC 7523 bis"),
        pytest.param(compact(header(), payload(aud=[AUDIENCE]), SIGN), id="a list of our audience alone"),
        pytest.param(compact(header(), payload(iat=NOW, nbf=NOW), SIGN), id="with iat and nbf"),
    ],
)
def test_a_client_proves_itself_with_its_own_key(assertion: str) -> None:
    assert checked(assertion) == ClientAssertion("mis-1", "once", AT + timedelta(minutes=1))


def test_a_proof_may_live_five_minutes_and_the_leeway() -> None:
    assert checked(compact(header(), payload(exp=NOW + 330), SIGN)).expires_at == AT + timedelta(minutes=5.5)


@pytest.mark.parametrize(
    "assertion",
    [
        *(
            pytest.param(compact(header(), payload(**{claim: ...}), SIGN), id=f"{claim} missing")
            for claim in ("iss", "sub", "aud", "jti", "exp")
        ),
        *(pytest.param(compact(header(**{each: ...}), payload(), SIGN), id=f"{each} missing") for each in header()),
        pytest.param(compact(header(), payload(iss="mis-2"), SIGN), id="iss of another client"),
        pytest.param(compact(header(), payload(sub="mis-2"), SIGN), id="sub of another client"),
        pytest.param(compact(header(), payload(iss="mis-2", sub="mis-2"), SIGN), id="another client altogether"),
        pytest.param(compact(header(), payload(iss=["mis-1"]), SIGN), id="iss a list"),
        pytest.param(compact(header(), payload(aud="https://other.example/token"), SIGN), id="for another server"),
        pytest.param(compact(header(), payload(aud=[AUDIENCE, "https://other.example"]), SIGN), id="for two servers"),
        pytest.param(compact(header(), payload(aud=[]), SIGN), id="for nobody"),
        pytest.param(compact(header(), payload(exp=NOW - 30), SIGN), id="expired"),
        pytest.param(compact(header(), payload(exp=NOW + 331), SIGN), id="more than five minutes long"),
        pytest.param(compact(header(), payload(exp=str(NOW + 60)), SIGN), id="exp a text"),
        pytest.param(compact(header(), payload(nbf=NOW + 31), SIGN), id="not valid yet"),
        pytest.param(compact(header(), payload(iat=NOW + 31), SIGN), id="from the future"),
        pytest.param(compact(header(), payload(iat=None), SIGN), id="iat null"),
        pytest.param(compact(header(), payload(jti=""), SIGN), id="jti empty"),
        pytest.param(compact(header(), payload(jti="j" * 256), SIGN), id="jti too long"),
        pytest.param(compact(header(typ="at+jwt"), payload(), SIGN), id="typ of an access token"),
        pytest.param(compact(header(crit=["exp"]), payload(), SIGN), id="crit"),
        pytest.param(compact(header(kid="rsa"), payload(), SIGN), id="kid of another key"),
        pytest.param(compact(header(kid="unknown"), payload(), SIGN), id="kid unknown"),
        pytest.param(compact(header(), payload(), es256(ec_key("stranger"))), id="signed by a stranger"),
        pytest.param(compact(header(alg="none"), payload(), SIGN), id="alg none"),
        pytest.param(
            compact(
                header(alg="HS256", kid="rsa"),
                payload(),
                hs256(rsa_key("client").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
            ),
            id="HS256 with the public key",
        ),
        pytest.param(own_token(), id="one of our access tokens"),
        pytest.param("", id="nothing"),
        pytest.param("[" * 10_000, id="brackets"),
        pytest.param("\ud800", id="lone surrogate"),
    ],
)
def test_a_forged_proof_gets_the_one_refusal(assertion: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        checked(assertion)
    assert refusal.value.detail == REFUSAL


@pytest.mark.parametrize("jwks", [{}, {"keys": []}, {"keys": None}, {"keys": [{"kty": "oct", "kid": "ec", "k": "AA"}]}])
def test_a_client_without_usable_keys_cannot_prove_itself(jwks: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        checked(compact(header(), payload(), SIGN), jwks)


def test_secrets_are_long_random_and_marked_as_ours() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(secret.startswith("apqa_") and len(secret) == 48 for secret in secrets)


def test_a_secret_is_kept_as_its_sha_256_and_only_it_matches() -> None:
    assert hash_secret("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    secret = new_secret()
    assert secret_matches(secret, hash_secret(secret))
    for other in (secret[:-1], secret + "\0", new_secret(), "", "\ud800", hash_secret(secret)):
        assert not secret_matches(other, hash_secret(secret))
    assert not secret_matches(secret, "")
    assert not secret_matches(secret, secret)
