"""Whether a visit keeps the notice, period and length that its programme promises the provider."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from app.domain.cycles import Plan, plan_faults
from app.domain.errors import Fault
from app.domain.frameworks import Framework, VisitKind
from app.domain.visits.facts import Facts


def planning_faults(programme: Framework, kind: VisitKind, facts: Facts, on: date) -> tuple[Fault, ...]:
    """How a plan breaks the rules of its kind in the programme's yearly round, before the provider is told.

    All but the notice itself, by pointer into the visit. A follow-up is refused past its day only while that day can
    still be kept: an overdue one is better late than never. A visit that has no day yet breaks nothing.
    """
    return _planned(programme, kind, facts, on)


def telling_faults(programme: Framework, kind: VisitKind, facts: Facts, on: date) -> tuple[Fault, ...]:
    """The same, and whether telling the provider on a day keeps the notice: neither too short nor too long."""
    return _planned(programme, kind, replace(facts, notified_on=on), on, notice=True)


def told_afterwards(programme: Framework, kind: VisitKind, facts: Facts) -> tuple[Fault, ...]:
    """What a visit that took place broke: told with the record, never a ground to refuse it, as it is a fact.

    The day is at "/visited_on", the length at "/duration_minutes", the notice (of the day that it became) at
    "/notified_at".
    """
    if facts.visited_on is None:
        return ()
    found = _broken(programme, kind, _plan(facts, facts.visited_on))
    late = facts.due_by_on is not None and facts.due_by_on < facts.visited_on
    moved = (replace(each, pointer="/visited_on") if each.pointer == "/planned_on" else each for each in found)
    return (*moved, *(_late("/visited_on") if late else ()))


def _planned(
    programme: Framework, kind: VisitKind, facts: Facts, on: date, *, notice: bool = False
) -> tuple[Fault, ...]:
    if facts.planned_on is None:
        return ()
    late = facts.due_by_on is not None and on <= facts.due_by_on < facts.planned_on
    found = _broken(programme, kind, _plan(facts, facts.planned_on), notice=notice)
    return (*found, *(_late("/planned_on") if late else ()))


def _plan(facts: Facts, day: date) -> Plan:
    return Plan(
        planned_on=day,
        notified_on=facts.notified_on,
        announced_from_on=facts.announced_from_on,
        announced_to_on=facts.announced_to_on,
        minutes=facts.duration_minutes,
    )


def _broken(programme: Framework, kind: VisitKind, plan: Plan, *, notice: bool = True) -> tuple[Fault, ...]:
    """The faults of a plan. Where a programme has several entries of a kind, it is held to the one it fits best."""
    told = (plan_faults(entry, plan) for entry in programme.cycle if entry.kind is kind)
    asked = (tuple(each for each in faults if notice or each.pointer != "/notified_at") for faults in told)
    return min(asked, key=len, default=())


def _late(pointer: str) -> Iterator[Fault]:
    """A follow-up within eight weeks (QA policy v8, Quality Assurance Procedures)."""
    yield Fault("follow_up_late", "A follow-up takes place by the day on which it is due.", pointer=pointer)
