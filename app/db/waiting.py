"""What waits for the worker: this process's own is woken as soon as it is committed, others find it by looking."""

import asyncio
from contextlib import suppress
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.db.session import CallerSession

_RINGS = "rings"


class Bell:
    """Wakes whoever has nothing to do."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        _BELLS.add(self)

    def ring(self) -> None:
        """Wake who waits, or who waits next."""
        self._rung.set()

    async def wait(self, at_most: float) -> None:
        """Until it is rung, for so many seconds at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), at_most)
        self._rung.clear()


_BELLS: WeakSet[Bell] = WeakSet()


def ring_when_committed(session: AsyncSession) -> None:
    """Wake the worker when the session's transaction is committed: before that it would find nothing."""
    session.info[_RINGS] = True


@event.listens_for(CallerSession, "after_commit")
def _ring(session: Session) -> None:
    if session.info.get(_RINGS) and not session.in_nested_transaction():
        for bell in list(_BELLS):
            bell.ring()
