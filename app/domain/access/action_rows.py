"""Who reads and who writes the actions of an improvement plan."""

from collections.abc import Mapping

from app.domain.access.callers import Role
from app.domain.access.clauses import MyArea, OurNetwork
from app.domain.access.row_policies import RowPolicy, by_role
from app.domain.access.visit_rows import OURS, TEAM, VISITED, during
from app.domain.evidence.standing import NO_VISIT
from app.domain.visits.statuses import DRAFT_SHARED

_APART = during((NO_VISIT,))
_SETTLED = during((NO_VISIT, "finalised"))
_NETWORK, _AREA = OurNetwork("network_ids"), MyArea("la_code")
# Whose staff visit may draft into the plan of the organisation that leads.
_ASKED = (OURS & _APART) | (TEAM & during(DRAFT_SHARED))
_REPORTED = VISITED & during((NO_VISIT, *DRAFT_SHARED))

_COMMISSIONER = RowPolicy(OURS | TEAM | (_SETTLED & _NETWORK), OURS, _ASKED)
_PLANNER = RowPolicy(OURS | TEAM | _NETWORK, OURS, OURS | TEAM)

# An action that a visit asks for follows the visit: before it is finalised it is for the team and, while the draft is
# shared, for the provider; from then on its network and the authority of the area read it. What rests on no visit they
# read at once. A plan is read by whoever reads one of its actions.
ACTION_ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    # Networks and area stand in a plan's row from the day on which they may read it.
    "action_plans": by_role(
        partnership=_PLANNER,
        school=_PLANNER,
        provider=RowPolicy(VISITED),
        local_authority=RowPolicy(OURS | TEAM | _NETWORK | _AREA, OURS, OURS | TEAM),
    ),
    "actions": by_role(
        partnership=_COMMISSIONER,
        school=_COMMISSIONER,
        # Of its columns it changes those that report: a trigger holds to that.
        provider=RowPolicy(_REPORTED, _REPORTED),
        local_authority=RowPolicy(OURS | TEAM | (_SETTLED & (_NETWORK | _AREA)), OURS, _ASKED),
    ),
}
