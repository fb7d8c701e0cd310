"""Visits that took place, with what they found, written down as rows; and the routes by which findings are read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event, select, text
from sqlmodel import col

from app.db.concerns import Concern
from app.db.organisations import Network
from app.db.staff import ProviderChange
from app.db.visits import Judgement, Visit, VisitVersion, part_of
from app.domain import frameworks
from app.domain.access import Caller
from app.domain.judgements import valid_until
from tests.given import Api, Given

RAG = "leics-seip-qa-v1"


def noon(on: date) -> datetime:
    """Midday, in UTC."""
    return datetime.combine(on, time(12), UTC)


async def visited(
    given: Given,
    lead: Api,
    provider_id: str,
    visited_on: date,
    ratings: Mapping[str, str] = {},
    *,
    form: str = RAG,
    programme: str | None = None,
    kind: str = "qa_visit",
    status: str = "finalised",
    team: tuple[Api, ...] = (),
    network: str | None = None,
    set_aside: bool = False,
    **more: Any,
) -> UUID:
    """A visit with ratings by item key ("section:learner-safety"), made at noon of its day."""
    async with given.held.database.session_for(Caller.system("test")) as session:
        shared = (await session.execute(select(col(Network.id)).where(col(Network.slug) == network))).scalars().all()
        visit = Visit(
            provider_id=UUID(provider_id),
            framework_id=form,
            programme_id=programme or form,
            kind=kind,
            status=status,
            lead_organisation_id=lead.organisation_id,
            team_ids=[each.organisation_id for each in (lead, *team)],
            network_ids=list(shared),
            la_code="855",
            visited_on=visited_on,
            **more,
        )
        session.add(visit)
        await session.flush()
        for item_key, rating in ratings.items():
            session.add(judgement(visit, item_key, rating, set_aside=set_aside))
        session.add(_report(visit))
        await session.flush()
        if status == "finalised":
            await session.execute(text("SELECT apqa_settle_visit(:visit)"), {"visit": visit.id})
    return visit.id


def judgement(visit: Visit, item_key: str, rating: str, **more: Any) -> Judgement:
    """A judgement on one item of a visit's form."""
    form = frameworks.named(visit.framework_id)
    level, _, key = item_key.partition(":")
    scales = {f"section:{each.key}": each.scale for each in form.sections}
    scales |= {f"criterion:{each.key}": each.scale for each in form.criteria} | {"overall": form.overall.scale or ""}
    assert visit.visited_on is not None
    said: dict[str, Any] = {
        "framework_id": form.id,
        "level": level,
        "key": key,
        "section_key": next((each.key for each in form.sections if _holds(each, level, key)), None),
        "rating": rating,
        "scale": scales[item_key],
        "made_by": "test",
        "made_at": noon(visit.visited_on),
        "visited_on": visit.visited_on,
        "site_id": visit.site_id,
        "valid_until_on": valid_until(visit.visited_on, 12, None),
    }
    return Judgement(**part_of(visit), **said | more)


def _holds(section: frameworks.Section, level: str, key: str) -> bool:
    return section.key == key if level == "section" else key in {each.key for each in section.criteria}


def _report(visit: Visit) -> VisitVersion:
    told = f"{visit.id.int:064x}"
    return VisitVersion(**part_of(visit), stage="final", number=1, content={}, content_hash=told, made_by="test")


async def changed(given: Given, provider_id: str, kind: str, on: date, recorded_at: datetime | None = None) -> None:
    """Something changes at a provider."""
    row = ProviderChange(provider_id=UUID(provider_id), kind=kind, changed_on=on, created_at=recorded_at or noon(on))
    async with given.held.database.session_for(Caller.system("test")) as session:
        session.add(row)


async def concerned(given: Given, lead: Api, visit_id: UUID) -> None:
    """A visit raises a concern."""
    async with given.held.database.session_for(Caller.system("test")) as session:
        visit = (await session.execute(select(Visit).where(col(Visit.id) == visit_id))).scalar_one()
        told: dict[str, Any] = {"organisation_id": lead.organisation_id, "raised_by": "test"}
        session.add(Concern(**part_of(visit), **told, title="Red", detail="Red."))


def on_day(given: Given, on: date) -> None:
    """Whatever is asked from now on is asked on this day."""
    given.held.clock = lambda: noon(on)


async def listed(api: Api, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every row of a list, page by page, two at a time."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(50):
        answer = await api.get(path, params={"limit": 2} | query | cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["data"]
        if not page["page"]["has_more"]:
            break
        cursor = {"cursor": page["page"]["next_cursor"]}
    return found


@contextmanager
def statements(given: Given) -> Iterator[list[str]]:
    """The statements that the service sends meanwhile, signing in and settings apart."""
    engine, sent = given.held.database.engine.sync_engine, list[str]()

    def listen(_: Connection, __: Any, statement: str, *___: Any) -> None:
        if "apqa_identify" not in statement and "set_config" not in statement:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", listen)
