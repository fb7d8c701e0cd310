"""Where every provider stands on a day: a few short statements, and one that streams the children of the nation."""

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import straight
from app.db.told import alone_and_together, child_of, declarations_of, placement_fact
from app.domain.registration import Census, ProviderFacts, Result, worst

# Every placement that lasts on the day, once with each record of its child, child by child.
CHILDREN = """
    SELECT p.id AS placement_id, p.provider_id, p.commissioner_id, p.site_id, p.starts_on, p.ends_on,
           p.arrangements::text, p.sole_provision, p.main_responsibility, p.sen_provision_entry,
           there.registration_status, u.child_id, c.id AS record_id, c.born_on, c.sen_provision, c.characteristics
      FROM placements p
      JOIN pupils u ON u.id = p.pupil_id
      JOIN providers there ON there.id = p.provider_id
      LEFT JOIN pupils c ON c.child_id = u.child_id AND c.merged_into_id IS NULL
     WHERE p.status <> 'cancelled' AND p.starts_on <= $1 AND (p.ends_on IS NULL OR p.ends_on >= $1)
     ORDER BY u.child_id
    """
# Child by child from the first: sorted, nothing would come before everything is there, and all of it on disk.
IN_ORDER = """
    SELECT set_config('enable_' || way, 'off', true) FROM unnest('{hashjoin,mergejoin,seqscan,sort}'::text[]) AS way
    """
# With the agreements of all who commission there, now or later.
PROVIDERS = """
    WITH bound AS (
        SELECT concerned.provider_id, array_agg(DISTINCT ruleset_id) AS adopted
          FROM (SELECT DISTINCT provider_id, commissioner_id FROM placements
                 WHERE status <> 'cancelled' AND (ends_on IS NULL OR ends_on >= $1)) AS concerned
          JOIN organisations o ON o.id = concerned.commissioner_id
          LEFT JOIN organisations partnership ON partnership.id = o.partnership_id
         CROSS JOIN unnest(o.rulesets || coalesce(partnership.rulesets, '{}')) AS ruleset_id
         GROUP BY concerned.provider_id
    )
    SELECT v.id, v.name, v.la_code, v.registration_status, coalesce(bound.adopted, '{}') AS adopted
      FROM providers v LEFT JOIN bound ON bound.provider_id = v.id
     ORDER BY v.id
    """
DECLARATIONS = "SELECT provider_id, declared_on, stale_from_on, groups FROM declarations ORDER BY declared_on, id"
# Those that are linked with others, each with its group.
GROUPS = """
    SELECT linked.provider_id, together.id, together.predecessor, together.registration_status
      FROM (SELECT provider_id FROM provider_links UNION SELECT other_id FROM provider_links) AS linked
     CROSS JOIN LATERAL apqa_provider_group(linked.provider_id) AS together
     ORDER BY linked.provider_id
    """


@dataclass(frozen=True, slots=True)
class Line:
    """Where one provider stands. `full_time_pupils`: by the widest test of any ruleset that binds it."""

    provider_id: UUID
    name: str
    la_code: str | None
    overall: Result
    full_time_pupils: int
    results: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Place:
    """A provider, alone and counted together with those that it is linked with, as single checks count it."""

    row: Any
    alone: ProviderFacts
    together: ProviderFacts | None


@dataclass(frozen=True, slots=True)
class _Alone:
    """A provider that is linked with no other, as a row of `apqa_provider_group`."""

    id: UUID
    predecessor: bool = True
    registration_status: str | None = None


async def lines(session: AsyncSession, *, on: date) -> AsyncIterator[Line]:
    """Every provider's position on a day, in order of id. For the system."""
    places = [place async for place in _places(session, on)]
    census = Census({each.provider_ids for place in places for each in _both(place)}, on=on)
    await _count_children(session, census, on)
    for place in places:
        yield _line(place, census)


def _both(place: _Place) -> list[ProviderFacts]:
    return [place.alone, place.together] if place.together else [place.alone]


async def _places(session: AsyncSession, on: date) -> AsyncIterator[_Place]:
    declared = _grouped(await straight.rows(session, DECLARATIONS))
    groups = _grouped(await straight.rows(session, GROUPS))
    providers = {row.id: row for row in await straight.rows(session, PROVIDERS, on)}
    for row in providers.values():
        group: Sequence[Any] = groups.get(row.id) or [_Alone(row.id)]
        facts = ProviderFacts(
            provider_ids=frozenset(),
            registration_status=row.registration_status,
            declarations=declarations_of([told for each in group for told in declared.get(each.id, [])]),
            adopted=frozenset().union(*(providers[each.id].adopted for each in group)),
        )
        yield _Place(row, *alone_and_together(facts, group))


def _grouped(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.provider_id].append(row)
    return found


async def children(session: AsyncSession, on: date) -> AsyncGenerator[Sequence[Any], None]:
    """Rows of `CHILDREN`, some at a time."""
    await straight.rows(session, IN_ORDER)
    async with aclosing(straight.chunks(session, CHILDREN, on)) as chunks:
        async for rows in chunks:
            yield rows


async def _count_children(session: AsyncSession, census: Census, on: date) -> None:
    last: list[Any] = []
    async with aclosing(children(session, on)) as chunks:
        async for rows in chunks:
            *whole, last = [list(told) for _, told in groupby([*last, *rows], attrgetter("child_id"))]
            for told in whole:
                _count(census, told)
    if last:
        _count(census, last)


def _count(census: Census, told: Sequence[Any]) -> None:
    """Count one child, from its rows."""
    records = {row.record_id: row for row in told if row.record_id is not None}
    placements = {row.placement_id: row for row in told}
    child = child_of(told[0].child_id, list(records.values()), placements.values())
    census.count(child, [placement_fact(row) for row in placements.values()])


def _line(place: _Place, census: Census) -> Line:
    stands = [census.position(each) for each in _both(place)]
    return Line(
        provider_id=place.row.id,
        name=place.row.name,
        la_code=place.row.la_code,
        overall=worst(each.overall for each in stands),
        full_time_pupils=stands[0].full_time_pupils,
        results={ruleset_id: result.value for ruleset_id, result in stands[0].results.items()},
    )
