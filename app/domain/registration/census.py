"""Where all providers stand on one day, counted child by child: what a child's week comes to is worked out once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from app.domain.registration.facts import ChildFact, PlacementFact, ProviderFacts
from app.domain.registration.position import count_declared
from app.domain.registration.pupils import Traits, divided, profile_of, stay_of
from app.domain.registration.results import Result, worst
from app.domain.registration.tally import Standing, Tally, board_of
from app.domain.rulesets import ALL, Limb, Ruleset


class Stand(NamedTuple):
    """Where a provider stands. `full_time_pupils`: by the widest test of any binding ruleset."""

    results: dict[str, Result]
    overall: Result
    full_time_pupils: int


class Census:
    """Numbers of pupils at every provider, and together at those that are linked.

    Args:
        places: the ids of the providers that are counted together; a provider may be in several.
    """

    def __init__(self, places: Iterable[frozenset[UUID]], *, on: date, rulesets: Sequence[Ruleset] = ALL) -> None:
        self._on, self._rulesets = on, rulesets
        self._board = board_of(tuple(rulesets))
        self._tallies = {place: Tally(self._board) for place in places}
        self._binding: dict[frozenset[str], tuple[list[str], list[int]]] = {}
        self._places: dict[UUID, list[frozenset[UUID]]] = defaultdict(list)
        for place in self._tallies:
            for provider_id in place:
                self._places[provider_id].append(place)

    def count(self, child: ChildFact, placements: Sequence[PlacementFact]) -> None:
        """Count a child, with all its placements that last on the day, wherever it is."""
        stays, day = [stay_of(placement) for placement in placements], self._on.toordinal()
        traits = Traits(child).on(day)
        for place in {place for each in placements for place in self._places[each.provider_id]}:
            profile = profile_of(*divided(stays, place), traits, day)
            self._tallies[place].add(self._board.marks(profile), 1)

    def position(self, facts: ProviderFacts) -> Stand:
        """Where one of the places stands, as `snapshot` tells it.

        Args:
            facts: of one of the places; its children and placements are those that were counted.
        """
        tally = self._tallies[facts.provider_ids].copy()
        count_declared(tally, facts, self._on.toordinal())
        results = tally.results(self._on, registered=facts.registered)
        binding, limbs = self._bound(facts.adopted)
        overall = worst(results[ruleset_id] for ruleset_id in binding)
        return Stand(results, overall, max((tally.count(at, Standing.COUNTS) for at in limbs), default=0))

    def _bound(self, adopted: frozenset[str]) -> tuple[list[str], list[int]]:
        """The rulesets that bind with such agreements, and the numbers of their limbs; few agreements differ."""
        if adopted not in self._binding:
            binding = [ruleset.id for ruleset in self._rulesets if ruleset.binds_on(self._on, adopted)]
            tests = enumerate(self._board.tests)
            limbs = [at for at, (ruleset, test) in tests if isinstance(test, Limb) and ruleset.id in binding]
            self._binding[adopted] = binding, limbs
        return self._binding[adopted]
