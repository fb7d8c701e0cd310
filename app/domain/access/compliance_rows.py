"""Who reads and writes what is asked of providers, the evidence of it, and what is confirmed at each placement."""

# Everybody may know what an organisation asks. The evidence names members of staff: it is for the provider and for
# those who assure quality. What is confirmed at a placement its commissioner reads, and the school that keeps the
# pupil's record; the provider reads of the checks on its own staff.

from collections.abc import Mapping

from app.domain.access.callers import Role
from app.domain.access.clauses import ALWAYS, NEVER, Mine, Only
from app.domain.access.row_policies import RowPolicy, by_role
from app.domain.access.visit_rows import OURS, VISITED

_ASKS = RowPolicy(ALWAYS, OURS)
_RECORDS = RowPolicy(ALWAYS, OURS)
_COMMISSIONED = Mine("commissioner_id")
_CONFIRMED = RowPolicy(_COMMISSIONED, _COMMISSIONED)

COMPLIANCE_ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    "compliance_policies": by_role(partnership=_ASKS, school=_ASKS, provider=RowPolicy(ALWAYS), local_authority=_ASKS),
    "compliance_items": by_role(
        partnership=_RECORDS,
        school=RowPolicy(NEVER),
        provider=RowPolicy(VISITED, VISITED & OURS),
        local_authority=_RECORDS,
    ),
    "placement_checks": by_role(
        partnership=_CONFIRMED,
        school=RowPolicy(_COMMISSIONED | Mine("pupil_owner_id"), _COMMISSIONED),
        provider=RowPolicy(VISITED & Only("kind", ("staff_checks_confirmed",))),
        local_authority=_CONFIRMED,
    ),
}
