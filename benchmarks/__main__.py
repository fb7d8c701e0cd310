"""All measurements, one after the other, with a table and a plot at the end: `make bench`."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import check, gias_import, machine, plot, process, sweep, writes
from benchmarks.figures import figures
from benchmarks.http import QUICK, VARIANTS, Measured, Plan, answered_once, ceiling, drive, measure
from benchmarks.variants import PRODUCT, available, serving
from benchmarks.works import WORKS
from benchmarks.world import LARGE, SMALL, TINY, World, database, server

RESULTS = Path(__file__).with_name("results")
GROWING = ("get", "list", "status")


def growth(large: World, small: World, plan: Plan) -> dict[str, float]:
    """What is left of the requests a second where ten times as much is held, side by side."""
    other = replace(PRODUCT, port=PRODUCT.port + 100)
    rates: dict[tuple[str, int], list[float]] = {}
    with serving(PRODUCT, large), serving(other, small):
        for variant, world in ((PRODUCT, large), (other, small)):
            answered_once(variant, WORKS["status"], WORKS["status"].requests(world))
        for _ in range(plan.rounds):
            for name in GROWING:
                for variant, world in ((PRODUCT, large), (other, small)):
                    told = drive(variant.port, WORKS[name].requests(world), 200, 8, plan)
                    rates.setdefault((name, variant.port), []).append(told["requests"] / told["seconds"])
    return {f"{name}_growth": median(rates[name, PRODUCT.port]) / median(rates[name, other.port]) for name in GROWING}


def others(large: World, small: World, plan: Plan, rows: int) -> dict[str, Callable[[], dict[str, float]]]:
    """What is measured beside requests a second."""
    return {
        "growth": lambda: growth(large, small, plan),
        "race": lambda: writes.race(large, 50),
        "batch": lambda: writes.batch(large, plan.rounds),
        "file": lambda: writes.file(large, plan.rounds, rows),
        "sweep": lambda: sweep.swept(large, plan.rounds),
        "memory": lambda: process.memory(large, plan),
        "import": lambda: process.imported(plan.rounds),
        "report": lambda: process.printed(plan.rounds),
        "start": lambda: process.started(plan.rounds),
    }


def run(quick: bool, kept: Path | None) -> None:
    """Measure, and write it down."""
    plan, sizes = (QUICK, (SMALL, TINY)) if quick else (Plan(), (LARGE, SMALL))
    told: dict[str, Any] = {"machine": machine.described(), "quick": quick, "skipped": [], "figures": {}}
    with server(kept) as (url, folder):
        large, small = (database(url, folder, size) for size in sizes)
        told["machine"]["postgresql"] = large.owner("SHOW server_version")
        told["skipped"] = [f"{each.name}: {why}" for each in VARIANTS.values() if (why := available(each))]
        able = [each for each in VARIANTS.values() if not available(each)]
        bare = ceiling(large, plan)
        lines = list(measure(large, list(WORKS.values()), able, plan))
        told["figures"] |= figures(lines) | {"driver_ceiling_per_s": bare.rate}
        for name, each in others(large, small, plan, 500 if quick else 2000).items():
            try:
                found = each()
            except (RuntimeError, OSError, subprocess.SubprocessError) as failure:  # the rest is worth having
                print(f"{name}: {failure}", file=sys.stderr, flush=True)
                told["skipped"].append(f"{name}: it failed ({type(failure).__name__})")
                continue
            print("  ".join(f"{name} {value:.4g}" for name, value in found.items()), flush=True)
            told["figures"] |= found
    told["machine"]["load_after"] = os.getloadavg()[0]
    told["rounds"] = [asdict(line) for line in lines]
    write("latest", told, lines)


def write(name: str, told: dict[str, Any], lines: list[Measured]) -> None:
    """Figures, table and plot, in `benchmarks/results`."""
    titles = {name: work.title for name, work in WORKS.items()}
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (RESULTS / f"{name}.svg").write_text(plot.svg(lines, titles), encoding="utf-8")
    page = "\n".join(page_of(told, lines, titles, name))
    (RESULTS / f"{name}.md").write_text(page, encoding="utf-8")
    print(f"\n{page}\nWritten to {RESULTS}.")


def page_of(told: dict[str, Any], lines: list[Measured], titles: dict[str, str], name: str) -> Iterator[str]:
    """The page that people read."""
    at = told["machine"]
    yield f"# Benchmarks, {at['date']}, {at['commit']}\n"
    yield f"{at['cpu']}, {at['cores']} cores, {at['memory_gib']} GiB, {at['system']}, Python {at['python']}, "
    yield f"PostgreSQL {at['postgresql']}; {', '.join(f'{each} {known}' for each, known in at['packages'].items())}. "
    yield f"Load average before {at['load_before']:.2f}, after {at['load_after']:.2f}. Trust the ratios."
    if told["quick"]:
        yield "\nA quick run, on a tenth of the rows: it shows that everything runs, and decides nothing."
    for each in told["skipped"]:
        yield f"\nNot measured: {each}."
    yield f"\n{check.table(told['figures'])}"
    yield "| work | c | server | requests/s | p50 ms | p99 ms | server CPU ms/request |\n|---|---|---|---|---|---|---|"
    for line in lines:
        yield line.row(titles[line.work])
    yield f"\n![Requests a second]({name}.svg)\n"


def main() -> None:
    """Everything, or with `--quick` a tenth of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, short rounds")
    parser.add_argument("--keep", type=Path, help="a folder to keep the databases in, for another run")
    asked = parser.parse_args()
    run(asked.quick, asked.keep)
    if not asked.quick:
        print(f"\n{gias_import.__doc__}")
        gias_import.main()


if __name__ == "__main__":
    main()
