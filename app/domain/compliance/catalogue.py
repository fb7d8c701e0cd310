"""Which evidence a provider owes, as read from the file beside this module."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from app.domain.provider_changes import StaffRole

_INTERVAL = re.compile(r"P(\d+)([YM])", re.ASCII)


class EvidenceBasis(StrEnum):
    """From what a piece of evidence is counted."""

    FROM_DATE = "from_date"
    PER_EDITION = "per_edition"
    PER_TERM = "per_term"
    PER_PLACEMENT = "per_placement"
    IN_POST = "in_post"
    AUDIT = "audit"
    RECOMMENDATIONS = "recommendations"


# What is recorded as such; the other bases are read from the staff list, the audits and the placements.
RECORDED = frozenset({EvidenceBasis.FROM_DATE, EvidenceBasis.PER_EDITION, EvidenceBasis.PER_TERM})


class EvidenceOwner(StrEnum):
    """Whose evidence it is: the provider's, that of each member of staff, or of any one of them."""

    PROVIDER = "provider"
    EACH = "each"
    ANY = "any"


def months_of(interval: str) -> int:
    """An ISO 8601 period of years or months, in months: "P2Y" is 24.

    Raises:
        ValueError: another period.
    """
    found = _INTERVAL.fullmatch(interval)
    if found is None:
        raise ValueError(interval)
    return int(found[1]) * (12 if found[2] == "Y" else 1)


@dataclass(frozen=True, slots=True)
class EvidenceClause:
    """Where a document asks for it: the document by its key and by its title."""

    document: str
    title: str
    clause: str


@dataclass(frozen=True, slots=True)
class EvidenceType:
    """One kind of evidence. What the fields mean is told at the head of the file that holds them."""

    code: str
    title: str
    basis: EvidenceBasis
    clauses: tuple[EvidenceClause, ...]
    warn_days: int
    interval: str | None = None
    per: EvidenceOwner = EvidenceOwner.PROVIDER
    roles: frozenset[StaffRole] = frozenset()
    together: bool = False
    dated: bool = False
    document: str | None = None
    parameter: str | None = None
    answers: str | None = None
    required: bool = True
    verified: bool = True
    from_on: date | None = None
    until_on: date | None = None

    def in_force(self, on: date) -> bool:
        """Whether it is asked for on a day."""
        return (self.from_on or date.min) <= on <= (self.until_on or date.max)

    @property
    def asked_of_provider(self) -> bool:
        """Whether a provider has a position on it, rather than each placement, or another type that it answers for."""
        return self.basis is not EvidenceBasis.PER_PLACEMENT and self.answers is None


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a document, and the day from which it counts."""

    name: str
    from_on: date
    verified: bool


@dataclass(frozen=True, slots=True)
class Editions:
    """The editions of a document, oldest first. `annual`: one each September, listed or not."""

    document: str
    annual: bool
    listed: tuple[Edition, ...]

    def named(self, name: str) -> Edition | None:
        """The edition of that name."""
        if self.annual and re.fullmatch(r"(19|20|21)\d\d", name, re.ASCII):
            return self._of_year(int(name))
        return next((each for each in self.listed if each.name == name), None)

    def on(self, day: date) -> Edition | None:
        """The edition that counts on a day."""
        if self.annual:
            this = self._of_year(day.year)
            return this if this.from_on <= day else self._of_year(day.year - 1)
        return next((each for each in reversed(self.listed) if each.from_on <= day), None)

    def after(self, edition: Edition) -> Edition | None:
        """The edition that follows, where one does or is bound to."""
        if self.annual:
            return self._of_year(edition.from_on.year + 1)
        return next((each for each in self.listed if each.from_on > edition.from_on), None)

    def _of_year(self, year: int) -> Edition:
        known = (each for each in self.listed if each.name == str(year))
        return next(known, Edition(str(year), date(year, 9, 1), verified=False))


class Catalogue:
    """Everything that a file of evidence types says."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.documents: Mapping[str, str] = told["documents"]
        self.defaults: Mapping[str, str] = told["defaults"]
        self.nominal_terms: Mapping[str, list[str]] = told["nominal_terms"]
        self.editions = {each["document"]: _editions(each) for each in told["editions"]}
        self.types = tuple(self._type(each) for each in told["types"])

    def _type(self, told: Mapping[str, Any]) -> EvidenceType:
        clauses = tuple(
            EvidenceClause(document, self.documents[document], clause) for document, clause in told["clauses"]
        )
        words = {
            "basis": EvidenceBasis(told["basis"]),
            "per": EvidenceOwner(told.get("per", EvidenceOwner.PROVIDER)),
            "clauses": clauses,
        }
        return EvidenceType(**{**told, **words, "roles": frozenset(map(StaffRole, told.get("roles", ())))})

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of all types."""
        return frozenset(each.code for each in self.types)

    def on(self, day: date) -> tuple[EvidenceType, ...]:
        """The types in force on a day, in the order of the file."""
        return tuple(each for each in self.types if each.in_force(day))

    def find(self, code: str, on: date) -> EvidenceType | None:
        """The type of that code on a day; one that is no longer, or not yet, in force where there is no other."""
        named = [each for each in self.types if each.code == code]
        return next((each for each in named if each.in_force(on)), named[-1] if named else None)


def _editions(told: Mapping[str, Any]) -> Editions:
    listed: Iterable[Mapping[str, Any]] = told["listed"]
    return Editions(told["document"], told["annual"], tuple(Edition(**each) for each in listed))


CATALOGUE = Catalogue(tomllib.loads(Path(__file__).with_name("evidence_types.toml").read_text(encoding="utf-8")))
