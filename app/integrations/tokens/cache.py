"""Which tokens were verified a moment ago."""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta

from app.integrations.tokens.verification import Claims

MAX_AGE = timedelta(seconds=60)


class VerifiedTokens:
    """Claims of tokens by the digest of the whole token, for at most 60 seconds and never past their expiry.

    Bounded: the token least lately put goes first. What a person may do is asked of the database each time, not of
    this.
    """

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._claims: OrderedDict[bytes, tuple[datetime, Claims]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._claims)

    def get(self, token: str, *, at: datetime) -> Claims | None:
        """The claims, where this very token was verified at most 60 seconds before the instant and is unexpired."""
        put_at, claims = self._claims.get(_digest(token), (None, None))
        if put_at is None or claims is None:
            return None
        return claims if put_at <= at < min(put_at + MAX_AGE, claims.expires_at) else None

    def put(self, token: str, claims: Claims, *, at: datetime) -> None:
        """Remember a token that has just been verified."""
        digest = _digest(token)
        self._claims[digest] = (at, claims)
        self._claims.move_to_end(digest)
        if len(self._claims) > self._size:
            self._claims.popitem(last=False)


def _digest(token: str) -> bytes:
    # Whatever a header can hold must have a digest, lone surrogates too; no such token is ever put.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
