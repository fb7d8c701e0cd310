"""What the register says of providers: who they are in it, by which identifier, or else who they might be."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Index, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import establishments
from app.db.base import Row, document, instant, one_of, today
from app.db.establishments import Establishment
from app.db.records import tell
from app.db.session import caller_of
from app.domain.establishments import RegistrationStatus, is_accredited_online_provider, name_key

if TYPE_CHECKING:  # a provider looks itself up when it is recorded
    from app.db.providers import Provider

STATUSES = tuple(each.value for each in RegistrationStatus)
# In order of authority: the first that singles out an establishment decides.
IDENTIFIERS = ("urn", "ukprn", "dfe_number", "company_number")
_CANDIDATES = 10


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


@dataclass(frozen=True, slots=True)
class Finding:
    """The establishment that a provider is, by one of its identifiers, or None; and those it might be, each with why.

    An identifier that several live establishments share singles out none of them.
    """

    matched_by: str | None = None
    match: Establishment | None = None
    shared: tuple[tuple[str, Establishment], ...] = ()

    @property
    def status(self) -> RegistrationStatus:
        """The provider's registration status. A UKPRN or company number without an establishment is none."""
        return RegistrationStatus(self.match.registration_status) if self.match else RegistrationStatus.NOT_FOUND


async def find(session: AsyncSession, providers: Sequence["Provider"]) -> list[Finding]:
    """The finding on each provider, in their order: one statement for any number of them."""
    wanted = {key: [value for each in providers if (value := getattr(each, key))] for key in IDENTIFIERS}
    named = [col(getattr(Establishment, key)).in_(values) for key, values in wanted.items() if values]
    rows = (await session.execute(select(Establishment).where(or_(*named)))).scalars() if named else ()
    known: defaultdict[tuple[str, Any], list[Establishment]] = defaultdict(list)
    for row in rows:
        for key in IDENTIFIERS:
            known[key, getattr(row, key)].append(row)
    return [_find(each, known) for each in providers]


def _find(provider: "Provider", known: Mapping[tuple[str, Any], list[Establishment]]) -> Finding:
    shared: list[tuple[str, Establishment]] = []
    for key in IDENTIFIERS:
        value = getattr(provider, key)
        rows = known.get((key, value), []) if value is not None else []
        # A company may run a school at one address and something that is none at another.
        apart = key == "company_number" and provider.postcode is not None
        fitting = [row for row in rows if not apart or _same_postcode(row.postcode, provider.postcode, unknown=True)]
        if match := _only(fitting):
            return Finding(key, match)
        shared += ((key, row) for row in rows)
    return Finding(shared=tuple(shared))


def _only(rows: Sequence[Establishment]) -> Establishment | None:
    """The one live establishment; where none is live the last that closed, for a DfE number passes to a successor."""
    live = [row for row in rows if row.is_live]
    if live or not rows:
        return live[0] if len(live) == 1 else None
    return max(rows, key=lambda row: (row.closed_on or date.min, row.urn))


def _same_postcode(one: str | None, other: str | None, *, unknown: bool) -> bool:
    if one is None or other is None:
        return unknown
    return one.replace(" ", "").upper() == other.replace(" ", "").upper()


async def derive(
    session: AsyncSession, provider: "Provider", *, at: datetime, finding: Finding | None = None
) -> StatusCheck:
    """Look a provider up, set its registration and keep the check. Counting the provider's version is the caller's.

    Args:
        finding: what was found, where that has been done.
    """
    finding = finding or (await find(session, [provider]))[0]
    followed = await _followed(session, finding)
    caller = caller_of(session)
    check = StatusCheck(
        provider_id=provider.id,
        organisation_id=caller.organisation_id,
        checked_at=at,
        checked_by=caller.principal,
        gias_extract_on=await establishments.extract_on(session),
        matched_by=finding.matched_by,
        urn=finding.match.urn if finding.match else None,
        status=finding.status.value,
        successor_urns=[each.urn for each in followed],
        candidates=await _candidates(session, provider, finding, followed),
        snapshot=finding.match.model_dump(mode="json") if finding.match else None,
    )
    session.add(check)
    if provider.registration_status != check.status and provider.registration_checked_on is not None:
        await _tell(session, provider, check)
    set_registration(provider, finding, on=today(at), extract_on=check.gias_extract_on)
    return check


def set_registration(provider: "Provider", finding: Finding, *, on: date, extract_on: date | None) -> None:
    """Write on a provider where it stands, since when that is known, and in which extract."""
    provider.registration_status = finding.status.value
    provider.registration_checked_on = on
    provider.gias_extract_on = extract_on


async def _tell(session: AsyncSession, provider: "Provider", check: StatusCheck) -> None:
    commissioners = text("SELECT * FROM apqa_commissioners(:provider, :on)")
    told = await session.execute(commissioners, {"provider": provider.id, "on": today(check.checked_at)})
    facts = {"from": provider.registration_status, "to": check.status, "urn": check.urn}
    tell(session, "provider.status_changed", "provider", provider.id, [provider.id, *told.scalars()], **facts)


async def _followed(session: AsyncSession, finding: Finding) -> list[Establishment]:
    """What came after an establishment that is no more."""
    if finding.match is None or finding.match.is_live:
        return []
    return (await establishments.relatives(session, finding.match.urn)).successors


async def _candidates(
    session: AsyncSession, provider: "Provider", finding: Finding, followed: Sequence[Establishment]
) -> list[dict[str, Any]]:
    """Whom a provider without a live match may be, likeliest first. A person confirms one; nothing here ever does."""
    if finding.match is not None and finding.match.is_live:
        return []
    keys = {provider.name_key, *([name_key(provider.legal_name)] if provider.legal_name else [])}
    namesakes = (await session.execute(select(Establishment).where(col(Establishment.name_key).in_(keys)))).scalars()
    found = [("successor", row) for row in followed if row.is_live]
    found += [*finding.shared, *sorted((("name", row) for row in namesakes), key=lambda each: _rank(provider, each[1]))]
    distinct: dict[int, dict[str, Any]] = {}
    for why, row in found:
        if finding.match is None or row.urn != finding.match.urn:
            distinct.setdefault(row.urn, _candidate(provider, why, row))
    return list(distinct.values())[:_CANDIDATES]


def _rank(provider: "Provider", row: Establishment) -> tuple[bool, bool, int]:
    return not _same_postcode(row.postcode, provider.postcode, unknown=False), not row.is_live, row.urn


def _candidate(provider: "Provider", why: str, row: Establishment) -> dict[str, Any]:
    return {
        "urn": row.urn,
        "name": row.name,
        "town": row.town,
        "postcode": row.postcode,
        "registration_status": row.registration_status,
        "because": why,
        "same_postcode": _same_postcode(row.postcode, provider.postcode, unknown=False),
    }
