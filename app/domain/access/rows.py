"""Who sees, changes and adds which rows, table by table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from app.domain.access.action_rows import ACTION_ROWS
from app.domain.access.annual_report_rows import ANNUAL_REPORT_ROWS
from app.domain.access.callers import Caller, Role
from app.domain.access.clauses import ALWAYS, NEVER, Mine, MineAmong, MyArea, Only, condition, holds
from app.domain.access.compliance_rows import COMPLIANCE_ROWS
from app.domain.access.evidence_rows import EVIDENCE_ROWS
from app.domain.access.money_rows import MONEY_ROWS
from app.domain.access.obligation_rows import OBLIGATION_ROWS
from app.domain.access.questionnaire_rows import QUESTIONNAIRE_ROWS
from app.domain.access.row_policies import RowPolicy, all_roles, by_role
from app.domain.access.visit_rows import OURS, VISIT_ROWS, VISITED
from app.domain.errors import Forbidden

_READ_ALL = RowPolicy(ALWAYS)
_MINE = RowPolicy(Mine("organisation_id"), Mine("organisation_id"))
_ALL_AND_MINE = RowPolicy(ALWAYS, Mine("organisation_id"))
# What is written down stays as it was written: nobody but the system changes or removes it.
_WRITTEN = RowPolicy(Mine("organisation_id"), only_add=Mine("organisation_id"))
_EVIDENCE = RowPolicy(ALWAYS, only_add=ALWAYS)
_OWN_RECORD = RowPolicy(Mine("owner_id") | MineAmong("shared_with_ids"), Mine("owner_id"))
_COMMISSIONED = Mine("commissioner_id") | MineAmong("shared_with_ids")
_FULL = Only("view", ("full",))
_NOBODY = all_roles(RowPolicy(NEVER))
_ANYONE = RowPolicy(ALWAYS, ALWAYS)

# Table by table. A table that is not named here cannot be reached by a session: the tests refuse it. `system` sees and
# changes every row and needs no line.
ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    "organisations": by_role(
        # Who records a provider adds its organisation; its settings are its own from then on.
        partnership=RowPolicy(ALWAYS, Mine("id"), only_add=Only("kind", ("provider",))),
        school=RowPolicy(ALWAYS, Mine("id")),
        # A provider's competitors are not its business: it sees itself and whoever may commission it.
        provider=RowPolicy(Mine("id") | Only("kind", ("partnership", "school", "local_authority")), Mine("id")),
        local_authority=RowPolicy(ALWAYS, Mine("id"), only_add=Only("kind", ("provider",))),
    ),
    "networks": all_roles(_READ_ALL),
    "network_members": by_role(
        partnership=_READ_ALL, school=_READ_ALL, provider=RowPolicy(NEVER), local_authority=_READ_ALL
    ),
    "memberships": all_roles(_MINE),
    "clients": all_roles(_MINE),
    "client_assertions": _NOBODY,
    "providers": by_role(
        partnership=_ANYONE, school=_READ_ALL, provider=RowPolicy(Mine("id")), local_authority=_ANYONE
    ),
    "provider_links": by_role(
        partnership=_ANYONE,
        school=_READ_ALL,
        provider=RowPolicy(Mine("provider_id")),
        local_authority=_ANYONE,
    ),
    "sites": by_role(
        partnership=_ANYONE,
        school=_READ_ALL,
        provider=RowPolicy(Mine("provider_id"), Mine("provider_id")),
        local_authority=_ANYONE,
    ),
    "status_checks": by_role(
        partnership=_EVIDENCE,
        school=_READ_ALL,
        provider=RowPolicy(Mine("provider_id")),
        local_authority=_EVIDENCE,
    ),
    "declarations": by_role(
        partnership=_READ_ALL,
        school=RowPolicy(NEVER),
        provider=RowPolicy(Mine("provider_id"), Mine("provider_id")),
        local_authority=_READ_ALL,
    ),
    "establishments": all_roles(_READ_ALL),
    "establishment_links": all_roles(_READ_ALL),
    "gias_extracts": all_roles(_READ_ALL),
    "pupils": by_role(
        partnership=_OWN_RECORD,
        school=RowPolicy(Mine("owner_id"), Mine("owner_id")),
        provider=RowPolicy(MineAmong("setting_ids")),
        local_authority=RowPolicy(
            Mine("owner_id") | MyArea("home_la_code") | MineAmong("shared_with_ids"), Mine("owner_id")
        ),
    ),
    "child_upns": _NOBODY,
    "pupil_shares": by_role(
        partnership=RowPolicy(Mine("owner_id") | Mine("organisation_id"), Mine("owner_id")),
        school=RowPolicy(Mine("owner_id"), Mine("owner_id")),
        provider=RowPolicy(NEVER),
        local_authority=RowPolicy(Mine("owner_id") | Mine("organisation_id"), Mine("owner_id")),
    ),
    "placements": by_role(
        partnership=RowPolicy(_COMMISSIONED, Mine("commissioner_id")),
        school=RowPolicy(Mine("commissioner_id") | Mine("pupil_owner_id"), Mine("commissioner_id")),
        provider=RowPolicy(Mine("provider_id")),
        local_authority=RowPolicy(_COMMISSIONED | MyArea("home_la_code"), Mine("commissioner_id")),
    ),
    "threshold_holds": all_roles(_MINE),
    "registration_checks": by_role(
        partnership=RowPolicy(Mine("organisation_id") | _FULL, only_add=Mine("organisation_id")),
        school=_WRITTEN,
        provider=RowPolicy(Mine("organisation_id") | (Mine("provider_id") & _FULL), only_add=Mine("organisation_id")),
        local_authority=RowPolicy(
            Mine("organisation_id") | (MyArea("la_code") & _FULL), only_add=Mine("organisation_id")
        ),
    ),
    "sweeps": by_role(
        partnership=RowPolicy(ALWAYS, Mine("organisation_id")),
        school=RowPolicy(NEVER),
        provider=RowPolicy(NEVER),
        local_authority=RowPolicy(ALWAYS, Mine("organisation_id")),
    ),
    "sweep_results": by_role(
        partnership=_READ_ALL,
        school=RowPolicy(NEVER),
        provider=RowPolicy(Mine("provider_id")),
        local_authority=RowPolicy(MyArea("la_code")),
    ),
    "frameworks": by_role(
        partnership=_ALL_AND_MINE, school=_READ_ALL, provider=_READ_ALL, local_authority=_ALL_AND_MINE
    ),
    **VISIT_ROWS,
    "evidence": EVIDENCE_ROWS,
    **ACTION_ROWS,
    **COMPLIANCE_ROWS,
    "reliances": by_role(
        partnership=RowPolicy(OURS | Mine("lead_organisation_id"), OURS),
        school=RowPolicy(OURS | Mine("lead_organisation_id"), OURS),
        provider=RowPolicy(NEVER),
        local_authority=RowPolicy(OURS | Mine("lead_organisation_id"), OURS),
    ),
    "decisions": by_role(
        partnership=RowPolicy(ALWAYS, OURS),
        school=_READ_ALL,
        provider=RowPolicy(VISITED),
        local_authority=RowPolicy(ALWAYS, OURS),
    ),
    "decision_acknowledgements": all_roles(RowPolicy(OURS | Mine("decided_by_id"), only_add=OURS)),
    "exit_plans": by_role(
        partnership=RowPolicy(OURS, OURS),
        school=RowPolicy(OURS, OURS),
        provider=RowPolicy(VISITED),
        local_authority=RowPolicy(OURS, OURS),
    ),
    "provider_staff": by_role(
        partnership=_ANYONE,
        school=RowPolicy(NEVER),
        provider=RowPolicy(VISITED, VISITED),
        local_authority=_ANYONE,
    ),
    # What happened to a provider on which a judgement may rest: written by the act that brings it about.
    "provider_changes": by_role(
        partnership=_EVIDENCE,
        school=_READ_ALL,
        provider=RowPolicy(VISITED, only_add=VISITED),
        local_authority=_EVIDENCE,
    ),
    "audits": by_role(
        partnership=RowPolicy(ALWAYS, OURS),
        school=_READ_ALL,
        provider=RowPolicy(VISITED),
        local_authority=RowPolicy(ALWAYS, OURS),
    ),
    # Term dates are public; each organisation says its own.
    "calendars": by_role(
        partnership=_ALL_AND_MINE, school=_ALL_AND_MINE, provider=_READ_ALL, local_authority=_ALL_AND_MINE
    ),
    **OBLIGATION_ROWS,
    **QUESTIONNAIRE_ROWS,
    **MONEY_ROWS,
    **ANNUAL_REPORT_ROWS,
    "imports": all_roles(_MINE),
    "import_files": all_roles(_MINE),
    "import_faults": all_roles(_MINE),
    "jobs": _NOBODY,
    "events": all_roles(RowPolicy(MineAmong("audience"), only_add=ALWAYS)),
    "event_readers": all_roles(RowPolicy(Mine("organisation_id"), only_add=ALWAYS)),
    "audit": all_roles(_WRITTEN),
    "idempotency_keys": all_roles(_MINE),
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


def seer(caller: Caller, table: str) -> Callable[[Any], bool]:
    """`sees` of any number of rows of one table, which have their columns as attributes."""
    return condition(policy(table, caller.role).see, caller, attrgetter)


def ensure_may_change(caller: Caller, table: str, row: Mapping[str, Any]) -> None:
    """Refuse a change to a row that the caller sees but that is not theirs.

    Raises:
        Forbidden: `not_yours`.
    """
    if not holds(policy(table, caller.role).change, caller, row):
        raise Forbidden("This belongs to another organisation.", code="not_yours")
