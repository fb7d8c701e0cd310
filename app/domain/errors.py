"""The ways in which a rule can refuse, without a word of HTTP."""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was submitted.

    `pointer` is a JSON pointer into the body ("/timetable/0/ends_at"); `parameter` and `header` name the other places.
    `detail` never repeats the submitted value.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class DomainError(Exception):
    """Base of every refusal: a stable `code`, a sentence, the faults, and facts the client may act on."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Error"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: tuple[Fault, ...] = (),
        facts: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problem_code = code or self.code
        self.errors = errors
        self.facts = facts or {}


class NotFound(DomainError):
    """Absent, or outside what the caller may know of: the two are told alike."""

    code = "not_found"
    title = "Not found"


class Forbidden(DomainError):
    """Visible to the caller, but not theirs to do."""

    code = "forbidden"
    title = "Forbidden"


class Conflict(DomainError):
    """Not possible in the present state, or not unique."""

    code = "conflict"
    title = "Conflict"


class Stale(Conflict):
    """The caller decided on a version that is no longer the newest."""

    code = "stale_version"
    title = "Precondition failed"


class Invalid(DomainError):
    """Understood, and breaking a rule."""

    code = "invalid"
    title = "Invalid"


class Unauthenticated(DomainError):
    """Nobody that we know: every flaw of a token or secret is told in these same words."""

    code = "unauthenticated"
    title = "Unauthenticated"
