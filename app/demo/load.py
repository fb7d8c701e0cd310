"""Whether the demo county is in a database already, and what is still to be recorded."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import organisations
from app.db.base import today
from app.db.organisations import Organisation
from app.db.placements import Placement
from app.db.session import Database
from app.db.threshold import Clock
from app.demo.assuring import complete as assured
from app.demo.county import County
from app.demo.county import county as county_on
from app.demo.days import DAY
from app.demo.recording import SYSTEM, Progress, record, unwatched
from app.demo.shapes import SOURCE
from app.domain.calendar import academic_year


async def load(
    database: Database, county: County, *, at: datetime, session_minutes: int = 195, on_progress: Progress = unwatched
) -> County | None:
    """Record the county, unless it is there. A load that was broken off is brought to its end.

    Args:
        at: now.
        session_minutes: length of a census session.
        on_progress: told how much is recorded, of how much: placements, and acts on visits.

    Returns:
        The county that is now there, which is that of the day on which it was begun; None where there is another
        Leicestershire, which is left alone.
    """
    async with database.session_for(SYSTEM) as session:
        begun = await _begin(session, county)
        complete = begun is not None and await _placements(session) == len(county.placements) and await assured(session)
    if begun is None:
        return None
    there, ids = begun
    if not complete:
        await record(database, there, ids, Clock(at, today(at), session_minutes), on_progress)
    return there


async def _begin(session: AsyncSession, county: County) -> tuple[County, dict[str, UUID]] | None:
    """The county with the ids of its organisations, which are recorded all at once, and so are all there or none."""
    slugs = [each.slug for each in county.organisations]
    found = (await session.execute(select(Organisation).where(col(Organisation.slug).in_(slugs)))).scalars().all()
    if not found:
        return county, await _organisations(session, county)
    if len(found) < len(slugs):
        return None
    return county_on(today(found[0].created_at), county.seed), {each.slug: each.id for each in found}


async def _organisations(session: AsyncSession, county: County) -> dict[str, UUID]:
    """The organisations; what they have agreed with their providers counts since the school year before."""
    ids: dict[str, UUID] = {}
    from_on = academic_year(academic_year(county.today)[0] - DAY)[0].isoformat()
    for each in county.organisations:
        row = await organisations.add(
            session,
            kind=each.kind,
            name=each.name,
            slug=each.slug,
            la_code=each.la_code,
            urn=each.urn,
            partnership_id=ids.get(each.partnership or ""),
            network=each.network,
            rulesets=each.rulesets,
        )
        row.agreements = [{"agreement_id": one, "parameters": {}, "from_on": from_on} for one in each.agreements]
        ids[each.slug] = row.id
    return ids


async def _placements(session: AsyncSession) -> int:
    query = select(func.count()).select_from(Placement).where(col(Placement.source) == SOURCE)
    return (await session.execute(query)).scalar_one()
