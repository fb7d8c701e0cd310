"""Which keys a foreign OpenID Connect issuer signs with at present."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.integrations.tokens import Algorithm, Issuer, VerifyingKey, verifying_keys
from app.integrations.tokens.compact import read_object
from app.logs import Log

FRESH = timedelta(minutes=10)
STALE = timedelta(hours=24)
PAUSE = timedelta(seconds=30)
MAX_BYTES = 1_000_000
SECONDS = 5

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_log = Log("app.oidc")


@dataclass(frozen=True, slots=True)
class OidcIssuer:
    """A foreign issuer, as configured. Its keys are at `jwks_url`, or where its discovery document says.

    Raises:
        ValueError: an algorithm other than RS256 and ES256 or none at all, or an address that is not https
            (http to this machine excepted).
    """

    issuer: str
    audience: str
    jwks_url: str | None = None
    algorithms: Collection[str] = (Algorithm.RS256,)
    requires_nbf: bool = True

    def __post_init__(self) -> None:
        if not self.algorithms or not set(self.algorithms) <= set(Algorithm):
            raise ValueError("The algorithms of an issuer are RS256, ES256 or both.")
        _address(self.jwks_url or self.discovery_url)

    @property
    def discovery_url(self) -> str:
        """Where the issuer describes itself (OpenID Connect Discovery 1.0 section 4)."""
        return self.issuer.rstrip("/") + "/.well-known/openid-configuration"


class OidcKeys:
    """The keys of one foreign issuer: kept ten minutes, and for 24 hours while the issuer cannot be reached.

    A token that names an unknown key has them fetched again at once. A fetch that fails, or does not bring the key
    asked for, bars the next for 30 seconds, so that neither an outage nor made-up names become a flood. One request
    fetches; the others wait for it only where they cannot do without.
    """

    def __init__(self, issuer: OidcIssuer, client: httpx.AsyncClient) -> None:
        self.issuer = issuer
        self._client = client
        self._lock = asyncio.Lock()
        self._keys: Mapping[str, VerifyingKey] = {}
        self._fetched_at: datetime | None = None
        self._barred_until: datetime | None = None

    async def known(self, kid: str, *, at: datetime) -> Issuer:
        """The issuer with its keys of the instant, `kid` among them if it can be had. Never fails: keys may be few."""
        if self._should_fetch(kid, at) and not (self._lock.locked() and kid in self._current(at)):
            async with self._lock:
                if self._should_fetch(kid, at):
                    await self._refresh(kid, at)
        return Issuer(
            name=self.issuer.issuer,
            audience=self.issuer.audience,
            keys=self._current(at),
            requires_nbf=self.issuer.requires_nbf,
        )

    def _current(self, at: datetime) -> Mapping[str, VerifyingKey]:
        return self._keys if self._age(at) < STALE else {}

    def _age(self, at: datetime) -> timedelta:
        return at - self._fetched_at if self._fetched_at else timedelta.max

    def _should_fetch(self, kid: str, at: datetime) -> bool:
        wanted = self._age(at) >= FRESH or kid not in self._keys
        return wanted and (self._barred_until is None or at >= self._barred_until)

    async def _refresh(self, kid: str, at: datetime) -> None:
        fetched: Mapping[str, VerifyingKey] = {}
        try:
            async with asyncio.timeout(2 * SECONDS):  # httpx's own bounds each read, not a body that drips
                jwk_set = await self._fetch(await self._jwks_url())
            fetched = verifying_keys(jwk_set, self.issuer.algorithms)
            self._keys, self._fetched_at = fetched, at
            if not fetched:
                _log.warning("oidc_keys_unusable", issuer=self.issuer.issuer)
        except (httpx.HTTPError, OSError, ValueError) as error:
            _log.warning("oidc_keys_unavailable", issuer=self.issuer.issuer, error=f"{type(error).__name__}: {error}")
        finally:  # after a fetch that was given up midway, too
            self._barred_until = None if kid in fetched else at + PAUSE

    async def _jwks_url(self) -> str:
        if self.issuer.jwks_url is not None:
            return self.issuer.jwks_url
        described = await self._fetch(self.issuer.discovery_url)
        address = described.get("jwks_uri")
        # Discovery section 4.3: a document that names another issuer is another issuer's.
        if described.get("issuer") != self.issuer.issuer or not isinstance(address, str):
            raise ValueError("not this issuer's description")
        return address

    async def _fetch(self, url: str) -> Mapping[str, Any]:
        # Asked for, and read, as it is: a compressed answer could unpack to far more than was counted.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        body = bytearray()
        async with self._client.stream(
            "GET", _address(url), headers=headers, follow_redirects=False, timeout=SECONDS
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"answered {answer.status_code}")
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise ValueError("answered more than 1 MB")
        return read_object(bytes(body))


@asynccontextmanager
async def keys_of(issuers: Iterable[Mapping[str, Any]]) -> AsyncIterator[list[OidcKeys]]:
    """The keys of issuers that are told as `OidcIssuer` takes them, while there is a client to fetch them with."""
    async with httpx.AsyncClient(timeout=10, follow_redirects=False, trust_env=False) as client:
        yield [OidcKeys(OidcIssuer(**each), client) for each in issuers]


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError("not an address") from error
    if not (address.scheme == "https" and address.host) and not (
        address.scheme == "http" and address.host in _LOOPBACK
    ):
        raise ValueError("An issuer is reached by https, or by http on this machine.")
    return address
