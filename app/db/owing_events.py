"""What meets obligations though it was not written down for their sake: marks of the register, fees, questionnaires."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.attendance import AttendanceMark
from app.db.base import today
from app.db.fees import FeeRate, agreed_of, on_the_table
from app.db.questionnaires import Questionnaire
from app.domain.calendar import academic_year_label, academic_year_named
from app.domain.money import FeeBasis, FeeStatus, Named, Offer, Rate, changes_told, notice_of
from app.domain.obligations import Event, Kind, Reference

Pair = tuple[UUID, UUID]
"""A provider and a commissioner."""
_DAY = timedelta(days=1)


async def elsewhere(
    session: AsyncSession, pairs: Sequence[Pair], marked: Mapping[UUID, bool], visited: Mapping[UUID, date]
) -> dict[Pair, list[Event]]:
    """What the other registers know between the pairs, in three statements.

    Args:
        marked: their placements, and whether the attendance of each is reported here.
        visited: the visits that have taken place, and when.
    """
    found: dict[Pair, list[Event]] = defaultdict(list)
    for more in (
        await _marks(session, [each for each, here in marked.items() if here]),
        await _rates(session, pairs),
        await _questionnaires(session, pairs, visited),
    ):
        for pair, event in more:
            found[pair].append(event)
    return found


async def _marks(session: AsyncSession, placement_ids: Collection[UUID]) -> Iterable[tuple[Pair, Event]]:
    """The first report of each placement's day. An amendment is no report of the day: what was told first counts."""
    if not placement_ids:
        return ()
    told_first = col(AttendanceMark.amendments)[("0", "was", "reported_at")].astext.cast(DateTime(timezone=True))
    reported_at = func.coalesce(told_first, col(AttendanceMark.reported_at)).label("first_reported_at")
    names = ("id", "placement_id", "provider_id", "commissioner_id", "session_on")
    day = (col(AttendanceMark.placement_id), col(AttendanceMark.session_on))
    query = (
        select(*(getattr(AttendanceMark, name) for name in names), reported_at)
        .where(col(AttendanceMark.placement_id).in_(placement_ids))
        .ext(distinct_on(*day))
        .order_by(*day, reported_at)
    )
    return [_marked(each) for each in await session.execute(query)]


def _marked(row: Any) -> tuple[Pair, Event]:
    by = Reference("attendance_mark", row.id)
    about = {"placement_id": row.placement_id, "reported_for_on": row.session_on}
    event = Event(Kind.ATTENDANCE_REPORT, today(row.first_reported_at), by, **about)
    return (row.provider_id, row.commissioner_id), event


async def _rates(session: AsyncSession, pairs: Sequence[Pair]) -> Iterable[tuple[Pair, Event]]:
    """Fee rates that were agreed, and changes of them that the provider announced."""
    kept: dict[Pair, list[FeeRate]] = defaultdict(list)
    query = select(FeeRate).where(
        col(FeeRate.provider_id).in_({each[0] for each in pairs}),
        col(FeeRate.commissioner_id).in_({each[1] for each in pairs}),
    )
    for row in (await session.execute(query)).scalars():
        kept[row.provider_id, row.commissioner_id].append(row)
    return [(pair, event) for pair, found in kept.items() for event in _agreed(found)]


def _agreed(found: Iterable[FeeRate]) -> Iterator[Event]:
    by_year = {each.academic_year: each for each in found}
    for academic_year, row in by_year.items():
        by = Reference("fee_rate", row.id)
        if agreed_on := _first_agreed_on(row):
            yield Event(Kind.FEE_RATES, agreed_on, by, academic_year=academic_year)
        eve = academic_year_named(academic_year)[0] - _DAY
        before = agreed_of(by_year.get(academic_year_label(eve)))
        for told_on in changes_told(before, _rates_of(row)):
            yield Event(Kind.FEE_CHANGE_NOTICE, told_on, by, academic_year=academic_year)


def _first_agreed_on(row: FeeRate) -> date | None:
    """The day on which a rate of the year was first agreed, whatever was agreed instead of it later."""
    told = [each["agreed_on"] for each in row.history if each["agreed_on"]]
    return date.fromisoformat(told[0]) if told else row.agreed_on


def _rates_of(row: FeeRate) -> list[Named]:
    """The rates of the year that were agreed, and the one on the table, in their order.

    A proposal that another took the place of before anybody agreed to it is none of them.
    """
    told = [_named(each, row.provider_id) for each in row.history if each["agreed_on"]]
    return [*told, _named(on_the_table(row), row.provider_id)]


def _named(told: Mapping[str, Any], provider_id: UUID) -> Named:
    """What was on the table, as `history` tells it."""
    notice = told["notice_given_on"]
    rate = Rate(FeeBasis(told["basis"]), Decimal(told["amount"]))
    notice_given_on = date.fromisoformat(notice) if notice else None
    offer = Offer(rate, UUID(told["proposed_by_id"]), FeeStatus.PROPOSED, notice_given_on)
    proposed_on = date.fromisoformat(told["proposed_on"])
    return Named(rate, notice_of(offer, proposed_on=proposed_on, provider_id=provider_id))


async def _questionnaires(
    session: AsyncSession, pairs: Sequence[Pair], visited: Mapping[UUID, date]
) -> Iterable[tuple[Pair, Event]]:
    """Questionnaires that somebody has answered. Answers carry no day, so that of the opening counts, or the visit's
    where that came later."""
    query = select(Questionnaire).where(
        col(Questionnaire.organisation_id).in_({each[1] for each in pairs}),
        col(Questionnaire.provider_id).in_({each[0] for each in pairs}),
        col(Questionnaire.opened_at).is_not(None),
        col(Questionnaire.answered) > 0,
    )
    found = (await session.execute(query)).scalars()
    return [((row.provider_id, row.organisation_id), _put(row, visited)) for row in found]


def _put(row: Questionnaire, visited: Mapping[UUID, date]) -> Event:
    opened_on = today(row.opened_at)
    met_on = max(opened_on, visited.get(row.visit_id, opened_on)) if row.visit_id else opened_on
    return Event(
        Kind.QUESTIONNAIRE,
        met_on,
        Reference("questionnaire", row.id),
        academic_year=academic_year_label(met_on),
        visit_id=row.visit_id,
        topic=row.audience,
        programme=row.programme_id,
    )
