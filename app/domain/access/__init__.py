"""Who may do what, and who sees or changes which rows: the one declaration that Python, the ORM and PostgreSQL read."""

from app.domain.access.callers import PERMISSIONS, Caller, Grade, Permission, Role, View, registration_view
from app.domain.access.clauses import (
    ALWAYS,
    NEVER,
    All_,
    Always,
    Any_,
    Clause,
    Mine,
    MineAmong,
    MyArea,
    Never,
    Only,
    OurNetwork,
    holds,
)
from app.domain.access.row_policies import RowPolicy
from app.domain.access.rows import ROWS, ensure_may_change, policy, seer, sees

__all__ = [
    "ALWAYS",
    "NEVER",
    "PERMISSIONS",
    "ROWS",
    "All_",
    "Always",
    "Any_",
    "Caller",
    "Clause",
    "Grade",
    "Mine",
    "MineAmong",
    "MyArea",
    "Never",
    "Only",
    "OurNetwork",
    "Permission",
    "Role",
    "RowPolicy",
    "View",
    "ensure_may_change",
    "holds",
    "policy",
    "registration_view",
    "seer",
    "sees",
]
