"""Pupil records, each belonging to the organisation that keeps it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from app.db import organisations, rows
from app.db.base import Root, Row, Versions, document, instant, new_id, one_of, texts, uuids
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain import pupils as rules
from app.domain.access import Role
from app.domain.errors import Conflict, Fault

_LINK = text("SELECT apqa_link_child(:record, :owner, :upn, :upns, :fresh)")
_FOLLOW = text("SELECT apqa_follow_pupil(:pupil)")  # its placements show themselves to the home authority
_OTHER = text(
    "SELECT id FROM pupils WHERE owner_id = :owner AND merged_into_id IS NULL AND id <> :record"
    " AND (upn = :upn OR former_upns @> ARRAY[:upn]::text[]) LIMIT 1"
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")

# What a client may say of a pupil beside the name, and what is recorded where it says nothing.
UNSAID: Mapping[str, Any] = {
    **dict.fromkeys(("upn", "uln", "mis_id", "source", "external_id", "born_on", "home_school_id", "home_la_code")),
    **dict.fromkeys(("year_group", "sen_provision")),
    "former_upns": (),
    "characteristics": (),
}
SAID = ("given_name", "family_name", *UNSAID)


class Pupil(Root, table=True):
    """One organisation's record of a child. `child_id` joins the records of one child and never leaves the service."""

    __tablename__ = "pupils"
    __table_args__ = (
        one_of("sen_provision", ("N", "K", "E")),
        Index("ix_pupils_owner_id_id", "owner_id", "id"),
        Index(
            "uq_pupils_owner_id_upn", "owner_id", "upn", unique=True, postgresql_where=text("merged_into_id IS NULL")
        ),
        Index("uq_pupils_owner_id_source_external_id", "owner_id", "source", "external_id", unique=True),
        Index("ix_pupils_child_id", "child_id"),
        Index("ix_pupils_home_la_code_id", "home_la_code", "id"),
    )

    owner_id: UUID = Field(foreign_key="organisations.id")
    child_id: UUID
    upn: str | None = None
    former_upns: list[str] = texts()
    uln: str | None = None
    mis_id: str | None = None
    source: str | None = None
    external_id: str | None = None
    given_name: str
    family_name: str
    born_on: date | None = None
    home_school_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    home_la_code: str | None = None
    year_group: str | None = None
    sen_provision: str | None = None
    characteristics: list[dict[str, Any]] = document(default_factory=list)
    merged_into_id: UUID | None = Field(default=None, foreign_key="pupils.id")
    shared_with_ids: list[UUID] = uuids()
    setting_ids: list[UUID] = uuids()


class ChildUpn(SQLModel, table=True):
    """Which child a UPN belongs to, over all organisations. Reached only through `apqa_link_child`."""

    __tablename__ = "child_upns"

    upn: str = Field(primary_key=True)
    child_id: UUID = Field(index=True)


class PupilShare(Row, table=True):
    """A referral: the organisation that keeps a pupil lets another read the record and its placements."""

    __tablename__ = "pupil_shares"
    __table_args__ = (
        Index("ix_pupil_shares_pupil_id_id", "pupil_id", "id"),
        Index(
            "uq_pupil_shares_pupil_id_organisation_id",
            "pupil_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(
            "ix_pupil_shares_live",
            "organisation_id",
            "owner_id",
            "pupil_id",
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    pupil_id: UUID = Field(foreign_key="pupils.id")
    owner_id: UUID = Field(foreign_key="organisations.id")
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    purpose: str
    revoked_at: datetime | None = instant(default=None)


def has_upn(columns: Any, upn: str) -> ColumnElement[bool]:
    """Whether a record has or had a UPN, by the columns of `pupils` (the class, or the table's `c`)."""
    return or_(columns.upn == upn, columns.former_upns.contains([upn]))


async def get(session: AsyncSession, pupil_id: UUID) -> Pupil:
    """One record that the caller may know of; one that was merged names the record that took its place."""
    return await rows.get(session, Pupil, pupil_id)


async def for_change(session: AsyncSession, pupil_id: UUID, *, expected: Versions | None = None) -> Pupil:
    """The caller's own live record, locked.

    Raises:
        Conflict: `pupil_merged`, with the id of the record that took its place.
        NotFound, Forbidden, Stale
    """
    row = await rows.for_change(session, Pupil, pupil_id, expected=expected)
    if row.merged_into_id is not None:
        facts = {"merged_into_id": str(row.merged_into_id)}
        raise Conflict("This record was merged into another.", code="pupil_merged", facts=facts)
    return row


async def add(session: AsyncSession, said: Mapping[str, Any], *, on: date) -> Pupil:
    """Record a pupil for the caller's organisation.

    Args:
        said: names, and of `UNSAID` what is known.
        on: today.

    Raises:
        Conflict: `pupil_exists`, with the id of the record that the caller keeps already.
        Invalid: facts that cannot be.
        IntegrityError: a source and external id in use.
    """
    kept = rules.settled(await _with_home(session, said), on=on)
    row = Pupil(owner_id=caller_of(session).organisation, child_id=new_id(), **kept)
    row.child_id = await _child(session, row, was=frozenset())
    session.add(row)
    audit(session, "create", "pupil", row.id)
    tell(session, "pupil.created", "pupil", row.id, audience(row))
    await session.flush()
    return row


async def change(
    session: AsyncSession, pupil_id: UUID, said: Mapping[str, Any], *, expected: Versions, on: date
) -> Pupil:
    """Change what the caller's own record says.

    Args:
        said: the columns to change.
        on: today.

    Raises:
        Conflict: `pupil_exists`, `pupil_merged`.
        Invalid, NotFound, Forbidden, Stale
    """
    row = await for_change(session, pupil_id, expected=expected)
    await organisations.school(session, said.get("home_school_id"))
    await _apply(session, row, said, on=on)
    return row


async def upsert(
    session: AsyncSession, source: str, external_id: str, said: Mapping[str, Any], *, on: date
) -> tuple[Pupil, bool]:
    """Record what the caller's own system says of a pupil, whole; and whether the record is new.

    UPNs that the record already has as former ones stay: a merge may have taught it more than the source knows.

    Args:
        said: as for `add`; what is not said is emptied.
        on: today.

    Raises:
        Conflict: `pupil_exists`, `pupil_merged`.
        Invalid: facts that cannot be.
    """
    owner_id = caller_of(session).organisation
    # There is no row to lock yet where two first tellings meet.
    await session.execute(_ONE_AT_A_TIME, {"key": f"pupils {owner_id} {source} {external_id}"})
    named = (col(Pupil.owner_id) == owner_id, col(Pupil.source) == source, col(Pupil.external_id) == external_id)
    found = (await session.execute(select(col(Pupil.id)).where(*named))).scalar_one_or_none()
    said = {**said, "source": source, "external_id": external_id}
    if found is None:
        return await add(session, said, on=on), True
    row = await for_change(session, found)
    told = await _with_home(session, said)
    await _apply(session, row, told | {"former_upns": [*row.former_upns, *told["former_upns"]]}, on=on)
    return row, False


def audience(row: Pupil) -> list[UUID]:
    """Who is told of what happens to a record."""
    return [row.owner_id, *row.shared_with_ids]


async def _apply(session: AsyncSession, row: Pupil, said: Mapping[str, Any], *, on: date) -> None:
    """Change a locked record, where anything it says would change."""
    kept = rules.settled({column: getattr(row, column) for column in SAID} | dict(said), on=on)
    changed = {column: value for column, value in kept.items() if getattr(row, column) != value}
    if not changed:
        return
    was = _upns(row)
    for column, value in changed.items():
        setattr(row, column, value)
    if _upns(row) != was:
        with session.no_autoflush:
            row.child_id = await _child(session, row, was=was)
    row.touch()
    await session.flush()
    if "home_la_code" in changed:
        await session.execute(_FOLLOW, {"pupil": row.id})
    audit(session, "change", "pupil", row.id, fields=sorted(changed))
    tell(session, "pupil.changed", "pupil", row.id, audience(row))


def _upns(row: Pupil) -> frozenset[str]:
    return frozenset(upn for upn in (row.upn, *row.former_upns) if upn is not None)


async def _child(session: AsyncSession, row: Pupil, *, was: Iterable[str]) -> UUID:
    """The child that a record's UPNs, as now told, belong to.

    A record that loses a UPN was, as told now, never of that UPN's child, so it leaves that child. Taking hold of the
    UPNs first makes the check that nobody else records the pupil for this organisation at the same time exact.

    Raises:
        Conflict: `pupil_exists`.
    """
    upns = _upns(row)
    fresh = row.child_id if upns >= frozenset(was) else new_id()
    if not upns:
        return fresh
    told = {"record": row.id, "owner": row.owner_id, "upn": row.upn, "upns": sorted(upns), "fresh": fresh}
    linked: UUID = (await session.execute(_LINK, told)).scalar_one()
    await _ensure_only(session, row)
    return linked


async def _ensure_only(session: AsyncSession, row: Pupil) -> None:
    if row.upn is None:
        return
    told = {"record": row.id, "owner": row.owner_id, "upn": row.upn}
    other = (await session.execute(_OTHER, told)).scalar_one_or_none()
    if other is not None:
        fault = Fault("pupil_exists", "You keep a record with this UPN.", pointer="/upn")
        why: dict[str, Any] = {"errors": (fault,), "facts": {"pupil_id": str(other)}}
        raise Conflict("You already keep a record of this pupil.", code="pupil_exists", **why)


async def _with_home(session: AsyncSession, said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, with the home school and authority that follow from who says it."""
    caller = caller_of(session)
    own = caller.organisation if caller.role is Role.SCHOOL else None
    school_id = said.get("home_school_id") or own
    school = await organisations.school(session, school_id)
    la_code = said.get("home_la_code") or (school and school.la_code) or caller.la_code
    return {**UNSAID, **said, "home_school_id": school_id, "home_la_code": la_code}
