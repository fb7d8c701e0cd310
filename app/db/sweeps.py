"""Sweeps: the threshold engine over every provider, by one statement that streams what it reads."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import Keyset, Page, new_id, now
from app.db.checks import Sweep, SweepResult
from app.db.records import audit
from app.db.session import Database, caller_of
from app.db.told import alone_and_together, children_of, declarations_of, placement_fact
from app.domain.access import Caller
from app.domain.registration import DeclarationFact, ProviderFacts, Result, Snapshot, snapshot, worst

# Every placement that lasts on the day, under its own provider, and again under each other provider of its child: the
# engine sums a pupil's hours over all of them. A child's records come as one document with each placement.
FACTS = text(
    """
    WITH live AS MATERIALIZED (
        SELECT p.id AS placement_id, p.provider_id, p.commissioner_id, p.site_id, p.starts_on, p.ends_on,
               p.arrangements, p.sole_provision, p.main_responsibility, p.sen_provision_entry, u.child_id
          FROM placements p JOIN pupils u ON u.id = p.pupil_id
         WHERE p.status <> 'cancelled' AND p.starts_on <= :on AND (p.ends_on IS NULL OR p.ends_on >= :on)
    ), several AS MATERIALIZED (
        SELECT child_id FROM live GROUP BY child_id HAVING count(DISTINCT provider_id) > 1
    ), elsewhere AS (
        SELECT DISTINCT child_id, provider_id FROM live JOIN several USING (child_id)
    ), seen AS (
        SELECT provider_id AS here_id, live.* FROM live
        UNION ALL
        SELECT elsewhere.provider_id, live.* FROM live JOIN elsewhere
            ON elsewhere.child_id = live.child_id AND elsewhere.provider_id <> live.provider_id
    ), bound AS (
        SELECT concerned.provider_id, array_agg(DISTINCT ruleset_id) AS adopted
          FROM (SELECT DISTINCT provider_id, commissioner_id FROM placements
                 WHERE status <> 'cancelled' AND (ends_on IS NULL OR ends_on >= :on)) AS concerned
          JOIN organisations o ON o.id = concerned.commissioner_id
          LEFT JOIN organisations partnership ON partnership.id = o.partnership_id
         CROSS JOIN unnest(o.rulesets || coalesce(partnership.rulesets, '{}')) AS ruleset_id
         GROUP BY concerned.provider_id
    )
    SELECT v.id AS here_id, v.name, v.la_code, v.registration_status AS here_status, seen.placement_id,
           seen.provider_id, seen.commissioner_id, seen.site_id, seen.child_id, seen.starts_on, seen.ends_on,
           seen.arrangements, seen.sole_provision, seen.main_responsibility, seen.sen_provision_entry,
           there.registration_status, bound.adopted,
           (SELECT jsonb_agg(jsonb_build_array(c.born_on, c.sen_provision, c.characteristics))
              FROM pupils c WHERE c.child_id = seen.child_id AND c.merged_into_id IS NULL) AS records
      FROM providers v
      LEFT JOIN seen ON seen.here_id = v.id
      LEFT JOIN providers there ON there.id = seen.provider_id
      LEFT JOIN bound ON bound.provider_id = v.id
     ORDER BY v.id
    """
)
_DECLARATIONS = text(
    "SELECT provider_id, declared_on, stale_from_on, groups FROM declarations ORDER BY declared_on, id"
)
# Those that are linked with others, each with its group.
_GROUPS = text(
    """
    SELECT linked.provider_id, together.id, together.predecessor, together.registration_status
      FROM (SELECT provider_id FROM provider_links UNION SELECT other_id FROM provider_links) AS linked
     CROSS JOIN LATERAL apqa_provider_group(linked.provider_id) AS together
     ORDER BY linked.provider_id
    """
)
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One provider in a sweep. `full_time_pupils`: by the widest test of any binding ruleset."""

    provider_id: UUID
    name: str
    la_code: str | None
    overall: Result
    full_time_pupils: int
    results: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Alone:
    """A provider that is linked with no other, as a row of `apqa_provider_group`."""

    id: UUID
    predecessor: bool = True
    registration_status: str | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of a child, as `children_of` reads it."""

    child_id: UUID
    born_on: date | None
    sen_provision: str | None
    characteristics: list[dict[str, Any]]


async def lines(session: AsyncSession, *, on: date) -> AsyncIterator[Line]:
    """Every provider's position on a day, provider by provider as the rows stream in; at last those that are linked
    with others, which are counted as single checks count them. For the system."""
    declared: dict[UUID, list[DeclarationFact]] = {}
    for fact in declarations_of(await session.execute(_DECLARATIONS)):
        declared.setdefault(fact.provider_id, []).append(fact)
    groups: dict[UUID, list[Row[Any]]] = {}
    for row in await session.execute(_GROUPS):
        groups.setdefault(row.provider_id, []).append(row)
    held: dict[UUID, list[Row[Any]]] = {}
    async for here_id, placed in _by_provider(session, on):
        if here_id in groups:
            held[here_id] = placed
        else:
            yield _line(placed, declared.get(here_id, []), [_Alone(here_id)], on)
    for here_id, group in groups.items():
        together = [row for each in [here_id, *(each.id for each in group if each.id != here_id)] for row in held[each]]
        told = [fact for each in group for fact in declared.get(each.id, [])]
        yield _line(together, told, group, on)


async def _by_provider(session: AsyncSession, on: date) -> AsyncIterator[tuple[UUID, list[Row[Any]]]]:
    placed: list[Row[Any]] = []
    async for row in await session.stream(FACTS, {"on": on}, execution_options={"yield_per": 2000}):
        if placed and placed[0].here_id != row.here_id:
            yield placed[0].here_id, placed
            placed = []
        placed.append(row)
    if placed:
        yield placed[0].here_id, placed


def _line(told: list[Row[Any]], declarations: list[DeclarationFact], group: Sequence[Any], on: date) -> Line:
    """One provider, that of the first row.

    Args:
        told: rows of all that are linked with it, the provider's own first.
    """
    here = told[0]
    placed = list({row.placement_id: row for row in told if row.placement_id is not None}.values())
    facts = ProviderFacts(
        provider_ids=frozenset(),
        registration_status=here.here_status,
        children=children_of(_records(placed), placed),
        placements=tuple(map(placement_fact, placed)),
        declarations=tuple(declarations),
        adopted=frozenset(chain.from_iterable(row.adopted or () for row in told)),
    )
    one, linked = alone_and_together(facts, group)
    alone, together = snapshot(one, on=on), linked and snapshot(linked, on=on)
    return Line(
        provider_id=here.here_id,
        name=here.name,
        la_code=here.la_code,
        overall=worst([alone.overall, *([together.overall] if together else [])]),
        full_time_pupils=_full_time(alone),
        results={each.ruleset_id: each.result.value for each in alone.rulesets},
    )


def _records(placed: list[Row[Any]]) -> list[_Record]:
    found = {row.child_id: row.records or [] for row in placed}
    return [
        _Record(child_id, date.fromisoformat(born) if born else None, provision, characteristics)
        for child_id, told in found.items()
        for born, provision, characteristics in told
    ]


def _full_time(position: Snapshot) -> int:
    limbs = (test for each in position.rulesets if each.binding for test in each.tests)
    return max((test.observed for test in limbs if test.measure.value == "full_time_pupils"), default=0)


async def request(session: AsyncSession, *, on: date) -> Sweep:
    """Ask for a sweep; the worker makes it."""
    row = Sweep(organisation_id=caller_of(session).organisation_id, as_of_on=on)
    session.add(row)
    await session.flush()
    audit(session, "sweep", "sweep", row.id, as_of_on=on.isoformat())
    return row


async def make(database: Database, sweep_id: UUID) -> list[Line]:
    """Make a sweep that was asked for. Made twice, it is as if made once."""
    async with database.session_for(Caller.system("sweep")) as session:
        query = select(Sweep).where(col(Sweep.id) == sweep_id).with_for_update()
        row = (await session.execute(query)).scalar_one()
        if row.finished_at is not None:
            return []
        found = [line async for line in lines(session, on=row.as_of_on)]
        for start in range(0, len(found), _BATCH):
            await session.execute(insert(SweepResult), [_kept(row.id, each) for each in found[start : start + _BATCH]])
        counts: dict[str, int] = {}
        for line in found:
            counts[line.overall.value] = counts.get(line.overall.value, 0) + 1
        row.providers, row.results, row.finished_at = len(found), counts, now()
        return found


def _kept(sweep_id: UUID, line: Line) -> dict[str, Any]:
    return {
        "id": new_id(),
        "created_at": now(),
        "sweep_id": sweep_id,
        "provider_id": line.provider_id,
        "la_code": line.la_code,
        "overall": line.overall.value,
        "full_time_pupils": line.full_time_pupils,
        "rulesets": line.results,
    }


async def sweep(database: Database, caller: Caller, *, on: date) -> list[Line]:
    """Ask for a sweep and make it at once."""
    async with database.session_for(caller) as session:
        row = await request(session, on=on)
    return await make(database, row.id)


async def make_next(database: Database) -> bool:
    """Make the oldest sweep that is waiting; whether there was one."""
    async with database.session_for(Caller.system("sweep")) as session:
        query = select(col(Sweep.id)).where(col(Sweep.finished_at).is_(None)).order_by(col(Sweep.id)).limit(1)
        waiting = (await session.execute(query.with_for_update(skip_locked=True))).scalar_one_or_none()
    if waiting is None:
        return False
    await make(database, waiting)
    return True


async def list_page(session: AsyncSession, keyset: Keyset) -> Page[Sweep]:
    """Sweeps that the caller may see."""
    return keyset.page((await session.execute(keyset.cut(select(Sweep), col(Sweep.id)))).scalars().all())


async def results(session: AsyncSession, sweep_id: UUID, keyset: Keyset, *, overall: str | None) -> Page[SweepResult]:
    """A sweep's results that the caller may see."""
    await rows.get(session, Sweep, sweep_id)
    query = select(SweepResult).where(col(SweepResult.sweep_id) == sweep_id)
    if overall is not None:
        query = query.where(col(SweepResult.overall) == overall)
    return keyset.page((await session.execute(keyset.cut(query, col(SweepResult.id)))).scalars().all())


async def get(session: AsyncSession, sweep_id: UUID) -> Sweep:
    """One sweep that the caller may see."""
    return await rows.get(session, Sweep, sweep_id)
