"""What a rating on one scale may be told as on another."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.db import frameworks
from app.db.base import Page
from app.deps import ReadSession, Route, requires
from app.domain import crosswalk
from app.domain.access import Permission
from app.shapes import PageOf, page_of
from app.shapes.frameworks import Conversion, Crosswalk

router = APIRouter(prefix="/v1/crosswalks", tags=["frameworks"], route_class=Route)


@router.get(
    "",
    operation_id="list_crosswalks",
    summary="All tables between scales, whatever they allow",
    dependencies=[requires(Permission.FRAMEWORKS_READ)],
)
async def list_crosswalks(
    request: Request,
    response: Response,
    from_scale: Annotated[str | None, Query(max_length=80, description="Only from this scale.")] = None,
    to_scale: Annotated[str | None, Query(max_length=80, description="Only to this scale.")] = None,
) -> PageOf[Crosswalk]:
    tables = (each for each in crosswalk.TABLES if from_scale in (None, each.from_scale))
    found = [each for each in tables if to_scale in (None, each.to_scale)]
    return page_of(request, response, Page(found, None), Crosswalk.model_validate)


@router.get(
    "/{from_scale}/{to_scale}/{rating}",
    operation_id="convert_rating",
    summary="A rating told on another scale, as far as that is allowed",
    dependencies=[requires(Permission.FRAMEWORKS_READ)],
)
async def convert_rating(
    from_scale: Annotated[str, Path(max_length=80, description="A scale.", examples=["ofsted-eif-2019"])],
    to_scale: Annotated[str, Path(max_length=80, description="Another.", examples=["leics-seip-rag"])],
    rating: Annotated[str, Path(max_length=80, description="A value of the first.", examples=["good"])],
    session: ReadSession,
) -> Conversion:
    return Conversion.model_validate(await frameworks.convert(session, rating, from_scale, to_scale))
