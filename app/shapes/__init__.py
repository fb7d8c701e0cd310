"""What bodies, answers and pages have in common on the wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from starlette.requests import Request
from starlette.responses import Response

from app.db.base import Page
from app.domain.errors import Invalid
from app.shapes.strict import tighten

S = TypeVar("S", bound=BaseModel)


class Part(BaseModel):
    """A part of what a client sends. Unknown fields are refused: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema, exact about JSON's types and about what can be stored."""
        schema = handler(source)
        tighten(handler.resolve_ref_schema(schema))
        return schema


class ActingFor(Part):
    """The person for whom a machine acts: stored as asserted and shown in the audit trail, never used to authorise."""

    user_id: str = Field(min_length=1, max_length=255)
    display_name: str | None = Field(default=None, max_length=255)


class Body(Part):
    """What a client sends."""

    acting_for: ActingFor | None = Field(default=None, description="The person for whom a machine client acts.")


class Shape(BaseModel):
    """What the service answers. Every field is always there, null when empty."""

    model_config = ConfigDict(defer_build=True, from_attributes=True, json_schema_serialization_defaults_required=True)


class PageInfo(Shape):
    """Where the list goes on."""

    next_cursor: str | None
    has_more: bool


class PageOf(Shape, Generic[S]):
    """One page of a list."""

    model_config = ConfigDict(json_schema_extra={"description": "One page of a list."})

    data: list[S]
    page: PageInfo

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Its name in the contract: `ProviderPage`."""
        return f"{params[0].__name__}Page"


def written(told: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that is written out as it is: its row came from the database as the shape has it."""
    # The driver's ids are a subclass that the library leaves to `default`.
    content = orjson.dumps(told, default=str, option=orjson.OPT_UTC_Z)
    return Response(content, media_type="application/json", headers=headers)


def page_written(request: Request, page: Page[Any], told: Callable[[Any], Any]) -> Response:
    """A page that is written out as it is, with `Link: rel="next"`."""
    info = {"next_cursor": page.next_cursor, "has_more": page.next_cursor is not None}
    link = {"Link": _next(request, page.next_cursor)} if page.next_cursor else None
    return written({"data": [told(row) for row in page.rows], "page": info}, link)


def _next(request: Request, cursor: str) -> str:
    """The same address with another cursor: its query is known to be sound by now."""
    asked = (each for each in request.scope["query_string"].decode("latin-1").split("&") if each)
    kept = [each for each in asked if not each.startswith("cursor=")]
    return f'<{quote(request.scope["path"])}?{"&".join([*kept, f"cursor={cursor}"])}>; rel="next"'


def page_of(request: Request, response: Response, page: Page[Any], shape: Callable[[Any], S]) -> PageOf[S]:
    """A page as its answer, with `Link: rel="next"`."""
    if page.next_cursor is not None:
        response.headers["Link"] = _next(request, page.next_cursor)
    info = PageInfo(next_cursor=page.next_cursor, has_more=page.next_cursor is not None)
    return PageOf(data=[shape(row) for row in page.rows], page=info)


@dataclass(frozen=True, slots=True)
class checked:  # noqa: N801 - read as a word in annotations
    """A rule of `app.domain.identifiers` as a field's validator: its refusal becomes the field's error."""

    rule: Callable[[str], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The text's own schema, then the rule. No identifier is long."""
        return core_schema.no_info_after_validator_function(self.validate, {"max_length": 120, **handler(source)})

    def validate(self, value: str) -> Any:
        """The value as the rule writes it."""
        try:
            return self.rule(value)
        except Invalid as refusal:
            raise PydanticCustomError(refusal.problem_code, "{detail}", {"detail": refusal.detail}) from refusal


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Ids = Annotated[list[UUID], Field(max_length=100)]
