"""From rounds to ratios: everything that a goal may ask for, by name."""

from collections.abc import Iterable, Mapping

from benchmarks.http import LIMIT, Measured
from benchmarks.variants import NAIVE, PRODUCT

ONLY = frozenset({PRODUCT.name, NAIVE.name, LIMIT})


def figures(lines: Iterable[Measured]) -> dict[str, float]:
    """`{work}_{connections}_over_{variant}`, `…_over_peers` (the best of them), `…_of_pgbench`, `…_tail`."""
    found: dict[str, float] = {}
    told: dict[tuple[str, int], dict[str, Measured]] = {}
    for line in lines:
        told.setdefault((line.work, line.connections), {})[line.variant] = line
    for (work, connections), beside in told.items():
        if PRODUCT.name in beside:
            found |= {f"{work}_{connections}_{name}": value for name, value in _ratios(beside).items()}
    return found


def _ratios(beside: Mapping[str, Measured]) -> dict[str, float]:
    ours = beside[PRODUCT.name]
    ratios = {
        f"over_{name}": ours.rate / each.rate for name, each in beside.items() if name not in (ours.variant, LIMIT)
    }
    ratios |= {"tail": ours.tail}
    if LIMIT in beside:
        ratios["of_pgbench"] = ours.rate / beside[LIMIT].rate
    peers = [each.rate for name, each in beside.items() if name not in ONLY]
    if peers:
        ratios["over_peers"] = ours.rate / max(peers)
    return ratios
