"""What an issuer may be configured to be, and how it is found."""

import json
from collections.abc import Collection
from typing import Any

import httpx
import pytest
import respx

from app.integrations.oidc import OidcIssuer, OidcKeys
from tests.integrations.forge import AT, AUDIENCE, FOREIGN, public_jwk, rsa_key

KEY = public_jwk(rsa_key(), "rsa-1")
ISSUER = OidcIssuer(FOREIGN, AUDIENCE)


async def kids(router: respx.MockRouter, described: Any) -> set[str]:
    """Which keys are found, where the issuer describes itself so and there are keys at keys.example."""
    for scheme in ("http", "https"):
        router.get(f"{scheme}://keys.example/jwks").mock(return_value=httpx.Response(200, json={"keys": [KEY]}))
    description = httpx.Response(200, text=json.dumps(described))
    router.get(f"{FOREIGN}/.well-known/openid-configuration").mock(return_value=description)
    async with httpx.AsyncClient(trust_env=False) as client:
        return set((await OidcKeys(ISSUER, client).known("rsa-1", at=AT)).keys)


@respx.mock(assert_all_called=False)
async def test_keys_are_found_where_the_issuer_describes_itself(respx_mock: respx.MockRouter) -> None:
    assert await kids(respx_mock, {"issuer": FOREIGN, "jwks_uri": "https://keys.example/jwks"}) == {"rsa-1"}


def test_discovery_is_below_the_issuer_with_or_without_a_slash() -> None:
    for issuer in (f"{FOREIGN}/tenant", f"{FOREIGN}/tenant/"):
        found = OidcIssuer(issuer, AUDIENCE).discovery_url
        assert found == f"{FOREIGN}/tenant/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "described",
    [
        pytest.param({"issuer": "https://evil.example", "jwks_uri": "https://keys.example/jwks"}, id="another issuer"),
        pytest.param({"issuer": FOREIGN + "/", "jwks_uri": "https://keys.example/jwks"}, id="a slash more"),
        pytest.param({"jwks_uri": "https://keys.example/jwks"}, id="no issuer"),
        pytest.param({"issuer": FOREIGN}, id="no keys"),
        pytest.param({"issuer": FOREIGN, "jwks_uri": ["https://keys.example/jwks"]}, id="a list"),
        pytest.param({"issuer": FOREIGN, "jwks_uri": "http://keys.example/jwks"}, id="http"),
        pytest.param({"issuer": FOREIGN, "jwks_uri": "file:///etc/passwd"}, id="a file"),
        pytest.param({"issuer": FOREIGN, "jwks_uri": "https://"}, id="no host"),
        pytest.param({"issuer": FOREIGN, "jwks_uri": "https://keys.example:port/"}, id="not an address"),
        pytest.param({"issuer": FOREIGN, "jwks_uri": "https://\ud800.example/"}, id="lone surrogate"),
        pytest.param([FOREIGN], id="no object"),
    ],
)
@respx.mock(assert_all_called=False)
async def test_a_description_that_is_not_its_own_leads_nowhere(respx_mock: respx.MockRouter, described: Any) -> None:
    assert await kids(respx_mock, described) == set()


@pytest.mark.parametrize(
    "url", ["https://a.example/k", "http://localhost:8080/k", "http://127.0.0.1/k", "http://[::1]/k"]
)
def test_keys_may_be_at_https_or_on_this_machine(url: str) -> None:
    assert OidcIssuer(FOREIGN, AUDIENCE, url).jwks_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/k",
        "http://localhost.evil.example/k",
        "http://127.0.0.1.evil.example/k",
        "http://localhost@evil.example/k",
        "ftp://a.example/k",
        "file:///k",
        "/k",
        "https:///k",
        "https://a.example:port",
        "keys",
    ],
)
def test_keys_may_be_nowhere_else(url: str) -> None:
    with pytest.raises(ValueError, match=r"https|address"):
        OidcIssuer(FOREIGN, AUDIENCE, url)


def test_an_issuer_without_an_address_needs_one_for_its_keys() -> None:
    assert OidcIssuer("urn:issuer", AUDIENCE, "https://a.example/k").issuer == "urn:issuer"
    with pytest.raises(ValueError, match="https"):
        OidcIssuer("urn:issuer", AUDIENCE)


@pytest.mark.parametrize("algorithms", [[], ["HS256"], ["RS256", "none"], ["PS256"], ["rs256"], "RS256"])
def test_an_issuer_signs_with_rs256_or_es256(algorithms: Collection[str]) -> None:
    with pytest.raises(ValueError, match="RS256, ES256"):
        OidcIssuer(FOREIGN, AUDIENCE, algorithms=algorithms)
