"""How a rating looks, by its rank on its scale and never by its name: a colour and a shape beside the word."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tone:
    """Colours with a contrast of 7:1 or more, and a shape: the corners of a polygon in a square of side 10."""

    ink: str
    paper: str
    shape: tuple[Point, ...]


def _regular(corners: int, turn: float = 0) -> tuple[Point, ...]:
    """A regular polygon, its first corner on top and then turned by a part of a whole turn."""
    angles = [2 * pi * (place / corners + turn) for place in range(corners)]
    return tuple((round(5 + 5 * sin(angle), 2), round(5 - 5 * cos(angle), 2)) for angle in angles)


_CROSS = ((0, 2), (2, 0), (5, 3), (8, 0), (10, 2), (7, 5), (10, 8), (8, 10), (5, 7), (2, 10), (0, 8), (3, 5))

TONES: Mapping[str, Tone] = {
    "best": Tone("#0a4a29", "#c5e8d2", _regular(24)),
    "good": Tone("#35500a", "#e0eeb8", _regular(4, 1 / 8)),
    "middle": Tone("#4d3800", "#ffe08a", _regular(3)),
    "low": Tone("#5c2a00", "#ffcfa3", _regular(4)),
    "lowest": Tone("#6b1a10", "#f8cbc3", _regular(3, 1 / 2)),
    "concern": Tone("#ffffff", "#9b0a1f", _CROSS),
    "none": Tone("#3f4648", "#eceff0", ((0, 4), (10, 4), (10, 6), (0, 6))),
}
_BY_RANK = ("best", "good", "middle", "low", "lowest")


def tone(rating: Mapping[str, Any] | None) -> str:
    """The tone of a rating of a document: `concern` for a failure, else from best to lowest; `none` without one."""
    if rating is None:
        return "none"
    if rating["concern"]:
        return "concern"
    return _BY_RANK[round(4 * rating["rank"] / (rating["of"] - 1))]
