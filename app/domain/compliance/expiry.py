"""Until when a piece of evidence holds, and where that leaves it on a day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from app.domain.calendar import SchoolYear, Term, academic_year, academic_year_label, eve_of_anniversary, three_terms
from app.domain.compliance.catalogue import CATALOGUE, Edition, EvidenceBasis, EvidenceType, months_of
from app.domain.compliance.policy import CompliancePolicy, TermModel
from app.domain.errors import Fault, Invalid

_DAY = timedelta(days=1)


class ComplianceStatus(StrEnum):
    """Where a piece of evidence stands, best first."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    MISSING = "missing"


def status(expires_on: date | None, *, on: date, warn_days: int) -> ComplianceStatus:
    """Where evidence that holds through `expires_on` stands on a day; None: it does not expire."""
    if expires_on is None or (expires_on - on).days > warn_days:
        return ComplianceStatus.VALID
    return ComplianceStatus.EXPIRED if expires_on < on else ComplianceStatus.EXPIRING


def expiry(
    kind: EvidenceType,
    given_on: date,
    *,
    policy: CompliancePolicy,
    years: Sequence[SchoolYear] = (),
    edition: str | None = None,
    stated: date | None = None,
) -> date | None:
    """The last day on which evidence given on a day holds; None: it holds until it is withdrawn.

    An interval ends on the eve of the anniversary; an edition on the eve of the next; what is owed each term at the end
    of the term after the one in which it was given, since until then the next one is not late.

    Args:
        years: the terms that are known, of the years about `given_on`; for others the nominal ones stand in.
        edition: the edition of the document that it was given on; None: that of the day.
        stated: the last day that the evidence states itself. It counts for what is `dated`; of anything else it can
            only shorten the interval.

    Raises:
        Invalid: `edition_unknown`.
    """
    held = _held(kind, given_on, policy, years, edition)
    if stated is None:
        return held
    return stated if held is None or kind.dated else min(stated, held)


def _held(
    kind: EvidenceType, given_on: date, policy: CompliancePolicy, years: Sequence[SchoolYear], edition: str | None
) -> date | None:
    match kind.basis:
        case EvidenceBasis.PER_EDITION:
            known = edition_of(kind, given_on, edition)
            later = CATALOGUE.editions[kind.document or ""].after(known)
            return later.from_on - _DAY if later else None
        case EvidenceBasis.PER_TERM:
            return term_after(given_on, years, policy.term_model).ends_on
        case _:
            interval = policy.interval(kind)
            return eve_of_anniversary(given_on, months_of(interval)) if interval else None


def edition_of(kind: EvidenceType, given_on: date, name: str | None) -> Edition:
    """The edition that evidence is of: the one it names, which is out by then or comes out that year; else the day's.

    Raises:
        Invalid: `edition_unknown`.
    """
    editions = CATALOGUE.editions[kind.document or ""]
    found = editions.on(given_on) if name is None else editions.named(name)
    # The edition of September is published in July: staff read it before term.
    if found is None or found.from_on > (date(given_on.year, 12, 31) if editions.annual else given_on):
        fault = Fault("edition_unknown", "There was no such edition by then.", pointer="/edition")
        raise Invalid("The document has no such edition.", code="edition_unknown", errors=(fault,))
    return found


# --- terms ----------------------------------------------------------------------------------------------------------


def years_about(on: date) -> tuple[str, ...]:
    """The academic years, by label, whose terms what was given in the last year, and holds now, may depend on."""
    start = academic_year(on)[0].year
    return tuple(academic_year_label(date(year, 9, 1)) for year in range(start - 1, start + 2))


def term_after(given_on: date, years: Sequence[SchoolYear], model: TermModel) -> Term:
    """The term that follows the one in which a day lies; a day between two belongs to the one before."""
    start = academic_year(given_on)[0].year
    known = {year.academic_year: year.terms for year in years}
    terms = [term for year in range(start - 1, start + 3) for term in _terms(year, known, model)]
    begun = sum(term.starts_on <= given_on for term in terms)
    return terms[begun]


def terms_known(given_on: date, years: Sequence[SchoolYear], model: TermModel) -> bool:
    """Whether a calendar says when the term after the one of a day ends, rather than the nominal terms."""
    ends_in = academic_year_label(term_after(given_on, years, model).ends_on)
    return ends_in in {year.academic_year for year in years}


def _terms(year: int, known: Mapping[str, Sequence[Term]], model: TermModel) -> Sequence[Term]:
    six = known.get(academic_year_label(date(year, 9, 1))) or nominal_terms(year)
    return six if model is TermModel.SIX else three_terms(six)


@lru_cache(maxsize=64)
def nominal_terms(year: int) -> tuple[Term, ...]:
    """The six terms of the academic year that begins in `year`, where nobody has given a calendar."""
    told = CATALOGUE.nominal_terms
    pairs = zip(told["starts"], told["ends"], strict=True)
    return tuple(Term(n, _nominal(year, one), _nominal(year, two)) for n, (one, two) in enumerate(pairs, start=1))


def _nominal(year: int, written: str) -> date:
    month, day = map(int, written.split("-"))
    return date(year + (month < 9), month, day)
