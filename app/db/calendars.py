"""The calendars that organisations keep, and which of them counts for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import rows
from app.db.base import Keyset, Page, Root, Versions, document
from app.db.organisations import Organisation
from app.db.providers import Provider
from app.db.records import audit
from app.db.session import caller_of
from app.domain.access import Role
from app.domain.calendar import Closure, ClosureReason, SchoolYear, Term
from app.domain.errors import NotFound, Stale


class Calendar(Root, table=True):
    """One organisation's terms and closures of one academic year ("2026/27")."""

    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("organisation_id", "academic_year"),)

    organisation_id: UUID = Field(foreign_key="organisations.id")
    academic_year: str
    terms: list[dict[str, Any]] = document()
    closures: list[dict[str, Any]] = document(default_factory=list)
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Effective:
    """The calendar that counts for an organisation, and the kind of the organisation whose it is.

    `own`: it is the organisation's own.
    """

    calendar: Calendar
    resolved_from: Role
    own: bool


async def effective(session: AsyncSession, organisation_id: UUID, academic_year: str) -> Effective:
    """The calendar that counts for an organisation: its own, else its partnership's, else that of its authority.

    A provider has none of its own; the authority of its area decides.

    Raises:
        NotFound: `calendar_missing`; an organisation out of sight.
    """
    asked = await rows.get(session, Organisation, organisation_id)
    la_code = asked.la_code
    if asked.kind == Role.PROVIDER.value:
        la_code = (await rows.get(session, Provider, organisation_id)).la_code
    of_area = (col(Organisation.kind) == Role.LOCAL_AUTHORITY.value) & (col(Organisation.la_code) == (la_code or ""))
    nearest = [asked.id, asked.partnership_id]
    query = (
        select(Calendar, col(Organisation.kind))
        .join(Organisation, col(Organisation.id) == col(Calendar.organisation_id))
        .where(col(Calendar.academic_year) == academic_year)
        .where(col(Organisation.id).in_([each for each in nearest if each]) | of_area)
        .order_by(col(Calendar.id))
    )
    found = (await session.execute(query)).all()
    if not found:
        detail = "Neither the organisation nor its partnership or local authority has given its terms of that year."
        raise NotFound(detail, code="calendar_missing")
    calendar, kind = min(found, key=lambda each: (*nearest, each[0].organisation_id).index(each[0].organisation_id))
    return Effective(calendar, Role(kind), own=calendar.organisation_id == asked.id)


async def school_year_for(session: AsyncSession, organisation_id: UUID, academic_year: str) -> SchoolYear:
    """The terms and closures that count for an organisation. Raises as `effective` does."""
    return school_year((await effective(session, organisation_id, academic_year)).calendar)


async def terms_for(session: AsyncSession, organisation_id: UUID, academic_year: str) -> tuple[Term, ...]:
    """The six terms that count for an organisation (a provider's id is its organisation's).

    Args:
        academic_year: as `academic_year_label` writes it.

    Raises:
        NotFound: `calendar_missing`; an organisation out of sight.
    """
    return (await school_year_for(session, organisation_id, academic_year)).terms


async def list_page(
    session: AsyncSession, keyset: Keyset, *, organisation_id: UUID | None = None, academic_year: str | None = None
) -> Page[Calendar]:
    """Every organisation's calendars, by id."""
    query = select(Calendar)
    if organisation_id is not None:
        query = query.where(col(Calendar.organisation_id) == organisation_id)
    if academic_year is not None:
        query = query.where(col(Calendar.academic_year) == academic_year)
    return keyset.page((await session.execute(keyset.cut(query, col(Calendar.id)))).scalars().all())


async def own(session: AsyncSession, academic_year: str) -> Calendar | None:
    """The caller's own calendar of a year, if it keeps one."""
    mine = col(Calendar.organisation_id) == caller_of(session).organisation
    query = select(Calendar).where(mine, col(Calendar.academic_year) == academic_year)
    return (await session.execute(query)).scalar_one_or_none()


async def put(
    session: AsyncSession, year: SchoolYear, *, source: str | None, expected: Versions | None
) -> tuple[Calendar, bool]:
    """Make or replace the caller's own calendar of a year.

    Args:
        source: where the dates are published.
        expected: the version that is replaced; None: whichever there is, or none.

    Returns:
        The calendar, and whether it is new.

    Raises:
        Stale: another version than the expected one, or none.
        IntegrityError: another request made one meanwhile.
    """
    said = columns(year) | {"source": source}
    present = await own(session, year.academic_year)
    if present is None and expected is not None:
        raise Stale("There is no calendar of that year yet.")
    if present is None:
        row = Calendar(organisation_id=caller_of(session).organisation, academic_year=year.academic_year, **said)
        session.add(row)
        await session.flush()
    else:
        row = await rows.for_change(session, Calendar, present.id, expected=expected)
        for column, value in said.items():
            setattr(row, column, value)
        row.touch()
    audit(session, "change" if present else "create", "calendar", row.id, academic_year=year.academic_year)
    return row, present is None


def columns(year: SchoolYear) -> dict[str, Any]:
    """Terms and closures as the columns that hold them."""
    return {
        "terms": [
            {
                "ordinal": term.ordinal,
                "name": term.name,
                "starts_on": term.starts_on.isoformat(),
                "ends_on": term.ends_on.isoformat(),
            }
            for term in year.terms
        ],
        "closures": [
            {"closed_on": each.closed_on.isoformat(), "reason": each.reason.value, "name": each.name}
            for each in year.closures
        ],
    }


def school_year(row: Calendar) -> SchoolYear:
    """What a calendar says, as the rules read it."""
    return SchoolYear(row.academic_year, tuple(map(_term, row.terms)), tuple(map(_closure, row.closures)))


def _term(told: Mapping[str, Any]) -> Term:
    starts_on, ends_on = (date.fromisoformat(told[end]) for end in ("starts_on", "ends_on"))
    return Term(told["ordinal"], starts_on, ends_on, told["name"])


def _closure(told: Mapping[str, Any]) -> Closure:
    return Closure(date.fromisoformat(told["closed_on"]), ClosureReason(told["reason"]), told["name"])
