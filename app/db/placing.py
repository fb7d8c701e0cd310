"""One placement: recorded, changed, ended and cancelled, under the guard of its provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import admission, books, ground, organisations, rows
from app.db import facts as facts_
from app.db.base import Versions
from app.db.books import Placed
from app.db.desk import Desk, Recorded, check, ensure_sites
from app.db.drafts import arrange, arrangement, placed, sites_of
from app.db.placements import Placement
from app.db.providers import Provider, Site
from app.db.pupils import Pupil
from app.db.records import audit, tell
from app.db.registration import Check
from app.db.threshold import Clock, Turn, as_of, audience, settle
from app.domain.decisions import Span
from app.domain.errors import Conflict
from app.domain.placements import Alert, Status, begun_on, check_change, check_dates, rearranged, status_on


async def record(
    session: AsyncSession,
    said: Mapping[str, Any],
    *,
    clock: Clock,
    override: str | None = None,
    hold_id: UUID | None = None,
) -> Recorded:
    """Record a placement, as one of several (`desk.Desk.record`).

    Args:
        said: what the client told.
        override: a lead's reason for going ahead with a plan that would be blocked.
        hold_id: a hold of the caller's that this placement uses up.
    """
    desk = Desk(await ground.taken(session, [said], clock))
    recorded = await desk.record(await desk.resolved(said), override, hold_id)
    await desk.write()
    return recorded


async def change(
    session: AsyncSession,
    placement_id: UUID,
    said: Mapping[str, Any],
    *,
    expected: Versions | None,
    clock: Clock,
    override: str | None = None,
) -> Recorded:
    """Change a placement's dates and particulars; its week is changed by `rearrange`.

    Raises:
        Conflict: cancelled, a plan that is blocked, or `admission.admit`.
        NotFound, Forbidden, Stale, Invalid
    """
    held = await _held(session, placement_id, expected)
    row = held.row
    await organisations.school(session, said.get("home_school_id"))
    days, effective_on = Span(row.starts_on, row.ends_on), _effective_on(row, said, clock)
    for name, value in said.items():
        setattr(row, name, value)
    check_dates(row.starts_on, row.ends_on)
    await _check_site(session, row)
    if row.arrangements and row.arrangements[0]["from_on"] != row.starts_on.isoformat():
        row.arrangements = begun_on(row.arrangements, row.starts_on)
    told: Sequence[Alert] = ()
    if days != Span(row.starts_on, row.ends_on):
        told = await admission.admit(session, row, before=days, clock=clock, override=override)
    changed = await _changed(session, held, effective_on, clock, override, sorted(said))
    return replace(changed, told=told)


async def rearrange(
    session: AsyncSession,
    placement_id: UUID,
    said: Mapping[str, Any],
    *,
    from_on: date,
    expected: Versions | None,
    clock: Clock,
    override: str | None = None,
) -> Recorded:
    """Give a placement another week from a day on; what held before stays on record.

    Raises:
        Conflict, NotFound, Forbidden, Stale, Invalid
    """
    held = await _held(session, placement_id, expected)
    row = held.row
    from_on = max(from_on, row.starts_on)
    check_change(from_on, row.ends_on)
    arrange(row, rearranged(row.arrangements, arrangement(said, from_on, clock)), clock)
    await _check_site(session, row)
    return await _changed(session, held, from_on, clock, override, ["timetable"])


async def cancel(
    session: AsyncSession, placement_id: UUID, reason: str, *, expected: Versions, clock: Clock
) -> Recorded:
    """Take back a placement that never was, or never will be. It no longer counts for any date."""
    held = await _held(session, placement_id, expected)
    row = held.row
    row.status, row.end_reason = Status.CANCELLED.value, reason
    return await _changed(session, held, clock.today, clock, None, ["status"])


async def _changed(
    session: AsyncSession, held: "_Held", effective_on: date, clock: Clock, override: str | None, fields: list[str]
) -> Recorded:
    row = held.row
    if row.status != Status.CANCELLED:
        row.status = status_on("", row.starts_on, row.ends_on, on=clock.today).value
    row.touch()
    await session.flush()
    audit(session, "change", "placement", row.id, fields=fields)
    tell(session, "placement.changed", "placement", row.id, audience(row), fields=fields)
    since = min(effective_on, as_of(row.starts_on, row.ends_on, today=clock.today))
    coming = {row.provider_id: {held.child_id}}
    found = await books.opened(session, held.groups, coming, since=since, at=clock.at)
    now = found[row.provider_id]
    was = now.instead(row.id, held.child_id, held.before)

    async def refused(on: date) -> Check:
        return await check(session, row, on=on, at=clock.at)

    turn = Turn(row, held.provider.la_code, was, now, effective_on, override, refused)
    return Recorded(row, await settle(session, turn, clock))


def _effective_on(row: Placement, said: Mapping[str, Any], clock: Clock) -> date:
    """From when a change of dates adds anything: a day to come makes it a plan, which can be refused."""
    starts_on: date = said.get("starts_on", row.starts_on)
    ends_on: date | None = said.get("ends_on", row.ends_on)
    if starts_on != row.starts_on or row.starts_on > clock.today:
        return starts_on
    if row.ends_on is not None and (ends_on is None or ends_on > row.ends_on):
        return row.ends_on + timedelta(days=1)
    return clock.today


@dataclass(frozen=True, slots=True)
class _Held:
    """A placement that is to be changed, locked after its provider's guard, and what it was before."""

    row: Placement
    provider: Provider
    child_id: UUID
    groups: Mapping[UUID, Sequence[Any]]
    before: Placed


async def _held(session: AsyncSession, placement_id: UUID, expected: Versions | None) -> _Held:
    seen = await rows.get(session, Placement, placement_id)
    groups = await facts_.lock(session, [seen.provider_id])
    row = await rows.for_change(session, Placement, placement_id, expected=expected)
    if row.status == Status.CANCELLED:
        raise Conflict("The placement is cancelled.", code="placement_cancelled")
    provider = await rows.get(session, Provider, row.provider_id)
    pupil = await rows.get(session, Pupil, row.pupil_id)
    before = placed(row, pupil.child_id, provider.registration_status)
    return _Held(row, provider, pupil.child_id, groups, before)


async def _check_site(session: AsyncSession, row: Placement) -> None:
    """Refuse sites that are not the provider's. Raises Invalid: `site_unknown`."""
    wanted = sites_of(row)
    if wanted:
        query = select(col(Site.id)).where(col(Site.provider_id) == row.provider_id, col(Site.id).in_(wanted))
        with session.no_autoflush:  # the database would refuse the row in its own words
            ensure_sites(wanted, set((await session.execute(query)).scalars()))
