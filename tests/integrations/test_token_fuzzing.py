"""Whatever the bytes, a token is claims or the one refusal."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Unauthenticated
from app.integrations.tokens import REFUSAL, Claims, verify, verify_client_assertion, verifying_keys
from tests.integrations.forge import (
    AT,
    AUDIENCE,
    ISSUERS,
    b64,
    compact,
    ec_key,
    es256,
    own_header,
    own_payload,
    own_token,
    public_jwk,
    rsa_key,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
HEADERS = st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "zip"]) | st.text(), JSON, max_size=3)
CLAIMS = st.dictionaries(st.sampled_from([*own_payload(), "scp", "azp", "events"]) | st.text(), JSON, max_size=4)
SIGN = es256(ec_key())
SAMPLE = own_token()


def outcome(check: Callable[[], Any]) -> Any:
    try:
        return check()
    except Unauthenticated as refusal:
        detail = refusal.detail
    assert detail == REFUSAL
    return None


def verified(token: str) -> Claims | None:
    result = outcome(lambda: verify(token, ISSUERS, at=AT))
    assert result is None or isinstance(result, Claims)
    return result


@settings(max_examples=150, deadline=None)
@given(st.text() | st.text(alphabet="AQew.-_=\n{}") | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_refused(token: str) -> None:
    assert verified(token) is None


@settings(max_examples=150, deadline=None)
@given(st.binary(), st.binary(), st.binary())
def test_any_three_parts_are_refused(header: bytes, payload: bytes, signature: bytes) -> None:
    assert verified(".".join(b64(part) for part in (header, payload, signature))) is None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_truly_signed_is_refused(payload: bytes) -> None:
    assert verified(compact(own_header(), payload, SIGN)) is None


@settings(max_examples=150, deadline=None)
@given(HEADERS, CLAIMS)
def test_any_claims_truly_signed_are_refused_or_of_the_right_types(
    header: dict[str, Any], claims: dict[str, Any]
) -> None:
    found = verified(compact(own_header(**header), own_payload(**claims), SIGN))
    if found is not None:
        assert 0 < len(found.subject) <= 255
        for text in (found.subject, found.token_id, found.client_id, *(found.scopes or ())):
            assert text is None or (text.isascii() and text.isprintable() and text)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SAMPLE) - 1), st.characters())
def test_any_letter_changed_is_refused(place: int, letter: str) -> None:
    token = SAMPLE[:place] + letter + SAMPLE[place + 1 :]
    assert (verified(token) is None) == (token != SAMPLE)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | CLAIMS.map(lambda value: json.dumps(value).encode()))
def test_any_client_assertion_is_refused(payload: bytes) -> None:
    assertion = compact(own_header(kid="ec", typ="JWT"), payload, SIGN)
    jwks = {"keys": [public_jwk(ec_key(), "ec")]}
    check = outcome(lambda: verify_client_assertion(assertion, jwks, audience=AUDIENCE, client_id="client-7", at=AT))
    assert check is None


MEMBERS = st.sampled_from(["kid", "kty", "crv", "x", "y", "n", "e", "alg", "use", "key_ops", "d"]) | st.text()


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(MEMBERS, JSON, max_size=3), st.sampled_from([ec_key(), rsa_key()]))
def test_any_key_is_left_out_or_usable(changes: dict[str, Any], key: Any) -> None:
    entry = public_jwk(key, "sound") | changes
    found = verifying_keys({"keys": [entry]}, {"ES256", "RS256"})
    assert len(found) <= 1
    assert all(name == entry["kid"] for name in found)
