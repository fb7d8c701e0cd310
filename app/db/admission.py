"""What, beside the threshold, keeps a placement from being made: decisions on its provider, and what that lacks."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import compliance, suspensions
from app.db.compliance import Asked
from app.db.placements import Placement
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.threshold import Clock
from app.domain.access import Permission
from app.domain.calendar import SchoolYear
from app.domain.compliance import Holdings, Obstacles, ensure_compliant, obstacles
from app.domain.decisions import Span
from app.domain.errors import Forbidden
from app.domain.placements import Alert

_READ = "compliance read"


class _Held:
    """What one transaction has read: the caller's policy and its terms, and what is known of each provider."""

    def __init__(self, asked: Asked, years: tuple[SchoolYear, ...]) -> None:
        self.asked = asked
        self.years = years
        self.holdings: dict[UUID, Holdings] = {}
        self.found: dict[tuple[UUID, date], Obstacles] = {}


async def admit(
    session: AsyncSession, row: Placement, *, before: Span | None, clock: Clock, override: str | None
) -> list[Alert]:
    """Refuse a placement that may not be made or kept on. The provider's guard is taken.

    Args:
        row: the placement as it is to be.
        before: its days as they were; None for a new one.
        override: a lead's reason for going ahead all the same.

    Returns:
        What its commissioner should know.

    Raises:
        Conflict: `suspensions.ensure_open`; `provider_not_compliant`, with the items that are expired or missing.
        Forbidden: an override by somebody who is no lead.
    """
    told = await suspensions.ensure_open(session, row, before=before, at=clock.at, override=override)
    if before is not None and before.starts_on == row.starts_on:
        return told
    found = await _obstacles(session, row.provider_id, Span(row.starts_on, row.ends_on), clock.today)
    if found is None:
        return told
    if found.blocking and row.starts_on > clock.today:
        _allow(session, row, found, override)
    return [*told, *_alerts(found)]


async def foretold(
    session: AsyncSession, provider_id: UUID, spans: Sequence[Span], *, clock: Clock, holding: bool
) -> list[Alert]:
    """What would be told of new placements on these days, each thing once.

    Args:
        holding: room is to be kept for them, which is refused where they would be.

    Raises:
        Conflict: as `admit`.
    """
    told = await suspensions.foretold(session, provider_id, spans, at=clock.at, holding=holding)
    for span in spans:
        found = await _obstacles(session, provider_id, span, clock.today)
        if found is not None:
            if holding and span.starts_on > clock.today:
                ensure_compliant(found)
            told += _alerts(found)
    return list(dict.fromkeys(told))


async def read(session: AsyncSession, provider_ids: Iterable[UUID], today: date) -> "_Held":
    """What the caller asks of providers, and where there is a policy, what is known of these: one statement for each,
    once in a transaction."""
    if _READ not in session.info:
        asked = await compliance.asked(session)
        session.info[_READ] = _Held(asked, await compliance.school_years(session, today) if asked.row else ())
    held: _Held = session.info[_READ]
    wanted = sorted(set(provider_ids) - held.holdings.keys()) if held.asked.row else []
    if wanted:
        held.holdings |= await compliance.holdings(session, wanted, held.years)
    return held


async def _obstacles(session: AsyncSession, provider_id: UUID, span: Span, today: date) -> Obstacles | None:
    """What the provider lacks on the first day of a placement, or today where that has begun; None where it is over,
    and where nobody has said what is asked: whoever has set no policy is not warned at every placement."""
    held = await read(session, [provider_id], today)
    if held.asked.row is None or span.last_on < today:
        return None
    on = max(span.starts_on, today)
    if (provider_id, on) not in held.found:
        items = compliance.items_of(held.holdings[provider_id], held.asked.policy, on=on)
        held.found[provider_id, on] = obstacles(items, on=on)
    return held.found[provider_id, on]


def _allow(session: AsyncSession, row: Placement, found: Obstacles, override: str | None) -> None:
    caller, asked = caller_of(session), session.info[_READ].asked
    if override is None:
        ensure_compliant(found)
    if not caller.may(Permission.REGISTRATION_OVERRIDE):
        raise Forbidden("Only a lead may override what a policy blocks.", code="permission_required")
    lacking = [item.type.code for item in found.blocking]
    audit(session, "override", "placement", row.id, lacking=lacking, reason=override)
    # Whose pupil it is the partnership whose policy it is need not know: the placement is not named.
    audience = (caller.organisation_id, asked.row.organisation_id)
    told = {"organisation_id": str(caller.organisation_id), "lacking": lacking}
    tell(session, "compliance.overridden", "provider", row.provider_id, audience, **told)


def _alerts(found: Obstacles) -> list[Alert]:
    """One of what blocks, one of what warns: a provider may lack many things."""
    return [
        Alert(code, detail, evidence_types=tuple(item.type.code for item in items))
        for code, detail, items in (
            ("provider_not_compliant", "The provider lacks evidence without which you place nobody.", found.blocking),
            ("provider_compliance_warning", "The provider lacks evidence that you ask for.", found.warning),
        )
        if items
    ]
