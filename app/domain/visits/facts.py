"""What the rules of a visit read of it: its plan and course, and what was written on its form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from app.domain.errors import Fault
from app.domain.frameworks import Ratings


@dataclass(frozen=True, slots=True)
class Facts:
    """The plan and the course of a visit; days are Europe/London.

    `duration_minutes` is what is planned until the visit, what it took from then on. `visitors` is how many.
    `registered` chooses the questions and caveats. `due_by_on`: of a follow-up, the day by which it is due.
    `reviewed_names`: somebody looked at every place that seems to name staff and let it stand.
    """

    planned_on: date | None = None
    announced_from_on: date | None = None
    announced_to_on: date | None = None
    notified_on: date | None = None
    visited_on: date | None = None
    duration_minutes: int | None = None
    comments_due_on: date | None = None
    due_by_on: date | None = None
    visitors: int = 0
    registered: bool = False
    reviewed_names: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What was written on the form of a visit, by item key ("criterion:lebc-compliance", "overall").

    `noted`: items with a response of an observer. `answered`: items that the provider answered. `ratings` has bare
    keys, as frameworks do; `caveats` are ratings by bare key. `rationales`: judged items that have one. `concluded`:
    the provider has no more to say on the draft as shared. `names`: what `staff_named` found.
    """

    noted: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    ratings: Ratings = field(default_factory=Ratings)
    caveats: Mapping[str, str] = field(default_factory=dict)
    rationales: frozenset[str] = frozenset()
    concluded: bool = False
    names: tuple[Fault, ...] = ()
