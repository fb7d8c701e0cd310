"""An annual report as a document: what was written and what is known, complete in itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.annual_reports.figures import AnnualFigures
from app.domain.annual_reports.writing import AnnualReportStatus, Written
from app.domain.documents import plain
from app.domain.visit_reports import Provider

FORMAT = "apqa-annual-report/1"


@dataclass(frozen=True, slots=True)
class PreviousReport:
    """The version that this one follows, by its own hash: each version vouches for the last."""

    number: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class AnnualReport:
    """One version of a provider's report of an academic year."""

    stage: AnnualReportStatus
    number: int
    made_at: datetime
    academic_year: str
    provider: Provider
    written: Written
    figures: AnnualFigures
    previous: PreviousReport | None = None


def document(report: AnnualReport) -> dict[str, Any]:
    """The report as JSON data."""
    content: dict[str, Any] = {"format": FORMAT, **plain(report)}
    return content
