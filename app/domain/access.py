"""Who may do what, and who sees or changes which rows: the one declaration that Python, the ORM and PostgreSQL read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.errors import Forbidden


class Role(StrEnum):
    """The kind of the organisation a caller speaks for; `system` is the service at its own work."""

    PARTNERSHIP = "partnership"
    SCHOOL = "school"
    PROVIDER = "provider"
    LOCAL_AUTHORITY = "local_authority"
    SYSTEM = "system"


class Grade(StrEnum):
    """What a member may do within the organisation, least first."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    LEAD = "lead"

    @property
    def rank(self) -> int:
        """Position, least first."""
        return list(Grade).index(self)


class Permission(StrEnum):
    """An act on a kind of thing. The same words are the OAuth scopes by which a client's role is narrowed."""

    ORGANISATIONS_READ = "organisations:read"
    ORGANISATIONS_WRITE = "organisations:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    PROVIDERS_READ = "providers:read"
    PROVIDERS_WRITE = "providers:write"
    SITES_WRITE = "sites:write"
    STATUS_CHECK = "status:check"
    ESTABLISHMENTS_READ = "establishments:read"
    PUPILS_READ = "pupils:read"
    PUPILS_WRITE = "pupils:write"
    PUPILS_SHARE = "pupils:share"
    PLACEMENTS_READ = "placements:read"
    PLACEMENTS_WRITE = "placements:write"
    DECLARATIONS_READ = "declarations:read"
    DECLARATIONS_WRITE = "declarations:write"
    REGISTRATION_READ = "registration:read"
    REGISTRATION_CHECK = "registration:check"
    REGISTRATION_OVERRIDE = "registration:override"
    REGISTRATION_SWEEP = "registration:sweep"
    CHANGES_READ = "changes:read"
    AUDIT_READ = "audit:read"


P, V, C, L = Permission, Grade.VIEWER, Grade.CONTRIBUTOR, Grade.LEAD

_EVERYONE: dict[Permission, Grade] = {
    P.ORGANISATIONS_READ: V,
    P.ORGANISATIONS_WRITE: L,
    P.PEOPLE_READ: L,
    P.PEOPLE_WRITE: L,
    P.PROVIDERS_READ: V,
    P.ESTABLISHMENTS_READ: V,
    P.PUPILS_READ: V,
    P.PLACEMENTS_READ: V,
    P.REGISTRATION_READ: V,
    P.REGISTRATION_CHECK: C,
    P.CHANGES_READ: V,
    P.AUDIT_READ: L,
}
_COMMISSIONER = _EVERYONE | {
    P.PUPILS_WRITE: C,
    P.PUPILS_SHARE: C,
    P.PLACEMENTS_WRITE: C,
    P.REGISTRATION_OVERRIDE: L,
}
_QUALITY_ASSURER = _COMMISSIONER | {
    P.PROVIDERS_WRITE: C,
    P.SITES_WRITE: C,
    P.STATUS_CHECK: C,
    P.DECLARATIONS_READ: V,
    P.REGISTRATION_SWEEP: C,
}

# The least grade that each role needs for each act; an act not named is not for that role.
PERMISSIONS: Mapping[Role, Mapping[Permission, Grade]] = {
    Role.PARTNERSHIP: _QUALITY_ASSURER,
    Role.LOCAL_AUTHORITY: _QUALITY_ASSURER,
    Role.SCHOOL: _COMMISSIONER,
    Role.PROVIDER: _EVERYONE | {P.SITES_WRITE: C, P.DECLARATIONS_READ: V, P.DECLARATIONS_WRITE: C},
    Role.SYSTEM: dict.fromkeys(Permission, V),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: a principal, speaking for one organisation. Values only; it holds no session and asks nothing."""

    role: Role
    grade: Grade = Grade.VIEWER
    organisation_id: UUID | None = None
    la_code: str | None = None
    partnership_id: UUID | None = None
    issuer: str = ""
    subject: str = "system"
    scopes: frozenset[str] | None = None

    @classmethod
    def system(cls, task: str = "system") -> Caller:
        """The service itself, at the named task."""
        return cls(role=Role.SYSTEM, grade=Grade.LEAD, subject=task)

    @property
    def principal(self) -> str:
        """What the audit trail calls the identity behind the call."""
        return f"{self.issuer}|{self.subject}"

    @property
    def identity(self) -> tuple[str, str]:
        """Issuer and subject, by which memberships are found."""
        return self.issuer, self.subject

    @property
    def organisation(self) -> UUID:
        """The organisation spoken for; the system speaks for none.

        Raises:
            Forbidden: the system asked to act as an organisation.
        """
        if self.organisation_id is None:
            raise Forbidden("Only an organisation can do this.")
        return self.organisation_id

    def may(self, permission: Permission) -> bool:
        """Whether role, grade and scopes together allow the act."""
        needed = PERMISSIONS[self.role].get(permission)
        if needed is None or self.grade.rank < needed.rank:
            return False
        return self.scopes is None or permission.value in self.scopes

    def permissions(self) -> list[Permission]:
        """Every act that `may` allows, in the order of declaration."""
        return [permission for permission in Permission if self.may(permission)]


# --- clauses over one row -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition on the columns of one row and the caller; `|` and `&` combine two."""

    def __or__(self, other: Clause) -> Clause:
        return Any_((self, other))

    def __and__(self, other: Clause) -> Clause:
        return All_((self, other))


@dataclass(frozen=True, slots=True)
class Always(Clause):
    """Every row."""


@dataclass(frozen=True, slots=True)
class Never(Clause):
    """No row."""


@dataclass(frozen=True, slots=True)
class Mine(Clause):
    """The column names the caller's organisation."""

    column: str


@dataclass(frozen=True, slots=True)
class MineAmong(Clause):
    """The array column contains the caller's organisation."""

    column: str


@dataclass(frozen=True, slots=True)
class MyArea(Clause):
    """The column holds the caller's local authority code."""

    column: str


@dataclass(frozen=True, slots=True)
class Only(Clause):
    """The column holds one of the values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Any_(Clause):  # noqa: N801 - `Any` belongs to typing
    """At least one of the clauses."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class All_(Clause):  # noqa: N801 - named beside Any_
    """Every one of the clauses."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class RowPolicy:
    """Which rows of a table a role sees, which it changes and removes, and which it adds: by default what it changes."""

    see: Clause
    change: Clause = Never()
    only_add: Clause | None = None

    @property
    def add(self) -> Clause:
        """The rows that the role adds."""
        return self.only_add or self.change


ALWAYS, NEVER = Always(), Never()
_READ_ALL = RowPolicy(ALWAYS)
_MINE = RowPolicy(Mine("organisation_id"), Mine("organisation_id"))
# What is written down stays as it was written: nobody but the system changes or removes it.
_WRITTEN = RowPolicy(Mine("organisation_id"), only_add=Mine("organisation_id"))
_EVIDENCE = RowPolicy(ALWAYS, only_add=ALWAYS)
_OWN_RECORD = RowPolicy(Mine("owner_id") | MineAmong("shared_with_ids"), Mine("owner_id"))
_COMMISSIONED = Mine("commissioner_id") | MineAmong("shared_with_ids")
_FULL = Only("view", ("full",))


def _by_role(
    *, partnership: RowPolicy, school: RowPolicy, provider: RowPolicy, local_authority: RowPolicy
) -> Mapping[Role, RowPolicy]:
    return {
        Role.PARTNERSHIP: partnership,
        Role.SCHOOL: school,
        Role.PROVIDER: provider,
        Role.LOCAL_AUTHORITY: local_authority,
    }


def _all_roles(policy: RowPolicy) -> Mapping[Role, RowPolicy]:
    return _by_role(partnership=policy, school=policy, provider=policy, local_authority=policy)


_NOBODY = _all_roles(RowPolicy(NEVER))
_ANYONE = RowPolicy(ALWAYS, ALWAYS)

# Table by table. A table that is not named here cannot be reached by a session: the tests refuse it. `system` sees and
# changes every row and needs no line.
ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    "organisations": _by_role(
        partnership=RowPolicy(ALWAYS, Mine("id") | Only("kind", ("provider",))),
        school=RowPolicy(ALWAYS, Mine("id")),
        # A provider's competitors are not its business: it sees itself and whoever may commission it.
        provider=RowPolicy(Mine("id") | Only("kind", ("partnership", "school", "local_authority")), Mine("id")),
        local_authority=RowPolicy(ALWAYS, Mine("id") | Only("kind", ("provider",))),
    ),
    "networks": _all_roles(_READ_ALL),
    "network_members": _by_role(
        partnership=_READ_ALL, school=_READ_ALL, provider=RowPolicy(NEVER), local_authority=_READ_ALL
    ),
    "memberships": _all_roles(_MINE),
    "clients": _all_roles(_MINE),
    "client_assertions": _NOBODY,
    "providers": _by_role(
        partnership=_ANYONE, school=_READ_ALL, provider=RowPolicy(Mine("id")), local_authority=_ANYONE
    ),
    "provider_links": _by_role(
        partnership=_ANYONE,
        school=_READ_ALL,
        provider=RowPolicy(Mine("provider_id")),
        local_authority=_ANYONE,
    ),
    "sites": _by_role(
        partnership=_ANYONE,
        school=_READ_ALL,
        provider=RowPolicy(Mine("provider_id"), Mine("provider_id")),
        local_authority=_ANYONE,
    ),
    "status_checks": _by_role(
        partnership=_EVIDENCE,
        school=_READ_ALL,
        provider=RowPolicy(Mine("provider_id")),
        local_authority=_EVIDENCE,
    ),
    "declarations": _by_role(
        partnership=_READ_ALL,
        school=RowPolicy(NEVER),
        provider=RowPolicy(Mine("provider_id"), Mine("provider_id")),
        local_authority=_READ_ALL,
    ),
    "establishments": _all_roles(_READ_ALL),
    "establishment_links": _all_roles(_READ_ALL),
    "gias_extracts": _all_roles(_READ_ALL),
    "pupils": _by_role(
        partnership=_OWN_RECORD,
        school=RowPolicy(Mine("owner_id"), Mine("owner_id")),
        provider=RowPolicy(MineAmong("setting_ids")),
        local_authority=RowPolicy(
            Mine("owner_id") | MyArea("home_la_code") | MineAmong("shared_with_ids"), Mine("owner_id")
        ),
    ),
    "child_upns": _NOBODY,
    "pupil_shares": _by_role(
        partnership=RowPolicy(Mine("owner_id") | Mine("organisation_id"), Mine("owner_id")),
        school=RowPolicy(Mine("owner_id"), Mine("owner_id")),
        provider=RowPolicy(NEVER),
        local_authority=RowPolicy(Mine("owner_id") | Mine("organisation_id"), Mine("owner_id")),
    ),
    "placements": _by_role(
        partnership=RowPolicy(_COMMISSIONED, Mine("commissioner_id")),
        school=RowPolicy(Mine("commissioner_id") | Mine("pupil_owner_id"), Mine("commissioner_id")),
        provider=RowPolicy(Mine("provider_id")),
        local_authority=RowPolicy(_COMMISSIONED | MyArea("home_la_code"), Mine("commissioner_id")),
    ),
    "threshold_holds": _all_roles(_MINE),
    "registration_checks": _by_role(
        partnership=RowPolicy(Mine("organisation_id") | _FULL, only_add=Mine("organisation_id")),
        school=_WRITTEN,
        provider=RowPolicy(Mine("organisation_id") | (Mine("provider_id") & _FULL), only_add=Mine("organisation_id")),
        local_authority=RowPolicy(
            Mine("organisation_id") | (MyArea("la_code") & _FULL), only_add=Mine("organisation_id")
        ),
    ),
    "sweeps": _by_role(
        partnership=RowPolicy(ALWAYS, Mine("organisation_id")),
        school=RowPolicy(NEVER),
        provider=RowPolicy(NEVER),
        local_authority=RowPolicy(ALWAYS, Mine("organisation_id")),
    ),
    "sweep_results": _by_role(
        partnership=_READ_ALL,
        school=RowPolicy(NEVER),
        provider=RowPolicy(Mine("provider_id")),
        local_authority=RowPolicy(MyArea("la_code")),
    ),
    "imports": _all_roles(_MINE),
    "import_files": _all_roles(_MINE),
    "import_faults": _all_roles(_MINE),
    "jobs": _NOBODY,
    "events": _all_roles(RowPolicy(MineAmong("audience"), only_add=ALWAYS)),
    "audit": _all_roles(_WRITTEN),
    "idempotency_keys": _all_roles(_MINE),
}


def policy(table: str, role: Role) -> RowPolicy:
    """The row policy of one role on one table.

    Raises:
        KeyError: a table without a declared policy.
    """
    return _ANYONE if role is Role.SYSTEM else ROWS[table][role]


def holds(clause: Clause, caller: Caller, row: Mapping[str, Any]) -> bool:
    """Whether a clause is true of one row, given as column values."""
    match clause:
        case Always():
            return True
        case Never():
            return False
        case Mine(column):
            return caller.organisation_id is not None and row[column] == caller.organisation_id
        case MineAmong(column):
            return caller.organisation_id is not None and caller.organisation_id in (row[column] or ())
        case MyArea(column):
            return caller.la_code is not None and row[column] == caller.la_code
        case Only(column, values):
            return row[column] in values
        case Any_(clauses):
            return any(holds(each, caller, row) for each in clauses)
        case All_(clauses):
            return all(holds(each, caller, row) for each in clauses)
    raise TypeError(clause)  # pragma: no cover - every clause is named above


def sees(caller: Caller, table: str, row: Mapping[str, Any]) -> bool:
    """Whether the caller may know of this row."""
    return holds(policy(table, caller.role).see, caller, row)


def ensure_may_change(caller: Caller, table: str, row: Mapping[str, Any]) -> None:
    """Refuse a change to a row that the caller sees but that is not theirs.

    Raises:
        Forbidden: `not_yours`.
    """
    if not holds(policy(table, caller.role).change, caller, row):
        raise Forbidden("This belongs to another organisation.", code="not_yours")


class View(StrEnum):
    """How much of a registration check a caller is entitled to."""

    FULL = "full"
    OWN = "own"


def registration_view(caller: Caller, *, provider_id: UUID, la_code: str | None) -> View:
    """Who sees every count of a check, and who only what its own pupils contribute and the overall result.

    A school must not learn from a count that another school's child is looked after or has an EHC plan; an authority
    oversees its own area; a provider knows its own roll.
    """
    match caller.role:
        case Role.SYSTEM | Role.PARTNERSHIP:
            return View.FULL
        case Role.LOCAL_AUTHORITY if la_code is None or caller.la_code in (None, la_code):
            return View.FULL
        case Role.PROVIDER if caller.organisation_id == provider_id:
            return View.FULL
        case _:
            return View.OWN
