"""What the caller is and may do."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from app.db import identity
from app.deps import CallerDep, Route, Services_
from app.domain.access import Grade, Role
from app.shapes import Shape

router = APIRouter(prefix="/v1/me", tags=["people"], route_class=Route)


class OtherMembership(Shape):
    """An organisation for which the same identity may speak."""

    organisation_id: UUID
    slug: str
    name: str
    role: Role
    grade: Grade


class Me(Shape):
    """The caller, as the service sees it."""

    principal: str
    organisation_id: UUID
    organisation_name: str
    role: Role
    grade: Grade
    la_code: str | None
    permissions: list[str] = Field(description="Also the scopes of clients. Later versions know more of them.")
    memberships: list[OtherMembership]


@router.get("", operation_id="get_me", summary="Who am I here?")
async def get_me(caller: CallerDep, held: Services_) -> Me:
    found = await identity.memberships(held.database, *caller.identity)
    mine = [OtherMembership.model_validate(dict(row) | {"role": row["kind"]}) for row in found]
    return Me(
        principal=caller.principal,
        organisation_id=caller.organisation,
        organisation_name=next(each.name for each in mine if each.organisation_id == caller.organisation),
        role=caller.role,
        grade=caller.grade,
        la_code=caller.la_code,
        permissions=[each.value for each in caller.permissions()],
        memberships=mine,
    )
