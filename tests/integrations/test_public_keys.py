"""Which keys of a JWK set are used, and which are left out."""

from typing import Any

import pytest

from app.integrations.tokens import Algorithm, verifying_keys
from app.integrations.tokens.compact import base64url
from tests.integrations.forge import b64, ec_key, public_jwk, rsa_key

BOTH = frozenset(Algorithm)
EC, RSA = public_jwk(ec_key(), "ec"), public_jwk(rsa_key(), "rsa")
P384 = {"crv": "P-384", "x": "A" * 64, "y": "A" * 64}


def test_a_mixed_set_gives_each_good_key_its_own_algorithm_and_leaves_the_rubbish() -> None:
    rubbish: list[Any] = [
        None,
        7,
        "key",
        [],
        {},
        {"kid": "x"},
        {"kty": "RSA"},
        {"kid": "oct", "kty": "oct", "k": "AAAA"},
    ]
    keys = verifying_keys({"keys": [*rubbish, EC, RSA], "more": 1}, BOTH)
    assert {kid: key.algorithm for kid, key in keys.items()} == {"ec": "ES256", "rsa": "RS256"}


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(public_jwk(rsa_key(), "k", alg=...), id="alg not told, as Entra ID does"),
        pytest.param(public_jwk(rsa_key(), "k", use=...), id="use not told"),
        pytest.param(public_jwk(ec_key(), "k", key_ops=["verify"]), id="key_ops verify"),
        pytest.param(public_jwk(rsa_key(), "k", x5c=["MIIB"], x5t="AAAA"), id="with certificates"),
    ],
)
def test_a_good_key_is_used(entry: dict[str, Any]) -> None:
    assert set(verifying_keys({"keys": [entry]}, BOTH)) == {"k"}


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(public_jwk(rsa_key("weak", 1024), "k"), id="RSA of 1024 bits"),
        pytest.param(public_jwk(rsa_key(), "k", n="AQ" * 1000), id="RSA of 12,000 bits"),
        pytest.param(public_jwk(rsa_key(), "k", e="Aw"), id="RSA exponent 3"),
        pytest.param(public_jwk(rsa_key(), "k", e="AQ"), id="RSA exponent 1"),
        pytest.param(public_jwk(rsa_key(), "k", e="AQAA"), id="RSA exponent even"),
        pytest.param(public_jwk(rsa_key(), "k", e="_" * 40), id="RSA exponent of 240 bits"),
        pytest.param(public_jwk(rsa_key(), "k", n="!"), id="RSA modulus not base64url"),
        pytest.param(public_jwk(rsa_key(), "k", n=7), id="RSA modulus a number"),
        pytest.param(public_jwk(rsa_key(), "k", n=""), id="RSA modulus empty"),
        pytest.param(public_jwk(rsa_key(), "k", e=...), id="RSA exponent missing"),
        pytest.param(public_jwk(rsa_key(), "k", d="AQAB"), id="RSA private"),
        pytest.param(public_jwk(rsa_key(), "k", alg="RS512"), id="RSA for RS512"),
        pytest.param(public_jwk(rsa_key(), "k", alg="PS256"), id="RSA for PS256"),
        pytest.param(public_jwk(rsa_key(), "k", alg="ES256"), id="RSA for ES256"),
        pytest.param(public_jwk(rsa_key(), "k", alg="HS256"), id="RSA for HS256"),
        pytest.param(public_jwk(rsa_key(), "k", alg=None), id="alg null"),
        pytest.param(public_jwk(rsa_key(), "k", alg=["RS256"]), id="alg a list"),
        pytest.param(public_jwk(rsa_key(), "k", use="enc"), id="for encryption"),
        pytest.param(public_jwk(rsa_key(), "k", key_ops=["encrypt"]), id="key_ops encrypt"),
        pytest.param(public_jwk(rsa_key(), "k", key_ops="verify"), id="key_ops a text"),
        pytest.param(public_jwk(rsa_key(), "k", kty="oct"), id="kty oct"),
        pytest.param(public_jwk(rsa_key(), "k", kty="EC"), id="RSA members, kty EC"),
        pytest.param(public_jwk(ec_key(), "k", kty="RSA"), id="EC members, kty RSA"),
        pytest.param(public_jwk(ec_key(), "k", **P384), id="EC on P-384"),
        pytest.param(public_jwk(ec_key(), "k", crv="secp256k1"), id="EC on another curve"),
        pytest.param(public_jwk(ec_key(), "k", x="A" * 43), id="EC not on the curve"),
        pytest.param(public_jwk(ec_key(), "k", x="A" * 40), id="EC coordinate short"),
        pytest.param(public_jwk(ec_key(), "k", x=b64(bytes(1) + base64url(EC["x"]))), id="EC coordinate too long"),
        pytest.param(public_jwk(ec_key(), "k", y=...), id="EC coordinate missing"),
        pytest.param(public_jwk(ec_key(), "k", d="A" * 43), id="EC private"),
        pytest.param({"kid": "k", "kty": "OKP", "crv": "Ed25519", "x": "A" * 43}, id="Ed25519"),
        pytest.param({"kid": "k", "kty": "oct", "k": "AAAA", "alg": "HS256"}, id="symmetric"),
        pytest.param(public_jwk(rsa_key(), ...), id="no kid"),
        pytest.param(public_jwk(rsa_key(), ""), id="kid empty"),
        pytest.param(public_jwk(rsa_key(), 7), id="kid a number"),
        pytest.param(public_jwk(rsa_key(), ["k"]), id="kid a list"),
    ],
)
def test_a_key_that_is_weak_malformed_or_meant_for_something_else_is_left_out(entry: dict[str, Any]) -> None:
    assert set(verifying_keys({"keys": [entry, RSA]}, BOTH)) == {"rsa"}


def test_a_key_of_an_algorithm_that_the_issuer_may_not_use_is_left_out() -> None:
    assert set(verifying_keys({"keys": [EC, RSA]}, {"RS256"})) == {"rsa"}
    assert set(verifying_keys({"keys": [EC, RSA]}, {"ES256"})) == {"ec"}


def test_a_name_that_two_usable_keys_share_names_neither() -> None:
    twins = [public_jwk(rsa_key(), "twin"), public_jwk(ec_key(), "twin"), public_jwk(ec_key("other"), "twin")]
    assert set(verifying_keys({"keys": [*twins, RSA]}, BOTH)) == {"rsa"}
    assert set(verifying_keys({"keys": [*twins[:1], public_jwk(rsa_key(), "twin", use="enc")]}, BOTH)) == {"twin"}


@pytest.mark.parametrize("jwk_set", [{}, {"keys": None}, {"keys": {"rsa": RSA}}, {"keys": "keys"}])
def test_what_is_no_set_of_keys_is_an_error(jwk_set: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a JWK set"):
        verifying_keys(jwk_set, BOTH)
