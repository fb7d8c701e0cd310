"""Which counts may be told without telling of anybody."""

from collections.abc import Sequence

# Below this many nothing is told of a group.
LEAST_GROUP = 5


def suppress(cells: Sequence[int], least: int = LEAST_GROUP, *, zero_tells: bool = True) -> list[int | None]:
    """Counts whose sum is known, with None for those that must not be told.

    Hidden is each below `least`. What is hidden must not follow from the sum: the smallest of the others are hidden
    until at least two cells, and a sum of at least `least`, are.

    Args:
        zero_tells: hide zero too, where that nobody gave an answer can tell what everybody gave.
    """
    order = sorted(range(len(cells)), key=lambda at: (cells[at], at))
    hidden = [at for at in order if cells[at] < least and (zero_tells or cells[at])]
    others = [at for at in order if at not in hidden and (zero_tells or cells[at])]
    for at in others if hidden else ():
        if len(hidden) >= 2 and sum(cells[each] for each in hidden) >= least:
            break
        hidden.append(at)
    return [None if at in hidden else count for at, count in enumerate(cells)]
