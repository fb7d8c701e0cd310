"""The life of a visit: its statuses, who takes which step, and what each status opens to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Conflict, Fault, Forbidden, Invalid


class VisitStatus(StrEnum):
    """Where a visit stands."""

    PLANNED = "planned"
    PREPARING = "preparing"
    WITH_PROVIDER = "with_provider"
    VISITED = "visited"
    DRAFT_SHARED = "draft_shared"
    DISPUTED = "disputed"
    FINALISED = "finalised"
    CANCELLED = "cancelled"


class Side(StrEnum):
    """Where a caller stands towards a visit: leads it, sends staff on it, is visited, or may only read it."""

    LEAD = "lead"
    TEAM = "team"
    PROVIDER = "provider"
    READER = "reader"


class Outcome(StrEnum):
    """What the moderation of a dispute comes to."""

    UPHELD = "upheld"
    AMENDED = "amended"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Step:
    """Who takes a step: the sides, whether it needs the grade lead (contributor otherwise), and a reason."""

    sides: tuple[Side, ...]
    by_lead: bool = False
    needs_reason: bool = False


_LEAD, _TEAM, _PROVIDER = Side.LEAD, Side.TEAM, Side.PROVIDER

# The steps of the visit record (SEIP QA Visit Record, How to use this document, 1-7), with the dispute of QA policy v8,
# Quality Assurance Procedures. What is not here does not happen: finalised and cancelled are ends.
TRANSITIONS: Mapping[tuple[VisitStatus, VisitStatus], Step] = {
    (VisitStatus.PLANNED, VisitStatus.PREPARING): Step((_LEAD,)),
    (VisitStatus.PLANNED, VisitStatus.CANCELLED): Step((_LEAD,), needs_reason=True),
    (VisitStatus.PREPARING, VisitStatus.WITH_PROVIDER): Step((_LEAD,)),
    (VisitStatus.PREPARING, VisitStatus.CANCELLED): Step((_LEAD,), needs_reason=True),
    (VisitStatus.WITH_PROVIDER, VisitStatus.VISITED): Step((_LEAD, _TEAM)),
    (VisitStatus.WITH_PROVIDER, VisitStatus.CANCELLED): Step((_LEAD,), needs_reason=True),
    (VisitStatus.VISITED, VisitStatus.DRAFT_SHARED): Step((_LEAD,)),
    (VisitStatus.DRAFT_SHARED, VisitStatus.VISITED): Step((_LEAD,), needs_reason=True),
    (VisitStatus.DRAFT_SHARED, VisitStatus.FINALISED): Step((_LEAD,), by_lead=True),
    (VisitStatus.DRAFT_SHARED, VisitStatus.DISPUTED): Step((_PROVIDER, _LEAD), by_lead=True, needs_reason=True),
    (VisitStatus.DISPUTED, VisitStatus.DRAFT_SHARED): Step((_PROVIDER,), by_lead=True, needs_reason=True),
    (VisitStatus.DISPUTED, VisitStatus.FINALISED): Step((_LEAD, _TEAM), by_lead=True, needs_reason=True),
}


def _values(*statuses: VisitStatus) -> tuple[str, ...]:
    return tuple(each.value for each in statuses)


# Findings stay confidential until the provider may scrutinise them and suggest amendments (SLA 2022, Partnerships
# will, Systems and Processes 7).
DRAFT_SHARED = _values(VisitStatus.DRAFT_SHARED, VisitStatus.DISPUTED, VisitStatus.FINALISED)
SHARED_WITH_PROVIDER = (*_values(VisitStatus.WITH_PROVIDER, VisitStatus.VISITED), *DRAFT_SHARED)
OPEN_FOR_NOTES = _values(VisitStatus.PREPARING, VisitStatus.WITH_PROVIDER, VisitStatus.VISITED)
OPEN_FOR_ANSWERS = _values(VisitStatus.WITH_PROVIDER, VisitStatus.VISITED)
OPEN_FOR_COMMENTS = _values(VisitStatus.DRAFT_SHARED, VisitStatus.DISPUTED)


def allowed(status: VisitStatus, side: Side, *, lead_grade: bool, contributor: bool = True) -> tuple[VisitStatus, ...]:
    """Where a caller of this side and grade may take a visit from here; `lead_grade` includes contributor."""
    return tuple(
        to
        for (here, to), step in TRANSITIONS.items()
        if here is status and _may_take(step, side, lead_grade=lead_grade, contributor=contributor)
    )


def ensure_allowed(
    status: VisitStatus, to: VisitStatus, side: Side, *, lead_grade: bool, contributor: bool = True, reason: str | None
) -> None:
    """Refuse a step that does not exist, is not this caller's, or lacks its reason.

    Raises:
        Conflict: `transition_not_allowed`, no such step from here; `allowed` among the facts is what the caller may do.
        Forbidden: `not_your_transition`, a step of another side or grade.
        Invalid: `reason_required`, by the pointer "/reason".
    """
    step = TRANSITIONS.get((status, to))
    if step is None:
        possible = allowed(status, side, lead_grade=lead_grade, contributor=contributor)
        detail = f"A visit does not go from {status} to {to}."
        raise Conflict(detail, code="transition_not_allowed", facts={"allowed": list(_values(*possible))})
    if not _may_take(step, side, lead_grade=lead_grade, contributor=contributor):
        raise Forbidden("This step is another's to take.", code="not_your_transition")
    if step.needs_reason and not (reason and reason.strip()):
        fault = Fault("reason_required", "This step needs a reason.", pointer="/reason")
        raise Invalid("This step needs a reason.", code="reason_required", errors=(fault,))


def _may_take(step: Step, side: Side, *, lead_grade: bool, contributor: bool) -> bool:
    return side in step.sides and (lead_grade or (contributor and not step.by_lead))
