"""From a bearer token to claims, whoever issued it."""

from datetime import timedelta

import httpx
import pytest
import respx

from app.domain.errors import Unauthenticated
from app.integrations.oidc import OidcIssuer, OidcKeys
from app.integrations.sign_in import TokenVerifier
from app.settings import OidcIssuerSettings, Settings
from tests.conftest import serving
from tests.integrations.forge import (
    AT,
    AUDIENCE,
    FOREIGN,
    OWN,
    OWN_ISSUER,
    foreign_token,
    own_token,
    public_jwk,
    rsa_key,
)

URL = f"{FOREIGN}/keys"
KEYS = httpx.Response(200, json={"keys": [public_jwk(rsa_key(), "rsa-1")]})


@respx.mock
async def test_our_own_tokens_and_foreign_ones_are_believed_and_remembered() -> None:
    route = respx.get(URL).mock(return_value=KEYS)
    async with httpx.AsyncClient(trust_env=False) as client:
        verifier = TokenVerifier(OWN_ISSUER, [OidcKeys(OidcIssuer(FOREIGN, AUDIENCE, URL), client)])
        assert (await verifier.claims(own_token(), at=AT)).issuer == OWN
        assert route.call_count == 0
        token = foreign_token()
        first = await verifier.claims(token, at=AT)
        assert first.issuer == FOREIGN
        assert await verifier.claims(token, at=AT) is first
        assert await verifier.claims(token, at=AT + timedelta(seconds=60)) is not first


@respx.mock
async def test_a_key_withdrawn_ends_its_tokens_within_the_minutes_that_keys_are_kept() -> None:
    respx.get(URL).mock(side_effect=[KEYS, httpx.Response(200, json={"keys": [public_jwk(rsa_key("b"), "rsa-2")]})])
    token = foreign_token(exp=int((AT + timedelta(hours=1)).timestamp()))
    async with httpx.AsyncClient(trust_env=False) as client:
        verifier = TokenVerifier(OWN_ISSUER, [OidcKeys(OidcIssuer(FOREIGN, AUDIENCE, URL), client)])
        await verifier.claims(token, at=AT)
        with pytest.raises(Unauthenticated):
            await verifier.claims(token, at=AT + timedelta(minutes=10))


@respx.mock
async def test_an_issuer_out_of_reach_is_a_refusal_like_any_other() -> None:
    respx.get(URL).mock(side_effect=httpx.ConnectError("down"))
    async with httpx.AsyncClient(trust_env=False) as client:
        verifier = TokenVerifier(OWN_ISSUER, [OidcKeys(OidcIssuer(FOREIGN, AUDIENCE, URL), client)])
        with pytest.raises(Unauthenticated):
            await verifier.claims(foreign_token(), at=AT)
        assert (await verifier.claims(own_token(), at=AT)).issuer == OWN


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(own_token(iss="https://evil.example"), id="of an issuer unknown"),
        pytest.param(own_token(header={"kid": ...}), id="naming no key"),
        pytest.param(own_token(iss=...), id="naming no issuer"),
        pytest.param(own_token(extra="x" * 5_000_000), id="of 5 MB"),
        pytest.param("\ud800", id="that is a lone surrogate"),
        pytest.param("", id="that is empty"),
    ],
)
async def test_a_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await TokenVerifier(OWN_ISSUER).claims(token, at=AT)


async def test_a_refused_token_is_not_remembered() -> None:
    verifier = TokenVerifier(OWN_ISSUER)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await verifier.claims(own_token(aud="other"), at=AT)


async def test_two_issuers_of_one_name_are_refused() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        twins = [OidcKeys(OidcIssuer(FOREIGN, AUDIENCE, url), client) for url in (URL, URL + "2")]
        ourselves = OidcKeys(OidcIssuer(OWN, AUDIENCE, URL), client)
        for foreign in (twins, [ourselves]):
            with pytest.raises(ValueError, match="same name"):
                TokenVerifier(OWN_ISSUER, foreign)


@respx.mock
async def test_a_foreign_issuer_that_the_settings_name_is_believed(settings: Settings) -> None:
    respx.get(URL).mock(return_value=KEYS)
    named = OidcIssuerSettings(issuer=FOREIGN, audience=AUDIENCE, jwks_url=URL)
    async with serving(settings.model_copy(update={"oidc_issuers": [named]})) as app:
        assert (await app.state.services.verifier.claims(foreign_token(), at=AT)).issuer == FOREIGN
    async with serving(settings) as app:
        with pytest.raises(Unauthenticated):
            await app.state.services.verifier.claims(foreign_token(), at=AT)
