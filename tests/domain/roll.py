"""Small rolls of invented pupils for the tests of the threshold engine."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.registration import (
    Arrangement,
    ChildFact,
    Flag,
    PlacementFact,
    ProviderFacts,
    RulesetOutcome,
    Slot,
    Snapshot,
    snapshot,
)
from app.domain.rulesets import FlagKind

HERE, ELSEWHERE, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
ON = date(2026, 11, 23)
BEGAN = date(2026, 9, 7)
FOURTEEN = date(2012, 3, 1)

ENG, DFE, OFSTED = "eng-s463", "dfe-registration-2019", "ofsted-handbook-2024-04-p399"
SLA, SEIP, HEREF = "leics-seip-sla-2022-03", "leics-seip-ofsted-2024-08", "herefordshire-apqa"
PROPOSED, CWSA = "dfe-nonschool-ap-limits-proposed-2025", "cwsa-2026-s43"


def week(days: int, minutes: int) -> Arrangement:
    """So many days of so many minutes, Monday first, from nine o'clock."""
    return Arrangement(BEGAN, tuple(Slot(weekday, 540, 540 + minutes) for weekday in range(1, days + 1)))


def declared(minutes: int | None, days: int | None = None, sessions: int | None = None) -> Arrangement:
    """A week told without times."""
    return Arrangement(BEGAN, (), minutes, days, sessions)


class Roll:
    """Pupils added one by one; `facts` makes a provider of them."""

    def __init__(self) -> None:
        self.children: dict[UUID, ChildFact] = {}
        self.placements: list[PlacementFact] = []

    def add(
        self,
        *arrangements: Arrangement,
        child: UUID | None = None,
        born_on: date | None = FOURTEEN,
        flags: Iterable[FlagKind | Flag] = (),
        times: int = 1,
        **told: Any,
    ) -> "Roll":
        """Place `times` new children, or one named child again."""
        for _ in range(times):
            child_id = child or UUID(int=100 + len(self.placements))
            dated = tuple(f if isinstance(f, Flag) else Flag(f, date(2020, 1, 1)) for f in flags)
            self.children.setdefault(child_id, ChildFact(child_id, (born_on,) if born_on else (), dated))
            usual: dict[str, Any] = {"commissioner_id": UUID(int=50), "provider_id": HERE, "starts_on": BEGAN}
            placement_id = UUID(int=1000 + len(self.placements))
            self.placements.append(
                PlacementFact(placement_id=placement_id, child_id=child_id, arrangements=arrangements, **usual | told)
            )
        return self

    def facts(self, **more: Any) -> ProviderFacts:
        """The provider with these pupils."""
        usual: dict[str, Any] = {"provider_ids": frozenset({HERE}), "registration_status": "not_found"}
        facts = ProviderFacts(**usual | more)
        return replace(facts, children=tuple(self.children.values()), placements=tuple(self.placements))

    def on(self, on: date = ON, **more: Any) -> Snapshot:
        """The position on a date."""
        return snapshot(self.facts(**more), on=on)

    def results(self, *ids: str, on: date = ON, **more: Any) -> list[str]:
        """The results of some rulesets on a date."""
        return [outcome_of(self.on(on, **more), id_).result.value for id_ in ids]


def outcome_of(position: Snapshot, ruleset_id: str) -> RulesetOutcome:
    """One ruleset's outcome."""
    return next(outcome for outcome in position.rulesets if outcome.ruleset_id == ruleset_id)


def fired(position: Snapshot, ruleset_id: str) -> list[str]:
    """The codes of the tests that fired."""
    return [test.code for test in outcome_of(position, ruleset_id).tests if test.fired]
