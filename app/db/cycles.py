"""What the yearly round of a programme asks of an organisation at the providers that it uses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import calendars, frameworks, judgements, rows
from app.db.base import LONDON, Keyset, Page, today
from app.db.concerns import Reliance
from app.db.placements import Placement
from app.db.providers import Provider
from app.db.session import caller_of
from app.db.visits import Judgement, Visit
from app.domain.access import Role
from app.domain.calendar import SchoolYear
from app.domain.cycles import Due, PastVisit, State, due
from app.domain.errors import Conflict, Fault, Invalid, NotFound
from app.domain.frameworks import Effect, Framework, Ratings, VisitKind, follow_up_within_days
from app.domain.placements import Status as PlacementStatus
from app.domain.visits import VisitStatus

FOLLOW_UP = "follow-up"
# An assessment of any of these kinds settles a follow-up, as in app.domain.cycles; rather one that was made as such.
_ASSESSMENTS = (VisitKind.FOLLOW_UP, VisitKind.JOINT_OBSERVATION, VisitKind.HALF_DAY_OBSERVATION)
_TOOK_PLACE = (VisitStatus.VISITED, VisitStatus.DRAFT_SHARED, VisitStatus.DISPUTED, VisitStatus.FINALISED)


class InUse(StrEnum):
    """Why a provider counts as in use from its day on."""

    PLACEMENT = "placement"
    VISIT = "visit"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit that the round asks for, what its framework calls it, and the visit that settled it."""

    due: Due
    title: str
    done_by_visit_id: UUID | None


@dataclass(frozen=True, slots=True)
class Round:
    """What the round of one academic year asks for at one provider, by deadline."""

    provider: Provider
    programme: Framework
    academic_year: str
    in_use_from_on: date
    in_use_because: InUse
    asked: tuple[Asked, ...]

    @property
    def id(self) -> UUID:
        """The provider's id, by which lists are paged."""
        return self.provider.id


@dataclass(frozen=True, slots=True)
class Year:
    """One programme's round in one academic year. `regular_days`: between visits called regular without a number."""

    programme: Framework
    school_year: SchoolYear
    regular_days: int
    on: date


@dataclass(frozen=True, slots=True)
class _Past:
    id: UUID
    visit: PastVisit


async def year_of(session: AsyncSession, programme_id: str, academic_year: str, *, regular_days: int, on: date) -> Year:
    """The round of a programme, by the calendar that counts for the caller's organisation.

    Raises:
        NotFound: no such framework.
        Invalid: `programme_without_cycle`.
        Conflict: `calendar_missing`.
    """
    programme = await frameworks.named(session, programme_id)
    if not programme.cycle:
        fault = Fault("programme_without_cycle", "Name a framework with a cycle.", parameter="programme_id")
        raise Invalid("This framework asks for no round of visits.", code=fault.code, errors=(fault,))
    try:
        terms = await calendars.school_year_for(session, caller_of(session).organisation, academic_year)
    except NotFound as missing:
        detail = (
            "When visits are due depends on the six terms, and nobody has given those of this year that count for you. "
            f"A lead gives them by PUT /v1/calendars/{academic_year.replace('/', '-')}: yours, your partnership's, or "
            "your local authority's."
        )
        raise Conflict(detail, code="calendar_missing") from missing
    return Year(programme, terms, regular_days, on)


async def at_provider(session: AsyncSession, provider_id: UUID, year: Year) -> Round:
    """What the caller's round asks for at one provider. Of a provider itself nothing is asked.

    Raises:
        NotFound: no such provider.
    """
    return (await _rounds(session, [await rows.get(session, Provider, provider_id)], year))[0]


async def list_page(session: AsyncSession, keyset: Keyset, year: Year, *, state: State | None) -> Page[Round]:
    """The rounds at every provider that the caller's organisation uses in the year, by the provider's id.

    At most six statements for any number of them.

    Args:
        state: only what stands so, and providers at which something does: a page may hold fewer than it could.
    """
    used = select(Provider).where(_used_in(session, year))
    page = keyset.page((await session.execute(keyset.cut(used, col(Provider.id)))).scalars().all())
    found = await _rounds(session, page.rows, year)
    if state is not None:
        found = [replace(each, asked=tuple(a for a in each.asked if a.due.state is state)) for each in found]
        found = [each for each in found if each.asked]
    return Page(found, page.next_cursor)


# --- use ------------------------------------------------------------------------------------------------------------


def _placed(session: AsyncSession) -> ColumnElement[bool]:
    """Placements that the organisation commissions, or that others have shared with it."""
    me = caller_of(session).organisation
    ours = or_(col(Placement.commissioner_id) == me, col(Placement.shared_with_ids).contains([me]))
    return ours & (col(Placement.status) != PlacementStatus.CANCELLED.value)


def _visiting(session: AsyncSession, programme: Framework) -> ColumnElement[bool]:
    """Visits of the programme by the organisation's staff."""
    ours = col(Visit.team_ids).contains([caller_of(session).organisation])
    return ours & (col(Visit.programme_id) == programme.id) & (col(Visit.status) != VisitStatus.CANCELLED.value)


_PLANNED_ON = cast(func.timezone(LONDON.key, col(Visit.created_at)), Date)
_VISIT_ON = func.coalesce(col(Visit.visited_on), col(Visit.planned_on), col(Visit.due_by_on), _PLANNED_ON)


def _used_in(session: AsyncSession, year: Year) -> ColumnElement[bool]:
    """Providers at which the organisation has a placement or a visit of the programme in the academic year."""
    first_on, last_on = year.school_year.first_on, year.school_year.last_on
    placed = select(col(Placement.provider_id)).where(
        _placed(session),
        col(Placement.starts_on) <= last_on,
        or_(col(Placement.ends_on).is_(None), col(Placement.ends_on) >= first_on),
    )
    visited = select(col(Visit.provider_id)).where(
        _visiting(session, year.programme), _VISIT_ON.between(first_on, last_on)
    )
    return or_(col(Provider.id).in_(placed), col(Provider.id).in_(visited))


async def _in_use(session: AsyncSession, providers: Sequence[Provider], year: Year) -> dict[UUID, tuple[date, InUse]]:
    """Since when, and why, each provider counts as in use."""
    ids = [each.id for each in providers]
    placed = select(col(Placement.provider_id), func.min(col(Placement.starts_on)))
    placed = placed.where(_placed(session), col(Placement.provider_id).in_(ids))
    first = func.min(func.least(_PLANNED_ON, col(Visit.planned_on), col(Visit.visited_on)))
    visited = select(col(Visit.provider_id), first)
    visited = visited.where(_visiting(session, year.programme), col(Visit.provider_id).in_(ids))
    found = {each.id: (today(each.created_at), InUse.RECORDED) for each in providers}
    for query, key, why in (
        (visited, col(Visit.provider_id), InUse.VISIT),
        (placed, col(Placement.provider_id), InUse.PLACEMENT),
    ):
        found |= {provider_id: (on, why) for provider_id, on in await session.execute(query.group_by(key))}
    return found


# --- the rounds -----------------------------------------------------------------------------------------------------


async def _rounds(session: AsyncSession, providers: Sequence[Provider], year: Year) -> list[Round]:
    in_use = await _in_use(session, providers, year)
    past = await _past(session, [each.id for each in providers], year.programme)
    asks = caller_of(session).role is not Role.PROVIDER
    return [
        Round(
            each,
            year.programme,
            year.school_year.academic_year,
            *in_use[each.id],
            asked=_asked(year, in_use[each.id][0], past[each.id]) if asks else (),
        )
        for each in providers
    ]


def _asked(year: Year, provider_from_on: date, past: Sequence[_Past]) -> tuple[Asked, ...]:
    found = due(
        year.programme,
        provider_from_on=provider_from_on,
        terms=year.school_year.terms,
        visits=[each.visit for each in past],
        regular_days=year.regular_days,
        on=year.on,
    )
    titles = {each.key: each.title for each in year.programme.cycle} | {FOLLOW_UP: "Follow-up"}
    counted: set[UUID] = set()
    return tuple(Asked(each, titles[each.key], _done_by(each, past, counted)) for each in found)


def _done_by(asked: Due, past: Iterable[_Past], counted: set[UUID]) -> UUID | None:
    """The visit that settled what was asked for: of its kind, on that day.

    Args:
        counted: visits that have settled an entry each, added to here; only a follow-up may be settled by one of them.
    """
    following = asked.key == FOLLOW_UP
    kinds = _ASSESSMENTS if following else (asked.kind,)
    fitting = [each for each in past if each.visit.visited_on == asked.done_on and each.visit.kind in kinds]
    fitting = [each for each in fitting if following or each.id not in counted]
    if not fitting:
        return None
    found = min(fitting, key=lambda each: kinds.index(each.visit.kind)).id
    counted |= set() if following else {found}
    return found


async def _past(
    session: AsyncSession, provider_ids: Sequence[UUID], programme: Framework
) -> Mapping[UUID, list[_Past]]:
    """The programme's visits that took place, by the organisation's staff or relied on by it, by provider."""
    relied = select(col(Reliance.visit_id)).where(col(Reliance.organisation_id) == caller_of(session).organisation)
    query = select(Visit).where(
        col(Visit.provider_id).in_(provider_ids),
        col(Visit.programme_id) == programme.id,
        col(Visit.status).in_([each.value for each in _TOOK_PLACE]),
        col(Visit.visited_on).is_not(None),
        or_(col(Visit.team_ids).contains([caller_of(session).organisation]), col(Visit.id).in_(relied)),
    )
    visits = (await session.execute(query.order_by(col(Visit.visited_on), col(Visit.id)))).scalars().all()
    within = await _follow_ups(session, visits)
    found: defaultdict[UUID, list[_Past]] = defaultdict(list)
    for each in visits:
        assert each.visited_on is not None  # asked for above
        past = PastVisit(VisitKind(each.kind), each.visited_on, within.get(each.id))
        found[each.provider_id].append(_Past(each.id, past))
    return found


async def _follow_ups(session: AsyncSession, visits: Sequence[Visit]) -> dict[UUID, int | None]:
    """In how many days the ratings of finalised visits call for a follow-up; a draft's may yet change."""
    known = await judgements.forms(session, {each.framework_id for each in visits})
    calling = {name for name, form in known.items() if any(c.effect is Effect.FOLLOW_UP for c in form.consequences)}
    final = {each.id: each for each in visits if each.status == VisitStatus.FINALISED and each.framework_id in calling}
    if not final:
        return {}
    columns: list[Any] = [col(Judgement.visit_id), col(Judgement.level), col(Judgement.key), col(Judgement.rating)]
    query = select(*columns).where(col(Judgement.visit_id).in_(final), ~col(Judgement.set_aside))
    rated: defaultdict[UUID, defaultdict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for visit_id, level, key, rating in await session.execute(query):
        rated[visit_id][level][key] = rating
    return {
        visit_id: follow_up_within_days(
            known[final[visit_id].framework_id],
            Ratings(by_level["criterion"], by_level["section"], by_level["overall"].get("")),
        )
        for visit_id, by_level in rated.items()
    }
