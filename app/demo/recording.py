"""How each part of the demo county is recorded: by the acts of the clients whose part it would be, safe to repeat."""

import io
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import batches, declarations, establishments, gias, providers, pupils
from app.db.desk import Told
from app.db.organisations import Organisation
from app.db.placements import Placement
from app.db.providers import Declaration, Provider
from app.db.pupils import Pupil
from app.db.session import Database
from app.db.threshold import Clock
from app.demo.assuring import Hands, assure
from app.demo.county import County
from app.demo.gias import gias_csv
from app.demo.organisations import AUTHORITY
from app.demo.shapes import SOURCE
from app.domain.access import Caller, Grade, Role
from app.integrations.gias import read_establishments
from app.shapes.declarations import DeclarationCreate
from app.shapes.placements import PlacementCreate
from app.shapes.providers import ProviderCreate, SiteCreate
from app.shapes.pupils import PupilCreate

Progress = Callable[[int, int], None]
SYSTEM = Caller.system("demo")
_TERM_DAYS = 91
_NETWORKS = text("SELECT id, apqa_networks_of(id) AS networks FROM unnest(CAST(:ids AS uuid[])) AS id")


def unwatched(_done: int, _of: int) -> None:
    """Where nobody watches the progress."""


async def record(
    database: Database, county: County, ids: dict[str, UUID], clock: Clock, on_progress: Progress = unwatched
) -> None:
    """Record everything but the organisations, part by part, each in a transaction of its own.

    Args:
        ids: those of the organisations by slug; all others are put beside them, by key.
    """
    await _register(database, county)
    callers = await _callers(database, county, ids)
    await _providers(database, county, ids, callers[AUTHORITY.slug])
    callers |= {each.key: Caller(Role.PROVIDER, Grade.LEAD, ids[each.key], subject="demo") for each in county.providers}
    await _declarations(database, county, callers, clock)
    done, of = 0, len(county.placements) + county.history.number_of_acts(ids)
    for each in county.organisations:
        await _pupils(database, county, ids, callers[each.slug], each.slug, clock)
        done += await _placements(database, county, ids, callers[each.slug], each.slug, clock)
        on_progress(done, of)
    placed = done
    await assure(Hands(database, callers, ids, clock.at), county.history, lambda acts: on_progress(placed + acts, of))


async def _callers(database: Database, county: County, ids: Mapping[str, UUID]) -> dict[str, Caller]:
    """The lead of each organisation, by whose hand its records are made: by slug."""
    async with database.session_for(SYSTEM, readonly=True) as session:
        asked = {"ids": [ids[each.slug] for each in county.organisations]}
        networks = {row.id: row.networks for row in await session.execute(_NETWORKS, asked)}
    return {
        each.slug: Caller(
            role=Role(each.kind),
            grade=Grade.LEAD,
            organisation_id=ids[each.slug],
            la_code=each.la_code,
            partnership_id=ids.get(each.partnership or ""),
            network_ids=tuple(networks[ids[each.slug]]),
            subject=f"demo:{each.slug}",
        )
        for each in county.organisations
    }


@asynccontextmanager
async def _session(database: Database, caller: Caller) -> AsyncIterator[AsyncSession]:
    """A session for many acts: what is written down of one goes out with the next, not by a statement of its own."""
    async with database.session_for(caller) as session:
        with session.no_autoflush:
            yield session


async def _register(database: Database, county: County) -> None:
    """The county's own extract, where there is no true one."""
    async with database.session_for(SYSTEM) as session:
        if await establishments.extract_on(session) is None:
            rows = read_establishments(io.BytesIO(gias_csv(county.gias_rows)))
            await gias.import_extract(session, rows, extract_on=county.today)


async def _providers(database: Database, county: County, ids: dict[str, UUID], caller: Caller) -> None:
    """Providers with their sites; those that are there are found by name."""
    async with database.session_for(caller) as session:
        names = [each.name for each in county.providers]
        found = (await session.execute(select(Provider).where(col(Provider.name).in_(names)))).scalars().all()
        there = {row.name: row for row in found}
        sites = await providers.sites_of(session, [row.id for row in found])
        for each in county.providers:
            if (row := there.get(each.name)) is None:
                body = ProviderCreate.model_validate(each.body(ids))
                said = body.model_dump(exclude={"acting_for", "predecessor_ids", "linked_ids"})
                row = await providers.add(session, said, predecessors=body.predecessor_ids, linked=body.linked_ids)
            ids[each.key] = row.id
            named = {site.name: site.id for site in sites.get(row.id, ())}
            for site in each.sites:
                said = SiteCreate.model_validate(site.body()).model_dump(exclude={"acting_for"})
                ids[site.key] = named.get(site.name) or (await providers.add_site(session, row.id, said)).id


async def _declarations(database: Database, county: County, callers: Mapping[str, Caller], clock: Clock) -> None:
    for each in county.declarations:
        provider = callers[each.provider]
        body = DeclarationCreate.model_validate(each.body())
        async with database.session_for(provider) as session:
            told = select(col(Declaration.id)).where(col(Declaration.provider_id) == provider.organisation)
            if (await session.execute(told)).first() is None:
                await declarations.declare(
                    session,
                    provider.organisation,
                    declared_on=each.declared_on,
                    groups=[group.model_dump() for group in body.groups],
                    good_for_days=_TERM_DAYS,
                    today=clock.today,
                )


async def _pupils(
    database: Database, county: County, ids: dict[str, UUID], caller: Caller, owner: str, clock: Clock
) -> None:
    async with _session(database, caller) as session:
        kept = select(col(Pupil.external_id), col(Pupil.id)).where(
            col(Pupil.owner_id) == caller.organisation, col(Pupil.source) == SOURCE
        )
        there = {row.external_id: row.id for row in await session.execute(kept)}
        # What a session has read it need not read again, as long as somebody holds it.
        schools = select(Organisation).where(col(Organisation.kind) == Role.SCHOOL.value)
        held = (await session.execute(schools)).scalars().all()
        for each in county.pupils:
            if each.owner == owner:
                body = PupilCreate.model_validate(each.body(ids, county.today))
                ids[each.key] = there.get(each.key) or (await pupils.add(session, body.said(), on=clock.today)).id
        del held


async def _placements(
    database: Database, county: County, ids: dict[str, UUID], caller: Caller, commissioner: str, clock: Clock
) -> int:
    mine = [each for each in county.placements if each.pupil.owner == commissioner]
    async with _session(database, caller) as session:
        kept = select(col(Placement.external_id)).where(
            col(Placement.commissioner_id) == caller.organisation, col(Placement.source) == SOURCE
        )
        there = frozenset((await session.execute(kept)).scalars())
        bodies = [PlacementCreate.model_validate(each.body(ids)) for each in mine if each.key not in there]
        items = [Told(body.said(), override=body.reason) for body in bodies]
        for outcome in await batches.record(session, items, clock=clock):
            if isinstance(outcome, Exception):
                raise outcome
    return len(mine)
