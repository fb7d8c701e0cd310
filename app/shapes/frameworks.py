"""Frameworks and crosswalks on the wire, made from the shapes that the rules read, so that neither lags behind."""

import inspect
from dataclasses import MISSING, fields, is_dataclass
from dataclasses import Field as Told
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from app.domain import frameworks
from app.domain.crosswalk import Loss
from app.domain.frameworks.reading import LONGEST, MOST
from app.shapes import Body, Part, Shape

Status = Literal["draft", "published", "retired"]
_Line = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*[^\x00\x1c-\x1f\s][^\x00]*$")
]
_Count = Annotated[int, Field(ge=0, le=10_000)]
# As sent: what is not as the document is to be kept is refused, not put right.
_AS_SENT = ConfigDict(str_strip_whitespace=False)


class FrameworkSummary(Shape):
    """One version of a QA framework, for life."""

    id: str = Field(examples=["leics-seip-qa-v1"])
    title: str
    publisher: str
    version: str = Field(description="The publisher's own.")
    status: Status = Field(description="Of a retired version there are no new visits.")
    document: str = Field(description="The document that it is taken from.")
    effective_from: date | None
    review_due_on: date | None
    supersedes: str | None = Field(description="The version that it comes after.")
    verified: bool = Field(description="Whether every scale and criterion was read in the document itself.")
    content_hash: str = Field(description="SHA-256, in hexadecimal, of all but the status.")
    organisation_id: UUID | None = Field(default=None, description="Who published it; null: comes with the service.")


class _PartSaid(Part):
    model_config = _AS_SENT


class _DocumentSaid(Body):
    model_config = _AS_SENT


@cache
def model_of(shape: type[Any], base: type[BaseModel]) -> type[BaseModel]:
    """One of the domain's shapes as a model of what is answered or, on a base that is a `Part`, of what is sent."""
    hints, sent = get_type_hints(shape, include_extras=True), issubclass(base, Part)
    told: dict[str, Any] = {each.name: (_typed(hints[each.name], sent=sent), _default(each)) for each in fields(shape)}
    name = f"Framework{shape.__name__}{'Said' if sent else ''}"
    return create_model(name, __base__=base, __module__=__name__, __doc__=inspect.getdoc(shape), **told)


def _default(told: Told[Any]) -> Any:
    if told.default is MISSING:
        return ...
    return list(told.default) if isinstance(told.default, tuple) else told.default


def _typed(kind: Any, *, sent: bool) -> Any:
    """The type of a field, bounded where it is sent, as `app.domain.frameworks.reading` reads it."""
    if get_origin(kind) is Annotated:
        return Annotated[str, StringConstraints(max_length=80, pattern=f"^{get_args(kind)[1]}$")] if sent else str
    if get_origin(kind) is tuple:
        inner: Any = _typed(get_args(kind)[0], sent=sent)
        return Annotated[list[inner], Field(max_length=MOST)] if sent else list[inner]
    if type(None) in get_args(kind):
        return _typed(next(each for each in get_args(kind) if each is not type(None)), sent=sent) | None
    if isinstance(kind, type) and is_dataclass(kind):
        return model_of(kind, _PartSaid if sent else Shape)
    return {str: _Line, int: _Count}.get(kind, kind) if sent else kind


class Framework(model_of(frameworks.Framework, FrameworkSummary)):  # type: ignore[misc]  # made while it runs
    """One version of a QA framework, whole: its scales (best value first), sections and criteria, and what follows.

    The `scale` of a section or a criterion is the id of one in `scales`.
    """

    status: Status = Field(description="Of a retired version there are no new visits.")


class FrameworkCreate(model_of(frameworks.Framework, _DocumentSaid)):  # type: ignore[misc]  # made while it runs
    """A framework to be published, for good.

    Written as one is answered, without what the service works out: `verified`, `content_hash`, `organisation_id`. A
    criterion that does not say whether it is `essential` is so where its section is.
    """

    status: Literal["published"] = "published"


COMPUTED = FrameworkSummary.model_fields.keys() - {each.name for each in fields(frameworks.Framework)}
"""What the service works out of a document."""


class Crosswalk(Shape):
    """One version of how ratings of one scale read on another; `map` is empty where that is forbidden."""

    from_scale: str
    to_scale: str
    version: int
    loss: Loss
    reason: str
    source: str
    map: dict[str, str]


class Conversion(Shape):
    """A rating told on another scale."""

    rating: str | None = Field(description="Null where it is forbidden to tell it on that scale.")
    loss: Loss
    concern: bool = Field(description="It is a failure on its own scale, which stays true however it is told.")
    reason: str
    source: str | None
    version: int | None = Field(description="Of the table; null where there is none.")
