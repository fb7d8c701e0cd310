"""Registration checks: evaluated for whoever asks, in the view they are entitled to, and kept as evidence."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import facts as facts_
from app.db import rows
from app.db.base import Keyset, Page
from app.db.checks import RegistrationCheck
from app.db.facts import Facts, Place
from app.db.providers import Provider
from app.db.records import audit
from app.db.session import caller_of
from app.domain.access import Caller, View, registration_view
from app.domain.registration import Assessment, ProviderFacts, Result, assess, for_own, worst

HORIZON_DAYS = 731
_DOCUMENT: TypeAdapter[Assessment] = TypeAdapter(Assessment)


@dataclass(frozen=True, slots=True)
class Check:
    """A check as one caller may see it. `group`: the same with all linked providers counted together."""

    provider: Place
    view: View
    one: Assessment
    group: Assessment | None
    group_ids: frozenset[UUID]
    visible: frozenset[UUID]

    @property
    def overall(self) -> Result:
        """The worse of the provider alone and the group: companies run together may be one institution."""
        return worst([self.one.overall, *([self.group.overall] if self.group else [])])

    def document(self) -> dict[str, Any]:
        """The check as JSON, with every placement's id: `narrowed` before anyone sees it."""
        told: dict[str, Any] = _DOCUMENT.dump_python(self.one, mode="json")
        group = self.group and {
            "provider_ids": sorted(map(str, self.group_ids)),
            "overall": self.group.overall.value,
            "rulesets": _DOCUMENT.dump_python(self.group, mode="json")["rulesets"],
        }
        return told | {
            "provider_id": str(self.provider.id),
            "registration_status": self.provider.registration_status,
            "overall": self.overall.value,
            "view": self.view.value,
            "group": group,
        }

    def shown(self) -> dict[str, Any]:
        """The check as this caller sees it."""
        return narrowed(self.document(), self.visible)


def narrowed(document: dict[str, Any], visible: frozenset[UUID]) -> dict[str, Any]:
    """A check's document with only those placements named that the reader may see."""
    known = {str(each) for each in visible}

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(each) for each in node]
        if not isinstance(node, dict):
            return node
        return {key: _seen(key, value, known) if key in _NAMING else walk(value) for key, value in node.items()}

    shown: dict[str, Any] = walk(document)
    return shown


_NAMING = frozenset({"contributing_placement_ids", "placement_ids", "placement_id"})


def _seen(key: str, value: Any, known: set[str]) -> Any:
    if key == "placement_id":
        return value if value in known else None
    return [each for each in value if each in known]


def _named(node: Any) -> set[UUID]:
    """Every placement that a document names."""
    if isinstance(node, list):
        return set().union(*map(_named, node))
    if not isinstance(node, dict):
        return set()
    lists = [value if isinstance(value, list) else [value] for key, value in node.items() if key in _NAMING]
    return {UUID(each) for ids in lists for each in ids if each is not None}.union(*map(_named, node.values()))


def evaluate(facts: Facts, provider: Place, caller: Caller, *, on: date, horizon_days: int = HORIZON_DAYS) -> Check:
    """The check in the view that the caller is entitled to."""
    view = registration_view(caller, provider_id=provider.id, la_code=provider.la_code)
    group_ids = facts.group.provider_ids if facts.group else frozenset()
    own = None if view is View.FULL else facts.own()

    def seen(everybody: ProviderFacts) -> Assessment:
        whole = assess(everybody, on=on, horizon_days=horizon_days)
        if own is None:
            return whole
        here = replace(own, provider_ids=everybody.provider_ids)
        return for_own(whole, assess(here, on=on, horizon_days=horizon_days))

    group = seen(facts.group) if facts.group else None
    return Check(provider, view, seen(facts.everybody), group, group_ids, facts.visible)


async def status(session: AsyncSession, provider_id: UUID, *, on: date, at: datetime, horizon_days: int) -> Check:
    """The provider's check on a date, computed afresh and not kept."""
    provider = await rows.get(session, Provider, provider_id)
    facts = await facts_.load(session, provider, at=at, overseen_on=on)
    return evaluate(facts, provider, caller_of(session), on=on, horizon_days=horizon_days)


async def run(
    session: AsyncSession, provider_id: UUID, *, on: date, at: datetime, horizon_days: int = HORIZON_DAYS
) -> tuple[RegistrationCheck, dict[str, Any]]:
    """A check that is kept as evidence, and the check as its caller sees it."""
    check = await status(session, provider_id, on=on, at=at, horizon_days=horizon_days)
    row = keep(session, check)
    await session.flush()
    audit(session, "check", "registration_check", row.id, provider_id=str(provider_id), overall=row.overall)
    return row, check.shown()


def keep(session: AsyncSession, check: Check, *, sweep_id: UUID | None = None) -> RegistrationCheck:
    """Put a check among the evidence."""
    caller = caller_of(session)
    row = RegistrationCheck(
        provider_id=check.provider.id,
        organisation_id=caller.organisation_id,
        la_code=check.provider.la_code,
        sweep_id=sweep_id,
        as_of_on=check.one.as_of_on,
        overall=check.overall.value,
        view=check.view.value,
        requested_by=caller.principal,
        assessment=check.document(),
    )
    session.add(row)
    return row


async def get(session: AsyncSession, check_id: UUID) -> tuple[RegistrationCheck, dict[str, Any]]:
    """A kept check, as its reader may see it."""
    row = await rows.get(session, RegistrationCheck, check_id)
    return row, narrowed(row.assessment, await facts_.visible(session, sorted(_named(row.assessment))))


async def list_page(
    session: AsyncSession, keyset: Keyset, *, provider_id: UUID | None = None, overall: str | None = None
) -> Page[RegistrationCheck]:
    """Kept checks that the caller may see, without their grounds."""
    query = select(RegistrationCheck)
    if provider_id is not None:
        query = query.where(col(RegistrationCheck.provider_id) == provider_id)
    if overall is not None:
        query = query.where(col(RegistrationCheck.overall) == overall)
    found = (await session.execute(keyset.cut(query, col(RegistrationCheck.id)))).scalars().all()
    return keyset.page(found)
