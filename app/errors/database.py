"""Which refusal each complaint of PostgreSQL amounts to."""

from typing import Any

from app.domain.errors import Conflict, Invalid
from app.errors.protocol import Unavailable

# By the naming convention of app.db.base; the first prefix that fits decides, so a whole name may stand before it.
CONSTRAINTS: tuple[tuple[str, str, str], ...] = (
    ("uq_", "already_exists", "There is one already."),
    ("pk_", "already_exists", "There is one already."),
    ("ex_", "overlaps", "It would overlap one that exists already."),
    ("fk_", "reference_conflict", "A record that it names does not exist, or one that is still in use would go."),
    ("", "constraint_violated", "It would break a rule that the stored data keep."),
)

# SQLSTATE (PostgreSQL manual, appendix A) of values that no column can hold: too long, out of range, U+0000.
UNSTORABLE = frozenset({"22001", "22003", "22008", "22021", "22P05"})
# Serialization failure, deadlock, lock not available: another request came between.
CONCURRENT = frozenset({"40001", "40P01", "55P03"})
# Connection exception, insufficient resources, operator intervention (a statement timeout among them).
UNAVAILABLE_CLASSES = ("08", "53", "57")


def refusal(exc: BaseException) -> Conflict | Invalid | Unavailable | None:
    """The refusal that a database error amounts to; None where the fault is ours.

    Takes errors of SQLAlchemy and of asyncpg, which carries `sqlstate` and `constraint_name` at the end of the chain.
    """
    origin = _origin(exc)
    state: str = getattr(origin, "sqlstate", None) or ""
    if state.startswith("23"):
        return _violation(getattr(origin, "constraint_name", None) or "")
    if state in CONCURRENT:
        return Conflict("Another request came between. Try again.", code="concurrent_update")
    if state in UNSTORABLE:
        return Invalid("A text or number in the request cannot be stored.", code="unstorable_value")
    if state.startswith(UNAVAILABLE_CLASSES) or getattr(exc, "connection_invalidated", False):
        return Unavailable()
    return None


def _violation(constraint: str) -> Conflict:
    code, detail = next((c, d) for prefix, c, d in CONSTRAINTS if constraint.startswith(prefix))
    return Conflict(detail, code=code)


def _origin(exc: BaseException) -> Any:
    """The driver's own error: SQLAlchemy wraps it in `orig`, its asyncpg dialect once more in `__cause__`."""
    dbapi = getattr(exc, "orig", None) or exc
    return dbapi.__cause__ if hasattr(dbapi.__cause__, "sqlstate") else dbapi
