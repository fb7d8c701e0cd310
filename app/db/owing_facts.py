"""From rows to the facts that the rules of an agreement read, for many providers and commissioners at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import owing_events
from app.db.annual_report_rows import published
from app.db.base import today
from app.db.compliance_items import ComplianceItem
from app.db.obligation_records import ObligationWaiver
from app.db.progress_reports import ProgressReport, ProgressRequest, request_fact
from app.db.provider_documents import ProviderDocument
from app.db.staff import ProviderAudit
from app.db.visits import Judgement, Visit
from app.db.welfare_visits import WelfareVisit
from app.domain import frameworks
from app.domain.frameworks import Ratings, VisitKind
from app.domain.obligations import ALL, Event, Facts, Kind, Reference, Setting, Waiver
from app.domain.obligations import Visit as VisitFact
from app.domain.obligations.documents import DocumentKind
from app.domain.placements import engine_arrangement
from app.domain.registration import Weeks
from app.domain.visits.statuses import Outcome, VisitStatus

# Reviewed at least yearly (Herefordshire framework, 1.2 and 2.2).
_REVIEWED = ("child_protection_policy", "risk_assessments")

Pair = tuple[UUID, UUID]
"""A provider and a commissioner."""


async def gather(session: AsyncSession, pairs: Sequence[Pair], marked: Mapping[UUID, bool]) -> dict[Pair, Facts]:
    """What is known between each of the pairs, as far as the caller may know it.

    Args:
        marked: their placements, and whether the attendance of each is reported here.
    """
    providers = {each[0] for each in pairs}
    events = await _events(session, pairs, marked.keys())
    audits, reviews = await _audits(session, providers), await _reviews(session, providers)
    visits = await _visits(session, providers)
    visited = {row.id: row.visited_on for found in visits.values() for row, _ in found if row.visited_on}
    for pair, more in (await owing_events.elsewhere(session, pairs, marked, visited)).items():
        events[pair] += more
    requests: dict[Pair, list[ProgressRequest]] = defaultdict(list)
    for row in await _between(session, ProgressRequest, pairs):
        requests[row.provider_id, row.commissioner_id].append(row)
    waivers = await _waivers(session, providers)
    return {
        pair: Facts(
            *pair,
            placements=(),
            events=(*events[pair], *audits[pair[0]], *reviews[pair[0]]),
            visits=tuple(fact for row, fact in visits[pair[0]] if pair[1] in row.team_ids or row.status == "finalised"),
            requests=tuple(map(request_fact, requests[pair])),
            waivers=waivers,
        )
        for pair in pairs
    }


async def _between(session: AsyncSession, entity: Any, pairs: Sequence[Pair], *wanted: Any) -> Sequence[Any]:
    providers, commissioners = {each[0] for each in pairs}, {each[1] for each in pairs}
    query = select(entity).where(entity.provider_id.in_(providers), entity.commissioner_id.in_(commissioners), *wanted)
    return (await session.execute(query)).scalars().all()


async def _events(
    session: AsyncSession, pairs: Sequence[Pair], placement_ids: Collection[UUID]
) -> dict[Pair, list[Event]]:
    """What was recorded between the pairs, and is not withdrawn."""
    found: dict[Pair, list[Event]] = defaultdict(list)
    seen = select(WelfareVisit).where(
        col(WelfareVisit.placement_id).in_(placement_ids), col(WelfareVisit.withdrawn_at).is_(None)
    )
    for visit in (await session.execute(seen)).scalars():
        found[visit.provider_id, visit.commissioner_id].append(_seen(visit))
    for report in await _between(session, ProgressReport, pairs, col(ProgressReport.withdrawn_at).is_(None)):
        found[report.provider_id, report.commissioner_id].append(_reported(report))
    for given in await _between(session, ProviderDocument, pairs, col(ProviderDocument.withdrawn_at).is_(None)):
        found[given.provider_id, given.commissioner_id] += _given(given)
    reports = await published(session, {each[0] for each in pairs})
    for pair in pairs:
        found[pair] += reports.get(pair[0], ())
    return found


def settings_of(placement: Any) -> Iterator[Setting]:
    """Where a placement has the child, on which weekdays, from each change of its timetable to the next."""
    arrangements = [engine_arrangement(each) for each in placement.arrangements]
    if not arrangements:
        yield Setting(placement.site_id, placement.starts_on)
    for each, next_ in zip_longest(arrangements, arrangements[1:]):
        to_on = next_.from_on - timedelta(days=1) if next_ else None
        weekdays: dict[UUID | None, dict[int, set[Weeks]]] = defaultdict(lambda: defaultdict(set))
        for slot in each.slots:
            weekdays[slot.site_id or placement.site_id][slot.weekday].add(slot.weeks)
        for site_id, days in weekdays.items() or ((placement.site_id, {}),):
            alternate = frozenset(day for day, weeks in days.items() if weeks in ({Weeks.A}, {Weeks.B}))
            yield Setting(site_id, each.from_on, to_on, frozenset(days), alternate)


# --- what was done --------------------------------------------------------------------------------------------------


def _seen(row: WelfareVisit) -> Event:
    by = Reference("welfare_visit", row.id)
    return Event(Kind.WELFARE_VISIT, row.seen_on, by, placement_id=row.placement_id, site_id=row.site_id)


def _reported(row: ProgressReport) -> Event:
    kind = Kind.TRACKING_RETURN if row.kind == "tracking" else Kind.PROGRESS_REPORT
    return Event(
        kind,
        row.submitted_on,
        Reference("progress_report", row.id),
        placement_id=row.placement_id,
        academic_year=row.academic_year,
        term=row.term,
        request_id=row.request_id,
    )


def _given(row: ProviderDocument) -> Iterable[Event]:
    meets = DocumentKind(row.kind).meets
    if meets is not None:
        by = Reference("provider_document", row.id)
        yield Event(meets, row.given_on, by, academic_year=row.academic_year, parts=frozenset(row.parts))


async def _reviews(session: AsyncSession, providers: Collection[UUID]) -> Mapping[UUID, list[Event]]:
    """What of each provider is known to have been reviewed, of that which is to be reviewed each year."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    query = select(ComplianceItem).where(
        col(ComplianceItem.provider_id).in_(providers),
        col(ComplianceItem.type).in_(_REVIEWED),
        col(ComplianceItem.withdrawn_at).is_(None),
    )
    for row in (await session.execute(query)).scalars():
        by = Reference("compliance_item", row.id)
        event = Event(Kind.POLICY_REVIEW, row.given_on, by, valid_until_on=row.valid_until_on, topic=row.type)
        found[row.provider_id].append(event)
    return found


async def _audits(session: AsyncSession, providers: Collection[UUID]) -> Mapping[UUID, list[Event]]:
    """The audits of each provider, whose audit it is by its body's name."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    query = select(ProviderAudit).where(col(ProviderAudit.provider_id).in_(providers))
    for row in (await session.execute(query)).scalars():
        topic = "lebc" if "lebc" in row.body.casefold() else None
        by = Reference("audit", row.id)
        found[row.provider_id].append(
            Event(Kind.AUDIT, row.audited_on, by, valid_until_on=row.valid_until_on, topic=topic)
        )
    return found


async def _waivers(session: AsyncSession, providers: Collection[UUID]) -> tuple[Waiver, ...]:
    query = select(ObligationWaiver).where(col(ObligationWaiver.provider_id).in_(providers))
    return tuple(
        Waiver(row.id, row.organisation_id, row.waived_on, row.reason)
        for row in (await session.execute(query)).scalars()
    )


# --- visits ---------------------------------------------------------------------------------------------------------

# What a finalised record finds counts for all who use the form: findings are shared (SLA 2022, Introduction).
_PROGRAMMES = tuple(sorted({each.framework for each in ALL}))


async def _visits(session: AsyncSession, providers: Collection[UUID]) -> Mapping[UUID, list[tuple[Visit, VisitFact]]]:
    """The visits to each provider in the rounds of the agreements' frameworks, with what their ratings call for."""
    query = select(Visit).where(
        col(Visit.provider_id).in_(providers),
        col(Visit.programme_id).in_(_PROGRAMMES),
        col(Visit.status) != VisitStatus.CANCELLED.value,
    )
    rows = (await session.execute(query)).scalars().all()
    days = await _follow_ups(session, [each for each in rows if each.status == "finalised"])
    found: dict[UUID, list[tuple[Visit, VisitFact]]] = defaultdict(list)
    for row in rows:
        found[row.provider_id].append((row, _visit(row, days.get(row.id))))
    return found


def _visit(row: Visit, follow_up_within_days: int | None) -> VisitFact:
    return VisitFact(
        row.id,
        VisitKind(row.kind),
        planned_on=row.planned_on,
        announced_from_on=row.announced_from_on,
        notified_on=today(row.notified_at) if row.notified_at else None,
        visited_on=row.visited_on,
        follow_up_within_days=follow_up_within_days,
        programme=row.programme_id,
    )


async def _follow_ups(session: AsyncSession, visits: Sequence[Visit]) -> dict[UUID, int]:
    """In how many days each visit calls for a follow-up: those that do not are left out."""
    forms = {each.id: each.framework_id for each in visits if each.outcome != Outcome.SET_ASIDE}
    if not forms:
        return {}
    ratings: dict[UUID, list[Judgement]] = defaultdict(list)
    query = select(Judgement).where(col(Judgement.level) != "caveat", col(Judgement.visit_id).in_(forms))
    for each in (await session.execute(query)).scalars():
        if each.visit_id is not None:
            ratings[each.visit_id].append(each)
    found: dict[UUID, int] = {}
    for visit_id, judged in ratings.items():
        form = frameworks.BY_ID.get(forms[visit_id])
        days = frameworks.follow_up_within_days(form, _ratings(judged)) if form else None
        if days is not None:
            found[visit_id] = days
    return found


def _ratings(judged: Iterable[Judgement]) -> Ratings:
    told = {(each.level, each.key): each.rating for each in judged if each.rating}
    return Ratings(
        criteria={key: rating for (level, key), rating in told.items() if level == "criterion"},
        sections={key: rating for (level, key), rating in told.items() if level == "section"},
        overall=told.get(("overall", "")),
    )
