"""What the system knows of a provider's academic year, as it may be told to several commissioners."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.action_plans import ActionStatus
from app.domain.compliance import ComplianceStatus
from app.domain.decisions import DecisionKind
from app.domain.frameworks import VisitKind
from app.domain.obligations import Kind
from app.domain.questionnaires import Audience
from app.domain.registration import Result


@dataclass(frozen=True, slots=True)
class AnnualSource:
    """Where figures come from: a resource by its address under /v1, and how many of its records were counted.

    `records` is null where there are too few to be told.
    """

    resource: str
    records: int | None


@dataclass(frozen=True, slots=True)
class AnnualCell:
    """A count of one value; null where it must not be told."""

    value: str
    count: int | None


@dataclass(frozen=True, slots=True)
class AnnualBreakdown:
    """How a total falls into parts. `suppressed`: something of it is not told, since it would tell of somebody."""

    by: str
    total: int | None
    suppressed: bool
    cells: tuple[AnnualCell, ...]


@dataclass(frozen=True, slots=True)
class AnnualPlacements:
    """Who was placed, each child counted once, by the last of its placements in the year.

    `kept`: told as the version before tells it, from which it differs by fewer than five children.
    """

    source: AnnualSource
    pupils: int | None
    breakdowns: tuple[AnnualBreakdown, ...]
    kept: bool


@dataclass(frozen=True, slots=True)
class AnnualAttendance:
    """The register in sessions. `percent`: attended among those possible; `late`: sessions to which a pupil came late.

    `kept`: told as the version before tells it, from which it differs by fewer than five children.
    """

    source: AnnualSource
    pupils: int | None
    percent: str | None
    late: int | None
    sessions: AnnualBreakdown
    kept: bool


@dataclass(frozen=True, slots=True)
class AnnualWelfare:
    """How often children were seen at the setting by those who answer for them, and how many of them were.

    `kept`: told as the version before tells it, from which it differs by fewer than five children.
    """

    source: AnnualSource
    pupils: AnnualBreakdown
    kept: bool


@dataclass(frozen=True, slots=True)
class AnnualProgress:
    """Reports of progress that were given, and the targets of which they tell."""

    source: AnnualSource
    reports: AnnualBreakdown
    targets: AnnualBreakdown


@dataclass(frozen=True, slots=True)
class AnnualRating:
    """A rating by its label; `rank` 0 is the best of `of` values."""

    label: str
    concern: bool
    rank: int
    of: int


@dataclass(frozen=True, slots=True)
class AnnualVisitSection:
    """A section of a visit's form, and its rating."""

    title: str
    rating: AnnualRating


@dataclass(frozen=True, slots=True)
class AnnualVisit:
    """A quality assurance visit whose record was finalised in the year, by its final report. `set_aside`: without
    judgements, as a moderator decided."""

    visit_id: UUID
    kind: VisitKind
    visited_on: date | None
    finalised_on: date
    framework: str
    lead_organisation: str
    set_aside: bool
    overall: AnnualRating | None
    sections: tuple[AnnualVisitSection, ...]
    content_hash: str | None


@dataclass(frozen=True, slots=True)
class AnnualActionCount:
    """How many actions of improvement plans stand at a status."""

    status: ActionStatus
    count: int


@dataclass(frozen=True, slots=True)
class AnnualActions:
    """Actions of improvement plans that were open in the year, as they stand when the figures are assembled."""

    source: AnnualSource
    statuses: tuple[AnnualActionCount, ...]
    overdue: int


@dataclass(frozen=True, slots=True)
class AnnualAudit:
    """An external audit made in the year."""

    audit_id: UUID
    body: str
    audited_on: date
    valid_until_on: date | None
    recommendations: int
    recommendations_open: int


@dataclass(frozen=True, slots=True)
class AnnualComplianceItem:
    """Something asked of the provider that is not in order, or not for long."""

    type: str
    title: str
    status: ComplianceStatus
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class AnnualCompliance:
    """Where the provider stands with what is asked by default of every provider, on the last day of the figures."""

    as_of_on: date
    asked: int
    in_order: int
    wanting: tuple[AnnualComplianceItem, ...]


@dataclass(frozen=True, slots=True)
class AnnualQuestion:
    """A question that is answered by a value, and its answers."""

    text: str
    answers: tuple[AnnualCell, ...]


@dataclass(frozen=True, slots=True)
class AnnualQuestionnaire:
    """Results of a questionnaire that were shared with the provider in the year, without answers in words."""

    questionnaire_id: UUID
    title: str
    audience: Audience
    shared_on: date
    answered: int | None
    questions: tuple[AnnualQuestion, ...]


@dataclass(frozen=True, slots=True)
class AnnualDuty:
    """What of one kind was due from the provider in the year, and how it stood on the last day of the figures."""

    kind: Kind
    due: int
    in_time: int
    late: int
    overdue: int
    waived: int


@dataclass(frozen=True, slots=True)
class AnnualObligations:
    """What was due from the provider in the year by adopted agreements. `undetermined`: agreements of which it cannot
    be told."""

    as_of_on: date
    duties: tuple[AnnualDuty, ...]
    undetermined: int


@dataclass(frozen=True, slots=True)
class AnnualRegistration:
    """Registration checks of the provider's own roll, and the word of the latest; its counts are not told here."""

    source: AnnualSource
    as_of_on: date | None
    overall: Result | None


@dataclass(frozen=True, slots=True)
class AnnualDecision:
    """A decision on the provider's future use that was in force in the year."""

    decision_id: UUID
    kind: DecisionKind
    decided_by: str
    effective_on: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class AnnualInvoices:
    """Invoices for periods that ended in the year, in pounds. Told only where at least three commissioners were
    invoiced, so that none learns what another pays."""

    source: AnnualSource
    commissioners: int
    invoiced: str | None
    paid: str | None
    suppressed: bool


@dataclass(frozen=True, slots=True)
class AnnualFigures:
    """The year as the system knows it, from its first day to the last that had come. Counts that would tell of fewer
    than five children are null, and so are those from which such a count would follow."""

    from_on: date
    to_on: date
    assembled_at: datetime
    placements: AnnualPlacements
    attendance: AnnualAttendance
    welfare: AnnualWelfare
    progress: AnnualProgress
    visits: tuple[AnnualVisit, ...]
    actions: AnnualActions
    audits: tuple[AnnualAudit, ...]
    compliance: AnnualCompliance
    questionnaires: tuple[AnnualQuestionnaire, ...]
    obligations: AnnualObligations
    registration: AnnualRegistration
    decisions: tuple[AnnualDecision, ...]
    invoices: AnnualInvoices
