"""What placements are recorded on: providers and pupils as told, locked in one order for everybody and read once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, String, Table, Text, Uuid, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import admission, facts, straight, suspensions
from app.db.organisations import Organisation, school_unknown
from app.db.providers import Provider, Site
from app.db.pupils import Pupil
from app.db.reading import Hot
from app.db.threshold import Clock
from app.domain.access import Role
from app.domain.errors import Fault, Invalid

PROVIDER_KEYS = ("urn", "ukprn", "company_number", "placement_postcode")
PUPIL_KEYS = ("upn", "mis_id")

_PROVIDERS: Table = Provider.__table__  # type: ignore[attr-defined]
_PUPILS: Table = Pupil.__table__  # type: ignore[attr-defined]
_SITES: Table = Site.__table__  # type: ignore[attr-defined]
_SCHOOLS: Table = Organisation.__table__  # type: ignore[attr-defined]


def _asked(name: str, kind: Any) -> Any:
    return any_(bindparam(name, None, ARRAY(kind)))


def _columns(table: Table, names: str) -> Select[Any]:
    return select(*(table.c[name] for name in names.split()))


_PROVIDER = _columns(_PROVIDERS, "id urn ukprn company_number postcode la_code registration_status")
_PROVIDERS_BY_ID = Hot(_PROVIDER.where(_PROVIDERS.c.id == _asked("ids", Uuid())))
_PROVIDERS_BY_KEY = Hot(
    _PROVIDER.where(
        or_(
            _PROVIDERS.c.urn == _asked("urn", BigInteger()),
            _PROVIDERS.c.ukprn == _asked("ukprn", String()),
            _PROVIDERS.c.company_number == _asked("company_number", String()),
        )
    )
)
_PUPIL = _columns(_PUPILS, "id owner_id home_school_id upn former_upns mis_id merged_into_id")
_PUPILS_BY_ID = Hot(_PUPIL.where(_PUPILS.c.id == _asked("ids", Uuid())))
_PUPILS_BY_KEY = Hot(
    _PUPIL.where(
        _PUPILS.c.merged_into_id.is_(None),
        or_(
            _PUPILS.c.upn == _asked("upn", String()),
            _PUPILS.c.former_upns.overlap(bindparam("upn", None, ARRAY(Text()))),
            _PUPILS.c.mis_id == _asked("mis_id", String()),
        ),
    )
)
_SITES_BY_PROVIDER = Hot(_columns(_SITES, "id provider_id").where(_SITES.c.provider_id == _asked("ids", Uuid())))
_SCHOOLS_NAMED = Hot(
    _columns(_SCHOOLS, "id urn").where(
        or_(_SCHOOLS.c.urn == _asked("urns", BigInteger()), _SCHOOLS.c.id == _asked("ids", Uuid())),
        _SCHOOLS.c.kind == Role.SCHOOL.value,
    )
)
_HOLD_PUPILS = "SELECT * FROM apqa_hold_pupils($1)"


@dataclass(frozen=True, slots=True)
class Kept:
    """A pupil's record that the caller sees, as it stands under its lock."""

    id: UUID
    owner_id: UUID
    home_school_id: UUID | None
    child_id: UUID
    merged_into_id: UUID | None
    shared_with_ids: Sequence[UUID]
    setting_ids: Sequence[UUID]
    home_la_code: str | None
    upn: str | None
    former_upns: Sequence[str]
    mis_id: str | None

    def told_by(self) -> set[tuple[str, str]]:
        """What it can be told by, of `PUPIL_KEYS`, a former UPN included."""
        if self.merged_into_id is not None:
            return set()
        upns = {("upn", each) for each in (self.upn, *self.former_upns) if each}
        return upns | {("mis_id", self.mis_id)} if self.mis_id else upns


@dataclass(frozen=True, slots=True)
class Ground:
    """The providers that some placements name, under their guards, and the pupils and schools.

    `groups`: of each provider, rows of `apqa_guard_providers`; `pupils`: those that are told, to which those that are
    made on it are added; `schools`: ids by URN, and by themselves; `sites`: of each provider.
    """

    session: AsyncSession
    clock: Clock
    providers: Mapping[UUID, Any]
    groups: Mapping[UUID, Sequence[Any]]
    pupils: dict[UUID, Kept]
    schools: Mapping[int | UUID, UUID]
    sites: Mapping[UUID, AbstractSet[UUID]]

    def sites_of(self, provider_id: UUID) -> AbstractSet[UUID]:
        """The provider's sites, where any site was named."""
        return self.sites.get(provider_id, frozenset())

    def school_id(self, said: Mapping[str, Any]) -> UUID | None:
        """The home school that is told by URN, where the service has it, or by id.

        Raises:
            Invalid: `school_unknown`, the id is no school's.
        """
        named: UUID | None = said.get("home_school_id")
        if named is not None and named not in self.schools:
            raise school_unknown()
        urn = said.get("home_school_urn")
        return named if urn is None else self.schools.get(urn)

    def provider_id(self, said: Mapping[str, Any]) -> UUID:
        """The provider that is told by id or by natural keys.

        Raises:
            Invalid: `provider_unknown`: no record, or more than one.
        """
        found = said.get("provider_id") or _by_natural_key(said, self.providers.values())
        if found is None:
            detail = "No single provider has these keys. A partnership or authority records providers."
            raise unknown("provider", detail)
        return found


async def taken(session: AsyncSession, said: Sequence[Mapping[str, Any]], clock: Clock) -> Ground:
    """Take every lock that some placements need, and read what they name: so many statements for any number of them.

    Providers come before pupils, each kind in the order of ids, so that no two batches deadlock.
    """
    ids = sorted({each["provider_id"] for each in said if each.get("provider_id")})
    rows = [*await straight.seen(session, _PROVIDERS_BY_ID, ids=ids)] if ids else []
    keys = {key: sorted({each[key] for each in said if each.get(key)}) for key in PROVIDER_KEYS[:3]}
    if any(keys.values()):
        rows += await straight.seen(session, _PROVIDERS_BY_KEY, **keys)
    providers = {row["id"]: row for row in rows}
    groups = await facts.lock(session, providers)
    pupils = await _pupils(session, said)
    await suspensions.read(session, providers, clock.at)
    await admission.read(session, providers, clock.today)
    schools, sites = await _schools(session, said), await _sites(session, said, providers)
    return Ground(session, clock, providers, groups, pupils, schools, sites)


async def _pupils(session: AsyncSession, said: Sequence[Mapping[str, Any]]) -> dict[UUID, Kept]:
    """The records that are told by id, and those that have a key that was told."""
    ids = sorted({each["pupil_id"] for each in said if each.get("pupil_id")})
    told = [*await straight.seen(session, _PUPILS_BY_ID, ids=ids)] if ids else []
    shown = [each["pupil"] for each in said if not each.get("pupil_id") and each.get("pupil")]
    keys = {key: sorted({each[key] for each in shown if each.get(key)}) for key in PUPIL_KEYS}
    named = [*await straight.seen(session, _PUPILS_BY_KEY, **keys)] if any(keys.values()) else []
    seen = {row["id"]: row for row in (*told, *named)}
    held = await straight.rows(session, _HOLD_PUPILS, sorted(seen)) if seen else []
    return {row.id: _kept(seen[row.id], row) for row in held}


_SEEN = ("owner_id", "home_school_id", "upn", "former_upns", "mis_id")


def _kept(seen: Any, held: Any) -> Kept:
    """A record from what the caller sees of it and from what is true of it under its lock."""
    return Kept(**held._asdict(), **{name: seen[name] for name in _SEEN})


async def _schools(session: AsyncSession, said: Sequence[Mapping[str, Any]]) -> dict[int | UUID, UUID]:
    urns = sorted({each["home_school_urn"] for each in said if each.get("home_school_urn") is not None})
    ids = sorted({each["home_school_id"] for each in said if each.get("home_school_id") is not None})
    found = await straight.seen(session, _SCHOOLS_NAMED, urns=urns, ids=ids) if urns or ids else ()
    return {row["urn"]: row["id"] for row in found} | {row["id"]: row["id"] for row in found}


async def _sites(
    session: AsyncSession, said: Sequence[Mapping[str, Any]], providers: Iterable[UUID]
) -> dict[UUID, set[UUID]]:
    """Every site of the providers, where any is named."""
    slots = (slot for each in said for slot in each.get("timetable") or ())
    named = any(each.get("site_id") for each in (*said, *slots))
    found = await straight.seen(session, _SITES_BY_PROVIDER, ids=list(providers)) if named else ()
    sites: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for row in found:
        sites[row["provider_id"]].add(row["id"])
    return sites


def _by_natural_key(said: Mapping[str, Any], providers: Iterable[Any]) -> UUID | None:
    """The one provider that the census's keys name: URN, or UKPRN, or company number with postcode."""
    key = next((each for each in PROVIDER_KEYS[:3] if said.get(each) is not None), None)
    if key is None:
        return None
    postcode = said.get("placement_postcode") if key == "company_number" else None
    found = [
        row["id"] for row in providers if row[key] == said[key] and (postcode is None or row["postcode"] == postcode)
    ]
    return found[0] if len(found) == 1 else None


def unknown(what: str, detail: str) -> Invalid:
    """A provider or pupil that is in no record, or not to be told from another."""
    code = f"{what}_unknown"
    return Invalid(detail, code=code, errors=(Fault(code, detail, pointer=f"/{what}_id"),))
