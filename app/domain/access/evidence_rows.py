"""Who reads and who adds which evidence."""

from collections.abc import Mapping

from app.domain.access.callers import Role
from app.domain.access.clauses import MyArea, Only, OurNetwork
from app.domain.access.row_policies import RowPolicy, by_role
from app.domain.access.visit_rows import OURS, TEAM, VISITED, during
from app.domain.evidence.standing import NO_VISIT, OPEN
from app.domain.visits.statuses import DRAFT_SHARED

_APART = during((NO_VISIT,))
_FINAL = during(("finalised",))
_OFFERED = _APART & Only("side", ("provider",))
_NETWORK = OurNetwork("network_ids")

# What a provider brings to a visit its team sees at once; what the team brings it sees once the draft is shared (SLA
# 2022, Partnerships: Systems and Processes 7). Apart from any visit, a file is for whoever brought it and for the
# provider; what the provider itself brings, all who assure quality may read.
_OURS_STILL = OURS & during(OPEN)

EVIDENCE_ROWS: Mapping[Role, RowPolicy] = by_role(
    partnership=RowPolicy(OURS | TEAM | _OFFERED | (_FINAL & _NETWORK), _OURS_STILL),
    school=RowPolicy(OURS | TEAM | (_FINAL & _NETWORK), _OURS_STILL),
    provider=RowPolicy(OURS | (VISITED & (_APART | during(DRAFT_SHARED))), _OURS_STILL),
    local_authority=RowPolicy(OURS | TEAM | _OFFERED | (_FINAL & (_NETWORK | MyArea("la_code"))), _OURS_STILL),
)
