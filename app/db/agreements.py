"""The agreements that organisations have adopted, and the school years by which each organisation counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.calendars import Calendar, school_year
from app.db.organisations import Organisation
from app.domain import obligations
from app.domain.access import Role
from app.domain.calendar import SchoolYear, academic_year, academic_year_label
from app.domain.obligations import Agreement


@dataclass(frozen=True, slots=True)
class Adopted:
    """An agreement as an organisation has adopted it: what was agreed, and since when it counts."""

    agreement: Agreement
    parameters: Mapping[str, int]
    from_on: date | None

    @property
    def settled(self) -> dict[str, int]:
        """Every parameter: as agreed, else its default."""
        return self.agreement.settled(self.parameters)

    def counts(self, on: date) -> bool:
        """Whether it counts on a day between the organisation and its providers."""
        return max(self.from_on or date.min, self.agreement.effective_from or date.min) <= on


def adopted_by(organisation: Organisation) -> list[Adopted]:
    """The agreements of an organisation."""
    return [
        Adopted(
            obligations.named(each["agreement_id"]),
            each["parameters"],
            date.fromisoformat(each["from_on"]) if each["from_on"] else None,
        )
        for each in organisation.agreements
    ]


def labels_around(on: date) -> tuple[str, str, str]:
    """The academic years before, of and after a day."""
    first, last = academic_year(on)
    return (
        academic_year_label(first - timedelta(days=1)),
        academic_year_label(on),
        academic_year_label(last + timedelta(days=1)),
    )


async def years_of(
    session: AsyncSession, organisation_ids: Collection[UUID], on: date
) -> dict[UUID, tuple[SchoolYear, ...]]:
    """The school years around a day that count for each organisation, by `calendars.effective`'s rule, in two queries.

    Each year is its own, else its partnership's, else that of the authority of its area.
    """
    query = select(Organisation).where(col(Organisation.id).in_(organisation_ids))
    asked = (await session.execute(query)).scalars().all()
    near = {each for one in asked for each in (one.id, one.partnership_id) if each}
    areas = {one.la_code for one in asked if one.la_code}
    of_area = (col(Organisation.kind) == Role.LOCAL_AUTHORITY.value) & col(Organisation.la_code).in_(areas)
    kept = (
        select(Calendar, col(Organisation.la_code), col(Organisation.kind))
        .join(Organisation, col(Organisation.id) == col(Calendar.organisation_id))
        .where(col(Calendar.academic_year).in_(labels_around(on)), col(Organisation.id).in_(near) | of_area)
        .order_by(col(Calendar.id))
    )
    own: dict[tuple[UUID, str], Calendar] = {}
    area: dict[tuple[str, str], Calendar] = {}
    for calendar, la_code, kind in await session.execute(kept):
        own[calendar.organisation_id, calendar.academic_year] = calendar
        if kind == Role.LOCAL_AUTHORITY.value and la_code:
            area.setdefault((la_code, calendar.academic_year), calendar)
    return {one.id: tuple(_resolved(one, labels_around(on), own, area)) for one in asked}


def _resolved(
    organisation: Organisation,
    labels: Sequence[str],
    own: Mapping[tuple[UUID, str], Calendar],
    area: Mapping[tuple[str, str], Calendar],
) -> list[SchoolYear]:
    found: list[SchoolYear] = []
    for label in labels:
        calendar = own.get((organisation.id, label))
        if calendar is None and organisation.partnership_id is not None:
            calendar = own.get((organisation.partnership_id, label))
        calendar = calendar or area.get((organisation.la_code or "", label))
        if calendar is not None:
            found.append(school_year(calendar))
    return found
