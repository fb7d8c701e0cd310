"""Who reads and who writes questionnaires and what belongs to them."""

from collections.abc import Mapping

from app.domain.access.callers import Role
from app.domain.access.clauses import NEVER, Mine, Only
from app.domain.access.row_policies import RowPolicy, by_role

_OURS = Mine("organisation_id")
_ASKED = RowPolicy(_OURS, _OURS)
_KEPT = RowPolicy(_OURS, only_add=_OURS)
_NONE = RowPolicy(NEVER)

# Answers are added by the service alone, as links bring them; what is told of them is counted. What pupils, parents and
# staff say is for whoever asked them. The provider reads the questionnaire, with the results as they were shared, once
# they are.
QUESTIONNAIRE_ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    "questionnaires": by_role(
        partnership=_ASKED,
        school=_ASKED,
        provider=RowPolicy(Mine("provider_id") & Only("results_for", ("provider",))),
        local_authority=_ASKED,
    ),
    "questionnaire_links": by_role(partnership=_KEPT, school=_KEPT, provider=_NONE, local_authority=_KEPT),
    "questionnaire_samples": by_role(partnership=_KEPT, school=_KEPT, provider=_NONE, local_authority=_KEPT),
    "questionnaire_answers": by_role(
        partnership=RowPolicy(_OURS), school=RowPolicy(_OURS), provider=_NONE, local_authority=RowPolicy(_OURS)
    ),
}
