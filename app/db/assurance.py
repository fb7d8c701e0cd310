"""Finalised visits as assurance for others: what they found, whether it still stands, and who relies on them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Integer, Select, Uuid, delete, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import judgements, rows
from app.db.base import Keyset, Page
from app.db.concerns import Concern, Reliance
from app.db.judgements import RATED, Found, standing_on
from app.db.organisations import Organisation
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.visiting import side_of
from app.db.visits import Judgement, Visit, VisitVersion
from app.domain.access import ensure_may_change
from app.domain.crosswalk import meets_commissioning_floor
from app.domain.errors import Conflict, NotFound
from app.domain.frameworks import Framework, Ratings
from app.domain.judgements import Level, Standing, valid_until
from app.domain.visits import Side, VisitStatus

_AFTER_ALL = date(2200, 1, 1)  # later than any visit

# --- recent assurance -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assurance:
    """A finalised visit at a glance. `ratings`: of sections in print order, then of the whole, each with its title.

    `standings` counts the judgements of every level by how they stand. `meets_floor`: whether the ratings reach the
    least at which the programme's publisher commissions, None where it states none or a rating is wanting.
    """

    visit: Visit
    lead_name: str
    framework_title: str
    ratings: tuple[tuple[str, Found], ...]
    standings: Mapping[Standing, int]
    open_concerns: int
    meets_floor: bool | None
    content_hash: str | None
    relied_on: bool

    @property
    def position(self) -> str:
        """Its place among visits, newest first, as it stands in a cursor."""
        return f"{self.visit.visited_on} {self.visit.id}"


def position_key(written: str) -> Any:
    """An `Assurance.position` for `Keyset`. Raises ValueError."""
    day, _, visit_id = written.partition(" ")
    return tuple_(literal(_age(date.fromisoformat(day)), Integer), literal(UUID(visit_id), Uuid))


def _age(day: date) -> int:
    """A number that grows from the newest day to the oldest."""
    return (_AFTER_ALL - day).days


async def recent(session: AsyncSession, provider_id: UUID, keyset: Keyset, *, since: date, on: date) -> Page[Assurance]:
    """Finalised visits to a provider since a day that the caller may read, newest first.

    Eight statements for any number of visits, one more where an organisation has published one of their forms.

    Raises:
        NotFound: no such provider.
    """
    await rows.get(session, Provider, provider_id)
    lead = Organisation
    query: Select[Any] = (
        select(Visit).add_columns(col(lead.name)).join(lead, col(lead.id) == col(Visit.lead_organisation_id))
    )
    query = query.where(
        col(Visit.provider_id) == provider_id,
        col(Visit.status) == VisitStatus.FINALISED.value,
        col(Visit.visited_on) >= since,
    )
    place = tuple_(literal(_AFTER_ALL, Date) - col(Visit.visited_on), col(Visit.id))
    found = [(row[0], row[1]) for row in await session.execute(keyset.cut(query, place))]
    return keyset.page(await _drawn(session, found, on), key="position")


async def _drawn(session: AsyncSession, found: Sequence[tuple[Visit, str]], on: date) -> list[Assurance]:
    """Each visit with what is told of it, in their order."""
    ids = [visit.id for visit, _ in found]
    known = await judgements.forms(
        session, {name for each, _ in found for name in (each.framework_id, each.programme_id)}
    )
    rated = await _rated(session, ids, on)
    standings = await _standings(session, ids, on)
    concerns, hashes, relied = await _concerns(session, ids), await _hashes(session, ids), await _relied(session, ids)
    return [
        Assurance(
            visit=visit,
            lead_name=lead_name,
            framework_title=known[visit.framework_id].title,
            ratings=_in_print_order(known[visit.framework_id], rated[visit.id]),
            standings=standings[visit.id],
            open_concerns=concerns.get(visit.id, 0),
            meets_floor=_meets_floor(known[visit.programme_id], rated[visit.id]),
            content_hash=hashes.get(visit.id),
            relied_on=visit.id in relied,
        )
        for visit, lead_name in found
    ]


async def _rated(session: AsyncSession, ids: Sequence[UUID], on: date) -> Mapping[UUID | None, list[Found]]:
    """The judgements on sections and on the whole, by visit."""
    levels = (Level.SECTION.value, Level.OVERALL.value)
    query = select(Judgement).where(RATED, col(Judgement.visit_id).in_(ids), col(Judgement.level).in_(levels))
    judged = (await session.execute(query)).scalars().all()
    found: defaultdict[UUID | None, list[Found]] = defaultdict(list)
    for each in await judgements.read(session, judged, on=on):
        found[each.row.visit_id].append(each)
    return found


async def _standings(session: AsyncSession, ids: Sequence[UUID], on: date) -> Mapping[UUID | None, Counter[Standing]]:
    """How many judgements stand how, by visit."""
    query = select(col(Judgement.visit_id), standing_on(on).label("standing"), func.count())
    query = query.where(RATED, col(Judgement.visit_id).in_(ids)).group_by("visit_id", "standing")
    found: defaultdict[UUID | None, Counter[Standing]] = defaultdict(Counter)
    for visit_id, standing, count in await session.execute(query):
        found[visit_id][Standing(standing)] = count
    return found


async def _concerns(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID | None, int]:
    query = select(col(Concern.visit_id), func.count()).where(
        col(Concern.visit_id).in_(ids), col(Concern.status) == "open"
    )
    return {row[0]: row[1] for row in await session.execute(query.group_by(col(Concern.visit_id)))}


async def _hashes(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID | None, str]:
    version = VisitVersion
    query = select(col(version.visit_id), col(version.content_hash))
    query = query.where(col(version.visit_id).in_(ids), col(version.stage) == "final")
    return {row[0]: row[1] for row in await session.execute(query)}


async def _relied(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    mine = col(Reliance.organisation_id) == caller_of(session).organisation_id
    return set(
        (await session.execute(select(col(Reliance.visit_id)).where(mine, col(Reliance.visit_id).in_(ids)))).scalars()
    )


def _in_print_order(form: Framework, rated: Sequence[Found]) -> tuple[tuple[str, Found], ...]:
    by_key = {each.row.key: each for each in rated}  # the whole has none
    titles = {section.key: section.title for section in form.sections} | {"": form.overall.title or "Overall"}
    return tuple((title, by_key[key]) for key, title in titles.items() if key in by_key)


def _meets_floor(programme: Framework, rated: Sequence[Found]) -> bool | None:
    """By the programme, which states the floor for all of its forms; ratings on other scales than its own are none."""
    scales = {section.key: section.scale for section in programme.sections} | {"": programme.overall.scale}
    ratings = {
        each.row.key: each.row.rating or ""
        for each in rated
        if not each.row.set_aside and scales.get(each.row.key) == each.row.scale
    }
    return meets_commissioning_floor(programme, Ratings(sections=ratings, overall=ratings.get("")))


# --- reliance -------------------------------------------------------------------------------------------------------


async def rely(session: AsyncSession, visit_id: UUID, *, reason: str, on: date, months: int) -> Reliance:
    """Let the caller's organisation rely on another's finalised visit instead of making its own.

    Args:
        months: how long what was noted holds where nothing was rated.

    Raises:
        Conflict: `not_finalised`, `own_visit`, `judgements_not_current`, `already_relied_on`.
        NotFound
        Forbidden: a provider.
    """
    visit = await rows.get(session, Visit, visit_id)
    row = _prospect(session, visit, on, reason)
    if visit.status != VisitStatus.FINALISED:
        raise Conflict("The visit is not finalised yet.", code="not_finalised")
    if side_of(caller_of(session), visit) is not Side.READER:
        raise Conflict("Your own staff made this visit: it counts without being relied on.", code="own_visit")
    await _ensure_stands(session, visit, on, months)
    added = await session.execute(insert(Reliance).values(row.model_dump()).on_conflict_do_nothing())
    if not added.rowcount:  # type: ignore[attr-defined]
        raise Conflict("Your organisation relies on this visit already.", code="already_relied_on")
    _tell(session, "visit.relied_on", "rely", visit)
    return row


async def stop_relying(session: AsyncSession, visit_id: UUID, *, on: date) -> None:
    """Take back that the caller's organisation relies on a visit.

    Raises:
        NotFound: no such visit, or none on which it relies.
        Forbidden: a provider.
    """
    visit = await rows.get(session, Visit, visit_id)
    row = _prospect(session, visit, on, "")
    mine = (col(Reliance.visit_id) == visit.id, col(Reliance.organisation_id) == row.organisation_id)
    gone = await session.execute(delete(Reliance).where(*mine))
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise NotFound("Your organisation does not rely on this visit.")
    _tell(session, "visit.no_longer_relied_on", "stop_relying", visit)


def _prospect(session: AsyncSession, visit: Visit, on: date, reason: str) -> Reliance:
    """The reliance of the caller's organisation on a visit, where it may have one. Raises Forbidden."""
    caller = caller_of(session)
    row = Reliance(
        visit_id=visit.id,
        provider_id=visit.provider_id,
        organisation_id=caller.organisation,
        lead_organisation_id=visit.lead_organisation_id,
        relied_on=on,
        reason=reason,
    )
    ensure_may_change(caller, "reliances", row.model_dump())
    return row


async def _ensure_stands(session: AsyncSession, visit: Visit, on: date, months: int) -> None:
    standings = (await _standings(session, [visit.id], on))[visit.id]
    if standings:
        stands = bool(standings[Standing.CURRENT])
    else:  # a walk on which nothing was rated
        stands = visit.visited_on is not None and on <= valid_until(visit.visited_on, months, None)
    if not stands:
        raise Conflict("Nothing that this visit found still stands.", code="judgements_not_current")


def _tell(session: AsyncSession, kind: str, action: str, visit: Visit) -> None:
    told = {"provider_id": str(visit.provider_id)}
    audit(session, action, "visit", visit.id, **told)
    told["organisation_id"] = str(caller_of(session).organisation_id)
    tell(session, kind, "visit", visit.id, [visit.lead_organisation_id], **told)


async def list_reliances(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any]) -> Page[Reliance]:
    """The caller's reliances on others' visits, and others' on visits that its organisation leads; by id.

    Args:
        wanted: columns by value; None where every value will do.
    """
    query = select(Reliance).where(*(getattr(Reliance, k) == v for k, v in wanted.items() if v is not None))
    return keyset.page((await session.execute(keyset.cut(query, col(Reliance.id)))).scalars().all())
