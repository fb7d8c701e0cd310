"""Pounds, quantities and percentages on the wire: exact text, never a binary number."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer, StringConstraints

from app.domain.money import pounds

Pounds = Annotated[
    str,
    StringConstraints(max_length=9, pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?$"),
    Field(description="Pounds, with at most two decimals.", examples=["85.00"]),
]
Quantity = Annotated[
    str,
    StringConstraints(max_length=7, pattern=r"^[0-9]{1,4}(\.[0-9]{1,2})?$"),
    Field(description="How many, with at most two decimals.", examples=["12", "7.50"]),
]
Percent = Annotated[
    str,
    StringConstraints(max_length=6, pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$"),
    Field(description="Per cent, with at most two decimals.", examples=["50.00"]),
]
# What the service answers has two decimals, always.
Exact = Annotated[Decimal, PlainSerializer(pounds, return_type=str)]
