"""What the servers are asked: for each kind of work many requests of many callers."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from app.db.base import today
from benchmarks.county import ORGANISATIONS, TOGETHER, owner, partnership, provider, providers_of, shared, uid
from benchmarks.world import World

SETS = 1000
OPENED = 300  # providers whose status is asked for again and again
PLANS = 4000  # more than one variant writes in a round


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of request.

    `undo` takes back what a round of it has written, so that each begins with the same rows. `known`: every request has
    been answered once before it is measured, as a page that people open again; `new`: none is asked twice.
    """

    name: str
    title: str
    requests: Callable[[World], list[str]]
    status: int = 200
    undo: str | None = None
    known: bool = False
    new: bool = False


def request(token: str, path: str, body: Any = None) -> str:
    """A request as it goes over the wire."""
    head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
    if body is None:
        return f"GET {path} HTTP/1.1\r\n{head}\r\n"
    text = json.dumps(body)
    return f"POST {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"


@cache
def token(world: World, organisation: int) -> str:
    """One token for each organisation and run."""
    return world.token(organisation)


def _one(world: World) -> list[str]:
    """Placements from all over the table, asked for by whoever commissions them or by its partnership."""
    found = []
    for nth in range(SETS):
        number = 1 + nth * (world.size.placements // SETS) + nth * 7919 % (world.size.placements // SETS)
        pupil = 1 + (number - 1) % world.size.pupils
        asks = partnership(owner(pupil)) if nth % 2 and shared(pupil) else owner(pupil)
        found.append(request(token(world, asks), f"/v1/placements/{uid(4, number)}"))
    return found


def providers(world: World, count: int = SETS) -> Iterable[tuple[int, int]]:
    """Providers of every partnership, each with the partnership that uses it."""
    groups = ORGANISATIONS // TOGETHER
    usable = world.size.providers // groups * groups
    for nth in range(min(count, usable)):
        number = 1 + nth * 7919 % usable
        yield number, 1 + (number - 1) % groups * TOGETHER


def _page(world: World) -> list[str]:
    return [
        request(token(world, asks), f"/v1/placements?provider_id={uid(1, number)}&limit=50")
        for number, asks in providers(world)
    ]


def _status(world: World, count: int = OPENED) -> list[str]:
    return [
        request(token(world, asks), f"/v1/providers/{uid(1, number)}/registration-status")
        for number, asks in providers(world, count)
    ]


def _every_status(world: World) -> list[str]:
    return _status(world, world.size.providers)


def plans(world: World) -> Iterable[tuple[int, dict[str, Any]]]:
    """Plans of one day a week from next month on, of pupils who are not there yet, each with its commissioner."""
    starts_on = (today() + timedelta(days=30)).isoformat()
    for nth in range(PLANS):
        pupil = 1 + nth * 297 % world.size.pupils
        known = {provider(pupil, time, world.size.providers) for time in range(10)}
        places = providers_of(owner(pupil), world.size.providers)
        place = next(each for each in places[nth % len(places) :] + places if each not in known)
        slot = {"weekday": 5, "starts_at": "09:30", "ends_at": "12:30"}
        yield (
            owner(pupil),
            {
                "provider_id": str(uid(1, place)),
                "pupil_id": str(uid(2, pupil)),
                "starts_on": starts_on,
                "timetable": [slot],
            },
        )


def _post(world: World) -> list[str]:
    return [request(token(world, asks), "/v1/placements", body) for asks, body in plans(world)]


UNDO = "DELETE FROM placements WHERE created_at > '2026-01-02'"  # the seed is older
WORKS = {
    each.name: each
    for each in (
        Work("get", "GET one placement", _one),
        Work("list", "list of 50, scoped and filtered", _page),
        Work("status", "registration status of one provider, asked for again", _status, known=True),
        Work("first", "registration status of one provider, asked for the first time", _every_status, new=True),
        Work("post", "POST placement with the threshold decision", _post, 201, UNDO),
    )
}
