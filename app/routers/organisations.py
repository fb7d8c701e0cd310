"""Organisations and the settings that each keeps for itself."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from app.contract import problems
from app.db import organisations
from app.db.base import Keyset
from app.deps import KNOWN, Cursor, ExpectedVersion, Limit, ReadSession, Route, WriteSession, requires, tag
from app.domain.access import Permission
from app.shapes import Body, Name, PageOf, Shape, page_of
from app.shapes.obligations import AgreementAdopted, AgreementSaid

router = APIRouter(prefix="/v1/organisations", tags=["organisations"], route_class=Route)

Kind = Literal["partnership", "school", "provider", "local_authority"]
ThresholdPolicy = Literal["advise", "block"]


class OrganisationPatch(Body):
    """Changes to an organisation's own settings: what is absent stays."""

    name: Name = Field(default="")
    threshold_policy: ThresholdPolicy = Field(
        default="block",
        description="Whether a plan that would meet a registration threshold is refused (409) or only told.",
    )
    rulesets: list[Annotated[str, Field(max_length=80)]] = Field(
        default=[],
        max_length=20,
        description="Agreements and local guidance that it has adopted, beside law and national guidance.",
        examples=[["leics-seip-sla-2022-03"]],
    )
    agreements: list[AgreementSaid] = Field(
        default=[], max_length=20, description="Agreements with providers that it has adopted: all of them."
    )

    def adopted(self) -> dict[str, Any]:
        """The agreements as JSON, where they were told."""
        told = {"agreements": [each.model_dump(mode="json") for each in self.agreements]}
        return told if "agreements" in self.model_fields_set else {}


class Organisation(Shape):
    """A partnership, school, provider or local authority."""

    id: UUID
    kind: Kind
    name: str
    slug: str
    la_code: str | None
    urn: int | None
    partnership_id: UUID | None
    threshold_policy: ThresholdPolicy
    rulesets: list[str]
    agreements: list[AgreementAdopted]
    version: int
    created_at: datetime
    updated_at: datetime


@router.get(
    "",
    operation_id="list_organisations",
    summary="Organisations",
    dependencies=[requires(Permission.ORGANISATIONS_READ)],
)
async def list_organisations(
    request: Request,
    response: Response,
    session: ReadSession,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Organisation]:
    page = await organisations.list_page(session, Keyset(("organisations", kind), cursor, limit), kind=kind)
    return page_of(request, response, page, Organisation.model_validate)


@router.get(
    "/{organisation_id}",
    operation_id="get_organisation",
    summary="One organisation",
    dependencies=[requires(Permission.ORGANISATIONS_READ)],
    responses=KNOWN,
)
async def get_organisation(organisation_id: UUID, response: Response, session: ReadSession) -> Organisation:
    row = await organisations.get(session, organisation_id)
    tag(response, row)
    return Organisation.model_validate(row)


@router.patch(
    "/{organisation_id}",
    operation_id="change_organisation",
    summary="Change an organisation's own settings",
    dependencies=[requires(Permission.ORGANISATIONS_WRITE)],
    responses=problems(409),
)
async def change_organisation(
    organisation_id: UUID,
    body: OrganisationPatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
) -> Organisation:
    said = body.model_dump(exclude_unset=True, exclude={"acting_for", "agreements"}) | body.adopted()
    row = await organisations.change(session, organisation_id, said, expected=expected)
    tag(response, row)
    return Organisation.model_validate(row)
