"""How quality assurance in the demo county is recorded: each act by the hand of who did it, safe to repeat."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import (
    action_drafting,
    annual_publishing,
    annual_reports,
    audits,
    calendars,
    decisions,
    judging,
    responses,
    rows,
    staffing,
    visit_comments,
    visit_steps,
    visiting,
)
from app.db.annual_report_rows import AnnualReportRow
from app.db.base import LONDON, today
from app.db.concerns import Concern, Decision, DecisionAcknowledgement
from app.db.records import Audit
from app.db.session import Database
from app.db.staff import ProviderAudit, StaffMember
from app.db.visits import Visit
from app.demo.days import DAY
from app.demo.history import History, Report
from app.demo.story import Act
from app.demo.story import Visit as Story
from app.domain.access import Caller
from app.domain.calendar import academic_year, academic_year_label
from app.domain.errors import DomainError
from app.shapes.annual_reports import AnnualReportPatch
from app.shapes.audits import ProviderAuditCreate
from app.shapes.decisions import DecisionCreate
from app.shapes.staff import StaffMemberCreate
from app.shapes.visit_parts import CommentCreate, JudgementsSave, ResponsesSave
from app.shapes.visits import TransitionSaid, VisitCreate

Advance = Callable[[int], None]
_MONTHS, _COMMENT_DAYS = 12, 10


async def complete(session: AsyncSession) -> bool:
    """Whether everything is there: that somebody has read the decision is recorded last."""
    return (await session.execute(select(DecisionAcknowledgement).limit(1))).first() is not None


@dataclass(frozen=True, slots=True)
class Hands:
    """The database, who acts by slug or key, the ids of everybody, and the present instant."""

    database: Database
    callers: Mapping[str, Caller]
    ids: Mapping[str, UUID]
    at: datetime

    def clock(self, on: date) -> visiting.Clock:
        """The afternoon of a day, but not later than now."""
        at = min(datetime.combine(on, time(15), LONDON), self.at)
        return visiting.Clock(at, today(at), _MONTHS, _COMMENT_DAYS)


async def assure(hands: Hands, history: History, advance: Advance) -> None:
    """Record the history, part by part, each act in a transaction of its own.

    Args:
        advance: told how many acts on visits have been recorded.
    """
    await _calendars(hands, history)
    await _staff(hands, history)
    await _audits(hands, history)
    there: dict[str, UUID] = {}
    done = 0
    for each in history.visits:
        there[each.key] = await _visit(hands, each)
        done += len(each.acts(hands.ids))
        advance(done)
    for report in history.reports:
        await _report(hands, report)
    await _decide(hands, history, there[history.decision.visit])


# --- what visits rest on --------------------------------------------------------------------------------------------


async def _calendars(hands: Hands, history: History) -> None:
    for slug, year in history.calendars.items():
        async with hands.database.session_for(hands.callers[slug]) as session:
            if await calendars.own(session, year.academic_year) is None:
                await calendars.put(session, year, source=None, expected=None)


async def _staff(hands: Hands, history: History) -> None:
    for each in history.staff:
        provider_id = hands.ids[each.provider]
        async with hands.database.session_for(hands.callers[each.by]) as session:
            if await _none(session, StaffMember, provider_id):
                for person in each.people:
                    said = StaffMemberCreate.model_validate(person).model_dump(exclude={"acting_for"})
                    await staffing.add(session, provider_id, said, today=today(hands.at))


async def _audits(hands: Hands, history: History) -> None:
    for each in history.audits:
        provider_id = hands.ids[each.provider]
        async with hands.database.session_for(hands.callers[each.by]) as session:
            if await _none(session, ProviderAudit, provider_id):
                said = ProviderAuditCreate.model_validate(each.said).said()
                await audits.add(session, provider_id, said, today=today(hands.at))


async def _none(session: AsyncSession, table: type[StaffMember | ProviderAudit], provider_id: UUID) -> bool:
    found = await session.execute(select(col(table.id)).where(col(table.provider_id) == provider_id).limit(1))
    return found.first() is None


# --- visits ---------------------------------------------------------------------------------------------------------


async def _visit(hands: Hands, story: Story) -> UUID:
    """The visit of a story, brought to where the story ends."""
    async with hands.database.session_for(Caller.system("demo"), readonly=True) as session:
        visit_id, done = await _begun(session, story, hands.ids)
    for act in story.acts(hands.ids)[done:]:
        async with hands.database.session_for(hands.callers[act.by]) as session:
            session.info["acting_for"] = act.person and {"user_id": act.person, "display_name": act.person}
            clock = hands.clock(act.on)
            if visit_id is None:
                body = VisitCreate.model_validate(act.body)
                visit_id = (await visiting.plan(session, body.said(), on=clock.today, override=body.reason)).id
            else:
                await _ACTS.get(act.what, _step)(session, visit_id, act, clock)
    assert visit_id is not None  # every story begins with a plan
    return visit_id


async def _begun(session: AsyncSession, story: Story, ids: Mapping[str, UUID]) -> tuple[UUID | None, int]:
    """The visit, if it has been planned, and how many of its acts the audit trail knows of: each leaves one entry."""
    query = select(col(Visit.id)).where(
        col(Visit.provider_id) == ids[story.provider],
        col(Visit.kind) == story.kind,
        col(Visit.lead_organisation_id) == ids[story.lead],
    )
    visit_id = (await session.execute(query.order_by(col(Visit.id)).limit(1))).scalar_one_or_none()
    entries = select(func.count()).select_from(Audit).where(col(Audit.entity_id) == visit_id)
    return visit_id, (await session.execute(entries)).scalar_one() if visit_id else 0


async def _step(session: AsyncSession, visit_id: UUID, act: Act, clock: visiting.Clock) -> None:
    body = TransitionSaid.model_validate({"to": act.what, **act.body})
    visit = await rows.get(session, Visit, visit_id)
    await visit_steps.take(session, visit_id, body.to, body.said(), expected=[visit.version], clock=clock)


async def _note(session: AsyncSession, visit_id: UUID, act: Act, _: visiting.Clock) -> None:
    body = ResponsesSave.model_validate(act.body)
    _ensure_all(await responses.save(session, visit_id, [each.model_dump() for each in body.items]))


async def _judge(session: AsyncSession, visit_id: UUID, act: Act, clock: visiting.Clock) -> None:
    body = JudgementsSave.model_validate(act.body)
    _ensure_all(await judging.save(session, visit_id, [each.model_dump() for each in body.items], at=clock.at))


async def _comment(session: AsyncSession, visit_id: UUID, act: Act, _: visiting.Clock) -> None:
    body = CommentCreate.model_validate(act.body)
    await visit_comments.add(session, visit_id, body.model_dump(exclude={"acting_for"}))


_ACTS: Mapping[str, Callable[[AsyncSession, UUID, Act, visiting.Clock], Awaitable[None]]] = {
    "note": _note,
    "judge": _judge,
    "comment": _comment,
}


def _ensure_all(saved: Sequence[object]) -> None:
    """Each item is saved for itself; in the county none is refused."""
    for each in saved:
        if isinstance(each, DomainError):
            raise each


# --- what a year came to --------------------------------------------------------------------------------------------


async def _report(hands: Hands, report: Report) -> None:
    """The report of last year, written as far as it is, all at once."""
    on = today(hands.at)
    last_year = academic_year_label(academic_year(on)[0] - DAY)
    async with hands.database.session_for(hands.callers[report.provider]) as session:
        if (await session.execute(select(col(AnnualReportRow.id)).limit(1))).first() is not None:
            return
        row = await annual_reports.start(session, last_year, None, on=on, at=hands.at)
        said = AnnualReportPatch.model_validate(report.said).model_dump(exclude_unset=True)
        row = await annual_reports.write(session, row.id, said, expected=[row.version])
        if report.published:
            await annual_publishing.publish(session, row.id, None, expected=[row.version], on=on, at=hands.at)


# --- what follows ---------------------------------------------------------------------------------------------------


async def _decide(hands: Hands, history: History, visit_id: UUID) -> None:
    """Decide on the provider, ask it for improvement, and let one school confirm that it has read the decision."""
    told = history.decision
    story = next(each for each in history.visits if each.key == told.visit)
    clock = hands.clock(told.on)
    async with hands.database.session_for(hands.callers[story.lead]) as session:
        found = await session.execute(select(Decision).where(col(Decision.visit_id) == visit_id))
        decision = found.scalar_one_or_none()
        if decision is None:
            raised = select(col(Concern.id)).where(col(Concern.visit_id) == visit_id)
            concern_ids = map(str, (await session.execute(raised)).scalars())
            said = told.body(str(hands.ids[story.provider]), str(visit_id), concern_ids)
            body = DecisionCreate.model_validate(said).model_dump(exclude={"acting_for"})
            decision = await decisions.make(session, body, at=clock.at)
        await action_drafting.from_visit(session, visit_id, on=clock.today, due_on=None)
    async with hands.database.session_for(hands.callers[told.read_by]) as session:
        await decisions.acknowledge(session, decision.id, at=hands.clock(told.read_on).at)
