"""The dated rulesets by which a provider may have to register, read from the TOML files beside this module."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.domain.errors import Fault, Invalid, NotFound


class LegalStatus(StrEnum):
    """What a ruleset is on a date."""

    IN_FORCE = "in_force"
    GUIDANCE = "guidance"
    CONTRACT = "contract"
    SUPERSEDED = "superseded"
    PROPOSED = "proposed"
    ENACTED_NOT_COMMENCED = "enacted_not_commenced"


BINDING = frozenset({LegalStatus.IN_FORCE, LegalStatus.GUIDANCE, LegalStatus.CONTRACT})


class Scope(StrEnum):
    """Whom a ruleset binds: everybody in England, or those organisations that adopted it."""

    ENGLAND = "england"
    ADOPTED = "adopted"


class Comparison(StrEnum):
    """How an observed value is held against a limit for a test to fire."""

    OVER = ">"
    AT_LEAST = ">="

    def holds(self, observed: int, limit: int) -> bool:
        """Whether `observed` reaches (or, for OVER, passes) the limit."""
        return observed > limit or (observed == limit and self is Comparison.AT_LEAST)

    def room(self, observed: int, limit: int) -> int:
        """How much may be added to `observed` before the comparison holds; never below nothing."""
        return max(0, limit - observed - (self is Comparison.AT_LEAST))


class FlagKind(StrEnum):
    """The dated characteristics of a pupil that a limb may ask for. A legacy statement of SEN counts as `ehcp`."""

    EHCP = "ehcp"
    LOOKED_AFTER = "looked_after"
    SEN_SUPPORT = "sen_support"


class Measure(StrEnum):
    """What a test observes: a number of pupils, or one pupil's week at the provider (or at all unregistered ones)."""

    FULL_TIME_PUPILS = "full_time_pupils"
    WEEKLY_MINUTES = "weekly_minutes"
    TOTAL_WEEKLY_MINUTES = "total_weekly_minutes"
    DAYS_PER_WEEK = "days_per_week"
    SESSIONS_PER_WEEK = "sessions_per_week"
    MAIN_RESPONSIBILITY = "main_responsibility"


@dataclass(frozen=True, slots=True)
class FullTime:
    """When one pupil's week is full time; `sole_provision_open`: below the limit, sole provision leaves it open."""

    limit_minutes: int
    comparison: Comparison
    sole_provision_open: bool
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "comparison", Comparison(self.comparison))


@dataclass(frozen=True, slots=True)
class Limb:
    """Fires at `limit` full-time pupils, of those who carry any flag of `any_of` (empty: all pupils)."""

    code: str
    limit: int
    source: str
    any_of: frozenset[FlagKind] = frozenset()
    compulsory_school_age: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "any_of", frozenset(map(FlagKind, self.any_of)))

    @property
    def measure(self) -> Measure:
        """Limbs count pupils."""
        return Measure.FULL_TIME_PUPILS

    @property
    def comparison(self) -> Comparison:
        """ "N or more", in every limb."""
        return Comparison.AT_LEAST

    @property
    def pupils(self) -> int:
        """How many pupils make the test fire."""
        return self.limit

    def together(self, known: int, declared: int) -> int:
        """Known and declared pupils add up."""
        return known + declared


@dataclass(frozen=True, slots=True)
class Cap:
    """Fires when one pupil, of any age, has more than is allowed at a provider that is not registered.

    The two last fields confine it to pupils whose programme is planned to last at most so many days, or to the others;
    an open-ended placement is never such a programme.
    """

    code: str
    measure: Measure
    limit: int
    comparison: Comparison
    source: str
    only_programmes_within_days: int | None = None
    except_programmes_within_days: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure", Measure(self.measure))
        object.__setattr__(self, "comparison", Comparison(self.comparison))

    @property
    def pupils(self) -> int:
        """One pupil over the limit is enough."""
        return 1

    def together(self, known: int, declared: int) -> int:
        """The worst pupil is observed, known or declared."""
        return max(known, declared)

    def concerns(self, programme_days: int | None) -> bool:
        """Whether a programme planned for so many days (None: open-ended) is under this cap."""
        if self.only_programmes_within_days is not None:
            return programme_days is not None and programme_days <= self.only_programmes_within_days
        if self.except_programmes_within_days is not None:
            return programme_days is None or programme_days > self.except_programmes_within_days
        return True


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One document's rule, with its provenance. `effective_from` None: the document is undated."""

    id: str
    title: str
    document: str
    clauses: tuple[str, ...]
    source: str
    legal_status: LegalStatus
    scope: Scope
    full_time: FullTime | None = None
    limbs: tuple[Limb, ...] = ()
    caps: tuple[Cap, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    commences_on: date | None = None
    legal_status_once_commenced: LegalStatus | None = None

    @property
    def tests(self) -> tuple[Limb | Cap, ...]:
        """Limbs first: a threshold that is met outweighs a cap that is exceeded."""
        return self.limbs + self.caps

    def applies_on(self, on: date) -> bool:
        """Only a ruleset that does not exist yet is not evaluated."""
        return self.effective_from is None or on >= self.effective_from

    def legal_status_on(self, on: date) -> LegalStatus:
        """What it is on the date: superseded once past its end, commenced once its day has come."""
        if self.effective_to is not None and on > self.effective_to:
            return LegalStatus.SUPERSEDED
        if self.legal_status_once_commenced and self.commences_on is not None and on >= self.commences_on:
            return self.legal_status_once_commenced
        return self.legal_status

    def binds_on(self, on: date, adopted: Iterable[str]) -> bool:
        """Whether it counts towards the overall result for those who adopted the rulesets `adopted`."""
        concerned = self.scope is Scope.ENGLAND or self.id in adopted
        return concerned and self.applies_on(on) and self.legal_status_on(on) in BINDING

    def changes_on(self) -> tuple[date, ...]:
        """The dates on which its standing changes."""
        after = self.effective_to and self.effective_to + timedelta(days=1)
        return tuple(day for day in (self.effective_from, after, self.commences_on) if day is not None)


def parse(text: str) -> Ruleset:
    """Read one ruleset from TOML. Raises TypeError on an unknown or absent key, ValueError on an unknown value."""
    raw: dict[str, Any] = tomllib.loads(text)
    once_commenced = raw.get("legal_status_once_commenced")
    return Ruleset(
        **raw
        | {
            "clauses": tuple(raw["clauses"]),
            "legal_status": LegalStatus(raw["legal_status"]),
            "legal_status_once_commenced": once_commenced and LegalStatus(once_commenced),
            "scope": Scope(raw["scope"]),
            "full_time": FullTime(**raw["full_time"]) if "full_time" in raw else None,
            "limbs": tuple(Limb(**limb) for limb in raw.get("limbs", ())),
            "caps": tuple(Cap(**cap) for cap in raw.get("caps", ())),
        }
    )


ALL: tuple[Ruleset, ...] = tuple(
    parse(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).with_name("rulesets").glob("*.toml"))
)
BY_ID: dict[str, Ruleset] = {ruleset.id: ruleset for ruleset in ALL}


def ensure_known(ids: Iterable[str]) -> None:
    """Refuse ids of rulesets that there are not.

    Raises:
        Invalid: `ruleset_unknown`, by position.
    """
    faults = tuple(
        Fault("ruleset_unknown", "GET /v1/rulesets lists those that there are.", pointer=f"/rulesets/{position}")
        for position, each in enumerate(ids)
        if each not in BY_ID
    )
    if faults:
        raise Invalid("There is no such ruleset.", code="ruleset_unknown", errors=faults)


def named(ruleset_id: str) -> Ruleset:
    """The ruleset of an id.

    Raises:
        NotFound
    """
    if ruleset_id not in BY_ID:
        raise NotFound("There is no such ruleset.")
    return BY_ID[ruleset_id]
