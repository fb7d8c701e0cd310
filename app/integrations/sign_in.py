"""How a bearer token of any known issuer becomes claims."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from app.integrations.tokens import Claims, Issuer, Issuers, VerifiedTokens, named_in, verify

if TYPE_CHECKING:
    from app.integrations.oidc import OidcKeys


class TokenVerifier:
    """The issuers that this service believes, with a short memory of the tokens just verified.

    Raises:
        ValueError: two issuers of one name.
    """

    def __init__(self, own: Issuer, foreign: "Iterable[OidcKeys]" = ()) -> None:
        keys = tuple(foreign)
        self._own = {own.name: own}
        self._foreign = {each.issuer.issuer: each for each in keys}
        self._verified = VerifiedTokens()
        if len(self._own | self._foreign) != 1 + len(keys):
            raise ValueError("Two issuers have the same name.")

    async def claims(self, token: str, *, at: datetime) -> Claims:
        """What a valid token says.

        Raises:
            Unauthenticated: any flaw whatever, or an issuer whose keys cannot be had.
        """
        claims = self._verified.get(token, at=at)
        if claims is None:
            claims = verify(token, await self._issuers(token, at), at=at)
            self._verified.put(token, claims, at=at)
        return claims

    async def _issuers(self, token: str, at: datetime) -> Issuers:
        name, kid = named_in(token)
        foreign = self._foreign.get(name)
        return self._own if foreign is None else {name: await foreign.known(kid, at=at)}
