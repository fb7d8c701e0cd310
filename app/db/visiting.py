"""Planning visits: who leads them, on which form, when, and by which notice rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import frameworks, rows
from app.db.base import Keyset, Page, Versions, today
from app.db.organisations import Organisation
from app.db.providers import Provider, Site
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.visits import Visit
from app.domain.access import Caller, Grade, Role
from app.domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from app.domain.frameworks import Framework, VisitKind
from app.domain.registration import REGISTERED
from app.domain.visits import Facts, Side, VisitStatus, notice


@dataclass(frozen=True, slots=True)
class Clock:
    """When something is done to a visit, and the operator's lengths of time."""

    at: datetime
    today: date
    judgement_months: int
    comment_days: int


_HOLD = text("SELECT FROM apqa_hold_visit(:visit)")

PLANNED = ("planned_on", "planned_minutes", "announced_from_on", "announced_to_on", "site_id", "visitors")


async def plan(session: AsyncSession, said: Mapping[str, Any], *, on: date, override: str | None) -> Visit:
    """Plan a visit that the caller's organisation leads.

    Args:
        said: columns as the client gave them; `framework_id` may be that of the form or of the programme that has it.
        override: a lead's reason for a plan that does not keep the notice rules.

    Raises:
        Conflict: `notice_not_kept`, `framework_retired`.
        Invalid: `kind_not_in_framework`, `site_unknown`, `organisation_unknown`, `follows_other_provider`.
        NotFound, Forbidden
    """
    caller = caller_of(session)
    provider = await rows.get(session, Provider, said["provider_id"])
    if caller.role is Role.PROVIDER:
        raise Forbidden("Those who assure quality plan visits; providers are visited.", code="not_yours")
    programme = await frameworks.usable(session, said["framework_id"])
    followed = await _followed(session, said.get("follows_visit_id"), provider.id)
    row = Visit(
        provider_id=provider.id,
        framework_id=_form_of(programme, said["kind"]),
        programme_id=programme.id,
        kind=said["kind"],
        lead_organisation_id=caller.organisation,
        team_ids=await _team(session, caller, said.get("team_ids") or ()),
        network_ids=list(caller.network_ids),
        la_code=provider.la_code,
        follows_visit_id=followed.id if followed else None,
        due_by_on=said.get("due_by_on"),
        **{name: said[name] for name in PLANNED if said.get(name) is not None},
    )
    await _check_plan(session, row, programme, override, on)
    session.add(row)
    await session.flush()
    audit(session, "plan", "visit", row.id, provider_id=str(provider.id), kind=row.kind)
    tell(session, "visit.planned", "visit", row.id, row.team_ids, provider_id=str(provider.id))
    return row


async def change(
    session: AsyncSession,
    visit_id: UUID,
    said: Mapping[str, Any],
    *,
    expected: Versions,
    on: date,
    override: str | None,
) -> Visit:
    """Change a plan, or who visits, before the visit has taken place.

    Raises:
        Conflict: `visit_not_planned_any_more`, `notice_not_kept`.
        NotFound, Forbidden, Stale, Invalid
    """
    row = await rows.for_change(session, Visit, visit_id, expected=expected, alone=True)
    ensure_leads(session, row)
    if row.status not in _CHANGEABLE:
        raise Conflict("What was planned has taken place.", code="visit_not_planned_any_more")
    with session.no_autoflush:  # the database would refuse a site in its own words
        for name in PLANNED:
            if name in said:
                setattr(row, name, said[name])
        if "team_ids" in said:
            row.team_ids = await _team(session, caller_of(session), said["team_ids"] or ())
        await _check_plan(session, row, await frameworks.named(session, row.programme_id), override, on)
    row.touch()
    await session.flush()
    audit(session, "change", "visit", row.id, fields=sorted(said))
    told = [*row.team_ids, *([row.provider_id] if row.notified_at else [])]
    tell(session, "visit.changed", "visit", row.id, told)
    return row


_CHANGEABLE = frozenset({VisitStatus.PLANNED, VisitStatus.PREPARING, VisitStatus.WITH_PROVIDER})


async def list_page(
    session: AsyncSession, keyset: Keyset, *, wanted: Mapping[str, Any], since: date | None = None
) -> Page[Visit]:
    """Visits that the caller may know of, by id.

    Args:
        wanted: columns by value; None where every value will do.
        since: the first day of visits that have taken place.
    """
    where: list[ColumnElement[bool]] = [
        getattr(Visit, name) == value for name, value in wanted.items() if value is not None
    ]
    if since is not None:
        where.append(col(Visit.visited_on) >= since)
    query = select(Visit).where(*where)
    return keyset.page((await session.execute(keyset.cut(query, col(Visit.id)))).scalars().all())


# --- the pieces -----------------------------------------------------------------------------------------------------


def side_of(caller: Caller, visit: Visit) -> Side:
    """Where the caller stands towards a visit."""
    if caller.role is Role.PROVIDER:
        return Side.PROVIDER if caller.organisation_id == visit.provider_id else Side.READER
    if caller.organisation_id == visit.lead_organisation_id:
        return Side.LEAD
    return Side.TEAM if caller.organisation_id in visit.team_ids else Side.READER


async def hold(session: AsyncSession, visit_id: UUID) -> Visit:
    """The visit, which stays as it is until the transaction ends; any number hold it side by side.

    What is written on a visit is written before it moves on, or refused: nothing slips in between what a step has read
    and what it freezes.

    Raises:
        NotFound
    """
    await session.execute(_HOLD, {"visit": visit_id})
    return await rows.get(session, Visit, visit_id)


def ensure_leads(session: AsyncSession, visit: Visit) -> None:
    """Refuse whoever's organisation does not lead the visit. Raises Forbidden."""
    if side_of(caller_of(session), visit) is not Side.LEAD:
        raise Forbidden("The organisation that leads the visit does this.", code="not_yours")


def facts_of(visit: Visit, provider: Provider | None = None) -> Facts:
    """A visit as its rules read it.

    Args:
        provider: whose registration counts until it is kept with the visit.
    """
    kept = visit.registration or {}
    status = kept.get("status") or (provider.registration_status if provider else None)
    taken = visit.visited_on is not None
    return Facts(
        planned_on=visit.planned_on,
        announced_from_on=visit.announced_from_on,
        announced_to_on=visit.announced_to_on,
        notified_on=today(visit.notified_at) if visit.notified_at else None,
        visited_on=visit.visited_on,
        duration_minutes=visit.duration_minutes if taken else visit.planned_minutes,
        comments_due_on=visit.comments_due_on,
        due_by_on=visit.due_by_on,
        visitors=len(visit.visitors),
        registered=status in REGISTERED,
        reviewed_names=visit.names_reviewed is not None,
    )


def allow_notice(session: AsyncSession, visit: Visit, faults: Sequence[Fault], override: str | None) -> None:
    """Refuse a plan that does not keep the notice rules, unless a lead has a reason.

    Raises:
        Conflict: `notice_not_kept`, by pointer.
        Forbidden: an override by somebody who is no lead.
    """
    if not faults:
        return
    if override is None:
        detail = "The plan does not keep the notice rules of its framework."
        raise Conflict(detail, code="notice_not_kept", errors=tuple(faults))
    if caller_of(session).grade is not Grade.LEAD:
        raise Forbidden("Only a lead may override the notice rules.", code="permission_required")
    audit(session, "override", "visit", visit.id, reason=override, codes=sorted({each.code for each in faults}))


def _form_of(programme: Framework, kind: str) -> str:
    try:
        return programme.form(VisitKind(kind))
    except NotFound:
        fault = Fault("kind_not_in_framework", "The framework has no form for this kind of visit.", pointer="/kind")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,)) from None


async def _team(session: AsyncSession, caller: Caller, named: Sequence[UUID]) -> list[UUID]:
    """The organisations whose staff visit: the caller's, the partnership of a school that leads, and those named."""
    query = select(col(Organisation.id)).where(
        col(Organisation.id).in_(list(named)), col(Organisation.kind) != Role.PROVIDER.value
    )
    known = set((await session.execute(query)).scalars())
    faults = tuple(
        Fault("organisation_unknown", "There is no such organisation.", pointer=f"/team_ids/{at}")
        for at, each in enumerate(named)
        if each not in known
    )
    if faults:
        raise Invalid("The team names an unknown organisation.", code="organisation_unknown", errors=faults)
    own = [caller.organisation, *([caller.partnership_id] if caller.partnership_id else [])]
    return list(dict.fromkeys([*own, *named]))


async def _followed(session: AsyncSession, visit_id: UUID | None, provider_id: UUID) -> Visit | None:
    if visit_id is None:
        return None
    row = await rows.get(session, Visit, visit_id)
    if row.provider_id != provider_id:
        fault = Fault("follows_other_provider", "That visit was to another provider.", pointer="/follows_visit_id")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))
    return row


async def _check_plan(session: AsyncSession, row: Visit, programme: Framework, override: str | None, on: date) -> None:
    if row.site_id is not None:
        site = (await session.execute(select(Site).where(col(Site.id) == row.site_id))).scalar_one_or_none()
        if site is None or site.provider_id != row.provider_id:
            fault = Fault("site_unknown", "Name one of the provider's own sites.", pointer="/site_id")
            raise Invalid("There is no such site of this provider.", code="site_unknown", errors=(fault,))
    _check_visitors(row)
    kind, facts = VisitKind(row.kind), facts_of(row)
    faults = notice.planning_faults(programme, kind, facts, on)
    if facts.notified_on is not None:  # the provider was told then, and keeps the notice that it was given
        faults = notice.telling_faults(programme, kind, facts, facts.notified_on)
    allow_notice(session, row, faults, override)


def _check_visitors(row: Visit) -> None:
    """Visitors are of the organisations that visit: the report names them beside these."""
    team = {str(each) for each in row.team_ids}
    faults = tuple(
        Fault("visitor_not_of_team", "Name the organisation among the team.", pointer=f"/visitors/{at}/organisation_id")
        for at, each in enumerate(row.visitors)
        if each.get("organisation_id") not in {None, *team}
    )
    if faults:
        raise Invalid("A visitor is of none of the organisations.", code="visitor_not_of_team", errors=faults)
