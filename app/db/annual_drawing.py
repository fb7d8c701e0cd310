"""How an annual report is drawn: its figures assembled, its year over, the people whom its texts seem to name."""

import asyncio
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import annual_figures, annual_standing, compliance
from app.db.placements import Placement
from app.db.providers import Provider
from app.db.pupils import Pupil
from app.domain.annual_reports import AnnualFigures, Written
from app.domain.calendar import academic_year_named
from app.domain.errors import Fault
from app.domain.visit_reports import Provider as NamedProvider
from app.domain.visits.names import pupils_named, staff_named

_STAFF = text("SELECT apqa_staff_names(:provider)")
_FIGURES: TypeAdapter[AnnualFigures] = TypeAdapter(AnnualFigures)


async def assemble(
    session: AsyncSession, provider_id: UUID, from_on: date, to_on: date, *, on: date, at: datetime
) -> AnnualFigures:
    """The figures of a provider from one day to another, as far as the caller may know them."""
    year = await annual_figures.year_of(session, provider_id, from_on, to_on)
    return AnnualFigures(
        from_on=from_on,
        to_on=to_on,
        assembled_at=at,
        placements=annual_figures.placements(year),
        attendance=await annual_figures.attendance(session, year),
        welfare=await annual_figures.welfare(session, year),
        progress=await annual_figures.progress(session, year),
        visits=await annual_standing.visits(session, year),
        actions=await annual_standing.actions(session, year, on),
        audits=await annual_standing.audits(session, year),
        compliance=await annual_standing.position(session, year),
        questionnaires=await annual_standing.questionnaires(session, year),
        obligations=await annual_standing.obligations(session, year),
        registration=await annual_standing.registration(session, year),
        decisions=await annual_standing.decisions(session, year),
        invoices=await annual_standing.invoices(session, year),
    )


def figures_of(kept: dict[str, Any]) -> AnnualFigures:
    """Figures as they were kept."""
    return _FIGURES.validate_python(kept)


def named(provider: Provider) -> NamedProvider:
    """The provider as reports name it."""
    return NamedProvider(**{name: getattr(provider, name) for name in NamedProvider.__dataclass_fields__})


async def over_on(session: AsyncSession, la_code: str | None, academic_year: str) -> date:
    """The day on which a year is over: the last of its terms where these are known, else 31 August."""
    _, last = academic_year_named(academic_year)
    known = await compliance.school_years(session, last, la_code)
    return next((each.terms[-1].ends_on for each in known if each.academic_year == academic_year), last)


async def names_in(
    session: AsyncSession, provider_id: UUID, written: Written, from_on: date, to_on: date
) -> tuple[Fault, ...]:
    """Where the provider's own words seem to name its staff, or pupils of the year, by pointer."""
    staff = (await session.execute(_STAFF, {"provider": provider_id})).scalars().all()
    query = (
        select(col(Pupil.given_name), col(Pupil.family_name))
        .join(Placement, col(Placement.pupil_id) == col(Pupil.id))
        .where(*annual_figures.during(provider_id, from_on, to_on))
        .distinct()
    )
    pupils = [f"{family}, {given}" for given, family in await session.execute(query)]
    return await asyncio.to_thread(lambda: (*staff_named(written.texts, staff), *pupils_named(written.texts, pupils)))
