"""Words that several shapes share: census codes, other systems' ids, dated characteristics."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.shapes import Part

Provision = Annotated[Literal["N", "K", "E", "S", "A", "P"], Field(description="Census SEN provision.")]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._:@+-]+$")]
Source = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class CharacteristicSaid(Part):
    """A characteristic that a pupil has from a day (null: not known since when) to a day inclusive (null: still)."""

    kind: Literal["ehcp", "looked_after", "sen_support"]
    from_on: date | None = Field(default=None, examples=["2025-09-01"])
    to_on: date | None = None
