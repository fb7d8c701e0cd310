"""How a record is put right: what it said stays beside what it says now, with the reason, the time and who."""

from enum import StrEnum

from app.domain.access import Caller, Grade
from app.domain.errors import Conflict, Forbidden

MOST_AMENDMENTS = 50


class RecordState(StrEnum):
    """Whether a record says what it first said, something else, or counts no longer."""

    RECORDED = "recorded"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


def state_of(*, amended: int, withdrawn: bool) -> RecordState:
    """The state of a record that was amended so often."""
    if withdrawn:
        return RecordState.WITHDRAWN
    return RecordState.CORRECTED if amended else RecordState.RECORDED


def ensure_room(amended: int) -> None:
    """Refuse an amendment more than a record holds.

    Raises:
        Conflict: `too_many_amendments`.
    """
    if amended >= MOST_AMENDMENTS:
        raise Conflict("It has been amended too often.", code="too_many_amendments")


def ensure_correctable(state: RecordState, by: Caller, *, recorded_by: str, amended: int) -> None:
    """Refuse to put right a record that is withdrawn, or that somebody else of the organisation wrote: of another's a
    lead decides.

    Raises:
        Forbidden: `not_yours_to_correct`.
        Conflict: `record_withdrawn`, `too_many_amendments`.
    """
    if by.principal != recorded_by and by.grade is not Grade.LEAD:
        raise Forbidden("Whoever wrote it corrects it, or a lead.", code="not_yours_to_correct")
    if state is RecordState.WITHDRAWN:
        raise Conflict("It is withdrawn. Record it anew.", code="record_withdrawn")
    ensure_room(amended)
