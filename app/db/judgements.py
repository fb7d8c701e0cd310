"""Judgements read across visits: where each stands, how it reads on its scale, and what was found there before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Uuid, case, cast, exists, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.db import frameworks, pages, rows
from app.db.base import LONDON, Keyset, Page, today
from app.db.providers import Provider
from app.db.staff import ProviderChange
from app.db.visits import Judgement, Visit
from app.domain.frameworks import BY_ID, Framework, Scale, Value
from app.domain.judgements import Change, Level, ProviderChangeKind, Standing, Trend, standing, trend
from app.domain.visits import VisitStatus
from app.domain.visits.items import MET_NOT_MET

FINALISED = col(Judgement.visit_status) == VisitStatus.FINALISED.value
RATED = col(Judgement.rating).is_not(None)  # priorities of a section that nobody rates are no finding
# What is the same thing, found again: a series. What a moderation has set aside is part of none.
_THING = [getattr(Judgement, name) for name in ("framework_id", "level", "key", "site_id", "set_aside")]
_AT_A_GLANCE = (Level.SECTION.value, Level.OVERALL.value)


@dataclass(frozen=True, slots=True)
class Found:
    """A judgement, its rating on the scale, and what follows from the day on which it is read.

    `standing` is None, and `stale_because` empty, while the visit is not finalised. `trend` is that from the finding
    before it in its series, where it was read as part of one.
    """

    row: Judgement
    value: Value
    standing: Standing | None
    stale_because: tuple[ProviderChangeKind, ...]
    trend: Trend | None = None

    @property
    def id(self) -> UUID:
        """The judgement's id, by which lists are paged."""
        return self.row.id

    @property
    def position(self) -> str:
        """Its place in its series, as it stands in a cursor."""
        return f"{self.row.visited_on} {self.row.id}"


def position_key(written: str) -> Any:
    """A `Found.position` for `Keyset`. Raises ValueError."""
    day, _, judgement_id = written.partition(" ")
    return tuple_(literal(date.fromisoformat(day), Date), literal(UUID(judgement_id), Uuid))


# --- what a judgement amounts to ------------------------------------------------------------------------------------


def standing_on(on: date) -> ColumnElement[str]:
    """Where a finalised judgement stands on a day: in SQL what `app.domain.judgements.standing` says of one row."""
    made_at, change = col(Judgement.made_at), ProviderChange
    made_on = cast(func.timezone(LONDON.key, made_at), Date)
    later = select(col(change.id)).where(
        col(change.provider_id) == col(Judgement.provider_id),
        col(change.changed_on) <= on,
        tuple_(col(change.changed_on), col(change.created_at)) > tuple_(made_on, made_at),
    )
    return case(
        (col(Judgement.set_aside), Standing.SET_ASIDE.value),
        (col(Judgement.superseded_by).is_not(None), Standing.SUPERSEDED.value),
        (exists(later), Standing.STALE.value),
        (col(Judgement.valid_until_on) < on, Standing.EXPIRED.value),
        else_=Standing.CURRENT.value,
    )


async def read(
    session: AsyncSession, judged: Sequence[Judgement], *, on: date, before: Mapping[UUID, str | None] | None = None
) -> list[Found]:
    """What some judgements amount to on a day, in their order: at most two statements for any number of them.

    Args:
        before: by judgement, the rating before it in its series.
    """
    known = await forms(session, {each.framework_id for each in judged})
    changes = await _changes(session, [each for each in judged if each.visit_status == VisitStatus.FINALISED])
    found = []
    for row in judged:
        scale = scale_of(known[row.framework_id], row)
        value = scale.values[scale.rank(row.rating or "")]
        earlier = None if row.set_aside else (before or {}).get(row.id)
        series = [(row.scale, rating) for rating in (earlier, row.rating) if rating is not None]
        found.append(Found(row, value, *_standing(row, changes[row.provider_id], on), trend(series, scale)))
    return found


async def forms(session: AsyncSession, framework_ids: Iterable[str]) -> Mapping[str, Framework]:
    """Frameworks by id, these among them: without asking the database where all of them come with the service."""
    return BY_ID if BY_ID.keys() >= set(framework_ids) else await frameworks.known(session)


def scale_of(form: Framework, row: Judgement) -> Scale:
    """The scale of a judgement on a form."""
    return MET_NOT_MET if row.level == Level.CAVEAT else form.scale(row.scale)


def _standing(
    row: Judgement, changes: Iterable[Change], on: date
) -> tuple[Standing | None, tuple[ProviderChangeKind, ...]]:
    if row.visit_status != VisitStatus.FINALISED:
        return None, ()
    return standing(
        on=on,
        made_on=today(row.made_at),
        made_at=row.made_at,
        valid_until_on=row.valid_until_on or date.max,
        changes=changes,
        superseded=row.superseded_by is not None,
        set_aside=row.set_aside,
    )


async def _changes(session: AsyncSession, judged: Sequence[Judgement]) -> Mapping[UUID, list[Change]]:
    """The changes at the providers since the first of the judgements, in one statement."""
    found: defaultdict[UUID, list[Change]] = defaultdict(list)
    if judged:
        query = select(ProviderChange).where(
            col(ProviderChange.provider_id).in_({each.provider_id for each in judged}),
            col(ProviderChange.changed_on) >= min(today(each.made_at) for each in judged),
        )
        for each in (await session.execute(query)).scalars():
            found[each.provider_id].append(Change(ProviderChangeKind(each.kind), each.changed_on, each.created_at))
    return found


# --- lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sought:
    """What judgements are sought: by the values of columns (None where every value will do), and otherwise.

    `validity`: only finalised ones that stand so on the day.
    """

    columns: Mapping[str, Any]
    criterion_key: str | None = None
    validity: Standing | None = None
    made_since: datetime | None = None


async def list_page(session: AsyncSession, keyset: Keyset, sought: Sought, *, on: date) -> Page[Found]:
    """Judgements that the caller may know of, by id: three statements at most."""
    wanted = {name: value for name, value in sought.columns.items() if value is not None}
    query = select(Judgement).where(RATED, *(getattr(Judgement, name) == value for name, value in wanted.items()))
    if sought.criterion_key is not None:
        criterion = col(Judgement.level) == Level.CRITERION.value
        query = query.where(criterion, col(Judgement.key) == sought.criterion_key)
    if sought.validity is not None:
        query = query.where(FINALISED, standing_on(on) == sought.validity.value)
    if sought.made_since is not None:
        query = query.where(col(Judgement.made_at) >= sought.made_since)
    cut = pages.under(query, keyset, col(Judgement.id), col(Judgement.visit_id), Visit, wanted.values())
    judged = (await session.execute(cut)).scalars().all()
    return keyset.page(await read(session, judged, on=on))


async def get(session: AsyncSession, judgement_id: UUID, *, on: date) -> Found:
    """One judgement that the caller may know of.

    Raises:
        NotFound
    """
    row = await rows.get(session, Judgement, judgement_id)
    return (await read(session, [rows.found(row if row.rating else None)], on=on))[0]


async def at_a_glance(session: AsyncSession, provider_id: UUID, keyset: Keyset, *, on: date) -> Page[Found]:
    """The newest finding on each section and on the whole, of each form and site, with its trend; by id.

    Raises:
        NotFound: no such provider.
    """
    await rows.get(session, Provider, provider_id)
    newest = func.row_number().over(
        partition_by=_THING, order_by=(col(Judgement.visited_on).desc(), col(Judgement.id).desc())
    )
    query = _series(provider_id).add_columns(newest.label("newest"))
    query = query.where(col(Judgement.level).in_(_AT_A_GLANCE), ~col(Judgement.set_aside))
    series = query.subquery()
    judgement = aliased(Judgement, series)
    cut = keyset.cut(select(judgement, series.c.before).where(series.c.newest == 1), judgement.id)
    return keyset.page(await _read_series(session, cut, on))


async def history(
    session: AsyncSession, provider_id: UUID, keyset: Keyset, *, framework_id: str, item_key: str, on: date
) -> Page[Found]:
    """What finalised visits have found on one item of a form, oldest first, each with the trend from the one before.

    Args:
        item_key: as a form has it ("section:leadership", "overall").

    Raises:
        NotFound: no such provider.
    """
    await rows.get(session, Provider, provider_id)
    level, _, key = item_key.partition(":")
    wanted = {"framework_id": framework_id, "level": level, "key": key}
    series = _series(provider_id).where(*(getattr(Judgement, k) == v for k, v in wanted.items())).subquery()
    judgement = aliased(Judgement, series)
    place = tuple_(series.c.visited_on, series.c.id)
    cut = keyset.cut(select(judgement, series.c.before), place)
    return keyset.page(await _read_series(session, cut, on), key="position")


def _series(provider_id: UUID) -> Select[Any]:
    """A provider's finalised judgements, each with the rating before it in its series."""
    before = func.lag(col(Judgement.rating)).over(
        partition_by=_THING, order_by=(col(Judgement.visited_on), col(Judgement.id))
    )
    return select(Judgement, before.label("before")).where(FINALISED, RATED, col(Judgement.provider_id) == provider_id)


async def _read_series(session: AsyncSession, query: Select[Any], on: date) -> list[Found]:
    found = (await session.execute(query)).all()
    return await read(session, [each[0] for each in found], on=on, before={each[0].id: each[1] for each in found})
