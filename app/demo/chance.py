"""The seeded chance of the demo county, the only one in the product."""

from random import Random as Chance  # noqa: TID251 - seeded, so that the same county comes out every time

__all__ = ["Chance"]
