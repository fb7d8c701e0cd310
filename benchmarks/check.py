"""Each goal of `goals.toml` beside what was measured: `python -m benchmarks.check RESULTS.json`."""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

GOALS = Path(__file__).with_name("goals.toml")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One goal, the figure measured (None: it was not), and whether it is met."""

    what: str
    goal: str
    found: float | None
    met: bool

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        return "not measured" if self.found is None else "met" if self.met else "MISSED"


def verdicts(figures: Mapping[str, float]) -> Iterator[Verdict]:
    """Every goal, in order."""
    for goal in tomllib.loads(GOALS.read_text(encoding="utf-8"))["goal"]:
        found = figures.get(goal["figure"])
        least, most = goal.get("at_least", float("-inf")), goal.get("at_most", float("inf"))
        told = f"≥ {least:g}" if "at_least" in goal else f"≤ {most:g}"
        yield Verdict(goal["what"], told, found, found is not None and least <= found <= most)


def table(figures: Mapping[str, float]) -> str:
    """The verdicts as a Markdown table."""
    lines = ["| what | measured | goal | verdict |", "|---|---|---|---|"]
    for each in verdicts(figures):
        found = "" if each.found is None else f"{each.found:.3g}"
        lines.append(f"| {each.what} | {found} | {each.goal} | {each.word} |")
    return "\n".join(lines) + "\n"


def main(path: str) -> None:
    """Print the table; leave with 1 where a goal that was measured is missed."""
    figures = json.loads(Path(path).read_text(encoding="utf-8"))["figures"]
    print(table(figures), end="")
    sys.exit(any(each.word == "MISSED" for each in verdicts(figures)))


if __name__ == "__main__":
    main(sys.argv[1])
