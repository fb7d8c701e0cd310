"""Code lists for front ends and school systems."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import AliasChoices, Field

from app.db.base import Page
from app.deps import Route, requires
from app.domain import reference
from app.domain.access import Permission
from app.shapes import PageOf, Shape, page_of

ListName = Annotated[str, Path(max_length=80, description="As `list` in the list of lists.", examples=["la-codes"])]
router = APIRouter(prefix="/v1/reference-data", tags=["reference data"], route_class=Route)


class ReferenceListSummary(Shape):
    """A code list: what it is, and whose."""

    list: str = Field(validation_alias=AliasChoices("name"), examples=["la-codes"])
    title: str
    source: str


class ReferenceItem(Shape):
    """A code, and its label where one has been published. It is good from and to these days, both inclusive."""

    code: str
    label: str | None
    valid_from: date | None
    valid_to: date | None


class ReferenceList(ReferenceListSummary):
    """A code list with its codes. Codes that are no longer in use stay: records keep them."""

    items: tuple[ReferenceItem, ...]


@router.get(
    "",
    operation_id="list_reference_lists",
    summary="Code lists",
    dependencies=[requires(Permission.PROVIDERS_READ)],
)
async def list_reference_lists(request: Request, response: Response) -> PageOf[ReferenceListSummary]:
    return page_of(request, response, Page(reference.lists(), None), ReferenceListSummary.model_validate)


@router.get(
    "/{list_name}",
    operation_id="get_reference_list",
    summary="One code list",
    dependencies=[requires(Permission.PROVIDERS_READ)],
)
async def get_reference_list(list_name: ListName) -> ReferenceList:
    return ReferenceList.model_validate(reference.named(list_name))
