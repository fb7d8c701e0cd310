"""What of a provider's position stands against a placement, and what its commissioner is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.compliance.position import Item, without_people
from app.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What is expired or missing on a day: what stands against placements, and what its commissioner is warned of."""

    on: date
    blocking: Sequence[Item]
    warning: Sequence[Item]


def obstacles(items: Iterable[Item], *, on: date) -> Obstacles:
    """Those of a position on a day, one of each type and without the people."""
    lacking = [item for item in without_people(items) if not item.met]
    return Obstacles(on, [item for item in lacking if item.blocks], [item for item in lacking if not item.blocks])


def ensure_compliant(found: Obstacles) -> None:
    """Refuse a placement at a provider that lacks what blocks.

    Raises:
        Conflict: `provider_not_compliant`, with the items.
    """
    if found.blocking:
        raise Conflict(
            "On the placement's first day the provider lacks evidence without which you place nobody.",
            code="provider_not_compliant",
            facts={"compliance": {"on": found.on.isoformat(), "items": [_told(item) for item in found.blocking]}},
        )


def _told(item: Item) -> dict[str, Any]:
    return {
        "type": item.type.code,
        "title": item.type.title,
        "status": item.status.value,
        "expires_on": item.expires_on.isoformat() if item.expires_on else None,
        "clauses": [{"document": each.document, "clause": each.clause} for each in item.type.clauses],
    }
