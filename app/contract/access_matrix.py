"""Who may do what and who sees which rows, as a page that people read."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.domain.access import (
    PERMISSIONS,
    ROWS,
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
    Permission,
    Role,
    RowPolicy,
)

ROLES = tuple(role for role in Role if role is not Role.SYSTEM)
NOT_FOR = "–"

INTRODUCTION = """\
# Access matrix

Generated from `app/domain/access` and the routes. `tests/contract/test_access_matrix.py` compares the two, and
`tests/access` proves that the service and the database keep to it.

## Acts

The least grade (viewer, contributor, lead) that each role needs; – is never. A machine client needs the permission
among its scopes, too.
"""
ROWS_TITLE = """
## Rows

What each role sees of a table, and what it changes and removes, or only adds. A row out of sight is not found (404);
one in sight that is another's to change is refused (403). The service itself, at its own work, sees and changes all.
Of a row in sight a role may be shown a part: a provider the minimum of a pupil, a school its own share of a check.
"""


def render(app: FastAPI) -> str:
    """The page, in Markdown."""
    shown = [route for route in iter_route_contexts(app.routes) if getattr(route, "include_in_schema", False)]
    acts = [_act(route) for route in sorted(shown, key=lambda route: (route.path, sorted(route.methods or ())))]
    rows = [[f"`{table}`", *(_row(policies[role]) for role in ROLES)] for table, policies in sorted(ROWS.items())]
    heads = [role.value.replace("_", " ") for role in ROLES]
    return "\n".join(
        [
            INTRODUCTION,
            *_table(["route", "operation", "permission", *heads], acts),
            ROWS_TITLE,
            *_table(["table", *heads], rows),
            "",
        ]
    )


def permissions(route: Any) -> list[Permission]:
    """Every permission that a route asks for."""
    return list(getattr(getattr(route, "original_route", route), "permissions", ()))


def _act(route: Any) -> list[str]:
    asked = permissions(route)
    is_open = (route.openapi_extra or {}).get("security") == []
    grades = [_least(asked, role) if asked else "anyone" if is_open else "any member" for role in ROLES]
    method = "/".join(sorted(route.methods or ()))
    return [f"`{route.path}` {method}", f"`{route.operation_id}`", ", ".join(asked) or NOT_FOR, *grades]


def _least(asked: Sequence[Permission], role: Role) -> str:
    grades = [PERMISSIONS[role].get(permission) for permission in asked]
    known = [grade for grade in grades if grade is not None]
    return max(known, key=lambda grade: grade.rank).value if len(known) == len(grades) else NOT_FOR


def _row(policy: RowPolicy) -> str:
    if policy.see == policy.change:
        told = [] if policy.see == Never() else [f"sees and changes {words(policy.see)}"]
    else:
        told = [f"sees {words(policy.see)}"]
        told += [] if policy.change == Never() else [f"changes {words(policy.change)}"]
    told += [] if policy.add == policy.change else [f"adds {words(policy.add)}"]
    return "; ".join(told) or NOT_FOR


def words(clause: Clause) -> str:
    """A clause as it is read aloud."""
    match clause:
        case Always():
            return "all"
        case Never():
            return "none"
        case Mine(column):
            return f"own by `{column}`"
        case MineAmong(column):
            return f"named in `{column}`"
        case OurNetwork(column):
            return f"`{column}` names one of its networks"
        case MyArea(column):
            return f"in its area by `{column}`"
        case Only(column, values):
            return f"with `{column}` {' or '.join(values)}"
        case Any_(clauses):
            return " or ".join(words(each) for each in clauses)
        case All_(clauses):
            return " and ".join(f"({words(each)})" if isinstance(each, Any_) else words(each) for each in clauses)
    raise TypeError(clause)  # pragma: no cover - every clause is named above


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
