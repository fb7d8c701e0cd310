"""What providers report of progress, and what commissioners ask them to report."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import amending, pages, rows
from app.db.agreements import adopted_by, years_of
from app.db.amending import Correctable, Correction
from app.db.base import Keyset, Page, Row, Versions, document, new_id, one_of, uuids
from app.db.organisations import Organisation
from app.db.placement_parts import PlacementPart, ensure_evidence, part_of, ways_to
from app.db.placements import Placement
from app.db.provider_documents import parties
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.domain.errors import Fault, Invalid
from app.domain.obligations import Cap, Request, ensure_within

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
KINDS = ("tracking", "progress")


class ProgressRequest(Row, table=True):
    """A commissioner's request for a report of one placement, or of all that it has with the provider."""

    __tablename__ = "progress_requests"
    __table_args__ = (
        Index("ix_progress_requests_provider_id_id", "provider_id", "id"),
        Index("ix_progress_requests_commissioner_id_provider_id", "commissioner_id", "provider_id"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    commissioner_id: UUID = Field(foreign_key="organisations.id")
    placement_id: UUID | None = Field(default=None, foreign_key="placements.id")
    requested_on: date
    due_on: date
    note: str | None = None
    requested_by: str


class ProgressReport(PlacementPart, Correctable, table=True):
    """A provider's report of progress in a term, of one placement or of all that a commissioner has with it.

    `targets` is `[{"target", "progress", "met"}]`.
    """

    __tablename__ = "progress_reports"
    __table_args__ = (
        one_of("kind", KINDS),
        CheckConstraint("term BETWEEN 1 AND 6", name="term"),
        *ways_to("progress_reports"),
        Index("ix_progress_reports_commissioner_id_provider_id", "commissioner_id", "provider_id"),
        Index("ix_progress_reports_placement_id", "placement_id"),
    )

    CONTENT: ClassVar[tuple[str, ...]] = (
        *("academic_year", "term", "submitted_on", "summary", "targets", "evidence_ids", "request_id"),
    )

    organisation_id: UUID = Field(foreign_key="organisations.id")
    kind: str
    academic_year: str
    term: int
    submitted_on: date
    summary: str
    targets: list[dict[str, Any]] = document(default_factory=list)
    evidence_ids: list[UUID] = uuids()
    request_id: UUID | None = Field(default=None, foreign_key="progress_requests.id")
    recorded_by: str


# --- requests -------------------------------------------------------------------------------------------------------


async def ask(session: AsyncSession, said: Mapping[str, Any], *, today: date) -> ProgressRequest:
    """Ask a provider for a report, as often as the agreements that the caller's organisation has adopted allow.

    Raises:
        Conflict: `progress_request_cap`; `calendar_missing`, where nobody can say which term it is.
        Invalid: `request_invalid`.
        NotFound
    """
    caller = caller_of(session)
    provider = await rows.get(session, Provider, said["provider_id"])
    await _check_request(session, said, today)
    await session.execute(_LOCK, {"key": f"progress {caller.organisation} {provider.id}"})
    row = ProgressRequest(
        provider_id=provider.id,
        commissioner_id=caller.organisation,
        placement_id=said.get("placement_id"),
        requested_on=today,
        due_on=said["due_on"],
        note=said.get("note"),
        requested_by=caller.principal,
    )
    await _ensure_within(session, row, today)
    session.add(row)
    await session.flush()
    audit(session, "ask", "progress_request", row.id, provider_id=str(provider.id))
    tell(session, "progress_request.made", "progress_request", row.id, (provider.id, row.commissioner_id))
    return row


async def _check_request(session: AsyncSession, said: Mapping[str, Any], today: date) -> None:
    faults: list[Fault] = []
    if said["due_on"] < today:
        faults.append(Fault("in_the_past", "Name a day to come.", pointer="/due_on"))
    if said.get("placement_id") is not None:
        placement = await rows.get(session, Placement, said["placement_id"])
        mine = placement.commissioner_id == caller_of(session).organisation
        if not mine or placement.provider_id != said["provider_id"]:
            detail = "Name a placement of yours with this provider."
            faults.append(Fault("placement_not_yours", detail, pointer="/placement_id"))
    if faults:
        raise Invalid("This cannot be asked for.", code="request_invalid", errors=tuple(faults))


async def _ensure_within(session: AsyncSession, row: ProgressRequest, today: date) -> None:
    own = await rows.get(session, Organisation, row.commissioner_id)
    caps = [
        Cap(settled["progress_requests"], bool(settled["progress_half_terms"]), agreement.title)
        for agreement, settled in ((each.agreement, each.settled) for each in adopted_by(own))
        if "progress_requests" in settled
    ]
    if not caps:
        return
    years = (await years_of(session, {own.id}, today)).get(own.id, ())
    query = select(ProgressRequest).where(
        col(ProgressRequest.commissioner_id) == own.id, col(ProgressRequest.provider_id) == row.provider_id
    )
    before = [request_fact(each) for each in (await session.execute(query)).scalars()]
    for cap in caps:
        ensure_within(cap, request_fact(row), before, years)


def request_fact(row: ProgressRequest) -> Request:
    """A request as the rules read it."""
    return Request(row.id, row.requested_on, row.due_on, row.placement_id)


async def list_requests(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any]) -> Page[ProgressRequest]:
    """Requests that the caller made or was made, by id. `wanted`: columns by value, None asks nothing."""
    query = select(ProgressRequest)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(ProgressRequest, name) == value)
    return keyset.page((await session.execute(keyset.cut(query, col(ProgressRequest.id)))).scalars().all())


# --- reports --------------------------------------------------------------------------------------------------------


async def record(session: AsyncSession, said: Mapping[str, Any], *, today: date) -> ProgressReport:
    """Record a report that a provider gives, or gave its commissioner on paper.

    Raises:
        Invalid: `report_invalid`, `party_missing`, `evidence_unknown`.
        NotFound
    """
    about = await _about(session, said)
    submitted_on = said.get("submitted_on") or today
    await _check_report(session, said, about, submitted_on, today)
    await ensure_evidence(session, about["provider_id"], said.get("evidence_ids") or ())
    caller = caller_of(session)
    row = ProgressReport(
        id=new_id(),
        **about,
        organisation_id=caller.organisation,
        submitted_on=submitted_on,
        recorded_by=caller.principal,
        **{name: said[name] for name in ("kind", "academic_year", "term", "summary")},
        **{name: said[name] for name in ("targets", "evidence_ids", "request_id") if said.get(name)},
    )
    session.add(row)
    await session.flush()
    _written(session, row, "record", "recorded")
    return row


def _written(session: AsyncSession, row: ProgressReport, action: str, done: str) -> None:
    audit(session, action, "progress_report", row.id, provider_id=str(row.provider_id), kind=row.kind, term=row.term)
    readers = (row.provider_id, row.commissioner_id, row.pupil_owner_id, *row.shared_with_ids)
    tell(session, f"progress_report.{done}", "progress_report", row.id, readers, report=row.kind)


async def correct(
    session: AsyncSession, report_id: UUID, said: Correction, *, at: datetime, today: date
) -> ProgressReport:
    """Put a report right. Of what kind it is, and of which placement, is put right by recording it anew.

    Raises:
        Invalid: `report_invalid`, `evidence_unknown`.
        Conflict, Forbidden, NotFound, Stale: as `amending.for_correction`.
    """
    row = await amending.for_correction(session, ProgressReport, report_id, expected=said.expected)
    content = row.said() | said.content
    about = {"kind": row.kind, "provider_id": row.provider_id, "commissioner_id": row.commissioner_id}
    about |= {"placement_id": row.placement_id}
    await _check_report(session, content | about, about, content["submitted_on"], today)
    await ensure_evidence(session, row.provider_id, said.content.get("evidence_ids") or ())
    if await amending.correct(session, row, content, reason=said.reason, at=at):
        _written(session, row, "correct", "corrected")
    return row


async def withdraw(
    session: AsyncSession, report_id: UUID, reason: str, *, expected: Versions, at: datetime
) -> ProgressReport:
    """Take a report back. Raises as `amending.for_correction`."""
    row = await amending.withdraw(session, ProgressReport, report_id, reason, expected=expected, at=at)
    _written(session, row, "withdraw", "withdrawn")
    return row


async def get(session: AsyncSession, report_id: UUID) -> ProgressReport:
    """One report that the caller may know of. Raises NotFound."""
    return await rows.get(session, ProgressReport, report_id)


async def _about(session: AsyncSession, said: Mapping[str, Any]) -> dict[str, Any]:
    """The placement that it is of, or the provider and the commissioner, one of which is the caller.

    Raises:
        Invalid: `report_invalid`, a placement that another organisation commissioned, or not of those that are named.
        NotFound
    """
    if said.get("placement_id") is None:
        provider_id, commissioner_id = await parties(session, said)
        return {"provider_id": provider_id, "commissioner_id": commissioner_id}
    placement = await rows.get(session, Placement, said["placement_id"])
    if caller_of(session).organisation not in (placement.provider_id, placement.commissioner_id):
        detail = "The provider reports, or whoever commissioned the placement."
        fault = Fault("placement_not_yours", detail, pointer="/placement_id")
        raise Invalid(detail, code="report_invalid", errors=(fault,))
    about = part_of(placement)
    faults = [
        Fault("placement_of_others", "The placement is of another provider or commissioner.", pointer=f"/{name}")
        for name in ("provider_id", "commissioner_id")
        if said.get(name) not in (None, about[name])
    ]
    if faults:
        raise Invalid("What is said contradicts the placement.", code="report_invalid", errors=tuple(faults))
    return about


async def _check_report(
    session: AsyncSession, said: Mapping[str, Any], about: Mapping[str, Any], submitted_on: date, today: date
) -> None:
    faults: list[Fault] = []
    if submitted_on > today:
        faults.append(Fault("in_the_future", "It has been given: not on a day to come.", pointer="/submitted_on"))
    if said.get("request_id") is not None:
        asked = await rows.get(session, ProgressRequest, said["request_id"])
        same = (asked.provider_id, asked.commissioner_id) == (about["provider_id"], about["commissioner_id"])
        if not same or asked.placement_id not in (None, about.get("placement_id")) or said["kind"] != "progress":
            faults.append(Fault("request_of_another", "The report answers another request.", pointer="/request_id"))
    if faults:
        raise Invalid("The report cannot be so.", code="report_invalid", errors=tuple(faults))


async def list_page(session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any]) -> Page[ProgressReport]:
    """Reports that the caller may know of, by id. `wanted`: columns by value, None asks nothing."""
    return await pages.page(session, keyset, ProgressReport, wanted)
