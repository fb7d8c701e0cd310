"""Nothing is measured that answers something else: every variant's answers, field by field, beside the product's."""

from collections.abc import Sequence
from typing import Any

from benchmarks.client import ask
from benchmarks.variants import PRODUCT, Variant
from benchmarks.works import Work

SAMPLE = 20
# When an answer was made, and by which id, differs from server to server; so does what a cursor looks like.
_OWN = {
    "status": frozenset({"created_at"}),
    "first": frozenset({"created_at"}),
    "list": frozenset({"next_cursor"}),
    "post": frozenset({"id", "created_at", "updated_at"}),
}


class Different(RuntimeError):
    """Two variants answer one request differently."""


def ensure(work: Work, variants: Sequence[Variant], requests: Sequence[str]) -> None:
    """Compare the answers of the variants with the product's.

    Raises:
        Different: with the path of the first difference.
    """
    step = len(requests) // SAMPLE
    own = _OWN.get(work.name, frozenset[str]())
    for request in requests[::step]:
        # What is written is written by each variant for itself, so the later ones see what the earlier ones wrote.
        asked = [(each, ask(each.port, each.translated(request), work.status)) for each in variants]
        product = next((answer for each, answer in asked if each is PRODUCT), asked[0][1])
        for each, answer in asked:
            if each.like:
                each.like(product, answer)
            elif found := difference(product, answer, own):
                raise Different(f"{work.name}, {each.name}: {found} ({request.splitlines()[0]})")


def difference(ours: Any, theirs: Any, own: frozenset[str], at: str = "") -> str | None:
    """Where two answers differ first, and how; None where they do not. Lists of ids have no order."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            return f"{at}: fields {sorted(ours.keys() ^ theirs.keys())}"
        found = (difference(ours[key], theirs[key], own, f"{at}/{key}") for key in ours if key not in own)
        return next((each for each in found if each), None)
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{at}: {len(ours)} and {len(theirs)} elements"
        if at.endswith("placement_ids"):
            ours, theirs = sorted(ours), sorted(theirs)
        found = (difference(*pair, own, f"{at}/{nth}") for nth, pair in enumerate(zip(ours, theirs, strict=True)))
        return next((each for each in found if each), None)
    return None if ours == theirs else f"{at}: {ours!r} and {theirs!r}"
