"""Recording placements: load, decide by the threshold engine under the provider's guard, write down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import admission, rows
from app.db import facts as facts_
from app.db.checks import ThresholdHold
from app.db.placements import Placement
from app.db.providers import Provider, Site
from app.db.pupils import Pupil
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.threshold import Clock, Settled, audience, settle
from app.domain.access import ensure_may_change
from app.domain.decisions import Span
from app.domain.errors import Conflict, Fault, Invalid
from app.domain.placements import (
    Alert,
    StatedWeek,
    Status,
    arranged_on,
    arrangement_from,
    check_dates,
    engine_arrangement,
    rearranged,
    status_on,
)
from app.domain.registration import REGISTERED, PlacementFact

_SEAT = text("SELECT * FROM apqa_seat_pupil(:pupil, :provider)")

PLAIN = (
    "site_id",
    "home_school_id",
    "source",
    "external_id",
    "sole_provision",
    "main_responsibility",
    "placement_reason",
    "attendance_pattern",
    "sen_provision_entry",
    "sen_provision_leaving",
    "ap_setting_type",
    "goal",
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A placement as it now is, what was decided on it, and whether it is new, or has changed."""

    row: Placement
    settled: Settled | None = None
    created: bool = False
    changed: bool = True
    told: Sequence[Alert] = ()

    @property
    def alerts(self) -> list[Alert]:
        """What its commissioner should know of what was done."""
        return [*self.told, *(self.settled.alerts() if self.settled else [])]


async def record(
    session: AsyncSession,
    said: Mapping[str, Any],
    *,
    clock: Clock,
    override: str | None = None,
    hold_id: UUID | None = None,
) -> Recorded:
    """Record a placement: a fact always, a plan unless its commissioner's policy blocks it.

    Args:
        said: what the client told, provider and pupil by id.
        override: a lead's reason for going ahead with a plan that would be blocked.
        hold_id: a hold of the caller's that this placement uses up.

    Raises:
        Conflict: `registration_threshold`, with the check; `admission.admit`; `hold_expired`.
        Invalid, NotFound, Forbidden
    """
    provider = await rows.get(session, Provider, said["provider_id"])
    pupil = await rows.get(session, Pupil, said["pupil_id"])
    row = _drawn(said, pupil, caller_of(session).organisation, clock)
    ensure_may_change(caller_of(session), "placements", row.model_dump())
    await _check_site(session, row)
    await facts_.lock(session, [provider.id])
    told = await admission.admit(session, row, before=None, clock=clock, override=override)
    await _use_hold(session, hold_id, pupil.child_id, clock)
    await _seat(session, row)
    session.add(row)
    audit(session, "create", "placement", row.id, provider_id=str(provider.id), starts_on=row.starts_on.isoformat())
    tell(session, "placement.created", "placement", row.id, audience(row), provider_id=str(provider.id))
    await session.flush()
    settled = await settle(session, row, provider, None, row.starts_on, clock, override)
    return Recorded(row, settled, created=True, told=told)


def _drawn(said: Mapping[str, Any], pupil: Pupil, commissioner_id: UUID, clock: Clock) -> Placement:
    check_dates(said["starts_on"], said.get("ends_on"))
    row = Placement(
        provider_id=said["provider_id"],
        pupil_id=pupil.id,
        pupil_owner_id=pupil.owner_id,
        commissioner_id=said.get("commissioner_id") or commissioner_id,
        status=Status.PROPOSED.value,
        starts_on=said["starts_on"],
        ends_on=said.get("ends_on"),
    )
    for name in PLAIN:
        setattr(row, name, said.get(name))
    row.home_school_id = row.home_school_id or pupil.home_school_id
    _arrange(row, [arrangement(said, row.starts_on, clock)], clock)
    return row


async def change(
    session: AsyncSession,
    placement_id: UUID,
    said: Mapping[str, Any],
    *,
    expected: int | None,
    clock: Clock,
    override: str | None = None,
) -> Recorded:
    """Change a placement's dates and particulars; its week is changed by `rearrange`.

    Raises:
        Conflict: cancelled, a plan that is blocked, or `admission.admit`.
        NotFound, Forbidden, Stale, Invalid
    """
    row, provider, before = await _held(session, placement_id, expected)
    days, effective_on = Span(row.starts_on, row.ends_on), _effective_on(row, said, clock)
    for name, value in said.items():
        setattr(row, name, value)
    check_dates(row.starts_on, row.ends_on)
    await _check_site(session, row)
    if row.arrangements and row.arrangements[0]["from_on"] != row.starts_on.isoformat():
        row.arrangements = [row.arrangements[0] | {"from_on": row.starts_on.isoformat()}, *row.arrangements[1:]]
    told: Sequence[Alert] = ()
    if days != Span(row.starts_on, row.ends_on):
        told = await admission.admit(session, row, before=days, clock=clock, override=override)
    changed = await _changed(session, row, provider, before, effective_on, clock, override, sorted(said))
    return replace(changed, told=told)


async def rearrange(
    session: AsyncSession,
    placement_id: UUID,
    said: Mapping[str, Any],
    *,
    from_on: date,
    expected: int | None,
    clock: Clock,
    override: str | None = None,
) -> Recorded:
    """Give a placement another week from a day on; what held before stays on record.

    Raises:
        Conflict, NotFound, Forbidden, Stale, Invalid
    """
    row, provider, before = await _held(session, placement_id, expected)
    from_on = max(from_on, row.starts_on)
    _arrange(row, rearranged(row.arrangements, arrangement(said, from_on, clock)), clock)
    await _check_site(session, row)
    return await _changed(session, row, provider, before, from_on, clock, override, ["timetable"])


async def cancel(session: AsyncSession, placement_id: UUID, reason: str, *, expected: int, clock: Clock) -> Recorded:
    """Take back a placement that never was, or never will be. It no longer counts for any date."""
    row, provider, before = await _held(session, placement_id, expected)
    row.status, row.end_reason = Status.CANCELLED.value, reason
    return await _changed(session, row, provider, before, clock.today, clock, None, ["status"])


async def _changed(
    session: AsyncSession,
    row: Placement,
    provider: Provider,
    before: PlacementFact,
    effective_on: date,
    clock: Clock,
    override: str | None,
    fields: list[str],
) -> Recorded:
    if row.status != Status.CANCELLED:
        row.status = status_on("", row.starts_on, row.ends_on, on=clock.today).value
    row.touch()
    await session.flush()
    audit(session, "change", "placement", row.id, fields=fields)
    tell(session, "placement.changed", "placement", row.id, audience(row), fields=fields)
    return Recorded(row, await settle(session, row, provider, before, effective_on, clock, override))


def _effective_on(row: Placement, said: Mapping[str, Any], clock: Clock) -> date:
    """From when a change of dates adds anything: a day to come makes it a plan, which can be refused."""
    starts_on: date = said.get("starts_on", row.starts_on)
    ends_on: date | None = said.get("ends_on", row.ends_on)
    if starts_on != row.starts_on or row.starts_on > clock.today:
        return starts_on
    if row.ends_on is not None and (ends_on is None or ends_on > row.ends_on):
        return row.ends_on + timedelta(days=1)
    return clock.today


# --- the pieces -----------------------------------------------------------------------------------------------------


def arrangement(said: Mapping[str, Any], from_on: date, clock: Clock) -> dict[str, Any]:
    """What was said of a week, as it is kept from a day on."""
    week = StatedWeek.told(said)
    return arrangement_from(week, from_on=from_on, session_minutes=clock.session_minutes)


def _arrange(row: Placement, arrangements: list[dict[str, Any]], clock: Clock) -> None:
    """Set the series of weeks, and beside it the figures of the one in force, for lists and sweeps."""
    row.arrangements = arrangements
    current = arranged_on(arrangements, on=max(clock.today, row.starts_on)) or {}
    for name in ("weekly_minutes", "days_per_week", "sessions_per_week", "hours_basis"):
        setattr(row, name, current.get(name))


def _fact(row: Placement, provider: Provider, child_id: UUID) -> PlacementFact:
    """The placement as the engine reads it."""
    return PlacementFact(
        placement_id=row.id,
        commissioner_id=row.commissioner_id,
        provider_id=row.provider_id,
        child_id=child_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        arrangements=tuple(map(engine_arrangement, row.arrangements)),
        site_id=row.site_id,
        sole_provision=row.sole_provision,
        main_responsibility=row.main_responsibility,
        provider_unregistered=provider.registration_status not in REGISTERED,
    )


async def _held(
    session: AsyncSession, placement_id: UUID, expected: int | None
) -> tuple[Placement, Provider, PlacementFact]:
    """The placement, locked after its provider's guard, and the fact that it is before it is changed."""
    seen = await rows.get(session, Placement, placement_id)
    await facts_.lock(session, [seen.provider_id])
    row = await rows.for_change(session, Placement, placement_id, expected=expected)
    if row.status == Status.CANCELLED:
        raise Conflict("The placement is cancelled.", code="placement_cancelled")
    provider = await rows.get(session, Provider, row.provider_id)
    pupil = await rows.get(session, Pupil, row.pupil_id)
    return row, provider, _fact(row, provider, pupil.child_id)


async def _seat(session: AsyncSession, row: Placement) -> None:
    """Let the provider see the pupil, and the placement be seen by whoever sees the pupil's record as it is now."""
    seated = (await session.execute(_SEAT, {"pupil": row.pupil_id, "provider": row.provider_id})).one()
    if seated.merged_into_id is not None:
        raise Conflict("This record was merged into another.", code="pupil_merged")
    row.shared_with_ids, row.home_la_code = list(seated.shared_with_ids), seated.home_la_code


async def _check_site(session: AsyncSession, row: Placement) -> None:
    """Refuse sites that are not the provider's.

    Raises:
        Invalid: `site_unknown`.
    """
    named = {slot.site_id for each in row.arrangements for slot in engine_arrangement(each).slots} | {row.site_id}
    wanted = {each for each in named if each is not None}
    if not wanted:
        return
    query = select(col(Site.id)).where(col(Site.provider_id) == row.provider_id, col(Site.id).in_(wanted))
    if wanted - set((await session.execute(query)).scalars()):
        fault = Fault("site_unknown", "Name one of the provider's own sites.", pointer="/site_id")
        raise Invalid("There is no such site of this provider.", code="site_unknown", errors=(fault,))


async def _use_hold(session: AsyncSession, hold_id: UUID | None, child_id: UUID, clock: Clock) -> None:
    """Take one of the places that a hold keeps, the child's own if it is named; the last one ends the hold."""
    if hold_id is None:
        return
    hold = await rows.get(session, ThresholdHold, hold_id)
    if hold.expires_at <= clock.at:
        raise Conflict("The hold has expired.", code="hold_expired")
    places = sorted(hold.placements, key=lambda place: bool(place["child"]["child_id"] != str(child_id)))
    hold.placements = places[1:]
    if not hold.placements:
        await session.delete(hold)
    await session.flush()
