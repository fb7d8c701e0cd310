"""What a rating on one scale may be told as on another, in one direction at a time, and what is lost."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.domain import frameworks
from app.domain.errors import Invalid
from app.domain.frameworks import Floor, Framework, Ratings, Scale, Value


class Loss(StrEnum):
    """What a table does to a rating: nothing, it blurs it, or it may not be read across at all."""

    NONE = "none"
    LOSSY = "lossy"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Table:
    """One version of how ratings of `from_scale` read on `to_scale`; `map` is empty where that is forbidden."""

    from_scale: str
    to_scale: str
    version: int
    loss: Loss
    reason: str
    source: str
    map: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversion:
    """A rating told on another scale. `rating` is None where that is forbidden.

    `concern`: the rating is a failure on its own scale, which stays true however it is told. `version` is that of the
    table, None where there is no table.
    """

    rating: str | None
    loss: Loss
    concern: bool
    reason: str
    source: str | None
    version: int | None


def _table(raw: Mapping[str, Any]) -> Table:
    return Table(**{**raw, "loss": Loss(raw["loss"]), "map": MappingProxyType(raw.get("map", {}))})


def _scale(raw: Mapping[str, Any]) -> Scale:
    return Scale(**{**raw, "values": tuple(Value(**each) for each in raw["values"])})


_RAW = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TABLES: tuple[Table, ...] = tuple(map(_table, _RAW["tables"]))
SCALES: Mapping[str, Scale] = MappingProxyType(
    {scale.id: scale for framework in frameworks.ALL for scale in framework.scales}
    | {scale.id: scale for scale in map(_scale, _RAW["scales"])}
)


def table(
    from_scale: str, to_scale: str, version: int | None = None, *, tables: Sequence[Table] = TABLES
) -> Table | None:
    """The table from one scale to another, the newest unless a version is named; None where there is none."""
    found = [each for each in tables if (each.from_scale, each.to_scale) == (from_scale, to_scale)]
    if version is not None:
        found = [each for each in found if each.version == version]
    return max(found, key=lambda each: each.version, default=None)


def convert(rating: str, from_scale: str, to_scale: str, version: int | None = None) -> Conversion:
    """How a rating reads on another scale, by the newest table unless a version is named.

    Raises:
        Invalid: `scale_unknown`; `rating_unknown`, a rating that is not on `from_scale`.
    """
    own = SCALES.get(from_scale)
    if own is None or to_scale not in SCALES:
        raise Invalid("There is no such scale.", code="scale_unknown")
    own.rank(rating)
    concern = rating in own.failing
    if from_scale == to_scale:
        return Conversion(rating, Loss.NONE, concern, "The scale is the same.", own.source, None)
    found = table(from_scale, to_scale, version)
    if found is None:
        return Conversion(None, Loss.FORBIDDEN, concern, "There is no table from this scale to that.", None, None)
    return Conversion(found.map.get(rating), found.loss, concern, found.reason, found.source, found.version)


def meets_commissioning_floor(framework: Framework, ratings: Ratings) -> bool | None:
    """Whether ratings reach the least at which the publisher of a framework commissions.

    False as soon as one rating is below; None where the framework states no floor, or a rating is still wanting.

    Raises:
        Invalid: `rating_unknown`.
    """
    told = [_reached(framework, each, ratings) for each in framework.floor]
    if False in told:
        return False
    return True if told and None not in told else None


def _reached(framework: Framework, floor: Floor, ratings: Ratings) -> bool | None:
    """Whether one rating reaches its floor, None while it is wanting."""
    rating, scale_id = ratings.overall, framework.overall.scale
    if floor.section is not None:
        rating, scale_id = ratings.sections.get(floor.section), framework.section(floor.section).scale
    if rating is None or scale_id is None:
        return None
    return framework.scale(scale_id).at_least(rating, floor.at_least)
