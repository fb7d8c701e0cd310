"""Shares of pupil records: referrals to the partnership that manages a programme, or to an authority."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.contract import problems
from app.db import shares
from app.db.base import Keyset
from app.deps import KEYED, Cursor, Limit, Now, ReadSession, Route, WriteSession, requires
from app.domain.access import Permission
from app.shapes import Body, PageOf, Shape, Text, page_of

router = APIRouter(prefix="/v1/pupils/{pupil_id}/shares", tags=["pupils"], route_class=Route)


class PupilShareCreate(Body):
    """Who may read the record from now on, and what for."""

    organisation_id: UUID = Field(description="A partnership or local authority.")
    purpose: Text = Field(examples=["Referral to the spring programme"])


class PupilShare(Shape):
    """One organisation's leave to read a pupil's record and placements, until `revoked_at`."""

    id: UUID
    pupil_id: UUID
    owner_id: UUID
    organisation_id: UUID
    purpose: str
    created_at: datetime
    revoked_at: datetime | None


@router.get(
    "",
    operation_id="list_pupil_shares",
    summary="With whom a pupil is, and was, shared",
    dependencies=[requires(Permission.PUPILS_READ)],
)
async def list_pupil_shares(
    pupil_id: UUID, request: Request, response: Response, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[PupilShare]:
    page = await shares.list_page(session, pupil_id, Keyset(("shares", pupil_id), cursor, limit))
    return page_of(request, response, page, PupilShare.model_validate)


@router.post(
    "",
    status_code=201,
    operation_id="share_pupil",
    summary="Share a pupil",
    dependencies=[requires(Permission.PUPILS_SHARE), KEYED],
)
async def share_pupil(pupil_id: UUID, body: PupilShareCreate, session: WriteSession) -> PupilShare:
    row = await shares.add(session, pupil_id, organisation_id=body.organisation_id, purpose=body.purpose)
    return PupilShare.model_validate(row)


@router.delete(
    "/{share_id}",
    operation_id="revoke_pupil_share",
    summary="End a share, at once",
    dependencies=[requires(Permission.PUPILS_SHARE)],
    responses=problems(409),
)
async def revoke_pupil_share(pupil_id: UUID, share_id: UUID, session: WriteSession, at: Now) -> PupilShare:
    return PupilShare.model_validate(await shares.revoke(session, pupil_id, share_id, at=at))
