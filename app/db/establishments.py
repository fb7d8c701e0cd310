"""The Get Information about Schools register as last imported, and its links from predecessor to successor."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Index, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from app.db import rows
from app.db.base import Keyset, Page, Row, instant
from app.domain.establishments import RegistrationStatus, name_key, successors


class Establishment(SQLModel, table=True):
    """One establishment in the words of the extract, where it names them so; codes are those of the CSV.

    `registration_status`, `name_key` and `dfe_number` are derived when it is imported. `vanished_on` is the day of the
    first extract that no longer had it.
    """

    __tablename__ = "establishments"
    __table_args__ = (Index("ix_establishments_name_key_urn", "name_key", "urn"),)

    urn: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    la_code: str | None = None
    la_name: str | None = None
    establishment_number: int | None = None
    name: str
    type_code: int
    type_name: str | None = None
    group_code: int | None = None
    group_name: str | None = None
    status_code: int
    status_name: str | None = None
    closed_reason_code: int | None = None
    closed_reason_name: str | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    phase_code: int | None = None
    phase_name: str | None = None
    statutory_low_age: int | None = None
    statutory_high_age: int | None = None
    capacity: int | None = None
    pupils: int | None = None
    ukprn: str | None = Field(default=None, index=True)
    section_41: str | None = None
    street: str | None = None
    locality: str | None = None
    address_3: str | None = None
    town: str | None = None
    county: str | None = None
    postcode: str | None = None
    website: str | None = None
    proprietor_name: str | None = None
    last_changed_on: date | None = None
    uprn: str | None = None
    company_number: str | None = Field(default=None, index=True)
    accredited_code: int | None = None
    accredited_name: str | None = None
    accreditation_expires_on: date | None = None
    sen_provision: str | None = None
    ebd_provision: str | None = None
    pru_places: int | None = None
    full_time_provision: str | None = None
    tuition_by_other: str | None = None
    inspectorate_name: str | None = None
    previous_la_code: str | None = None
    previous_establishment_number: int | None = None
    dfe_number: str | None = Field(default=None, index=True)
    name_key: str
    registration_status: str
    vanished_on: date | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is in the newest extract, and not closed there."""
        return self.registration_status != RegistrationStatus.CLOSED and self.vanished_on is None


class EstablishmentLink(SQLModel, table=True):
    """One row of the links file: `link_urn` is, for instance, the successor of `urn`."""

    __tablename__ = "establishment_links"

    urn: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    link_urn: int = Field(primary_key=True, index=True, sa_column_kwargs={"autoincrement": False})
    link_type: str = Field(primary_key=True)
    link_name: str | None = None
    established_on: date | None = None


class GiasExtract(Row, table=True):
    """One import of an extract."""

    __tablename__ = "gias_extracts"

    extract_on: date
    imported_at: datetime = instant()
    rows: int
    added: int
    changed: int
    vanished: int


class Relatives(NamedTuple):
    """The establishments that an establishment followed and those that followed it, in order of distance."""

    predecessors: list[Establishment]
    successors: list[Establishment]


Links = Sequence[tuple[int, int, str]]

LISTED = (
    *("urn", "name", "dfe_number", "ukprn", "company_number", "la_code", "la_name", "postcode", "town"),
    *("type_code", "type_name", "status_code", "status_name", "opened_on", "closed_on"),
    *("registration_status", "vanished_on"),
)


async def list_page(
    session: AsyncSession,
    keyset: Keyset,
    *,
    named: str | None = None,
    status: RegistrationStatus | None = None,
    **identifiers: int | str | None,
) -> Page[Any]:
    """The `LISTED` columns of establishments, by URN.

    Args:
        named: words of the name, in any order, in the folded form of `name_key`.
        identifiers: `urn`, `ukprn`, `dfe_number`, `company_number`, `la_code`; None is no condition.
    """
    query = select(*(col(getattr(Establishment, name)) for name in LISTED))
    for word in name_key(named or "").split():
        query = query.where(col(Establishment.name_key).contains(word, autoescape=True))
    for name, value in {**identifiers, "registration_status": status}.items():
        if value is not None:
            query = query.where(col(getattr(Establishment, name)) == value)
    return keyset.page((await session.execute(keyset.cut(query, col(Establishment.urn)))).all(), key="urn")


async def get(session: AsyncSession, urn: int) -> Establishment:
    """One establishment, present or vanished."""
    return await rows.get(session, Establishment, urn, key="urn")


async def extract_on(session: AsyncSession) -> date | None:
    """The day of the extract that the register is at; None before the first import."""
    newest = select(col(GiasExtract.extract_on)).order_by(col(GiasExtract.id).desc()).limit(1)
    return (await session.execute(newest)).scalar_one_or_none()


async def present(session: AsyncSession) -> int:
    """How many establishments the newest extract had."""
    query = select(func.count()).select_from(Establishment).where(col(Establishment.vanished_on).is_(None))
    return (await session.execute(query)).scalar_one()


async def by_urns(session: AsyncSession, urns: Iterable[int]) -> dict[int, Establishment]:
    """Those of the establishments that the register has or had."""
    query = select(Establishment).where(col(Establishment.urn).in_(list(urns)))
    return {each.urn: each for each in (await session.execute(query)).scalars()}


async def relatives(session: AsyncSession, urn: int) -> Relatives:
    """What the links file says came before and after an establishment."""
    links = await links_around(session, [urn])
    before, after = successors(urn, [(there, here, kind) for here, there, kind in links]), successors(urn, links)
    found = await by_urns(session, {*before, *after})
    return Relatives(
        [found[each] for each in before if each in found], [found[each] for each in after if each in found]
    )


async def links_around(session: AsyncSession, urns: Sequence[int]) -> Links:
    """The links of succession among these establishments and whatever they lead to, in one statement."""
    return [tuple(row) for row in await session.execute(_AROUND, {"urns": urns})]


# UNION drops what was reached before, so links that run in a circle end.
_AROUND = text(
    """
    WITH RECURSIVE around (urn) AS (
        SELECT unnest(CAST(:urns AS integer[]))
        UNION
        SELECT CASE WHEN l.urn = around.urn THEN l.link_urn ELSE l.urn END
          FROM around JOIN establishment_links l ON l.urn = around.urn OR l.link_urn = around.urn
         WHERE l.link_type LIKE 'Successor%' OR l.link_type LIKE 'Predecessor%'
    )
    SELECT l.urn, l.link_urn, l.link_type
      FROM establishment_links l
     WHERE l.urn IN (SELECT urn FROM around) AND (l.link_type LIKE 'Successor%' OR l.link_type LIKE 'Predecessor%')
    """
)
