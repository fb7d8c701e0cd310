"""Who reads and who writes the register of placements, fee rates, invoices and what each bears of them."""

from collections.abc import Mapping

from app.domain.access.callers import Role
from app.domain.access.clauses import Mine, MineAmong, MyArea
from app.domain.access.row_policies import RowPolicy, by_role

# What is paid for a place is between the provider and whoever commissions it; who bears a share knows of it alone.
_PROVIDERS = Mine("provider_id")
_COMMISSIONED = Mine("commissioner_id")
_BORNE = Mine("organisation_id")


def _parties(provider: RowPolicy, commissioner: RowPolicy) -> Mapping[Role, RowPolicy]:
    return by_role(partnership=commissioner, school=commissioner, provider=provider, local_authority=commissioner)


_BY_EITHER = _parties(RowPolicy(_PROVIDERS, _PROVIDERS), RowPolicy(_COMMISSIONED, _COMMISSIONED))
_PROPOSED = Mine("proposed_by_id")

MONEY_ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    # The provider reports, and so may whoever commissioned the place; a trigger keeps what was written before.
    "attendance_marks": by_role(
        partnership=RowPolicy(_COMMISSIONED | MineAmong("shared_with_ids"), _COMMISSIONED),
        school=RowPolicy(_COMMISSIONED | Mine("pupil_owner_id"), _COMMISSIONED),
        provider=RowPolicy(_PROVIDERS, _PROVIDERS),
        local_authority=RowPolicy(_COMMISSIONED | MineAmong("shared_with_ids") | MyArea("home_la_code"), _COMMISSIONED),
    ),
    # Which side changes which column, triggers know.
    "fee_rates": _parties(
        RowPolicy(_PROVIDERS, _PROVIDERS, _PROVIDERS & _PROPOSED),
        RowPolicy(_COMMISSIONED, _COMMISSIONED, _COMMISSIONED & _PROPOSED),
    ),
    "invoices": _BY_EITHER,
    "invoice_lines": _parties(
        RowPolicy(_PROVIDERS, only_add=_PROVIDERS), RowPolicy(_COMMISSIONED, only_add=_COMMISSIONED)
    ),
    # The commissioner shares what it pays.
    "invoice_shares": _parties(RowPolicy(_PROVIDERS), RowPolicy(_COMMISSIONED | _BORNE, _COMMISSIONED)),
}
