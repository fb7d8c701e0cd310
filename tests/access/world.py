"""A small county in which every row policy has rows that it tells apart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from app.db import migrations, policies, registration
from app.db.base import new_id, now
from app.db.calendars import Calendar
from app.db.checks import RegistrationCheck, Sweep, SweepResult, ThresholdHold
from app.db.establishments import Establishment, EstablishmentLink, GiasExtract
from app.db.frameworks import PublishedFramework
from app.db.imports import Import, ImportFault, ImportFile
from app.db.jobs import Job
from app.db.organisations import Client, ClientAssertion, Membership, Network, NetworkMember, Organisation
from app.db.placements import Placement
from app.db.providers import Declaration, Provider, ProviderLink, Site
from app.db.pupils import Pupil
from app.db.records import Audit, Event, EventReader, IdempotencyKey
from app.db.register import StatusCheck
from app.db.session import Database
from app.db.staff import ProviderAudit
from app.db.visits import Visit
from app.domain import access
from app.domain.access import Caller, Grade, Role
from tests import documents
from tests.access import asked, billed, complied, owed, placed, planned, published, visited
from tests.access.organisations import NETWORKS, ORGANISATIONS, PARTNERSHIPS, PROVIDERS
from tests.access.placed import DAY

migrations.import_tables()

E = TypeVar("E", bound=SQLModel)
Key = tuple[str, ...]
Rows = dict[Key, dict[str, Any]]

TERMS = [
    {"ordinal": n, "name": None, "starts_on": starts_on, "ends_on": ends_on}
    for n, (starts_on, ends_on) in enumerate(
        (
            ("2026-09-01", "2026-10-23"),
            ("2026-11-02", "2026-12-18"),
            ("2027-01-04", "2027-02-12"),
            ("2027-02-22", "2027-03-25"),
            ("2027-04-12", "2027-05-28"),
            ("2027-06-07", "2027-07-21"),
        ),
        start=1,
    )
]


@dataclass(frozen=True, slots=True)
class World:
    """The rows of every table by primary key, as the system sees them, and the organisations by name."""

    tables: dict[str, Rows]
    ids: dict[str, UUID]
    networks: dict[str, UUID]
    waivable: dict[UUID, UUID] = field(default_factory=dict)

    def callers(self) -> list[Caller]:
        """Every role in the name of every organisation, in its area and networks; each without one; the system."""
        named = [
            replace(member, role=role, grade=Grade.VIEWER)
            for role, member in product(access.ROWS["pupils"], self.members().values())
        ]
        return [*named, *(Caller(role=role) for role in Role)]

    def members(self, grade: Grade = Grade.LEAD) -> dict[str, Caller]:
        """A member of each organisation, by its name."""
        return {
            name: Caller(
                role=role,
                grade=grade,
                organisation_id=self.ids[name],
                la_code=area,
                partnership_id=self.ids[PARTNERSHIPS[name]] if name in PARTNERSHIPS else None,
                network_ids=tuple(
                    self.networks[network]
                    for network, members in NETWORKS.items()
                    if {name, PARTNERSHIPS.get(name)} & set(members)
                ),
            )
            for name, (role, area) in ORGANISATIONS.items()
        }


def key_columns(table: str) -> list[str]:
    """The columns of a table's primary key."""
    return [column.name for column in inspect(policies.tables()[table]).primary_key]


async def build(database: Database, issuer: str) -> World:
    """Make the county, by rows alone, as the system.

    Args:
        issuer: of the tokens by which its members sign in: the subject is "name-grade".
    """
    ids = {name: new_id() for name in ORGANISATIONS}
    async with database.session_for(Caller.system("test")) as session:
        for part in (_organisations, _places, placed.pupils, _records, _sweeps, _frameworks, visited.apart):
            await _add(session, part(ids))
        await _add(session, _members(ids, issuer))
        await _add(session, placed.placements(await _all(session, Pupil), ids))
        check = await registration.status(session, ids["forge"], on=DAY, at=now(), horizon_days=0)
        await _add(session, _evidence(ids, check.document()))
        networks = {each.slug: each.id for each in await _all(session, Network)}
        await _add(session, visited.made(ids, networks, issuer))
        kept = await _all(session, Visit), await _all(session, Placement)
        await _add(session, visited.followed(ids, networks, *kept))
        await _add(session, complied.made(ids, kept[1]))
        await _add(session, owed.made(ids, networks, kept[1]))
        await _add(session, billed.made(ids, kept[1]))
        await _add(session, asked.questionnaires(kept[0]))
        await _add(session, owed.calendars(ids, TERMS))
        await _add(session, published.reports(ids, networks))
        await _add(session, planned.plans(ids, networks, kept[0], await _all(session, ProviderAudit)))
    world = World(await _read(database), ids, networks)
    return replace(world, waivable=await owed.waivable(database, world.members().values()))


async def _add(session: AsyncSession, made: Iterable[SQLModel]) -> None:
    for each in made:
        session.add(each)
        await session.flush()


async def _all(session: AsyncSession, entity: type[E]) -> Sequence[E]:
    return (await session.execute(select(entity))).scalars().all()


async def _read(database: Database) -> dict[str, Rows]:
    async with database.session_for(Caller.system("test"), readonly=True) as session:
        return {name: await _rows(session, entity) for name, entity in policies.tables().items()}


async def _rows(session: AsyncSession, entity: type[SQLModel]) -> Rows:
    keys = key_columns(str(entity.__tablename__))
    found = (await session.execute(select(entity))).scalars()
    return {tuple(str(getattr(row, key)) for key in keys): row.model_dump() for row in found}


def _organisations(ids: dict[str, UUID]) -> Iterator[SQLModel]:
    for name, (role, area) in ORGANISATIONS.items():
        above = ids[PARTNERSHIPS[name]] if name in PARTNERSHIPS else None
        adopted = [] if name in PROVIDERS else owed.AGREEMENTS
        yield Organisation(
            id=ids[name],
            kind=role.value,
            name=name,
            slug=name,
            la_code=area,
            partnership_id=above,
            agreements=adopted,
        )
    for slug, members in NETWORKS.items():
        network = Network(slug=slug, name=slug)
        yield network
        for name in members:
            yield NetworkMember(network_id=network.id, organisation_id=ids[name])


def _members(ids: dict[str, UUID], issuer: str) -> Iterator[SQLModel]:
    for name, grade in product(ORGANISATIONS, Grade):
        yield Membership(organisation_id=ids[name], issuer=issuer, subject=f"{name}-{grade}", grade=grade.value)


def _places(ids: dict[str, UUID]) -> Iterator[SQLModel]:
    for name in PROVIDERS:
        area = ORGANISATIONS[name][1]
        yield Provider(id=ids[name], name=name, name_key=name, la_code=area)
        yield Site(provider_id=ids[name], name="Main")
        yield Declaration(provider_id=ids[name], declared_on=DAY, stale_from_on=DAY, declared_by="x")
        yield StatusCheck(provider_id=ids[name], checked_at=now(), checked_by="x", status="not_found")
    yield ProviderLink(provider_id=ids["yard"], other_id=ids["forge"], kind="linked")
    for urn in (100001, 100002):
        yield Establishment(
            urn=urn, name="A", name_key="a", type_code=1, status_code=1, registration_status="other_school"
        )
    yield EstablishmentLink(urn=100001, link_urn=100002, link_type="Successor")
    yield GiasExtract(extract_on=DAY, imported_at=now(), rows=2, added=2, changed=0, vanished=0)


def _evidence(ids: dict[str, UUID], document: dict[str, Any]) -> Iterator[SQLModel]:
    for provider, reader, view in product(("forge", "barn"), (*ORGANISATIONS, None), ("full", "own")):
        yield RegistrationCheck(
            provider_id=ids[provider],
            organisation_id=ids[reader] if reader else None,
            la_code=ORGANISATIONS[provider][1],
            as_of_on=DAY,
            overall="clear_on_known_data",
            view=view,
            requested_by="x",
            assessment=document,
        )


def _frameworks(ids: dict[str, UUID]) -> Iterator[SQLModel]:
    for name, owner in ids.items():
        content = documents.framework(f"{name}-v1") | {"status": "published"}
        yield PublishedFramework(
            id=f"{name}-v1", organisation_id=owner, content=content, content_hash=name, verified=True
        )


def _sweeps(ids: dict[str, UUID]) -> Iterator[SQLModel]:
    for owner in (*ids.values(), None):
        sweep = Sweep(organisation_id=owner, as_of_on=DAY)
        yield sweep
        for name in PROVIDERS:
            yield SweepResult(
                sweep_id=sweep.id,
                provider_id=ids[name],
                la_code=ORGANISATIONS[name][1],
                overall="clear_on_known_data",
                full_time_pupils=0,
                rulesets={},
            )


def _records(ids: dict[str, UUID]) -> Iterator[SQLModel]:
    later = now() + timedelta(days=1)
    for name, owner in ids.items():
        if name not in PROVIDERS:
            yield Calendar(organisation_id=owner, academic_year="2026/27", terms=TERMS)
        client = Client(organisation_id=owner, name=name, scopes=[])
        yield client
        yield ClientAssertion(client_id=client.id, jti="x", expires_at=later)
        yield ThresholdHold(provider_id=ids["forge"], organisation_id=owner, expires_at=later)
        sent = Import(organisation_id=owner, source="mis", issuer="x", subject="x")
        yield sent
        yield ImportFile(import_id=sent.id, organisation_id=owner, content=b"x")
        yield ImportFault(import_id=sent.id, organisation_id=owner, row_number=2, code="x", detail="x")
        yield IdempotencyKey(organisation_id=owner, principal="x", key="x", fingerprint="x")
        yield Audit(organisation_id=owner, principal="x", action="create", entity="x")
        told = Event(kind="x", entity="x", audience=[owner])
        yield told
        yield EventReader(organisation_id=owner, event_id=told.id)
    yield Job(name="x", finished_at=later)
    yield Audit(principal="x", action="create", entity="x")
    yield Event(kind="x", entity="x", audience=[ids["oak"], ids["forge"], ids["shire"]])
    yield Event(kind="x", entity="x", audience=[])
