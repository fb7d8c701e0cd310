"""The staff of providers."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.db import staffing
from app.db.base import Keyset
from app.deps import KEYED, Cursor, ExpectedVersion, Limit, ReadSession, Route, Today, WriteSession, requires, tag
from app.domain.access import Permission
from app.shapes import PageOf, page_of
from app.shapes.staff import StaffMember, StaffMemberCreate, StaffMemberPatch

router = APIRouter(prefix="/v1/providers/{provider_id}/staff", tags=["providers"], route_class=Route)


@router.get(
    "",
    operation_id="list_staff",
    summary="Staff of a provider",
    dependencies=[requires(Permission.STAFF_READ)],
)
async def list_staff(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[StaffMember]:
    page = await staffing.list_page(session, provider_id, Keyset(("staff", provider_id), cursor, limit))
    return page_of(request, response, page, StaffMember.model_validate)


@router.post(
    "",
    status_code=201,
    operation_id="create_staff_member",
    summary="Record a member of staff",
    description="Judgements rest on who is DSL and who is proprietor: a change of either is written down as one at "
    "the provider.",
    dependencies=[requires(Permission.STAFF_WRITE), KEYED],
)
async def create_staff_member(
    provider_id: UUID, body: StaffMemberCreate, response: Response, session: WriteSession, today: Today
) -> StaffMember:
    row = await staffing.add(session, provider_id, body.model_dump(exclude={"acting_for"}), today=today)
    tag(response, row)
    return StaffMember.model_validate(row)


@router.patch(
    "/{staff_id}",
    operation_id="change_staff_member",
    summary="Change what is known of a member of staff",
    dependencies=[requires(Permission.STAFF_WRITE)],
)
async def change_staff_member(
    provider_id: UUID,
    staff_id: UUID,
    body: StaffMemberPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    today: Today,
) -> StaffMember:
    said = body.model_dump(exclude_unset=True, exclude={"acting_for"})
    row = await staffing.change(session, provider_id, staff_id, said, expected=expected, today=today)
    tag(response, row)
    return StaffMember.model_validate(row)


@router.delete(
    "/{staff_id}",
    status_code=204,
    operation_id="remove_staff_member",
    summary="Remove a member of staff from the record",
    description="Who leaves is given a last day. Removed is who was recorded by mistake or need not be known now.",
    dependencies=[requires(Permission.STAFF_WRITE)],
)
async def remove_staff_member(
    provider_id: UUID, staff_id: UUID, expected: ExpectedVersion, session: WriteSession, today: Today
) -> None:
    await staffing.remove(session, provider_id, staff_id, expected=expected, today=today)
