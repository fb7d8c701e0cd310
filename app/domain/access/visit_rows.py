"""Who reads and who writes which part of a quality assurance visit, and when."""

from collections.abc import Mapping

from app.domain.access.callers import Role
from app.domain.access.clauses import ALWAYS, NEVER, Clause, Mine, MineAmong, MyArea, Only, OurNetwork
from app.domain.access.row_policies import RowPolicy, by_role
from app.domain.visits.statuses import (
    DRAFT_SHARED,
    OPEN_FOR_ANSWERS,
    OPEN_FOR_COMMENTS,
    OPEN_FOR_NOTES,
    SHARED_WITH_PROVIDER,
)

# Whose staff visit work on the record. The provider reads what it is shown at each stage, and nothing of what was noted
# or judged before a draft is shared (SLA 2022, Partnerships: Systems and Processes 7). Once the record is finalised its
# network, and the authority of the area, read it.
TEAM = MineAmong("team_ids")
OURS = Mine("organisation_id")
VISITED = Mine("provider_id")
_NETWORK = OurNetwork("network_ids")
_AREA = MyArea("la_code")


def during(statuses: tuple[str, ...]) -> Clause:
    """While the visit has one of these statuses."""
    return Only("visit_status", statuses)


def _opened(
    final: Clause, team: RowPolicy, provider: RowPolicy, *, published: Clause = ALWAYS
) -> Mapping[Role, RowPolicy]:
    """The team's and the provider's rows, and what others read of a finalised visit."""
    network = RowPolicy(team.see | (final & published & _NETWORK), team.change, team.only_add)
    area = RowPolicy(team.see | (final & published & (_NETWORK | _AREA)), team.change, team.only_add)
    return by_role(partnership=network, school=network, provider=provider, local_authority=area)


_DRAFT = during(DRAFT_SHARED)


def _part(
    *,
    team: Clause,
    provider: Clause = NEVER,
    shown: Clause = _DRAFT,
    written: bool = False,
    published: Clause = ALWAYS,
) -> Mapping[Role, RowPolicy]:
    """Part of a visit.

    Args:
        team, provider: the rows that each adds and changes; `written`: adds only.
        shown: the rows that the provider reads.
        published: the rows of a finalised visit that others read.
    """
    kept = [RowPolicy(TEAM, TEAM & team), RowPolicy(VISITED & shown, provider)]
    if written:
        kept = [RowPolicy(each.see, only_add=each.change) for each in kept]
    return _opened(during(("finalised",)), *kept, published=published)


_NOTE, _ANSWER = Only("side", ("observer",)), Only("side", ("provider",))

VISIT_ROWS: Mapping[str, Mapping[Role, RowPolicy]] = {
    "visits": _opened(
        Only("status", ("finalised",)),
        # Whoever moderates a dispute for the lead also schedules the follow-up that it leads to.
        RowPolicy(TEAM, TEAM, only_add=Mine("lead_organisation_id") | (TEAM & Only("kind", ("follow_up",)))),
        # It raises a dispute, or takes it back.
        RowPolicy(VISITED & Only("status", SHARED_WITH_PROVIDER), VISITED & Only("status", OPEN_FOR_COMMENTS), NEVER),
    ),
    # A note belongs to whoever made it: nobody else changes it.
    "visit_responses": _part(
        team=OURS & _NOTE & during(OPEN_FOR_NOTES),
        provider=VISITED & OURS & _ANSWER & during(OPEN_FOR_ANSWERS),
        shown=_DRAFT | (_ANSWER & during(SHARED_WITH_PROVIDER)),
    ),
    "judgements": _part(team=during((*OPEN_FOR_NOTES, "disputed"))),
    "visit_comments": _part(
        team=OURS & during(OPEN_FOR_COMMENTS), provider=VISITED & OURS & during(OPEN_FOR_COMMENTS), written=True
    ),
    "visit_versions": _part(team=ALWAYS, written=True, published=Only("stage", ("final",))),
    "concerns": _part(team=ALWAYS),
}
