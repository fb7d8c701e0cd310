"""The threshold engine: facts about a provider in, a dated registration check out."""

from app.domain.registration.census import Census, Stand
from app.domain.registration.check import assess, for_own
from app.domain.registration.facts import (
    REGISTERED,
    Arrangement,
    ChildFact,
    DeclarationFact,
    DeclaredGroup,
    Flag,
    HoursBasis,
    PlacementFact,
    ProviderFacts,
    Slot,
    Weeks,
)
from app.domain.registration.headroom import minutes_left
from app.domain.registration.results import (
    REACHED,
    Assessment,
    Caveat,
    Headroom,
    MinutesLeft,
    Missing,
    Projection,
    Result,
    RulesetHeadroom,
    RulesetOutcome,
    SiteOutcome,
    Snapshot,
    TestOutcome,
    worst,
)
from app.domain.registration.roll import Roll
from app.domain.registration.snapshot import overall, snapshot

__all__ = [
    "REACHED",
    "REGISTERED",
    "Arrangement",
    "Assessment",
    "Caveat",
    "Census",
    "ChildFact",
    "DeclarationFact",
    "DeclaredGroup",
    "Flag",
    "Headroom",
    "HoursBasis",
    "MinutesLeft",
    "Missing",
    "PlacementFact",
    "Projection",
    "ProviderFacts",
    "Result",
    "Roll",
    "RulesetHeadroom",
    "RulesetOutcome",
    "SiteOutcome",
    "Slot",
    "Snapshot",
    "Stand",
    "TestOutcome",
    "Weeks",
    "assess",
    "for_own",
    "minutes_left",
    "overall",
    "snapshot",
    "worst",
]
