"""Who sees, changes and adds which rows, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.access.callers import Caller, Role
from app.domain.access.clauses import ALWAYS, NEVER, Clause, Mine, MineAmong, MyArea, Only, holds
from app.domain.errors import Forbidden


@dataclass(frozen=True, slots=True)
class RowPolicy:
    """Which rows of a table a role sees, which it changes and removes, and which it adds (by default the same)."""

    see: Clause
    change: Clause = NEVER
    only_add: Clause | None = None

    @property
    def add(self) -> Clause:
        """The rows that the role adds."""
        return self.only_add or self.change


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
        # Who records a provider adds its organisation; its settings are its own from then on.
        partnership=RowPolicy(ALWAYS, Mine("id"), only_add=Only("kind", ("provider",))),
        school=RowPolicy(ALWAYS, Mine("id")),
        # A provider's competitors are not its business: it sees itself and whoever may commission it.
        provider=RowPolicy(Mine("id") | Only("kind", ("partnership", "school", "local_authority")), Mine("id")),
        local_authority=RowPolicy(ALWAYS, Mine("id"), only_add=Only("kind", ("provider",))),
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
