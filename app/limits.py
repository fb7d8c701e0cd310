"""How often one client may ask: a bucket for each kind of request, kept in the memory of each worker."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request

from app.domain.access import Caller
from app.errors import RateLimited
from app.settings import Settings

_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Policy:
    """`quota` requests a minute, of which a quarter may come at once."""

    name: str
    quota: int

    @property
    def spacing(self) -> float:
        """Seconds that one request costs."""
        return 60 / self.quota

    @property
    def burst(self) -> float:
        """Seconds that may be spent ahead."""
        return 15.0


class Limiter:
    """The generic cell rate algorithm: one instant for each client, organisation and policy.

    The memory is the worker's own, so a service of n workers allows up to n times the quota. That is enough to keep
    one client from starving the others, and costs no statement.
    """

    def __init__(self, settings: Settings) -> None:
        self.policies = {
            "read": Policy("read", settings.rate_read),
            "write": Policy("write", settings.rate_write),
            "what-if": Policy("what-if", settings.rate_what_if),
            "import": Policy("import", settings.rate_import),
            "sign-in": Policy("sign-in", settings.rate_sign_in),
        }
        self._next: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    def policy(self, method: str, path: str) -> Policy:
        """The policy for a request."""
        if path.endswith("/what-if"):
            return self.policies["what-if"]
        if path.endswith(("/batch", "/imports")) and method == "POST":
            return self.policies["import"]
        return self.policies["read" if method in ("GET", "HEAD", "OPTIONS") else "write"]

    def spend(self, request: Request, caller: Caller) -> None:
        """Count one request; what is left goes into the response's RateLimit headers.

        Raises:
            RateLimited: with the seconds to wait.
        """
        policy = self.policy(request.method, request.scope["path"])
        self._spend(request, policy, (policy.name, caller.principal, str(caller.organisation_id)))

    def spend_sign_in(self, request: Request, client_id: UUID) -> None:
        """Count one attempt to sign in as a client, good or bad.

        Raises:
            RateLimited: with the seconds to wait.
        """
        self._spend(request, self.policies["sign-in"], ("sign-in", str(client_id), ""))

    def _spend(self, request: Request, policy: Policy, key: tuple[str, str, str]) -> None:
        at = time.monotonic()
        due = max(self._next.pop(key, at), at) + policy.spacing
        wait = due - at - policy.burst
        self._next[key] = due if wait <= 0 else due - policy.spacing
        while len(self._next) > _REMEMBERED:
            self._next.popitem(last=False)
        left = max(0, int((policy.burst - (due - at)) / policy.spacing))
        request.scope.setdefault("state", {})["rate_limit"] = (policy.name, policy.quota, left, max(1, int(due - at)))
        if wait > 0:
            raise RateLimited(retry_after=max(1, round(wait)))
