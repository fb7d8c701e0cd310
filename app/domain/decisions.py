"""Decisions on a provider's future use: what each must say, whom it binds, which placements it refuses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.domain.access import Caller
from app.domain.errors import Fault, Invalid


class DecisionKind(StrEnum):
    """What is decided on a provider's future use, mildest first (SEIP QA Visit Record, How to use this document, 7)."""

    CONTINUE = "continue"
    CONTINUE_WITH_CONDITIONS = "continue_with_conditions"
    SUSPEND_NEW_PLACEMENTS = "suspend_new_placements"
    WITHDRAW_PUPILS = "withdraw_pupils"
    CEASE = "cease"

    @property
    def rank(self) -> int:
        """Position, mildest first."""
        return list(DecisionKind).index(self)


class CommissioningStatus(StrEnum):
    """Whether a provider takes new placements, over all the decisions in force."""

    OPEN = "open"
    SUSPENDED = "suspended"
    CEASED = "ceased"


# No new placements are made under these; under those that withdraw the pupils who are there, each has an exit plan.
SUSPENDING = frozenset({DecisionKind.SUSPEND_NEW_PLACEMENTS, DecisionKind.WITHDRAW_PUPILS, DecisionKind.CEASE})
WITHDRAWING = frozenset({DecisionKind.WITHDRAW_PUPILS, DecisionKind.CEASE})


def status_of(kinds: Iterable[DecisionKind]) -> CommissioningStatus:
    """What the strictest of the decisions in force amounts to."""
    strictest = max(kinds, key=lambda kind: kind.rank, default=DecisionKind.CONTINUE)
    if strictest is DecisionKind.CEASE:
        return CommissioningStatus.CEASED
    return CommissioningStatus.SUSPENDED if strictest in SUSPENDING else CommissioningStatus.OPEN


def check_decision(
    kind: DecisionKind,
    *,
    conditions: Iterable[str],
    effective_on: date,
    withdraw_by_on: date | None,
    review_on: date | None,
    on: date,
) -> None:
    """Refuse a decision that does not say what its kind needs, or says what its kind does not have.

    Raises:
        Invalid: `decision_invalid`, by pointer.
    """
    faults = [*_of_kind(kind, list(conditions), withdraw_by_on)]
    if effective_on < on:
        faults.append(Fault("effective_in_the_past", "A decision holds from today, or later.", "/effective_on"))
    if withdraw_by_on is not None and withdraw_by_on <= max(on, effective_on):
        detail = "Pupils leave by a day to come, after the decision takes effect."
        faults.append(Fault("withdraw_by_too_early", detail, "/withdraw_by_on"))
    if review_on is not None and review_on <= effective_on:
        detail = "A decision is reviewed on a day after it takes effect."
        faults.append(Fault("review_too_early", detail, "/review_on"))
    if faults:
        raise Invalid("The decision cannot be so.", code="decision_invalid", errors=tuple(faults))


def _of_kind(kind: DecisionKind, conditions: list[str], withdraw_by_on: date | None) -> Iterable[Fault]:
    conditional = kind is DecisionKind.CONTINUE_WITH_CONDITIONS
    if conditional and not conditions:
        yield Fault("conditions_missing", "Say on which conditions.", "/conditions")
    if conditions and not conditional:
        yield Fault("conditions_not_for_kind", "Conditions are for continue_with_conditions alone.", "/conditions")
    if kind is DecisionKind.WITHDRAW_PUPILS and withdraw_by_on is None:
        yield Fault("withdraw_by_missing", "Say by which day the pupils leave.", "/withdraw_by_on")
    if withdraw_by_on is not None and kind not in WITHDRAWING:
        detail = "Only withdraw_pupils and cease have a day by which pupils leave."
        yield Fault("withdraw_by_not_for_kind", detail, "/withdraw_by_on")


def check_leaving(leave_by_on: date, withdraw_by_on: date | None) -> None:
    """Refuse a plan by which a pupil leaves later than decided.

    Raises:
        Invalid: `leaves_too_late`.
    """
    if withdraw_by_on is not None and leave_by_on > withdraw_by_on:
        fault = Fault("leaves_too_late", "The pupil leaves by the decision's withdraw_by_on.", "/leave_by_on")
        raise Invalid("The pupil would leave later than decided.", code="leaves_too_late", errors=(fault,))


# --- placements under a decision ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a placement, both inclusive; open-ended without an end."""

    starts_on: date
    ends_on: date | None = None

    @property
    def last_on(self) -> date:
        """The last day."""
        return self.ends_on or date.max


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision that is not over: it holds from `effective_on` until before `ended_on`, where a later one follows."""

    id: UUID
    kind: DecisionKind
    organisation_id: UUID
    network_ids: frozenset[UUID]
    effective_on: date
    ended_on: date | None = None

    def covers(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.effective_on <= on and (self.ended_on is None or on < self.ended_on)

    def meets(self, first: date, last: date) -> bool:
        """Whether it holds on one of the days."""
        return first <= last and self.effective_on <= last and (self.ended_on is None or first < self.ended_on)

    def binds(self, caller: Caller) -> bool:
        """Whether it is the caller's own, its partnership's, or one of its network."""
        ours = {caller.organisation_id, caller.partnership_id} - {None}
        return self.organisation_id in ours or not self.network_ids.isdisjoint(caller.network_ids)

    def refuses(self, now: Span, before: Span | None) -> bool:
        """Whether a placement may not be made under it, or not be changed so.

        What began before the decision is a fact, whenever it is told. A placement that is there already may be changed
        and ended, but neither brought forward into the time of the decision nor kept on in it.
        """
        if self.kind not in SUSPENDING:
            return False
        if before is None:
            return self.covers(now.starts_on)
        moved_in = now.starts_on != before.starts_on and self.covers(now.starts_on)
        if moved_in and (now.starts_on < before.starts_on or not self.covers(before.starts_on)):
            return True
        kept_on = before.ends_on is not None and now.last_on > before.last_on
        return kept_on and before.ends_on is not None and self.meets(_next(before.ends_on), now.last_on)


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def strictest(standings: Iterable[Standing]) -> Standing | None:
    """The decision to name where several hold: the strictest, and of these the first that was to take effect."""
    return min(standings, key=lambda each: (-each.kind.rank, each.effective_on, each.id), default=None)


def bearing(standings: Iterable[Standing], span: Span) -> list[Standing]:
    """The decisions against new placements that hold on a day of a placement."""
    return [each for each in standings if each.kind in SUSPENDING and each.meets(span.starts_on, span.last_on)]
