"""Annual reports of providers: how one is found, started, written and thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.db import annual_drawing, rows
from app.db.annual_report_rows import DRAFT, PUBLISHED, AnnualReportRow
from app.db.base import Keyset, Page, Versions
from app.db.providers import Provider
from app.db.records import audit
from app.db.session import caller_of
from app.domain import annual_reports as rules
from app.domain.annual_reports import AnnualReportStatus
from app.domain.calendar import academic_year_named
from app.domain.documents import content_hash, plain
from app.domain.errors import Conflict, Fault

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


@dataclass(frozen=True, slots=True)
class Seen:
    """A report, the published version that supersedes it, and what is missing before it is published."""

    row: AnnualReportRow
    superseded_by_id: UUID | None = None
    missing: tuple[Fault, ...] = ()

    @property
    def id(self) -> UUID:
        """The report's id, by which lists are paged."""
        return self.row.id

    @property
    def view(self) -> str:
        """What tells apart answers about one version of the row: what is missing changes with the day, too."""
        return content_hash(plain({"later": str(self.superseded_by_id), "missing": list(map(plain, self.missing))}))[
            :12
        ]


# --- read -----------------------------------------------------------------------------------------------------------

_LATER = aliased(AnnualReportRow)


async def list_page(
    session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any], superseded: bool | None = None
) -> Page[Seen]:
    """Reports that the caller may know of, by id.

    Args:
        wanted: columns by value; None where every value will do.
        superseded: only those that a later published version supersedes, or only others.
    """
    query = _with_later().where(
        *(getattr(AnnualReportRow, name) == value for name, value in wanted.items() if value is not None)
    )
    if superseded is not None:
        is_last: ColumnElement[bool] = col(_LATER.id).is_(None)
        query = query.where(~is_last if superseded else is_last)
    found = (await session.execute(keyset.cut(query, col(AnnualReportRow.id)))).all()
    return keyset.page([Seen(row, later) for row, later in found])


def _with_later() -> Any:
    later = (col(_LATER.revises_id) == col(AnnualReportRow.id)) & (col(_LATER.status) == PUBLISHED)
    return select(AnnualReportRow, col(_LATER.id)).outerjoin(_LATER, later)


async def get(session: AsyncSession, report_id: UUID, *, on: date) -> Seen:
    """One report that the caller may know of, and of a draft what is missing on a day. Raises NotFound."""
    found = (await session.execute(_with_later().where(col(AnnualReportRow.id) == report_id))).one_or_none()
    row, later = rows.found(found)
    return Seen(row, later, await missing_of(session, row, on) if row.status == DRAFT else ())


async def missing_of(
    session: AsyncSession, row: AnnualReportRow, on: date, *, reviewed: bool = False
) -> tuple[Fault, ...]:
    """What is missing before a draft is published on a day. `reviewed`: what looks like a name is known to be none."""
    written, (from_on, to_on) = written_of(row), academic_year_named(row.academic_year)
    names = () if reviewed else await annual_drawing.names_in(session, row.provider_id, written, from_on, to_on)
    return rules.missing(
        written,
        figures_to_on=date.fromisoformat(row.figures["to_on"]),
        over_on=await annual_drawing.over_on(session, row.la_code, row.academic_year),
        on=on,
        names=names,
    )


def written_of(row: AnnualReportRow) -> rules.Written:
    """What the provider has written."""
    known = {name.name: row.written[name.name] for name in fields(rules.Written) if name.name in row.written}
    qualifications = tuple(rules.AnnualQualification(**each) for each in known.get("qualifications", ()))
    return rules.Written(**{**known, "qualifications": qualifications})


async def document_of(session: AsyncSession, report_id: UUID) -> tuple[AnnualReportRow, dict[str, Any]]:
    """A report that the caller may know of, and its document. Raises NotFound."""
    row = await rows.get(session, AnnualReportRow, report_id)
    return row, row.content or rules.document(await drawn(session, row, at=row.updated_at))


async def drawn(session: AsyncSession, row: AnnualReportRow, *, at: datetime) -> rules.AnnualReport:
    """A draft as it would be published."""
    provider = await rows.get(session, Provider, row.provider_id)
    before = await superseded(session, row)
    return rules.AnnualReport(
        stage=AnnualReportStatus(row.status),
        number=row.number,
        made_at=at,
        academic_year=row.academic_year,
        provider=annual_drawing.named(provider),
        written=rules.published(written_of(row)),
        figures=annual_drawing.figures_of(row.figures),
        previous=rules.PreviousReport(before.number, before.content_hash or "") if before else None,
    )


async def superseded(session: AsyncSession, row: AnnualReportRow) -> AnnualReportRow | None:
    """The version that a report revises, if it revises one."""
    return await rows.get(session, AnnualReportRow, row.revises_id) if row.revises_id else None


# --- start and assemble ---------------------------------------------------------------------------------------------


async def start(
    session: AsyncSession, academic_year: str, revises_id: UUID | None, *, on: date, at: datetime
) -> AnnualReportRow:
    """Begin the report of a year for the caller's own provider, or the revision of the one that was published last.

    Raises:
        Invalid: `year_not_begun`.
        Conflict: `annual_report_exists`, with `annual_report_id` and `report_status` of the newest version.
        NotFound: it revises a report that is not there.
    """
    rules.ensure_begun(academic_year, on=on)
    provider = await rows.get(session, Provider, caller_of(session).organisation)
    await session.execute(_LOCK, {"key": f"annual report {provider.id} {academic_year}"})
    newest = await _newest(session, provider.id, academic_year)
    if revises_id is not None:
        await rows.get(session, AnnualReportRow, revises_id)
    if (newest.id if newest else None) != revises_id or (newest is not None and newest.status == DRAFT):
        raise _exists(newest)
    row = AnnualReportRow(
        provider_id=provider.id,
        academic_year=academic_year,
        number=newest.number + 1 if newest else 1,
        revises_id=revises_id,
        written=dict(newest.written) if newest else plain(rules.Written()),
        la_code=provider.la_code,
    )
    await _assemble(session, row, on=on, at=at)
    session.add(row)
    await session.flush()
    audit(session, "create", "annual_report", row.id, academic_year=academic_year, number=row.number)
    return row


async def _newest(session: AsyncSession, provider_id: UUID, academic_year: str) -> AnnualReportRow | None:
    query = select(AnnualReportRow).where(
        col(AnnualReportRow.provider_id) == provider_id, col(AnnualReportRow.academic_year) == academic_year
    )
    return (await session.execute(query.order_by(col(AnnualReportRow.number).desc()).limit(1))).scalar_one_or_none()


def _exists(newest: AnnualReportRow | None) -> Conflict:
    if newest is None:
        fault = Fault("revises_another_year", "It is the report of another year.", pointer="/revises_id")
        return Conflict("There is no report of this year to revise.", code="annual_report_other", errors=(fault,))
    detail = "There is a report of this year: write on in the draft, or name the one published last in `revises_id`."
    facts = {"annual_report_id": str(newest.id), "report_status": newest.status}
    return Conflict(detail, code="annual_report_exists", facts=facts)


async def _assemble(session: AsyncSession, row: AnnualReportRow, *, on: date, at: datetime) -> None:
    first, last = academic_year_named(row.academic_year)
    now = await annual_drawing.assemble(session, row.provider_id, first, min(on, last), on=on, at=at)
    before = await superseded(session, row)
    row.figures = plain(rules.after(annual_drawing.figures_of(before.figures) if before else None, now))


async def assemble(
    session: AsyncSession, report_id: UUID, *, expected: Versions, on: date, at: datetime
) -> AnnualReportRow:
    """Bring the figures of a draft up to date.

    Raises:
        Conflict: `annual_report_published`.
        NotFound, Stale
    """
    row = await draft_of(session, report_id, expected)
    await _assemble(session, row, on=on, at=at)
    return await _changed(session, row, "assemble")


async def draft_of(session: AsyncSession, report_id: UUID, expected: Versions) -> AnnualReportRow:
    """A draft, locked. Raises NotFound, Conflict `annual_report_published`, Stale."""
    seen = await rows.get(session, AnnualReportRow, report_id)  # held: read again, it could be published by then
    rules.ensure_draft(seen.status)
    return await rows.for_change(session, AnnualReportRow, seen.id, expected=expected)


async def _changed(session: AsyncSession, row: AnnualReportRow, action: str) -> AnnualReportRow:
    row.touch()
    await session.flush()
    audit(session, action, "annual_report", row.id)
    return row


# --- write ----------------------------------------------------------------------------------------------------------


async def write(
    session: AsyncSession, report_id: UUID, said: Mapping[str, Any], *, expected: Versions
) -> AnnualReportRow:
    """Write what is said into a draft; what is not said stays.

    Raises:
        Conflict: `annual_report_published`.
        NotFound, Stale
    """
    row = await draft_of(session, report_id, expected)
    row.written = {**row.written, **said}
    return await _changed(session, row, "write")


async def discard(session: AsyncSession, report_id: UUID, *, expected: Versions) -> None:
    """Throw a draft away. Raises Conflict `annual_report_published`, NotFound, Stale."""
    row = await draft_of(session, report_id, expected)
    await session.delete(row)
    await session.flush()
    audit(session, "discard", "annual_report", report_id)
