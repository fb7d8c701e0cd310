"""The rules of a visit: its life, its items, its guards, its notice, and the names that its report leaves out."""

from app.domain.visits.facts import Content, Facts
from app.domain.visits.guards import ensure_complete, ensure_moderated, missing
from app.domain.visits.items import MET_NOT_MET, Item, ItemKind, find, items, scale_of
from app.domain.visits.names import staff_named
from app.domain.visits.notice import planning_faults, telling_faults, told_afterwards
from app.domain.visits.ratings import above_ceiling, check_judgement, completed
from app.domain.visits.statuses import (
    DRAFT_SHARED,
    OPEN_FOR_ANSWERS,
    OPEN_FOR_COMMENTS,
    OPEN_FOR_NOTES,
    SHARED_WITH_PROVIDER,
    TRANSITIONS,
    Outcome,
    Side,
    Step,
    VisitStatus,
    allowed,
    ensure_allowed,
)

__all__ = [
    "DRAFT_SHARED",
    "MET_NOT_MET",
    "OPEN_FOR_ANSWERS",
    "OPEN_FOR_COMMENTS",
    "OPEN_FOR_NOTES",
    "SHARED_WITH_PROVIDER",
    "TRANSITIONS",
    "Content",
    "Facts",
    "Item",
    "ItemKind",
    "Outcome",
    "Side",
    "Step",
    "VisitStatus",
    "above_ceiling",
    "allowed",
    "check_judgement",
    "completed",
    "ensure_allowed",
    "ensure_complete",
    "ensure_moderated",
    "find",
    "items",
    "missing",
    "planning_faults",
    "scale_of",
    "staff_named",
    "telling_faults",
    "told_afterwards",
]
