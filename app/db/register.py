"""Where providers stand in the register: looked up, written on each of them, and kept as checks."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field

from app.db import candidates, establishments, lookup
from app.db.base import Row, document, instant, one_of, today
from app.db.candidates import Suggestion
from app.db.establishments import Establishment
from app.db.lookup import Finding
from app.db.records import tell
from app.db.session import caller_of
from app.db.staff import changed
from app.domain.establishments import RegistrationStatus, is_accredited_online_provider
from app.domain.judgements import ProviderChangeKind

if TYPE_CHECKING:  # a provider is looked up when it is recorded, by the module that declares it
    from app.db.providers import Provider

STATUSES = tuple(each.value for each in RegistrationStatus)
# A change of one of these may change where a provider stands.
TELLING = frozenset({*lookup.IDENTIFIERS, "postcode"})


class StatusCheck(Row, table=True):
    """One look at the register: what was asked, what was found, in which extract, and who confirmed it."""

    __tablename__ = "status_checks"
    __table_args__ = (
        one_of("status", STATUSES),
        Index("ix_status_checks_provider_id_id", "provider_id", "id"),
    )

    provider_id: UUID = Field(foreign_key="providers.id")
    organisation_id: UUID | None = None
    checked_at: datetime = instant()
    checked_by: str
    gias_extract_on: date | None = None
    matched_by: str | None = None
    urn: int | None = None
    status: str
    successor_urns: list[int] = document(default_factory=list)
    candidates: list[dict[str, Any]] = document(default_factory=list)
    snapshot: dict[str, Any] | None = document(default=None)

    @property
    def is_accredited_online_provider(self) -> bool:
        """Whether it held the DfE's accreditation as an online provider on the day of the check."""
        seen = Establishment.model_validate(self.snapshot) if self.snapshot else None
        return seen is not None and is_accredited_online_provider(
            seen.type_code, seen.accreditation_expires_on, on=today(self.checked_at)
        )


async def derive(session: AsyncSession, provider: "Provider", *, at: datetime) -> StatusCheck:
    """Look a provider up, set its registration and keep the check. Counting its version is the caller's."""
    [finding] = await lookup.find(session, [provider])
    [check] = await keep(session, [(provider, finding)], at=at)
    return check


async def keep(
    session: AsyncSession, found: Sequence[tuple["Provider", Finding]], *, at: datetime
) -> list[StatusCheck]:
    """Keep a check of each finding and set the provider's registration by it; whoever should know is told of a change.

    A few statements for any number of findings.
    """
    extract_on = await establishments.extract_on(session)
    suggested = await candidates.suggest(session, found)
    moved = [each for each, finding in found if _moves(each, finding)]
    audiences = await _audiences(session, moved, on=today(at))
    for each in moved:
        changed(session, each.id, ProviderChangeKind.REGISTRATION, on=today(at))
    checks = [_check(session, each, finding, suggested[each.id], extract_on, at) for each, finding in found]
    for (provider, finding), check in zip(found, checks, strict=True):
        if audience := audiences.get(provider.id):
            facts = {"from": provider.registration_status, "to": check.status, "urn": check.urn}
            tell(session, "provider.status_changed", "provider", provider.id, audience, **facts)
        set_registration(provider, finding, on=today(at), extract_on=extract_on)
    session.add_all(checks)
    return checks


def set_registration(provider: "Provider", finding: Finding, *, on: date, extract_on: date | None) -> None:
    """Write on a provider where it stands, when that was looked up, and in which extract."""
    provider.registration_status = finding.status.value
    provider.registration_checked_on = on
    provider.gias_extract_on = extract_on


def _moves(provider: "Provider", finding: Finding) -> bool:
    return provider.registration_checked_on is not None and provider.registration_status != finding.status


async def _audiences(session: AsyncSession, providers: Sequence["Provider"], *, on: date) -> dict[UUID, list[UUID]]:
    """Each provider with whoever commissions there."""
    audiences = {each.id: [each.id] for each in providers}
    if audiences:
        told = await session.execute(_COMMISSIONERS, {"providers": list(audiences), "on": on})
        for provider_id, commissioner_id in told:
            audiences[provider_id].append(commissioner_id)
    return audiences


_COMMISSIONERS = text("SELECT provider_id, commissioner_id FROM apqa_commissioners(:providers, :on)")


def _check(
    session: AsyncSession,
    provider: "Provider",
    finding: Finding,
    suggestion: Suggestion,
    extract_on: date | None,
    at: datetime,
) -> StatusCheck:
    caller = caller_of(session)
    return StatusCheck(
        provider_id=provider.id,
        organisation_id=caller.organisation_id,
        checked_at=at,
        checked_by=caller.principal,
        gias_extract_on=extract_on,
        matched_by=finding.matched_by,
        urn=finding.match.urn if finding.match else None,
        status=finding.status.value,
        successor_urns=[each.urn for each in suggestion.followed],
        candidates=list(suggestion.candidates),
        snapshot=finding.match.model_dump(mode="json") if finding.match else None,
    )
