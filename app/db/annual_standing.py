"""What the system knows of a provider's own standing in a year, for its annual report: assurance, duties, money."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import compliance, owing
from app.db.action_plans import PlannedAction
from app.db.annual_figures import Year
from app.db.base import LONDON, today
from app.db.checks import RegistrationCheck
from app.db.concerns import Decision
from app.db.invoices import Invoice
from app.db.organisations import Organisation
from app.db.questionnaires import Questionnaire
from app.db.staff import ProviderAudit
from app.db.visits import Visit, VisitVersion
from app.domain import annual_reports as report
from app.domain.action_plans import ActionStatus, is_overdue
from app.domain.annual_reports import AnnualSource
from app.domain.compliance import without_people
from app.domain.decisions import DecisionKind
from app.domain.evidence.standing import NO_VISIT
from app.domain.frameworks import VisitKind
from app.domain.money import InvoiceStatus
from app.domain.obligations import Kind, Obligation, State
from app.domain.questionnaires import Audience
from app.domain.registration import Result
from app.domain.visits import Outcome, VisitStatus

OWN_EVIDENCE = "annual_report"


# --- quality assurance ----------------------------------------------------------------------------------------------


async def visits(session: AsyncSession, year: Year) -> tuple[report.AnnualVisit, ...]:
    """The visits whose record was finalised in the year, by their final reports."""
    query = (
        select(Visit, VisitVersion)
        .join(VisitVersion, col(VisitVersion.visit_id) == col(Visit.id))
        .where(
            col(Visit.provider_id) == year.provider_id,
            col(Visit.status) == VisitStatus.FINALISED.value,
            col(VisitVersion.stage) == "final",
        )
        .order_by(col(Visit.finalised_at), col(Visit.id))
    )
    found = (await session.execute(query)).all()
    return tuple(_visit(*each) for each in found if year.from_on <= _day(each[0].finalised_at) <= year.to_on)


def _day(at: datetime | None) -> date:
    return today(at) if at else date.max


def _visit(row: Visit, version: VisitVersion) -> report.AnnualVisit:
    told, aside = version.content, row.outcome == Outcome.SET_ASIDE
    overall = None if aside else (told["overall"] or {}).get("rating")
    sections = () if aside else tuple(_section(each) for each in told["sections"] if each["rating"])
    return report.AnnualVisit(
        visit_id=row.id,
        kind=VisitKind(row.kind),
        visited_on=row.visited_on,
        finalised_on=_day(row.finalised_at),
        framework=told["framework"]["title"],
        lead_organisation=told["lead_organisation"]["name"],
        set_aside=aside,
        overall=_rating(overall) if overall else None,
        sections=sections,
        content_hash=version.content_hash,
    )


def _section(told: Mapping[str, Any]) -> report.AnnualVisitSection:
    return report.AnnualVisitSection(told["title"], _rating(told["rating"]))


def _rating(told: Mapping[str, Any]) -> report.AnnualRating:
    return report.AnnualRating(**{name: told[name] for name in ("label", "concern", "rank", "of")})


async def actions(session: AsyncSession, year: Year, on: date) -> report.AnnualActions:
    """Actions that were open in the year, those of visits that others may not read yet apart."""
    query = select(col(PlannedAction.status), col(PlannedAction.due_on)).where(
        col(PlannedAction.provider_id) == year.provider_id,
        col(PlannedAction.visit_status).in_((NO_VISIT, VisitStatus.FINALISED.value)),
        col(PlannedAction.created_at) < datetime.combine(year.to_on + timedelta(days=1), time.min, LONDON),
        or_(col(PlannedAction.ended_on).is_(None), col(PlannedAction.ended_on) >= year.from_on),
    )
    found = [(ActionStatus(each.status), each.due_on) for each in await session.execute(query)]
    counts = Counter(status for status, _ in found)
    return report.AnnualActions(
        AnnualSource("actions", len(found)),
        tuple(report.AnnualActionCount(each, counts[each]) for each in ActionStatus),
        sum(is_overdue(status, due_on, on) for status, due_on in found),
    )


async def audits(session: AsyncSession, year: Year) -> tuple[report.AnnualAudit, ...]:
    """The external audits made in the year."""
    query = select(ProviderAudit).where(
        col(ProviderAudit.provider_id) == year.provider_id,
        col(ProviderAudit.audited_on).between(year.from_on, year.to_on),
    )
    found = (await session.execute(query.order_by(col(ProviderAudit.audited_on), col(ProviderAudit.id)))).scalars()
    return tuple(_audit(each) for each in found)


def _audit(row: ProviderAudit) -> report.AnnualAudit:
    open_ = [each for each in row.recommendations if each["done_on"] is None]
    days = row.audited_on, row.valid_until_on
    return report.AnnualAudit(row.id, row.body, *days, len(row.recommendations), len(open_))


async def questionnaires(session: AsyncSession, year: Year) -> tuple[report.AnnualQuestionnaire, ...]:
    """Results that were shared with the provider in the year."""
    query = select(Questionnaire).where(
        col(Questionnaire.provider_id) == year.provider_id, col(Questionnaire.shared_at).is_not(None)
    )
    found = (await session.execute(query.order_by(col(Questionnaire.shared_at), col(Questionnaire.id)))).scalars()
    return tuple(_asked(each) for each in found if year.from_on <= _day(each.shared_at) <= year.to_on)


def _asked(row: Questionnaire) -> report.AnnualQuestionnaire:
    told = row.shared_results or {}
    questions = [
        report.AnnualQuestion(each["text"], tuple(report.AnnualCell(**count) for count in each["counts"]))
        for each in told.get("questions", ())
        if each["counts"]
    ]
    audience, shared_on = Audience(row.audience), _day(row.shared_at)
    return report.AnnualQuestionnaire(row.id, row.title, audience, shared_on, told.get("answered"), tuple(questions))


# --- what is asked of it --------------------------------------------------------------------------------------------


async def position(session: AsyncSession, year: Year) -> report.AnnualCompliance:
    """Where the provider stood with what is asked of every provider, on the last day of the year that has come."""
    known = await compliance.position_of(session, year.provider_id, on=year.to_on)
    # Whether it has published a report of the year, a report that is read has answered.
    items = [each for each in without_people(known.items) if each.type.code != OWN_EVIDENCE]
    wanting = [
        report.AnnualComplianceItem(each.type.code, each.type.title, each.status, each.expires_on)
        for each in items
        if each.status != "valid"
    ]
    return report.AnnualCompliance(year.to_on, len(items), sum(each.met for each in items), tuple(wanting))


async def obligations(session: AsyncSession, year: Year) -> report.AnnualObligations:
    """What was due from the provider, kind by kind."""
    owed = await owing.gather(session, on=year.to_on, provider_id=year.provider_id)
    due: dict[Kind, list[Obligation]] = {}
    for each in owed.obligations:
        if each.owed_by_id == year.provider_id and year.from_on <= each.due_on <= year.to_on:
            due.setdefault(each.kind, []).append(each)
    duties = tuple(_duty(kind, due[kind]) for kind in Kind if kind in due)
    return report.AnnualObligations(year.to_on, duties, len(owed.undetermined))


def _duty(kind: Kind, due: list[Obligation]) -> report.AnnualDuty:
    states = Counter(each.state for each in due)
    late = sum(each.late for each in due)
    return report.AnnualDuty(
        kind=kind,
        due=len(due),
        in_time=states[State.MET] - late,
        late=late,
        overdue=states[State.OVERDUE],
        waived=states[State.WAIVED],
    )


# --- registration, decisions, money ---------------------------------------------------------------------------------


async def registration(session: AsyncSession, year: Year) -> report.AnnualRegistration:
    """The checks of the provider's whole roll."""
    query = select(col(RegistrationCheck.as_of_on), col(RegistrationCheck.overall)).where(
        col(RegistrationCheck.provider_id) == year.provider_id,
        col(RegistrationCheck.view) == "full",
        col(RegistrationCheck.as_of_on).between(year.from_on, year.to_on),
    )
    order = col(RegistrationCheck.as_of_on), col(RegistrationCheck.id)
    found = (await session.execute(query.order_by(*order))).all()
    latest = (found[-1].as_of_on, Result(found[-1].overall)) if found else (None, None)
    return report.AnnualRegistration(AnnualSource("registration-checks", len(found)), *latest)


async def decisions(session: AsyncSession, year: Year) -> tuple[report.AnnualDecision, ...]:
    """The decisions that were in force on at least one day."""
    query = (
        select(Decision, col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(Decision.organisation_id))
        .where(col(Decision.provider_id) == year.provider_id, col(Decision.effective_on) <= year.to_on)
        .order_by(col(Decision.effective_on), col(Decision.id))
    )
    found = [(row, name, today(row.ended_at) if row.ended_at else None) for row, name in await session.execute(query)]
    return tuple(
        report.AnnualDecision(row.id, DecisionKind(row.kind), name, row.effective_on, ended_on)
        for row, name, ended_on in found
        if ended_on is None or ended_on >= max(year.from_on, row.effective_on)
    )


async def invoices(session: AsyncSession, year: Year) -> report.AnnualInvoices:
    """What was invoiced for the year, and what of it was paid."""
    query = select(col(Invoice.commissioner_id), col(Invoice.total), col(Invoice.status)).where(
        col(Invoice.provider_id) == year.provider_id,
        col(Invoice.period_to_on).between(year.from_on, year.to_on),
        col(Invoice.status) != InvoiceStatus.WITHDRAWN.value,
    )
    found = (await session.execute(query)).all()
    paid = InvoiceStatus.PAID
    return report.billed([(each.commissioner_id, each.total, each.status == paid) for each in found])
