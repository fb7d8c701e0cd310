"""What is written in the small county of placements and between providers and commissioners."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.db import owing
from app.db.base import today
from app.db.calendars import Calendar
from app.db.obligation_records import ObligationFeed, ObligationWaiver
from app.db.placement_parts import part_of
from app.db.placements import Placement
from app.db.progress_reports import ProgressReport, ProgressRequest
from app.db.provider_documents import ProviderDocument
from app.db.session import Database
from app.db.welfare_visits import WelfareVisit
from app.domain.access import Caller
from app.domain.calendar import academic_year, academic_year_label
from tests.access.organisations import PROVIDERS
from tests.access.placed import DAY

Ids = dict[str, UUID]
ENDS = ("starts_on", "ends_on")
SAID: dict[str, Any] = {"academic_year": "2025/26", "term": 3, "submitted_on": DAY, "summary": "x", "recorded_by": "x"}


AGREEMENTS: list[dict[str, Any]] = [{"agreement_id": "ave-qa-v8", "parameters": {}, "from_on": None}]


def calendars(ids: Ids, terms: list[dict[str, Any]]) -> Iterator[SQLModel]:
    """The terms of 2026/27 as of the present academic year, where that is another."""
    label, later = academic_year_label(today()), academic_year(today())[0].year - 2026
    moved = [each | {end: f"{int(each[end][:4]) + later}{each[end][4:]}" for end in ENDS} for each in terms]
    for name in ids.keys() - set(PROVIDERS) if later else ():
        yield Calendar(organisation_id=ids[name], academic_year=label, terms=moved)


async def waivable(database: Database, callers: Iterable[Caller]) -> dict[UUID, UUID]:
    """An obligation that each organisation may waive, by the organisation's id, where there is one."""
    found: dict[UUID, UUID] = {}
    for caller in callers:
        async with database.session_for(caller, readonly=True) as session:
            owed = await owing.gather(session, on=today())
        mine = [each for each in owed.obligations if each.waivable_by_id == caller.organisation and not each.settled]
        found |= {each.waivable_by_id: each.key for each in mine}
    return found


def made(ids: Ids, networks: Ids, placements: Iterable[Placement]) -> Iterator[SQLModel]:
    """Every kind of record about every placement, by everybody; and between each provider and each commissioner."""
    for placement in placements:
        for name in ids:
            yield WelfareVisit(**part_of(placement), organisation_id=ids[name], seen_on=DAY, recorded_by="x")
            yield ProgressReport(**part_of(placement), organisation_id=ids[name], kind="progress", **SAID)
    for provider in PROVIDERS:
        for name in ids.keys() - set(PROVIDERS):
            yield from _between(ids, networks, provider, name)
    for name, owner in ids.items():
        yield ObligationFeed(organisation_id=owner, secret_hash=name, made_by="x")


def _between(ids: Ids, networks: Ids, provider: str, name: str) -> Iterator[SQLModel]:
    both: dict[str, Any] = {"provider_id": ids[provider], "commissioner_id": ids[name]}
    yield ProgressRequest(**both, requested_on=DAY, due_on=DAY, requested_by="x")
    for by in (provider, name):
        yield ProgressReport(**both, organisation_id=ids[by], kind="tracking", **SAID)
        for kind, shared in (("annual_report", ("county",)), ("annual_report", ()), ("intent", ("county", "border"))):
            yield ProviderDocument(
                **both,
                organisation_id=ids[by],
                network_ids=[networks[each] for each in shared],
                kind=kind,
                academic_year="2025/26",
                given_on=DAY,
                title="x",
                recorded_by="x",
            )
    for by, owed_by, owed_to in ((name, provider, name), (provider, name, provider), (name, name, "oak")):
        yield ObligationWaiver(
            organisation_id=ids[by],
            provider_id=ids[provider],
            owed_by_id=ids[owed_by],
            owed_to_id=ids[owed_to],
            agreement_id="ave-qa-v8",
            duty="intent",
            due_on=DAY,
            waived_on=DAY,
            reason="x",
            waived_by="x",
        )
