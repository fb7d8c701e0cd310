"""What a provider writes in its annual report, what of it is asked, and what is missing before it is published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.domain.annual_reports.counting import few, told
from app.domain.calendar import academic_year_named
from app.domain.errors import Conflict, Fault, Invalid
from app.domain.obligations import ReportPart
from app.domain.small_numbers import LEAST_GROUP


class AnnualReportStatus(StrEnum):
    """Written by the provider, for itself alone; then published, and as it is from then on."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class AnnualQualification:
    """A qualification that was offered. `entered` and `achieved` count learners: null where not known, or not told."""

    title: str
    level: str | None = None
    awarding_body: str | None = None
    entered: int | None = None
    achieved: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The provider's own words, each text None until it is written."""

    introduction: str | None = None
    qualifications: tuple[AnnualQualification, ...] = ()
    qualifications_statement: str | None = None
    outcomes_statement: str | None = None
    non_accredited_statement: str | None = None
    plans_following_year: str | None = None
    plans_long_term: str | None = None
    finances_at_year_end: str | None = None
    finances_ahead: str | None = None
    anything_else: str | None = None

    @property
    def texts(self) -> dict[str, str]:
        """Every text, by pointer."""
        found = {f"/{name}": getattr(self, name) for name in TEXTS}
        for at, each in enumerate(self.qualifications):
            found |= {f"/qualifications/{at}/{name}": getattr(each, name) for name in ("title", "level")}
            found[f"/qualifications/{at}/awarding_body"] = each.awarding_body
        return {pointer: text for pointer, text in found.items() if text}


# By part, the texts that are asked (SLA 2022, Systems and Processes, second 2), each with what it is to say.
ASKED: Mapping[ReportPart, Mapping[str, str]] = {
    ReportPart.QUALIFICATIONS_OFFERED: {
        "qualifications_statement": "The qualifications offered in the past year, or that there were none",
    },
    ReportPart.OUTCOMES_ACHIEVED: {"outcomes_statement": "What learners have achieved in those qualifications"},
    ReportPart.NON_ACCREDITED_OUTCOMES: {"non_accredited_statement": "What else learners have achieved"},
    ReportPart.PLANS: {
        "plans_following_year": "Plans for the following year",
        "plans_long_term": "Plans for the long term",
    },
    ReportPart.FINANCIAL_STATUS: {
        "finances_at_year_end": "How the organisation stood financially at the end of the year",
        "finances_ahead": "How it expects to stand in the future",
    },
}
TEXTS = ("introduction", *(name for asked in ASKED.values() for name in asked), "anything_else")


def ensure_begun(academic_year: str, *, on: date) -> tuple[date, date]:
    """First and last day of the year that a report is to be about.

    Raises:
        Invalid: `academic_year_invalid`; `year_not_begun`, by pointer.
    """
    first, last = academic_year_named(academic_year)
    if first > on:
        fault = Fault("year_not_begun", "Report of a year that has begun.", pointer="/academic_year")
        raise Invalid("The year is still to come.", code=fault.code, errors=(fault,))
    return first, last


def ensure_draft(status: str) -> None:
    """Refuse to change what is published. Raises Conflict `annual_report_published`."""
    if status != AnnualReportStatus.DRAFT:
        raise Conflict("A published report stays as it is: revise it.", code="annual_report_published")


# --- what is missing ------------------------------------------------------------------------------------------------


def missing(
    written: Written, *, figures_to_on: date, over_on: date, on: date, names: Sequence[Fault] = ()
) -> tuple[Fault, ...]:
    """What is missing before a report is published on a day, by pointer into the report; empty when it is ready.

    Args:
        figures_to_on: the last day of the figures.
        over_on: the last school day of the year of which it reports.
        names: where people seem to be named.
    """
    return (*_parts(written), *_counts(written), *_in_time(figures_to_on, over_on, on), *names)


def _parts(written: Written) -> Iterator[Fault]:
    for part, asked in ASKED.items():
        answered = _answered(written, part)
        for name, what in asked.items():
            if not (answered or getattr(written, name)):
                yield Fault("part_missing", f"{what}: this is part of an annual report.", pointer=f"/{name}")


def _answered(written: Written, part: ReportPart) -> bool:
    """Whether the list of qualifications says what is asked without a text."""
    offered = written.qualifications
    if part is ReportPart.QUALIFICATIONS_OFFERED:
        return bool(offered)
    outcomes = all(each.entered is not None and each.achieved is not None for each in offered)
    return part is ReportPart.OUTCOMES_ACHIEVED and bool(offered) and outcomes


def _counts(written: Written) -> Iterator[Fault]:
    for at, each in enumerate(written.qualifications):
        if each.achieved is not None and each.entered is not None and each.achieved > each.entered:
            detail = "No more learners achieve it than were entered."
            yield Fault("more_achieved_than_entered", detail, pointer=f"/qualifications/{at}/achieved")


def _in_time(figures_to_on: date, over_on: date, on: date) -> Iterator[Fault]:
    if on < over_on:
        detail = f"The year is reported when it is over, on {over_on.isoformat()}."
        yield Fault("year_not_over", detail, pointer="/academic_year")
    elif figures_to_on < over_on:
        yield Fault("figures_outdated", "Assemble the figures of the whole year.", pointer="/figures")


def ensure_complete(faults: Sequence[Fault]) -> None:
    """Refuse to publish a report of which something is missing. Raises Conflict `annual_report_incomplete`."""
    if faults:
        detail = "Something is missing before the report is published."
        raise Conflict(detail, code="annual_report_incomplete", errors=tuple(faults))


# --- what is published of it ----------------------------------------------------------------------------------------


def published(written: Written) -> Written:
    """What is published of what was written: of few learners no count is told, nor one from which it would follow."""
    return replace(written, qualifications=tuple(map(_qualification, written.qualifications)))


def _qualification(each: AnnualQualification) -> AnnualQualification:
    entered, achieved = each.entered, each.achieved
    if achieved is not None and (achieved < LEAST_GROUP or (entered is not None and few(entered - achieved))):
        achieved = None
    if entered is not None and told(entered) is None:
        entered = achieved = None
    return replace(each, entered=entered, achieved=achieved)
