"""Words that several shapes share: census codes, other systems' ids, dated characteristics."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.shapes import Part

Provision = Annotated[Literal["N", "K", "E", "S", "A", "P"], Field(description="Census SEN provision.")]
YearGroup = Annotated[
    str,
    StringConstraints(max_length=2, pattern=r"^(E1|E2|N1|N2|R|[1-9]|1[0-4]|X)$"),
    Field(description="National Curriculum year as the census codes it: E1 E2 N1 N2 R 1…14 X."),
]
ExternalId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._:@+-]+$"),
    Field(description="The record's id in that system."),
]
Source = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$"),
    Field(description="The system that holds the record, in the organisation's own word for it."),
]


class CharacteristicSaid(Part):
    """A characteristic that a pupil has from a day (null: not known since when) to a day inclusive (null: still)."""

    kind: Literal["ehcp", "looked_after", "sen_support"]
    from_on: date | None = Field(default=None, examples=["2025-09-01"])
    to_on: date | None = None
