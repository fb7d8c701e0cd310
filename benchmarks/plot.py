"""Requests a second of every variant, as bars in SVG, each group on the scale of its own best server."""

from collections.abc import Iterable, Sequence
from html import escape

from benchmarks.http import LIMIT, Measured

WIDTH, LEFT, BAR, GAP = 760, 150, 16, 34
COLOURS = {"product": "#1d5a96", LIMIT: "#b5b5b5"}


def svg(lines: Iterable[Measured], titles: dict[str, str]) -> str:
    """The picture."""
    groups: dict[tuple[str, int], list[Measured]] = {}
    for line in lines:
        groups.setdefault((line.work, line.connections), []).append(line)
    parts: list[str] = []
    at = 20
    for (work, connections), group in groups.items():
        parts.append(f'<text x="10" y="{at}" font-weight="bold">{escape(titles[work])}, c={connections}</text>')
        parts += _bars(group, at + 8)
        at += len(group) * (BAR + 4) + GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{at}" font-family="sans-serif"'
    return f'{head} font-size="12"><rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'


def _bars(group: Sequence[Measured], at: int) -> list[str]:
    # pgbench is no server: where it is far ahead its bar is cut off, and its figure stands beside it.
    best = max((line.rate for line in group if line.variant != LIMIT), default=1)
    room = WIDTH - LEFT - 110
    parts = []
    for nth, line in enumerate(group):
        y, length = at + nth * (BAR + 4), min(room, room * line.rate / best)
        colour, cut = COLOURS.get(line.variant, "#c98a3a"), " …" if line.rate > best else ""
        parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(line.variant)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR}" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + length + 6:.0f}" y="{y + 12}">{line.rate:,.0f}/s{cut}</text>')
    return parts
