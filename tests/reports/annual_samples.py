"""Annual reports as the tests read them: one that says much, one that says little, one that says too much."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain import annual_reports as report
from app.domain.action_plans import ActionStatus
from app.domain.annual_reports import AnnualFigures, AnnualReport, AnnualReportStatus, Written
from app.domain.attendance import Tally
from app.domain.compliance import ComplianceStatus
from app.domain.decisions import DecisionKind
from app.domain.frameworks import VisitKind
from app.domain.obligations import Kind
from app.domain.questionnaires import Audience
from app.domain.registration import Result
from app.domain.visit_reports import Provider

FIRST, LAST = date(2025, 9, 1), date(2026, 8, 31)
AT = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)
REASONS = ("BHS", "SUS", "EXR", "MHN", "PHN", "OTH")


def register(present: int = 900, unauthorised: int = 60) -> Tally:
    """What a register comes to."""
    possible = present + 40 + unauthorised
    return Tally(
        sessions=possible + 12,
        present=present,
        absent=40 + unauthorised,
        authorised_absences=40,
        unauthorised_absences=unauthorised,
        not_possible=12,
        late=31,
        awaiting_reason=0,
        percent=(Decimal(100 * present) / possible).quantize(Decimal("0.1")),
    )


def figures(**more: Any) -> AnnualFigures:
    """Figures of a full year."""
    pupils = report.breakdown("reason", {"BHS": 16, "MHN": 5, "EXR": 2}, known=REASONS, of_each=True)
    known = AnnualFigures(
        from_on=FIRST,
        to_on=LAST,
        assembled_at=AT,
        placements=report.placed(26, 23, [pupils]),
        attendance=report.attended(21, register()),
        welfare=report.seen(70, 23, 17),
        progress=report.progressed(report.Reported(23, {"tracking": 60, "progress": 4}, {"met": 20, "not_met": 9})),
        visits=(visit(),),
        actions=actions(),
        audits=(report.AnnualAudit(UUID(int=7), "LEBC", date(2026, 3, 2), date(2027, 3, 1), 4, 1),),
        compliance=compliance(),
        questionnaires=(questionnaire(),),
        obligations=report.AnnualObligations(LAST, (report.AnnualDuty(Kind.TRACKING_RETURN, 12, 9, 2, 1, 0),), 1),
        registration=report.AnnualRegistration(
            report.AnnualSource("registration-checks", 3), date(2026, 6, 1), Result.AT_RISK
        ),
        decisions=(
            report.AnnualDecision(UUID(int=8), DecisionKind.CONTINUE, "Northfold Partnership", date(2026, 4, 1), None),
        ),
        invoices=report.billed([(UUID(int=n), Decimal("1250.50"), n > 3) for n in range(1, 7)]),
    )
    return replace(known, **more)


def visit() -> report.AnnualVisit:
    """A visit with a section of concern."""
    return report.AnnualVisit(
        visit_id=UUID(int=6),
        kind=VisitKind.QA_VISIT,
        visited_on=date(2026, 2, 10),
        finalised_on=date(2026, 3, 3),
        framework="SEIP QA Visit Record",
        lead_organisation="Northfold Partnership",
        set_aside=False,
        overall=None,
        sections=(
            report.AnnualVisitSection("Learner safety", report.AnnualRating("Green", concern=False, rank=0, of=3)),
            report.AnnualVisitSection("Learner progress", report.AnnualRating("Red", concern=True, rank=2, of=3)),
        ),
        content_hash="ab" * 32,
    )


def actions() -> report.AnnualActions:
    """Actions, one overdue."""
    counts = {ActionStatus.OPEN: 2, ActionStatus.VERIFIED: 5}
    told = tuple(report.AnnualActionCount(each, counts.get(each, 0)) for each in ActionStatus)
    return report.AnnualActions(report.AnnualSource("actions", 7), told, 1)


def compliance() -> report.AnnualCompliance:
    """Two things that are wanting."""
    wanting = (
        report.AnnualComplianceItem("fire_drill", "Fire drill each term", ComplianceStatus.EXPIRED, date(2026, 7, 1)),
        report.AnnualComplianceItem("first_aid", "A trained first aider", ComplianceStatus.MISSING, None),
    )
    return report.AnnualCompliance(LAST, 30, 28, wanting)


def questionnaire() -> report.AnnualQuestionnaire:
    """Results of which one count is not told."""
    answers = (report.AnnualCell("yes", 14), report.AnnualCell("no", None))
    asked = (report.AnnualQuestion("Do you feel safe here?", answers),)
    return report.AnnualQuestionnaire(UUID(int=9), "How is it?", Audience.PUPILS, date(2026, 5, 6), 18, asked)


def written(**more: Any) -> Written:
    """A report of which nothing is missing."""
    said = Written(
        introduction="We teach in a workshop.\n\nMost days begin with breakfast.",
        qualifications=(report.AnnualQualification("Motor vehicle studies", "Entry 3", "An awarding body", 12, 7),),
        qualifications_statement="One course was offered.",
        outcomes_statement="Seven learners achieved it.",
        non_accredited_statement="Most came on time by the spring.",
        plans_following_year="A second bay.",
        plans_long_term="We mean to register.",
        finances_at_year_end="A small surplus.",
        finances_ahead="Agreed places cover the costs.",
        anything_else="We thank our neighbours.",
    )
    return replace(said, **more)


def sample(stage: AnnualReportStatus = AnnualReportStatus.PUBLISHED, **more: Any) -> AnnualReport:
    """A report that says much."""
    said = AnnualReport(
        stage=stage,
        number=2,
        made_at=AT,
        academic_year="2025/26",
        provider=Provider(UUID(int=4), "Second Wind Workshops", legal_name="Second Wind CIC", postcode="LE99 1ZZ"),
        written=written(),
        figures=figures(),
        previous=report.PreviousReport(1, "cd" * 32),
    )
    return replace(said, **more)
