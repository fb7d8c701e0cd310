"""Requests a second and latencies of every variant, interleaved: A B C A B C."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import limit, machine, same
from benchmarks.client import ask
from benchmarks.variants import BARE, DIRECTUS, DRF, NAIVE, NINJA, PRODUCT, ROOT, Variant, serving
from benchmarks.works import WORKS, Work
from benchmarks.world import LARGE, SMALL, World, database, server

VARIANTS = {each.name: each for each in (PRODUCT, NAIVE, DRF, NINJA, DIRECTUS)}
LIMIT = "pgbench"
CLIENTS = 8  # of pgbench, on one core


class Refused(RuntimeError):
    """A variant that did not answer as it should is not measured."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, and with how many connections."""

    rounds: int = 3
    seconds: float = 5
    warm_up: float = 1
    connections: tuple[int, ...] = (8, 32)


QUICK = Plan(rounds=3, seconds=2, warm_up=0.5, connections=(8, 32))


@dataclass(frozen=True, slots=True)
class Measured:
    """What one variant did at one work with so many connections, round by round."""

    work: str
    variant: str
    connections: int
    rates: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second: the median of the rounds."""
        return median(self.rates)

    @property
    def tail(self) -> float:
        """p99 over p50: the median of the rounds."""
        return median(high / low for high, low in zip(self.p99_ms, self.p50_ms, strict=True))

    def row(self, title: str) -> str:
        """A line of the table."""
        known = (f"{median(each):.2f}" if each else "" for each in (self.p50_ms, self.p99_ms, self.cpu_ms))
        return f"| {title} | {self.connections} | {self.variant} | {self.rate:,.0f} | {' | '.join(known)} |"


def drive(port: int, requests: Sequence[str], status: int, connections: int, plan: Plan) -> dict[str, Any]:
    """One round of the driver, in a process of its own, away from the server's core.

    Raises:
        Refused: an answer that was not wanted.
    """
    asked = {
        "port": port,
        "connections": connections,
        "warm_up": plan.warm_up,
        "seconds": plan.seconds,
        "requests": requests,
        "statuses": [status],
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.driver"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    machine.pin(process.pid, machine.cores()[1])
    said, _ = process.communicate(json.dumps(asked), timeout=plan.seconds + plan.warm_up + 600)
    found: dict[str, Any] = json.loads(said)
    if "refused" in found:
        raise Refused(f"port {port}: {found['refused']}")
    return found


def measure(world: World, works: Sequence[Work], variants: Sequence[Variant], plan: Plan) -> Iterator[Measured]:
    """Every work by every variant that can do it, and by pgbench; answers are compared before anything is measured."""
    for work in works:
        able = [each for each in variants if each.does(work.name)]
        requests = work.requests(world)
        with ExitStack() as stack:
            hot = stack.enter_context(limit.scripts(world, work))
            processes = {each.name: stack.enter_context(serving(each, world)) for each in able}
            same.ensure(work, able, requests)
            _undo(world, work)
            print(f"{work.title}: {hot.statements:.1f} statements; {len(requests):,} argument sets", flush=True)
            asked = {each.name: [each.translated(request) for request in requests] for each in able}
            for connections in plan.connections:
                yield from _rounds(world, work, able, asked, connections, plan, hot, processes)


def _rounds(
    world: World,
    work: Work,
    variants: Sequence[Variant],
    asked: dict[str, list[str]],
    connections: int,
    plan: Plan,
    hot: limit.Limit,
    processes: Mapping[str, int],
) -> Iterator[Measured]:
    found = {each.name: Measured(work.name, each.name, connections) for each in variants}
    found[LIMIT] = Measured(work.name, LIMIT, connections)
    if work.known:
        for each in variants:
            answered_once(each, work, asked[each.name])
    for _ in range(plan.rounds):
        for each in variants:
            worked = machine.cpu_seconds(processes[each.name])
            told = drive(each.port, asked[each.name], work.status, connections, plan)
            if work.new:
                asked[each.name] = _further(asked[each.name], told["answers"] + connections)
            worked = machine.cpu_seconds(processes[each.name]) - worked
            found[each.name].cpu_ms.append(worked / told["answers"] * 1000)
            found[each.name].rates.append(told["requests"] / told["seconds"])
            found[each.name].p50_ms.append(told["p50_ms"])
            found[each.name].p99_ms.append(told["p99_ms"])
            _undo(world, work)
        found[LIMIT].rates.append(limit.tps(world, hot, clients=CLIENTS, seconds=plan.seconds))
        _undo(world, work)
    for line in found.values():
        print(_line(line, found), flush=True)
        yield line


def answered_once(variant: Variant, work: Work, requests: Iterable[str]) -> None:
    """Have a server answer each request once."""
    for each in requests:
        ask(variant.port, each, work.status)


def _further(requests: list[str], by: int) -> list[str]:
    """The same, beginning after those that were asked."""
    at = by % len(requests)
    return requests[at:] + requests[:at]


def _undo(world: World, work: Work) -> None:
    if work.undo:
        world.owner(work.undo)


def _line(line: Measured, beside: dict[str, Measured]) -> str:
    told = f"  c={line.connections:<3} {line.variant:9} {line.rate:9,.0f}/s"
    if line.p50_ms:
        told += f"  p50 {median(line.p50_ms):7.2f} ms  p99 {median(line.p99_ms):7.2f} ms  p99/p50 {line.tail:5.2f}"
        told += f"  CPU {median(line.cpu_ms):7.2f} ms"
        told += f"  of pgbench {line.rate / beside[LIMIT].rate:6.3f}"
    if NAIVE.name in beside and line.variant != NAIVE.name:
        told += f"  x naive {line.rate / beside[NAIVE.name].rate:6.2f}"
    return told


def ceiling(world: World, plan: Plan) -> Measured:
    """What the driver gets from a server that does nothing."""
    found = Measured("bare", BARE.name, 32)
    with serving(BARE, world):
        told = drive(BARE.port, ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"], 200, 32, plan)
    found.rates.append(told["requests"] / told["seconds"])
    print(f"the driver's own ceiling (a bare ASGI answer, c=32): {found.rate:,.0f}/s", flush=True)
    return found


def main() -> None:
    """Measures, and prints what it finds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(WORKS), help="works, separated by commas")
    parser.add_argument("--variants", default=",".join(VARIANTS), help="servers, separated by commas")
    parser.add_argument("--quick", action="store_true", help="100,000 placements and short rounds")
    parser.add_argument("--keep", type=Path, help="a folder to keep the databases in, for another run")
    parser.add_argument("-c", "--connections", help="numbers of connections, separated by commas")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    asked = parser.parse_args()
    plan = QUICK if asked.quick else Plan()
    if asked.connections:
        plan = replace(plan, connections=tuple(map(int, asked.connections.split(","))))
    plan = replace(plan, rounds=asked.rounds or plan.rounds, seconds=asked.seconds or plan.seconds)
    works = [WORKS[name] for name in asked.only.split(",")]
    variants = [VARIANTS[name] for name in asked.variants.split(",")]
    with server(asked.keep) as (url, folder):
        world = database(url, folder, SMALL if asked.quick else LARGE)
        ceiling(world, plan)
        for _ in measure(world, works, variants, plan):
            pass


if __name__ == "__main__":
    main()
