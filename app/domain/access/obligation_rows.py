"""Who reads and who adds the records by which obligations are met, waived and told."""

from collections.abc import Mapping

from app.domain.access.callers import Role
from app.domain.access.clauses import Mine, MineAmong, MyArea, Only, OurNetwork
from app.domain.access.row_policies import RowPolicy, all_roles, by_role

# What concerns one placement is read by those who read the placement. What a provider and a commissioner give each
# other is between the two, but an annual report, which is published (SLA 2022, Systems and Processes, second 2), is
# for the commissioner's network.
_OURS = Mine("organisation_id")
_PROVIDERS = Mine("provider_id")
_COMMISSIONED = Mine("commissioner_id")
_PLACED = _COMMISSIONED | MineAmong("shared_with_ids")
_ON_ROLL = _COMMISSIONED | Mine("pupil_owner_id")
_IN_AREA = _PLACED | MyArea("home_la_code")
_PUBLISHED = Only("kind", ("annual_report",)) & OurNetwork("network_ids")

# Whoever wrote a record down puts it right; a trigger keeps what it said before.
_REPORTED = RowPolicy(_PLACED, _OURS & _COMMISSIONED)
_REQUESTED = RowPolicy(_COMMISSIONED, only_add=_COMMISSIONED)
_GIVEN = RowPolicy(_COMMISSIONED | _PUBLISHED, _OURS & _COMMISSIONED)
_BY_PROVIDER = RowPolicy(_PROVIDERS, _OURS & _PROVIDERS)

OBLIGATION_ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    # Seeing a child is for those who are answerable for it.
    "welfare_visits": by_role(
        partnership=RowPolicy(_PLACED, _OURS & _PLACED),
        school=RowPolicy(_ON_ROLL, _OURS & _ON_ROLL),
        provider=RowPolicy(_PROVIDERS),
        local_authority=RowPolicy(_IN_AREA, _OURS & _IN_AREA),
    ),
    "progress_reports": by_role(
        partnership=_REPORTED,
        school=RowPolicy(_ON_ROLL, _OURS & _COMMISSIONED),
        provider=_BY_PROVIDER,
        local_authority=RowPolicy(_IN_AREA, _OURS & _COMMISSIONED),
    ),
    "progress_requests": by_role(
        partnership=_REQUESTED, school=_REQUESTED, provider=RowPolicy(_PROVIDERS), local_authority=_REQUESTED
    ),
    "provider_documents": by_role(partnership=_GIVEN, school=_GIVEN, provider=_BY_PROVIDER, local_authority=_GIVEN),
    "obligation_waivers": all_roles(RowPolicy(Mine("owed_by_id") | Mine("owed_to_id"), _OURS)),
    "obligation_feeds": all_roles(RowPolicy(_OURS, _OURS)),
}
