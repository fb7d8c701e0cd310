"""What is owed between the caller's organisation and those it deals with: the facts gathered, the agreements asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import owing_facts
from app.db.agreements import Adopted, adopted_by, labels_around, years_of
from app.db.organisations import Organisation
from app.db.owing_facts import Pair
from app.db.placements import Placement
from app.db.session import caller_of
from app.domain import obligations
from app.domain.calendar import EARLIEST_START, SchoolYear, academic_year_label, academic_year_named
from app.domain.errors import Invalid
from app.domain.obligations import Facts, Obligation
from app.domain.placements import Status


@dataclass(frozen=True, slots=True)
class Undetermined:
    """What cannot be told of a provider and a commissioner, and why."""

    provider_id: UUID
    commissioner_id: UUID
    agreement_id: str
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class Owed:
    """The obligations to which the caller's organisation is a party, by their due days, and what cannot be told."""

    obligations: list[Obligation]
    undetermined: list[Undetermined]


async def gather(session: AsyncSession, *, on: date, provider_id: UUID | None = None) -> Owed:
    """What the caller's organisation owes and is owed, as known on a day: a dozen statements for any number of it.

    Args:
        provider_id: only what has to do with this provider.
    """
    placed = await _placements(session, on, provider_id)
    organisations = await _organisations(session, placed)
    adopted = {each.id: adopted_by(each) for each in organisations if each.agreements}
    placed = [each for each in placed if each.commissioner_id in adopted]
    pairs = sorted({(each.provider_id, each.commissioner_id) for each in placed})
    concerned = {each.commissioner_id for each in placed} | {seen_by(each) for each in placed}
    years = await years_of(session, concerned, on) if placed else {}
    known = await owing_facts.gather(session, pairs, _marked(placed, adopted)) if placed else {}
    first = await _first_placed(session, pairs) if placed else {}
    by_pair: dict[Pair, list[Any]] = defaultdict(list)
    for each in placed:
        by_pair[each.provider_id, each.commissioner_id].append(each)
    facts = {pair: _facts(by_pair[pair], known[pair], years, first.get(pair)) for pair in pairs}
    return _asked(facts, adopted, years, on, caller_of(session).organisation)


def _asked(
    facts: Mapping[Pair, Facts],
    adopted: Mapping[UUID, Sequence[Adopted]],
    years: Mapping[UUID, Sequence[SchoolYear]],
    on: date,
    mine: UUID,
) -> Owed:
    found: list[Obligation] = []
    unknown: list[Undetermined] = []
    for pair, known in facts.items():
        own = years.get(pair[1], ())
        for each in adopted[pair[1]]:
            if academic_year_label(on) not in [year.academic_year for year in own]:
                what = f"There is no calendar of {academic_year_label(on)} for the commissioner."
                unknown.append(Undetermined(*pair, each.agreement.id, "calendar_missing", what))
            try:
                agreed = replace(known, parameters=each.parameters, from_on=each.from_on)
                told = obligations.due(each.agreement, agreed, years=own, on=on)
            except Invalid as refusal:
                unknown.append(Undetermined(*pair, each.agreement.id, refusal.problem_code, refusal.detail))
            else:
                found += [one for one in told if mine in (one.owed_by_id, one.owed_to_id)]
    return Owed(sorted(found, key=lambda each: each.place), unknown)


# --- who is placed where --------------------------------------------------------------------------------------------


async def _placements(session: AsyncSession, on: date, provider_id: UUID | None) -> list[Any]:
    """The placements since the academic year before, to which the caller is a party."""
    mine = caller_of(session).organisation
    since = academic_year_named(labels_around(on)[0])[0] - EARLIEST_START
    on_roll = and_(col(Placement.pupil_owner_id) == mine, col(Placement.home_school_id) == mine)
    query = select(
        *(getattr(Placement, name) for name in ("id", "provider_id", "commissioner_id", "pupil_id", "pupil_owner_id")),
        *(getattr(Placement, name) for name in ("home_school_id", "site_id", "starts_on", "ends_on", "arrangements")),
    ).where(
        col(Placement.status) != Status.CANCELLED.value,
        or_(col(Placement.ends_on).is_(None), col(Placement.ends_on) >= since),
        or_(col(Placement.commissioner_id) == mine, col(Placement.provider_id) == mine, on_roll),
    )
    if provider_id is not None:
        query = query.where(col(Placement.provider_id) == provider_id)
    return list((await session.execute(query.order_by(col(Placement.id)))).all())


def _marked(placed: Iterable[Any], adopted: Mapping[UUID, Sequence[Adopted]]) -> dict[UUID, bool]:
    """The placements, and whether their attendance is reported here."""
    here = {one: any(each.settled.get("attendance_here") for each in told) for one, told in adopted.items()}
    return {each.id: here[each.commissioner_id] for each in placed}


async def _first_placed(session: AsyncSession, pairs: Iterable[Pair]) -> dict[Pair, date]:
    """The first day of the first placement ever, as far as the caller may know."""
    providers, commissioners = {each[0] for each in pairs}, {each[1] for each in pairs}
    query = (
        select(col(Placement.provider_id), col(Placement.commissioner_id), func.min(col(Placement.starts_on)))
        .where(col(Placement.status) != Status.CANCELLED.value)
        .where(col(Placement.provider_id).in_(providers), col(Placement.commissioner_id).in_(commissioners))
        .group_by(col(Placement.provider_id), col(Placement.commissioner_id))
    )
    return {(provider, commissioner): on for provider, commissioner, on in await session.execute(query)}


async def _organisations(session: AsyncSession, placed: Iterable[Any]) -> Sequence[Organisation]:
    commissioners = {each.commissioner_id for each in placed}
    if not commissioners:
        return ()
    query = select(Organisation).where(col(Organisation.id).in_(commissioners))
    return (await session.execute(query)).scalars().all()


def seen_by(placement: Any) -> UUID:
    """Who sees to it that the child is seen: its school, where that keeps the record, else who commissioned it."""
    home: UUID | None = placement.home_school_id
    return home if home is not None and home == placement.pupil_owner_id else placement.commissioner_id


def _facts(
    placed: Iterable[Any],
    known: Facts,
    years: Mapping[UUID, tuple[SchoolYear, ...]],
    first_placed_on: date | None,
) -> Facts:
    placements = tuple(
        obligations.Placement(
            each.id,
            each.pupil_id,
            each.starts_on,
            each.ends_on,
            tuple(owing_facts.settings_of(each)),
            seen_by(each),
            years.get(seen_by(each)) or None,
        )
        for each in placed
    )
    return replace(known, placements=placements, first_placed_on=first_placed_on)
