"""What organisations ask of providers, and where each provider stands with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Numeric, Text, UniqueConstraint, bindparam, literal, or_, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import pages, rows
from app.db.base import Keyset, Page, Root, Versions, one_of, texts
from app.db.calendars import Calendar, school_year
from app.db.organisations import Organisation
from app.db.placements import Placement
from app.db.providers import Provider
from app.db.records import audit
from app.db.session import caller_of
from app.domain.access import Role
from app.domain.calendar import SchoolYear
from app.domain.compliance import (
    CATALOGUE,
    DEFAULT_POLICY,
    AuditInterval,
    CompliancePolicy,
    ExternalAudit,
    Holdings,
    Item,
    Post,
    Recommended,
    Record,
    TermModel,
    ensure_policy,
    position,
    years_about,
)
from app.domain.errors import Stale
from app.domain.placements import Status
from app.domain.provider_changes import StaffRole

_FACTS = text("SELECT * FROM apqa_compliance_facts(:providers)").bindparams(
    bindparam("providers", type_=ARRAY(PG_UUID(as_uuid=True)))
)


def pounds(**options: Any) -> Any:
    """A column for an amount of money."""
    return Field(sa_type=Numeric(8, 2), **options)


class PolicyRow(Root, table=True):
    """What one organisation asks of providers; its schools, where it is a partnership, ask for the same."""

    __tablename__ = "compliance_policies"
    __table_args__ = (
        UniqueConstraint("organisation_id"),
        one_of("audit_interval", tuple(each.value for each in AuditInterval)),
        one_of("term_model", tuple(each.value for each in TermModel)),
        CheckConstraint("placement_charge >= 0", name="charge"),
    )

    organisation_id: UUID = Field(foreign_key="organisations.id")
    required: list[str] | None = Field(default=None, sa_type=ARRAY(Text()))
    blocking: list[str] = texts()
    audit_interval: str
    term_model: str
    placement_charge: Decimal = pounds()


@dataclass(frozen=True, slots=True)
class Asked:
    """The policy that counts for an organisation, and its row: the organisation's own, its partnership's, or none."""

    policy: CompliancePolicy
    row: PolicyRow | None


# --- policies -------------------------------------------------------------------------------------------------------


async def asked(session: AsyncSession, organisation_id: UUID | None = None) -> Asked:
    """What an organisation asks for, by default the caller's: as it says, else its partnership, else the default.

    Raises:
        NotFound: an organisation out of sight.
    """
    caller = caller_of(session)
    above = caller.partnership_id
    if organisation_id is not None and organisation_id != caller.organisation_id:
        above = (await rows.get(session, Organisation, organisation_id)).partnership_id
    nearest = [organisation_id or caller.organisation_id, above]
    query = select(PolicyRow).where(col(PolicyRow.organisation_id).in_([each for each in nearest if each]))
    found = {row.organisation_id: row for row in (await session.execute(query)).scalars()}
    row = next((found[each] for each in nearest if each in found), None)
    return Asked(_policy(row) if row else DEFAULT_POLICY, row)


def _policy(row: PolicyRow) -> CompliancePolicy:
    return CompliancePolicy(
        required=None if row.required is None else frozenset(row.required),
        blocking=frozenset(row.blocking),
        audit_interval=AuditInterval(row.audit_interval),
        term_model=TermModel(row.term_model),
        placement_charge=row.placement_charge,
    )


async def own_policy(session: AsyncSession) -> PolicyRow | None:
    """What the caller's organisation says itself."""
    query = select(PolicyRow).where(col(PolicyRow.organisation_id) == caller_of(session).organisation)
    return (await session.execute(query)).scalar_one_or_none()


async def put_policy(
    session: AsyncSession, said: Mapping[str, Any], *, expected: Versions | None
) -> tuple[PolicyRow, bool]:
    """Make or replace the caller's own policy, and whether it is new.

    Args:
        said: `required`, `blocking`, `audit_interval`, `term_model`, `placement_charge`.
        expected: the version that is replaced; None: whichever there is, or none.

    Raises:
        Invalid: `policy_invalid`.
        Stale: another version than the expected one, or none.
        IntegrityError: another request made one meanwhile.
    """
    ensure_policy(said["required"], said["blocking"])
    present = await own_policy(session)
    if present is None and expected is not None:
        raise Stale("There is no policy of yours yet.")
    if present is None:
        row = PolicyRow(organisation_id=caller_of(session).organisation, **said)
        session.add(row)
    else:
        row = await rows.for_change(session, PolicyRow, present.id, expected=expected)
        for name, value in said.items():
            setattr(row, name, value)
        row.touch()
    await session.flush()
    audit(session, "change" if present else "create", "compliance_policy", row.id, blocking=list(row.blocking))
    return row, present is None


# --- positions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    """Where a provider stands on a day with what is asked of it."""

    provider_id: UUID
    name: str
    on: date
    asked: Asked
    items: tuple[Item, ...]


async def position_of(
    session: AsyncSession, provider_id: UUID, *, on: date, organisation_id: UUID | None = None
) -> Position:
    """Where a provider stands with what an organisation, by default the caller's, asks.

    Raises:
        NotFound: a provider or an organisation out of sight.
    """
    provider = await rows.get(session, Provider, provider_id)
    policy = await asked(session, organisation_id)
    years = await school_years(session, on, provider.la_code)
    held = await holdings(session, [provider.id], years)
    return Position(provider.id, provider.name, on, policy, items_of(held[provider.id], policy.policy, on=on))


def items_of(held: Holdings, policy: CompliancePolicy, *, on: date) -> tuple[Item, ...]:
    """The items of a position, by the types in force on the day."""
    return position(CATALOGUE.on(on), held, policy, on=on)


async def worklist(session: AsyncSession, keyset: Keyset, *, on: date) -> Page[Position]:
    """Where the providers stand at which the caller knows of placements that are not over, by id."""
    placed = pages.table_of(Placement)
    going_on = or_(placed.c.ends_on.is_(None), placed.c.ends_on >= on)
    at = select(placed.c.provider_id).distinct().where(placed.c.status != Status.CANCELLED, going_on)
    used = await pages.first(session, keyset.cut(at, placed.c.provider_id), placed)
    itself = select(literal(caller_of(session).organisation))
    query = select(Provider).where(col(Provider.id).in_(union(select(*used.subquery().c), itself)))
    page = keyset.page((await session.execute(keyset.cut(query, col(Provider.id)))).scalars().all())
    policy = await asked(session)
    held = await holdings(session, [each.id for each in page.rows], await school_years(session, on))
    found = [
        Position(each.id, each.name, on, policy, items_of(held[each.id], policy.policy, on=on)) for each in page.rows
    ]
    return Page(found, page.next_cursor)


async def holdings(
    session: AsyncSession, provider_ids: Sequence[UUID], years: tuple[SchoolYear, ...]
) -> dict[UUID, Holdings]:
    """What is known of providers, whoever recorded it, in one statement.

    Args:
        years: by whose terms is counted.
    """
    found = await session.execute(_FACTS, {"providers": list(provider_ids)})
    return {row.provider_id: _holdings(row, years) for row in found}


async def school_years(session: AsyncSession, on: date, la_code: str | None = None) -> tuple[SchoolYear, ...]:
    """The school years about a day: the caller's own, else its partnership's, else those of its authority.

    Args:
        la_code: of the area, where the caller's is not known.
    """
    caller = caller_of(session)
    nearest = [caller.organisation_id, caller.partnership_id]
    area = (col(Organisation.kind) == Role.LOCAL_AUTHORITY.value) & (
        col(Organisation.la_code) == (caller.la_code or la_code or "")
    )
    query = (
        select(Calendar)
        .join(Organisation, col(Organisation.id) == col(Calendar.organisation_id))
        .where(col(Calendar.academic_year).in_(years_about(on)))
        .where(col(Organisation.id).in_([each for each in nearest if each]) | area)
        .order_by(col(Calendar.id))
    )
    by_year: dict[str, list[Calendar]] = {}
    for row in (await session.execute(query)).scalars():
        by_year.setdefault(row.academic_year, []).append(row)
    return tuple(school_year(_nearest(each, nearest)) for each in by_year.values())


def _nearest(calendars: Sequence[Calendar], order: Iterable[UUID | None]) -> Calendar:
    owned = {each.organisation_id: each for each in calendars}
    return next((owned[each] for each in order if each in owned), calendars[0])


def _holdings(row: Any, years: tuple[SchoolYear, ...]) -> Holdings:
    posts = tuple(_post(each) for each in row.posts)
    persons = {post.staff_id: post.person_id for post in posts}
    return Holdings(
        records=tuple(_record(each, persons) for each in row.records),
        posts=posts,
        audits=tuple(_external_audit(each) for each in row.audits),
        years=years,
    )


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


def _record(told: Mapping[str, Any], persons: Mapping[UUID, UUID]) -> Record:
    staff_id = UUID(told["staff_id"]) if told["staff_id"] else None
    return Record(
        id=UUID(told["id"]),
        type=told["type"],
        given_on=date.fromisoformat(told["given_on"]),
        person_id=persons.get(staff_id, staff_id) if staff_id else None,
        edition=told["edition"],
        stated=_day(told["valid_until_on"]),
        evidence_ids=tuple(map(UUID, told["evidence_ids"])),
    )


def _post(told: Mapping[str, Any]) -> Post:
    days = _day(told["from_on"]), _day(told["to_on"])
    return Post(UUID(told["id"]), UUID(told["person_id"]), StaffRole(told["role"]), *days)


def _external_audit(told: Mapping[str, Any]) -> ExternalAudit:
    recommended = tuple(Recommended(_day(each["due_on"]), _day(each["done_on"])) for each in told["recommendations"])
    audited_on = date.fromisoformat(told["audited_on"])
    return ExternalAudit(UUID(told["id"]), audited_on, _day(told["valid_until_on"]), recommended)
