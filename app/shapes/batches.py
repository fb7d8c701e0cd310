"""Many placements at once, on the wire."""

from typing import Annotated, Literal

from pydantic import Field, SkipValidation

from app.db.desk import Told
from app.domain.errors import Invalid
from app.shapes import Body
from app.shapes.placements import PlacementCreate


class PlacementBatch(Body):
    """Up to 500 placements. `independent`: each for itself; `atomic`: all of them, or none where one is refused."""

    mode: Literal["independent", "atomic"]
    # Each is read by itself, so that a malformed one is refused alone.
    items: list[Annotated[PlacementCreate, SkipValidation]] = Field(min_length=1, max_length=500)


def told(item: PlacementCreate | Invalid) -> Told | Invalid:
    """One placement of several, or why it could not be read."""
    if isinstance(item, Invalid):
        return item
    acting_for = item.acting_for.model_dump(exclude_none=True) if item.acting_for else None
    return Told(item.said(), override=item.reason, hold_id=item.hold_id, acting_for=acting_for)
