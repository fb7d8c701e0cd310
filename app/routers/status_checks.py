"""Where a provider stands in the register: checks, and their history."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.db import status
from app.db.base import Keyset
from app.deps import KEYED, Cursor, Limit, Now, ReadSession, Route, WriteSession, requires
from app.domain.access import Permission
from app.domain.establishments import RegistrationStatus
from app.shapes import Body, PageOf, Shape, page_of

router = APIRouter(prefix="/v1/providers/{provider_id}/status-checks", tags=["providers"], route_class=Route)

Identifier = Literal["urn", "ukprn", "dfe_number", "company_number"]


class StatusCheckCreate(Body):
    """A look at the register."""

    urn: Annotated[int, Field(ge=100_000, le=999_999)] | None = Field(
        default=None,
        description="The establishment that you know the provider to be: confirms a candidate, and becomes its URN.",
    )


class Candidate(Shape):
    """An establishment that the provider may be, and why. Only a person can say so."""

    urn: int
    name: str
    town: str | None
    postcode: str | None
    registration_status: RegistrationStatus
    because: Literal["successor", "name"] | Identifier = Field(
        description="`successor` of the closed establishment found; an identifier that several establishments share, "
        "or a company number at another postcode; the same `name`."
    )
    same_postcode: bool


class StatusCheck(Shape):
    """What the register said of a provider when it was looked up: dated evidence, with the row as it was."""

    id: UUID
    provider_id: UUID
    organisation_id: UUID | None = Field(
        description="Whose check it was; null where an import of the register led to it."
    )
    checked_at: datetime
    gias_extract_on: date | None
    matched_by: Identifier | Literal["confirmed"] | None
    urn: int | None
    status: RegistrationStatus
    is_accredited_online_provider: bool
    successor_urns: list[int]
    candidates: list[Candidate]
    snapshot: dict[str, str | int | None] | None = Field(description="The establishment's row in the register.")


@router.post(
    "",
    status_code=201,
    operation_id="create_status_check",
    summary="Look a provider up in the register",
    dependencies=[requires(Permission.STATUS_CHECK), KEYED],
)
async def create_status_check(
    provider_id: UUID, body: StatusCheckCreate, session: WriteSession, at: Now
) -> StatusCheck:
    check = await status.check_provider(session, provider_id, at=at, confirmed_urn=body.urn)
    return StatusCheck.model_validate(check)


@router.get(
    "",
    operation_id="list_status_checks",
    summary="The history of a provider's status checks",
    dependencies=[requires(Permission.PROVIDERS_READ)],
)
async def list_status_checks(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[StatusCheck]:
    page = await status.list_page(session, provider_id, Keyset(("status_checks", provider_id), cursor, limit))
    return page_of(request, response, page, StatusCheck.model_validate)
