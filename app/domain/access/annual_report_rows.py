"""Who reads and who writes the annual reports of providers."""

from collections.abc import Mapping

from app.domain.access.callers import Role
from app.domain.access.clauses import Mine, MineAmong, MyArea, Only, OurNetwork
from app.domain.access.row_policies import RowPolicy, by_role

# A draft is the provider's alone. Once published (SLA 2022, Systems and Processes, second 2), a report is read by those
# who had to do with a placement in its year, their partnerships, their networks and the authority of the area. Nobody
# changes or removes it: a draft gives way to it.
_PROVIDERS = Mine("provider_id")
_PUBLISHED = Only("status", ("published",))
_READ = MineAmong("reader_ids") | OurNetwork("network_ids")
_COMMISSIONER = RowPolicy(_PUBLISHED & _READ)

ANNUAL_REPORT_ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    "annual_reports": by_role(
        partnership=_COMMISSIONER,
        school=_COMMISSIONER,
        provider=RowPolicy(_PROVIDERS, _PROVIDERS & Only("status", ("draft",)), only_add=_PROVIDERS),
        local_authority=RowPolicy(_PUBLISHED & (_READ | MyArea("la_code"))),
    ),
}
