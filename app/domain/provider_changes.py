"""Which changes at a provider leave earlier judgements of it behind, and the day on which each takes effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.errors import Fault, Invalid
from app.domain.judgements import ProviderChangeKind


class StaffRole(StrEnum):
    """What somebody does at a provider."""

    MANAGER = "manager"
    DSL = "dsl"
    DEPUTY_DSL = "deputy_dsl"
    HEALTH_AND_SAFETY_LEAD = "health_and_safety_lead"
    PROPRIETOR = "proprietor"
    TEACHER = "teacher"
    OTHER = "other"


# Judgements rest on who fills these roles, on who runs the provider, and on where it teaches.
BY_ROLE = {StaffRole.DSL: ProviderChangeKind.DSL, StaffRole.PROPRIETOR: ProviderChangeKind.PROPRIETOR}
OWNERSHIP = frozenset({"proprietor", "legal_name", "company_number"})
WHEREABOUTS = frozenset({"address", "postcode", "closed_on"})


@dataclass(frozen=True, slots=True)
class Post:
    """Who does what at a provider, from one day to another, both inclusive; None: no such day is told."""

    name: str
    role: StaffRole
    from_on: date | None = None
    to_on: date | None = None


def ensure_in_order(post: Post, *, pointer: str) -> None:
    """Refuse a post that ends before it starts.

    Args:
        pointer: which of the two days was sent.

    Raises:
        Invalid: `ends_before_start`.
    """
    if post.from_on and post.to_on and post.to_on < post.from_on:
        fault = Fault("ends_before_start", "The last day is not before the first.", pointer=pointer)
        raise Invalid("The days are in the wrong order.", code="ends_before_start", errors=(fault,))


def took_effect(*days: date | None, today: date) -> date:
    """The latest of some days that is not to come; today where there is none."""
    return max((day for day in days if day is not None and day <= today), default=today)


def staff_changes(before: Post | None, after: Post | None, *, today: date) -> Mapping[ProviderChangeKind, date]:
    """What changes, and from which day, when a post is recorded (no `before`), changed or removed (no `after`).

    To remove somebody who has left already changes nothing: that they left is written down.
    """
    gone = before is not None and before.to_on is not None and before.to_on <= today
    if before == after or (after is None and gone):
        return {}
    kinds = (BY_ROLE[each.role] for each in (before, after) if each is not None and each.role in BY_ROLE)
    return dict.fromkeys(kinds, took_effect(*_days_told(before, after), today=today))


def _days_told(before: Post | None, after: Post | None) -> tuple[date | None, ...]:
    if after is None:
        return ()
    if before is None:
        return after.from_on, after.to_on
    return tuple(new for old, new in ((before.from_on, after.from_on), (before.to_on, after.to_on)) if old != new)
