"""A load driver: so many connections, each with one request under way, for so many seconds; one process of its own."""

# What is answered after the warm-up counts, until the time is over and every connection has had a few answers.
#
# `python -m benchmarks.driver` reads `{port, connections, warm_up, seconds, requests, statuses}` from standard input
# and writes `{requests, answers, seconds, p50_ms, p99_ms}` (`answers`: with those of the warm-up), or
# `{refused: [status, body]}` at the first answer that was not wanted.

import asyncio
import json
import sys
from time import perf_counter
from typing import Any

import httptools
import uvloop

LEAST = 4  # answers for each connection, however slow the server
LONGEST = 300  # seconds more that this may take


class Load:
    """What all connections share: the requests, the clock, and what was measured."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.requests: list[bytes] = [each.encode("latin-1") for each in asked["requests"]]
        self.statuses = frozenset(asked["statuses"])
        self.begins = perf_counter() + asked["warm_up"]
        self.ends = self.begins + asked["seconds"]
        self.next, self.answers, self.last = 0, 0, self.begins
        self.least = LEAST * asked["connections"]
        self.latencies: list[float] = []
        self.refused: tuple[int, str] | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self) -> bytes:
        """The next request of the round."""
        self.next += 1
        return self.requests[(self.next - 1) % len(self.requests)]

    def stop(self) -> None:
        """Nothing more is sent."""
        if not self.done.done():
            self.done.set_result(None)


class Connection(asyncio.Protocol):
    """One connection: the next request goes out when an answer is in."""

    def __init__(self, load: Load) -> None:
        self.load = load

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.transport = transport
        self.send()

    def send(self) -> None:
        """Ask."""
        self.parser = httptools.HttpResponseParser(self)
        self.body: list[bytes] = []
        self.sent = perf_counter()
        self.transport.write(self.load.take())

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Part of a body."""
        self.body.append(body)

    def on_message_complete(self) -> None:
        """A whole answer."""
        at, load = perf_counter(), self.load
        status = self.parser.get_status_code()
        load.answers += 1
        if status not in load.statuses:
            load.refused = load.refused or (status, b"".join(self.body)[:500].decode("latin-1"))
        elif at >= load.begins:
            load.latencies.append(at - self.sent)
            load.last = at
        if load.refused or (at >= load.ends and len(load.latencies) >= load.least):
            load.stop()
        elif self.parser.should_keep_alive():
            self.send()
        else:
            load.refused = (status, "the server closed the connection")
            load.stop()

    def connection_lost(self, _: Exception | None) -> None:
        """A server that goes away is not measured."""
        if not self.load.done.done():
            self.load.refused = self.load.refused or (0, "the server closed the connection")
            self.load.stop()


async def run(asked: dict[str, Any]) -> dict[str, Any]:
    """Drive, and measure."""
    load = Load(asked)
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", asked["port"])
        for _ in range(asked["connections"])
    ]
    await asyncio.wait_for(load.done, asked["warm_up"] + asked["seconds"] + LONGEST)
    for transport, _ in made:
        transport.abort()
    if load.refused:
        return {"refused": load.refused}
    found = sorted(load.latencies)
    return {
        "requests": len(found),
        "answers": load.answers,
        "seconds": load.last - load.begins,
        "p50_ms": found[len(found) // 2] * 1000,
        "p99_ms": found[min(len(found) - 1, int(len(found) * 0.99))] * 1000,
    }


if __name__ == "__main__":
    json.dump(uvloop.run(run(json.load(sys.stdin))), sys.stdout)
