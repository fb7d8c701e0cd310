"""Where providers stand by the thresholds, remembered for as long as nothing has changed on which it rests."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zlib import compress, decompress

from sqlalchemy import Table, Uuid, bindparam, func, select

from app.db import facts, registration, rows
from app.db.providers import Provider
from app.db.reading import Hot, Reading
from app.db.registration import Check

_PROVIDERS: Table = Provider.__table__  # type: ignore[attr-defined]
# What the answer rests on, over all organisations, in a few bytes, beside what the caller may know of the provider.
_SEEN = Hot(
    select(
        _PROVIDERS.c.id,
        _PROVIDERS.c.la_code,
        _PROVIDERS.c.registration_status,
        func.apqa_position_stamp(_PROVIDERS.c.id, bindparam("caller_organisation", None, Uuid())).label("stamp"),
    ).where(_PROVIDERS.c.id == bindparam("provider_id", None, Uuid()))
)


class Positions:
    """Answers by what was asked and by whom, each with the stamp of what it rests on; the least lately used go first.

    They are kept deflated, for they are mostly ids: a fifth of the bytes, and a twentieth of a millisecond.

    Args:
        size: the most bytes that are kept.
    """

    def __init__(self, size: int = 4 << 20) -> None:
        # Two at once keep the processor and the database busy. More would hold the connections of quicker reads, and
        # the facts of as many providers in memory.
        self.turns = asyncio.Semaphore(2)
        self._size = size
        self._held = 0
        self._kept: OrderedDict[tuple[Any, ...], tuple[str, bytes]] = OrderedDict()

    def get(self, asked: tuple[Any, ...], stamp: str) -> bytes | None:
        """The answer, where nothing has changed on which it rests."""
        known, answer = self._kept.get(asked, (None, b""))
        if known != stamp:
            return None
        self._kept.move_to_end(asked)
        return decompress(answer)

    def put(self, asked: tuple[Any, ...], stamp: str, answer: bytes) -> None:
        """Remember an answer."""
        _, before = self._kept.pop(asked, ("", b""))
        kept = compress(answer, level=1)
        self._kept[asked] = (stamp, kept)
        self._held += len(kept) - len(before)
        while self._held > self._size:
            _, (_, gone) = self._kept.popitem(last=False)
            self._held -= len(gone)


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a provider stands on a day, and how many days ahead to look for the next change."""

    provider_id: UUID
    on: date
    horizon_days: int


async def told(
    reading: Reading,
    remembered: Positions,
    render: Callable[[Check], bytes],
    asked: Asked,
    at: datetime,
) -> bytes:
    """The check of a provider that the caller may know of, as rendered, computed only where it is not known already.

    The stamp is taken before the facts are read: a change in between makes the next reader compute afresh.

    Raises:
        NotFound
    """
    caller = reading.caller
    async with reading.together() as reads:
        place = rows.found(await reads.row(_SEEN, provider_id=asked.provider_id))
    key = (asked, place.la_code, caller.role, caller.organisation_id, caller.la_code)
    answer = remembered.get(key, place.stamp)
    if answer is None:
        async with remembered.turns:  # whoever waited may find it worked out by another
            answer = remembered.get(key, place.stamp)
            if answer is None:
                answer = render(await _worked_out(reading, place, asked, at))
                remembered.put(key, place.stamp, answer)
    return answer


async def _worked_out(reading: Reading, place: Any, asked: Asked, at: datetime) -> Check:
    async with reading.together() as reads:
        told = await facts.gather(reads.ask, reading.caller, place, at=at, overseen_on=asked.on)
    return registration.evaluate(told, place, reading.caller, on=asked.on, horizon_days=asked.horizon_days)
