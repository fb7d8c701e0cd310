"""The fee rate of a school year: proposed by one side, agreed by the other, its changes announced in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.domain.calendar import Term, three_terms
from app.domain.errors import Fault, Invalid


class FeeBasis(StrEnum):
    """What a rate is for one of."""

    PER_SESSION = "per_session"
    PER_DAY = "per_day"
    PER_WEEK = "per_week"
    PER_HOUR = "per_hour"
    PER_PLACE_TERM = "per_place_term"


class FeeStatus(StrEnum):
    """Whether both sides have said the same."""

    PROPOSED = "proposed"
    AGREED = "agreed"


class FeeStep(StrEnum):
    """What becomes of what a side says of a rate."""

    PROPOSE = "propose"
    AGREE = "agree"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many pounds for one of what the basis says."""

    basis: FeeBasis
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """The rate on the table: whose word it is, and when its notice was given, as far as they say."""

    rate: Rate
    proposed_by_id: UUID
    status: FeeStatus
    notice_given_on: date | None = None


@dataclass(frozen=True, slots=True)
class FeeAlert:
    """Something about a rate that both sides should know."""

    code: str
    detail: str


def fee_step(held: Offer, said: Rate, by_id: UUID, notice_given_on: date | None) -> FeeStep:
    """What becomes of a rate that a side names: the same in the other's mouth is an agreement, another a proposal.

    The day of the notice is part of the terms where a side names it.
    """
    if held.rate != said or notice_given_on not in (None, held.notice_given_on):
        return FeeStep.PROPOSE
    if held.status is FeeStatus.AGREED or held.proposed_by_id == by_id:
        return FeeStep.KEEP
    return FeeStep.AGREE


def ensure_dated(*, agreed_on: date | None, notice_given_on: date | None, today: date) -> None:
    """Refuse a day to come for what has been done.

    Raises:
        Invalid: `in_the_future`, by pointer.
    """
    said = {"/agreed_on": agreed_on, "/notice_given_on": notice_given_on}
    faults = tuple(
        Fault("in_the_future", "It has been done: not on a day to come.", pointer=pointer)
        for pointer, on in said.items()
        if on is not None and on > today
    )
    if faults:
        raise Invalid("This is dated in the future.", code="in_the_future", errors=faults)


@dataclass(frozen=True, slots=True)
class Named:
    """A rate of a school year that was agreed, or is on the table, and when the provider gave notice of it.

    `told_on` None: its commissioner named it, which is no notice of the provider's.
    """

    rate: Rate
    told_on: date | None


def notice_of(offer: Offer, *, proposed_on: date, provider_id: UUID) -> date | None:
    """When a provider gave notice of a rate: on the day that a side names, else with its own proposal."""
    return offer.notice_given_on or (proposed_on if offer.proposed_by_id == provider_id else None)


def changes_told(before: Rate | None, named: Iterable[Named]) -> list[date]:
    """The days on which a provider gave notice of rates that change what was agreed before (SLA 2022, Systems and
    Processes 2). The same rate again is no change, and where none was agreed before, nothing changes.

    Args:
        before: the rate in force of the year before.
        named: the rates of the year, in their order.
    """
    found: list[date] = []
    for each in named:
        if before not in (None, each.rate) and each.told_on is not None:
            found.append(each.told_on)
        before = each.rate
    return found


def notice_alerts(
    rate: Rate, before: Rate | None, *, told_on: date, terms_before: tuple[Term, ...] | None
) -> tuple[FeeAlert, ...]:
    """Whether a change was announced by the end of the previous summer term (SLA 2022, Systems and Processes 2).

    Args:
        before: the rate agreed for the year before; None: there was none, so nothing changes.
        told_on: when notice was given.
        terms_before: the six terms of the year before, the last two of which are its summer term; None: not known.
    """
    if before in (None, rate):
        return ()
    if terms_before is None:
        return (FeeAlert("notice_not_determined", "No calendar says when the previous summer term ended."),)
    if told_on > three_terms(terms_before)[-1].ends_on:
        return (FeeAlert("late_notice", "The change was not announced in the previous summer term."),)
    return ()
