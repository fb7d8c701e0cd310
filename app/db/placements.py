"""Placements: who is taught where, when, and on whose commission."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, Date, Index, Table, and_, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import rows
from app.db.base import Keyset, Page, Root, document, none, one_of, uuids
from app.db.reading import Hot, Reading
from app.domain.placements import Status

STATUSES = ("proposed", "active", "ended", "cancelled")
REASONS = ("BHS", "SUS", "EXR", "MHN", "PHN", "OTH")
GOALS = ("reintegration", "post_16", "specialist", "other")
BASES = ("timetable", "declared", "estimated")


class Placement(Root, table=True):
    """One child's placement with one provider.

    `arrangements` is the dated series of timetables: `[{from_on, timetable: [{weekday, starts_at, ends_at, weeks,
    site_id}], weekly_minutes, days_per_week, sessions_per_week, hours_basis}]`, oldest first; each holds until the
    next. `weekly_minutes` and its neighbours repeat the newest for lists and sweeps.
    """

    __tablename__ = "placements"
    __table_args__ = (
        one_of("status", STATUSES),
        one_of("hours_basis", BASES),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
        Index("ix_placements_provider_id_id", "provider_id", "id"),
        Index("ix_placements_commissioner_id_provider_id_id", "commissioner_id", "provider_id", "id"),
        Index("ix_placements_commissioner_id_id", "commissioner_id", "id"),
        Index("ix_placements_home_la_code_id", "home_la_code", "id"),
        Index("ix_placements_pupil_id", "pupil_id"),
        Index("ix_placements_pupil_owner_id_id", "pupil_owner_id", "id"),
        Index(
            "ix_placements_current",
            "provider_id",
            "pupil_id",
            postgresql_where=text("status <> 'cancelled'"),
        ),
        Index(
            "uq_placements_commissioner_id_source_external_id",
            "commissioner_id",
            "source",
            "external_id",
            unique=True,
        ),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    site_id: UUID | None = Field(default=None, foreign_key="sites.id")
    pupil_id: UUID = Field(foreign_key="pupils.id")
    pupil_owner_id: UUID
    commissioner_id: UUID = Field(foreign_key="organisations.id")
    home_school_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    home_la_code: str | None = None
    shared_with_ids: list[UUID] = uuids()
    source: str | None = None
    external_id: str | None = None
    status: str
    starts_on: date
    ends_on: date | None = None
    arrangements: list[dict[str, Any]] = document(default_factory=none)
    weekly_minutes: int | None = None
    days_per_week: float | None = None
    sessions_per_week: int | None = None
    hours_basis: str | None = None
    sole_provision: bool | None = None
    main_responsibility: bool | None = None
    placement_reason: str | None = None
    attendance_pattern: str | None = None
    sen_provision_entry: str | None = None
    sen_provision_leaving: str | None = None
    ap_setting_type: str | None = None
    goal: str | None = None
    end_reason: str | None = None
    registration: dict[str, Any] | None = document(default=None)


_TABLE: Table = Placement.__table__  # type: ignore[attr-defined]


async def get(session: AsyncSession, placement_id: UUID) -> Placement:
    """One placement that the caller may know of."""
    return await rows.get(session, Placement, placement_id)


_SHOWN = select(*(each for each in _TABLE.c if each.name not in ("pupil_owner_id", "home_la_code", "shared_with_ids")))
_ONE = Hot(_SHOWN.where(_TABLE.c.id == bindparam("placement_id", None, _TABLE.c.id.type)))


async def read(reading: Reading, placement_id: UUID) -> Record:
    """The columns of one placement that the caller may know of.

    Raises:
        NotFound
    """
    return rows.found(await reading.row(_ONE, placement_id=placement_id))


async def read_page(
    reading: Reading,
    keyset: Keyset,
    *,
    on: date,
    wanted: Mapping[str, UUID | None],
    status: Status | None = None,
) -> Page[Record]:
    """The columns of placements that the caller may know of, by id.

    Args:
        on: the day for which `status` is asked.
        wanted: columns and the ids they must hold; None asks nothing.
    """
    asked = {name: value for name, value in wanted.items() if value is not None}
    hot = _listing(tuple(asked), status, keyset.after is not None)
    values = {**asked, "on": on, "after": keyset.after, "most": keyset.limit + 1}
    return keyset.page(await reading.rows(hot, **values))


@lru_cache
def _listing(asked: tuple[str, ...], status: Status | None, after: bool) -> Hot:
    query = _SHOWN.where(*(_TABLE.c[name] == bindparam(name, None, _TABLE.c[name].type) for name in asked))
    if status is not None:
        query = query.where(_stands(status, bindparam("on", None, Date())))
    if after:
        query = query.where(_TABLE.c.id > bindparam("after", None, _TABLE.c.id.type))
    page = query.order_by(_TABLE.c.id).limit(bindparam("most", None, BigInteger()))
    # Of a provider, a pupil or a commissioner there is an index; without them, only who asks narrows the table.
    return Hot(page, by_ways=not asked)


def _stands(status: Status, on: Any) -> ColumnElement[bool]:
    """`domain.placements.status_on` as a condition."""
    live = col(Placement.status) != Status.CANCELLED
    ended = and_(col(Placement.ends_on).is_not(None), col(Placement.ends_on) < on)
    begun = col(Placement.starts_on) <= on
    conditions: dict[Status, ColumnElement[bool]] = {
        Status.CANCELLED: ~live,
        Status.ENDED: and_(live, ended),
        Status.PROPOSED: and_(live, ~ended, ~begun),
        Status.ACTIVE: and_(live, ~ended, begun),
    }
    return conditions[status]
