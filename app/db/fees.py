"""The fee rates that a provider and a commissioner agree for each school year."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import rows
from app.db.agreements import years_of
from app.db.base import Keyset, Page, Root, Versions, document, one_of
from app.db.provider_documents import parties
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.calendar import SchoolYear, academic_year_label, academic_year_named
from app.domain.errors import Stale
from app.domain.money import (
    FeeAlert,
    FeeBasis,
    FeeStatus,
    FeeStep,
    Offer,
    Rate,
    ensure_dated,
    fee_step,
    notice_alerts,
    pounds,
)

Pair = tuple[UUID, UUID]
"""A provider and a commissioner."""


def money(**options: Any) -> Any:
    """A column for pounds and pence."""
    return Field(sa_type=Numeric(12, 2), **options)


class FeeRate(Root, table=True):
    """The rate on the table for one school year, and beside it the one that is in force, if any was agreed.

    `history`: `[{basis, amount, proposed_by_id, proposed_on, notice_given_on, agreed_on}]`, what was on the table
    before, oldest first; only added to.
    """

    __tablename__ = "fee_rates"
    __table_args__ = (
        one_of("basis", tuple(each.value for each in FeeBasis)),
        one_of("status", tuple(each.value for each in FeeStatus)),
        CheckConstraint("amount >= 0 AND agreed_amount >= 0", name="amount"),
        CheckConstraint(
            "num_nonnulls(agreed_basis, agreed_amount, agreed_on, agreed_by_id) IN (0, 4)"
            " AND (status = 'proposed' OR (basis, amount) = (agreed_basis, agreed_amount))",
            name="agreed",
        ),
        UniqueConstraint("provider_id", "commissioner_id", "academic_year"),
        Index("ix_fee_rates_commissioner_id_academic_year", "commissioner_id", "academic_year"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    commissioner_id: UUID = Field(foreign_key="organisations.id")
    academic_year: str
    status: str = FeeStatus.PROPOSED.value
    basis: str
    amount: Decimal = money()
    proposed_by_id: UUID = Field(foreign_key="organisations.id")
    proposed_on: date
    notice_given_on: date | None = None
    agreed_basis: str | None = None
    agreed_amount: Decimal | None = money(default=None)
    agreed_on: date | None = None
    agreed_by_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    history: list[dict[str, Any]] = document(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """A rate, and what both sides should know of it."""

    row: FeeRate
    alerts: tuple[FeeAlert, ...]

    @property
    def id(self) -> UUID:
        """The rate's id, by which lists are paged."""
        return self.row.id


def offer_of(row: FeeRate) -> Offer:
    """What is on the table."""
    rate = Rate(FeeBasis(row.basis), row.amount)
    return Offer(rate, row.proposed_by_id, FeeStatus(row.status), row.notice_given_on)


def agreed_of(row: FeeRate | None) -> Rate | None:
    """The rate that is in force."""
    if row is None or row.agreed_basis is None or row.agreed_amount is None:
        return None
    return Rate(FeeBasis(row.agreed_basis), row.agreed_amount)


# --- read -----------------------------------------------------------------------------------------------------------


async def list_page(
    session: AsyncSession, keyset: Keyset, provider_id: UUID, academic_year: str, commissioner_id: UUID | None
) -> Page[Told]:
    """The rates of a provider for a school year that the caller is a party to, by id. Raises NotFound."""
    await rows.get(session, Provider, provider_id)
    query = select(FeeRate).where(col(FeeRate.provider_id) == provider_id, col(FeeRate.academic_year) == academic_year)
    if commissioner_id is not None:
        query = query.where(col(FeeRate.commissioner_id) == commissioner_id)
    page = keyset.page((await session.execute(keyset.cut(query, col(FeeRate.id)))).scalars().all())
    return Page(await told(session, page.rows), page.next_cursor)


async def agreed(session: AsyncSession, pair: Pair, years: Collection[str]) -> list[Rate]:
    """The rates in force between a provider and a commissioner, one for each of the academic years that has one."""
    query = select(FeeRate).where(
        col(FeeRate.provider_id) == pair[0],
        col(FeeRate.commissioner_id) == pair[1],
        col(FeeRate.academic_year).in_(years),
    )
    found = (await session.execute(query.order_by(col(FeeRate.academic_year)))).scalars()
    return [rate for row in found if (rate := agreed_of(row)) is not None]


async def told(session: AsyncSession, found: Sequence[FeeRate]) -> list[Told]:
    """Rates of one school year, each with its alerts, in four statements for any number.

    A change of what was agreed, for this year or else for the one before, has its notice.
    """
    if not found:
        return []
    eve = academic_year_named(found[0].academic_year)[0] - timedelta(days=1)
    earlier = await _agreed_before(session, found, academic_year_label(eve))
    before = {row.id: _replaces(row) or earlier.get((row.provider_id, row.commissioner_id)) for row in found}
    changed = {row.commissioner_id for row in found if before[row.id] is not None}
    years = await years_of(session, changed, eve) if changed else {}
    return [Told(row, _alerts(row, before[row.id], years.get(row.commissioner_id, ()), eve)) for row in found]


def _replaces(row: FeeRate) -> Rate | None:
    """The rate in force that another is to replace."""
    in_force = agreed_of(row)
    return None if in_force == offer_of(row).rate else in_force


async def _agreed_before(session: AsyncSession, found: Sequence[FeeRate], academic_year: str) -> dict[Pair, Rate]:
    query = select(FeeRate).where(
        col(FeeRate.academic_year) == academic_year,
        col(FeeRate.provider_id).in_({row.provider_id for row in found}),
        col(FeeRate.commissioner_id).in_({row.commissioner_id for row in found}),
    )
    kept = (await session.execute(query)).scalars()
    return {(row.provider_id, row.commissioner_id): rate for row in kept if (rate := agreed_of(row)) is not None}


def _alerts(row: FeeRate, before: Rate | None, years: Iterable[SchoolYear], eve: date) -> tuple[FeeAlert, ...]:
    terms = next((each.terms for each in years if each.academic_year == academic_year_label(eve)), None)
    told_on = row.notice_given_on or row.proposed_on
    return notice_alerts(offer_of(row).rate, before, told_on=told_on, terms_before=terms)


# --- propose and agree ----------------------------------------------------------------------------------------------


async def held(
    session: AsyncSession, provider_id: UUID, academic_year: str, commissioner_id: UUID | None
) -> FeeRate | None:
    """The rate between the caller's organisation and another for a school year, if one is on the table.

    Args:
        commissioner_id: None: the caller's own organisation.

    Raises:
        NotFound, Invalid: as `parties` does.
    """
    await rows.get(session, Provider, provider_id)
    pair = await parties(session, {"provider_id": provider_id, "commissioner_id": commissioner_id})
    query = select(FeeRate).where(
        col(FeeRate.provider_id) == pair[0],
        col(FeeRate.commissioner_id) == pair[1],
        col(FeeRate.academic_year) == academic_year,
    )
    return (await session.execute(query)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Said:
    """What a side says of a rate. `agreed_on`: when the two agreed, where that was before."""

    rate: Rate
    commissioner_id: UUID | None = None
    notice_given_on: date | None = None
    agreed_on: date | None = None


async def put(
    session: AsyncSession, provider_id: UUID, academic_year: str, said: Said, *, expected: Versions | None, today: date
) -> tuple[Told, bool]:
    """Propose a rate, or agree to the other side's by saying the same. What was agreed holds until another is.

    Args:
        expected: the version that the caller has seen; None where there is none.

    Returns:
        The rate with its alerts, and whether it is new.

    Raises:
        Stale: another version than the expected one, or none.
        Invalid: `in_the_future`, `party_missing`.
        NotFound
    """
    ensure_dated(agreed_on=said.agreed_on, notice_given_on=said.notice_given_on, today=today)
    row = await held(session, provider_id, academic_year, said.commissioner_id)
    by_id = caller_of(session).organisation
    if row is None:
        if expected is not None:
            raise Stale("There is no rate of that year yet.")
        row, step = _new((provider_id, said.commissioner_id or by_id), academic_year, said, by_id, today), None
        session.add(row)
    else:
        row = await rows.for_change(session, FeeRate, row.id, expected=expected)
        step = fee_step(offer_of(row), said.rate, by_id, said.notice_given_on)
        _take(row, step, said, by_id, today)
    await session.flush()
    _written(session, row, step or FeeStep.PROPOSE)
    (shown,) = await told(session, [row])
    return shown, step is None


def _new(pair: Pair, academic_year: str, said: Said, by_id: UUID, today: date) -> FeeRate:
    return FeeRate(
        provider_id=pair[0], commissioner_id=pair[1], academic_year=academic_year, **_proposal(said, by_id, today)
    )


def _proposal(said: Said, by_id: UUID, today: date) -> dict[str, Any]:
    return {
        "status": FeeStatus.PROPOSED.value,
        "basis": said.rate.basis.value,
        "amount": said.rate.amount,
        "proposed_by_id": by_id,
        "proposed_on": today,
        "notice_given_on": said.notice_given_on,
    }


def _take(row: FeeRate, step: FeeStep, said: Said, by_id: UUID, today: date) -> None:
    if step is FeeStep.AGREE:
        row.status = FeeStatus.AGREED.value
        row.agreed_basis, row.agreed_amount = row.basis, row.amount
        row.agreed_on, row.agreed_by_id = said.agreed_on or today, by_id
    if step is FeeStep.PROPOSE:
        row.history = [*row.history, on_the_table(row)]
        for name, value in _proposal(said, by_id, today).items():
            setattr(row, name, value)
    if step is not FeeStep.KEEP:
        row.touch()


def on_the_table(row: FeeRate) -> dict[str, Any]:
    """What is on the table, as `history` will tell it."""
    agreed_on = row.agreed_on if row.status == FeeStatus.AGREED else None
    days = {"proposed_on": row.proposed_on, "notice_given_on": row.notice_given_on, "agreed_on": agreed_on}
    told = {name: day.isoformat() if day else None for name, day in days.items()}
    rate = {"basis": row.basis, "amount": pounds(row.amount), "proposed_by_id": str(row.proposed_by_id)}
    return rate | told


def _written(session: AsyncSession, row: FeeRate, step: FeeStep) -> None:
    if step is FeeStep.KEEP:
        return
    about = {"provider_id": str(row.provider_id), "academic_year": row.academic_year}
    audit(session, step.value, "fee_rate", row.id, **about)
    done = {FeeStep.PROPOSE: "proposed", FeeStep.AGREE: "agreed"}[step]
    tell(session, f"fee_rate.{done}", "fee_rate", row.id, (row.provider_id, row.commissioner_id), **about)
