"""The documents that a provider and a commissioner give each other, and what each kind of them must say."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from app.domain.calendar import academic_year_named
from app.domain.errors import Fault, Invalid
from app.domain.obligations.vocabulary import Kind


class DocumentKind(StrEnum):
    """What a document is. An answer to an agreement accepts it, or raises concerns about it."""

    INTENT = "intent"
    LONG_TERM_PLAN = "long_term_plan"
    QA_POLICY = "qa_policy"
    QA_SUMMARY = "qa_summary"
    ANNUAL_REPORT = "annual_report"
    FEE_RATES = "fee_rates"
    FEE_CHANGE_NOTICE = "fee_change_notice"
    DEMAND_FORECAST = "demand_forecast"
    SLA_ACCEPTANCE = "sla_acceptance"
    SLA_CONCERNS = "sla_concerns"
    OTHER = "other"

    @property
    def meets(self) -> Kind | None:
        """What it can meet."""
        if self in (DocumentKind.SLA_ACCEPTANCE, DocumentKind.SLA_CONCERNS):
            return Kind.SLA_RESPONSE
        return None if self is DocumentKind.OTHER else Kind(self.value)


_OF_NO_YEAR = frozenset({DocumentKind.SLA_ACCEPTANCE, DocumentKind.SLA_CONCERNS, DocumentKind.OTHER})


def ensure_sound(
    kind: DocumentKind, said: Mapping[str, Any], *, by_provider: bool, given_on: date, today: date
) -> None:
    """Refuse a document that cannot be what it is said to be.

    A commissioner may write down what a provider gave it on paper; a forecast of demand only it can give.

    Args:
        said: `academic_year` ("2026/27") and `parts`, where they were told.

    Raises:
        Invalid: `document_invalid`, by pointer.
    """
    faults: list[Fault] = []
    if by_provider and kind is DocumentKind.DEMAND_FORECAST:
        faults.append(Fault("kind_not_yours", "Commissioners forecast demand (SLA 2022, 6).", pointer="/kind"))
    academic_year = said.get("academic_year")
    if academic_year is None and kind not in _OF_NO_YEAR:
        faults.append(Fault("academic_year_missing", "Say of which academic year it speaks.", pointer="/academic_year"))
    if academic_year is not None:
        academic_year_named(academic_year)
    if said.get("parts") and kind is not DocumentKind.ANNUAL_REPORT:
        faults.append(Fault("parts_not_asked", "Only an annual report has these parts.", pointer="/parts"))
    if given_on > today:
        faults.append(Fault("in_the_future", "It has been given: not on a day to come.", pointer="/given_on"))
    if faults:
        raise Invalid("The document cannot be so.", code="document_invalid", errors=tuple(faults))
