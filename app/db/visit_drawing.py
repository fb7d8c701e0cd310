"""The report of a visit, drawn from its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import rows
from app.db.base import today
from app.db.concerns import Concern
from app.db.concluding import follow_up_due_on
from app.db.organisations import Organisation
from app.db.providers import Provider, Site
from app.db.visit_content import Written, item_of
from app.db.visiting import facts_of
from app.db.visits import Judgement, Visit, VisitResponse
from app.domain import visit_reports as report
from app.domain.establishments import RegistrationStatus
from app.domain.frameworks import Criterion, DecidedBy, Framework, Scale, Section, VisitKind, limiting_judgement
from app.domain.registration import Result
from app.domain.visits import MET_NOT_MET, Item, ItemKind, items, scale_of


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a report is drawn from; `names` of organisations by id."""

    visit: Visit
    form: Framework
    said: Written
    names: Mapping[UUID, str]

    def judged(self, key: str) -> Judgement | None:
        """The judgement of an item."""
        return next((each for each in self.said.judgements if item_of(each) == key), None)

    def responses(self, key: str, side: str) -> Iterator[VisitResponse]:
        """What one side said of an item."""
        return (each for each in self.said.responses if each.item_key == key and each.side == side)

    def rating(self, scale: Scale, key: str) -> report.Rating | None:
        """The rating of an item, to be read by itself."""
        row = self.judged(key)
        return report.rating(scale, row.rating if row else None)

    def notes(self, key: str) -> tuple[report.ObserverNote, ...]:
        """What visitors noted of an item."""
        return tuple(
            report.ObserverNote(self.names[each.organisation_id], each.text) for each in self.responses(key, "observer")
        )


async def _names(session: AsyncSession, visit: Visit, said: Written) -> dict[UUID, str]:
    wanted = {visit.lead_organisation_id, visit.provider_id, *visit.team_ids, visit.moderated_by_id}
    wanted |= {each.organisation_id for each in said.responses} | {each.organisation_id for each in said.comments}
    wanted |= {UUID(each["organisation_id"]) for each in visit.visitors if each.get("organisation_id")}
    query = select(Organisation.id, Organisation.name).where(  # type: ignore[call-overload]
        col(Organisation.id).in_([each for each in wanted if each is not None])
    )
    return {row.id: row.name for row in await session.execute(query)}


async def draw(
    session: AsyncSession, visit: Visit, form: Framework, said: Written, stage: report.Stage, at: datetime
) -> report.Report:
    """The report of a visit as it is now."""
    told = Sources(visit, form, said, await _names(session, visit, said))
    provider = await rows.get(session, Provider, visit.provider_id)
    last = said.versions[-1] if said.versions else None
    listed = items(form, registered=facts_of(visit).registered)
    return report.Report(
        stage=stage,
        number=len(said.versions) + 1,
        made_at=at,
        visit=_visit(told),
        provider=report.Provider(**_picked(provider, report.Provider)),
        lead_organisation=_named(told, visit.lead_organisation_id),
        framework=report.framework_version(form),
        sections=tuple(_section(told, each) for each in form.sections),
        site=await _site(session, visit.site_id),
        visitors=tuple(_visitor(told, each) for each in visit.visitors),
        registration=_registration(told, listed),
        overall=_overall(told),
        comments=tuple(_comments(told, listed)),
        dispute=_dispute(told),
        concerns=await _concerns(session, told),
        follow_up_due_on=follow_up_due_on(form, visit, said.ratings),
        previous=report.Previous(report.Stage(last.stage), last.number, last.content_hash) if last else None,
    )


def _picked(row: Any, shape: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in shape.__dataclass_fields__}


def _named(told: Sources, organisation_id: UUID) -> report.Named:
    return report.Named(organisation_id, told.names[organisation_id])


def _visit(told: Sources) -> report.Visit:
    visit = told.visit
    return report.Visit(
        id=visit.id,
        kind=VisitKind(visit.kind),
        planned_on=visit.planned_on or today(visit.created_at),
        notified_at=visit.notified_at,
        visited_on=visit.visited_on,
        duration_minutes=visit.duration_minutes,
        joint=tuple(_named(told, each) for each in visit.team_ids if each != visit.lead_organisation_id),
    )


async def _site(session: AsyncSession, site_id: UUID | None) -> report.Site | None:
    if site_id is None:
        return None
    return report.Site(**_picked(await rows.get(session, Site, site_id), report.Site))


def _visitor(told: Sources, said: Mapping[str, Any]) -> report.Visitor:
    organisation_id = UUID(said["organisation_id"]) if said.get("organisation_id") else told.visit.lead_organisation_id
    return report.Visitor(said["name"], told.names.get(organisation_id, ""), said.get("role"))


# --- registration ---------------------------------------------------------------------------------------------------


def _registration(told: Sources, listed: Sequence[Item]) -> report.Registration | None:
    kept = told.visit.registration
    if kept is None:
        return None
    return report.Registration(
        status=RegistrationStatus(kept["status"]),
        checked_on=_day(kept["checked_on"]),
        gias_extract_on=_day(kept["gias_extract_on"]),
        urn=kept["urn"],
        check=_check(told.visit, kept),
        questions=tuple(_question(told, each) for each in listed if each.kind is ItemKind.QUESTION),
        caveats=tuple(_caveat(told, each) for each in listed if each.kind is ItemKind.CAVEAT),
    )


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _check(visit: Visit, kept: Mapping[str, Any]) -> report.Check | None:
    if visit.registration_check_id is None:
        return None
    return report.Check(visit.registration_check_id, date.fromisoformat(kept["as_of_on"]), Result(kept["overall"]))


def _question(told: Sources, item: Item) -> report.Question:
    answers = (
        report.Said("provider" if each.side == "provider" else "visitor", told.names[each.organisation_id], each.text)
        for each in told.said.responses
        if each.item_key == item.key
    )
    return report.Question(item.key.partition(":")[2], item.title, tuple(answers))


def _caveat(told: Sources, item: Item) -> report.Caveat:
    row = told.judged(item.key)
    return report.Caveat(
        item.key.partition(":")[2], item.title, told.rating(MET_NOT_MET, item.key), row.rationale if row else None
    )


# --- judgements -----------------------------------------------------------------------------------------------------


def _section(told: Sources, section: Section) -> report.Section:
    key = f"section:{section.key}"
    row = told.judged(key)
    return report.Section(
        key=section.key,
        title=section.title,
        printed_ref=section.printed_ref,
        essential=section.essential,
        decided_by=section.decided_by,
        answer=section.answer,
        items=tuple(_item(told, each) for each in section.criteria),
        guiding_principle=section.guiding_principle,
        concluding_question=section.concluding_question,
        rating=told.rating(told.form.scale(section.scale), key),
        rationale=row.rationale if row else None,
        action_points=tuple(row.action_points) if row else (),
        notes=told.notes(key),
    )


def _item(told: Sources, criterion: Criterion) -> report.Item:
    key = f"criterion:{criterion.key}"
    row = told.judged(key)
    return report.Item(
        key=criterion.key,
        printed_ref=criterion.printed_ref,
        title=criterion.title,
        phase=criterion.phase,
        essential=criterion.essential,
        rating=told.rating(told.form.scale(criterion.scale), key),
        rationale=row.rationale if row else None,
        action_points=tuple(row.action_points) if row else (),
        provider_evidence=tuple(report.ProviderEvidence(each.text) for each in told.responses(key, "provider")),
        observer_notes=told.notes(key),
    )


def _overall(told: Sources) -> report.Overall | None:
    overall = told.form.overall
    if overall.decided_by is DecidedBy.NONE or overall.scale is None:
        return None
    row = told.judged("overall")
    return report.Overall(
        title=overall.title or "Overall",
        decided_by=overall.decided_by,
        rating=told.rating(told.form.scale(overall.scale), "overall"),
        rationale=row.rationale if row else None,
        hint=_hint(told, told.form.scale(overall.scale)),
    )


def _hint(told: Sources, scale: Scale) -> report.Hint | None:
    limit = limiting_judgement(told.form, told.said.ratings.sections)
    rating = report.rating(scale, limit.rating if limit else None)
    if limit is None or rating is None:
        return None
    return report.Hint(rating, tuple(told.form.section(each).title for each in limit.because))


# --- what was said of it --------------------------------------------------------------------------------------------


def _comments(told: Sources, listed: Sequence[Item]) -> Iterator[report.Comment]:
    by_key = {each.key: each for each in listed}
    for each in told.said.comments:
        item = by_key.get(each.item_key or "")
        scale = scale_of(told.form, item) if item else None
        suggested = report.rating(scale, each.suggested_rating) if scale else None
        yield report.Comment(
            by="provider" if each.organisation_id == told.visit.provider_id else "visitor",
            kind=each.kind,
            text=each.text,
            item_key=each.item_key,
            item_title=item.title if item else None,
            suggested=suggested.label if suggested else None,
        )


def _dispute(told: Sources) -> report.Dispute | None:
    visit = told.visit
    if visit.disputed_at is None:
        return None
    moderated = visit.outcome is not None
    return report.Dispute(
        raised_on=today(visit.disputed_at),
        reason=visit.disputed_because or "",
        outcome=visit.outcome,
        outcome_reason=visit.outcome_because,
        moderated_on=today(visit.finalised_at) if moderated and visit.finalised_at else None,
        moderated_by_organisation=told.names.get(visit.moderated_by_id) if visit.moderated_by_id else None,
        how=visit.moderated_how,
    )


async def _concerns(session: AsyncSession, told: Sources) -> tuple[report.Concern, ...]:
    query = select(Concern).where(col(Concern.visit_id) == told.visit.id, col(Concern.status) != "withdrawn")
    found = await session.execute(query.order_by(col(Concern.id)))
    return tuple(_concern(told, each) for each in found.scalars())


def _concern(told: Sources, row: Concern) -> report.Concern:
    scale = MET_NOT_MET if row.scale == MET_NOT_MET.id else told.form.scale(row.scale or "")
    rating = report.rating(scale, row.rating)
    return report.Concern(row.title, rating.label if rating else "", row.detail, row.source or told.form.document)
