"""Providers and their sites."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import providers
from app.db.base import Keyset, Page
from app.deps import KEYED, KNOWN, Cursor, ExpectedVersion, Limit, ReadSession, Route, WriteSession, requires, tag
from app.domain import identifiers
from app.domain.access import Permission
from app.domain.establishments import RegistrationStatus
from app.domain.judgements import ProviderChangeKind
from app.shapes import Body, Ids, Name, PageOf, Shape, Text, checked, page_of

router = APIRouter(prefix="/v1/providers", tags=["providers"], route_class=Route)

SettingType = Annotated[
    Literal["NFE", "OOT", "OTH", "WBP"], Field(description="Census setting type; null where it has a URN or UKPRN.")
]
Postcode = Annotated[str, checked(identifiers.postcode)]
Ukprn = Annotated[str, checked(identifiers.ukprn)]
CompanyNumber = Annotated[str, checked(identifiers.company_number)]
DfeNumber = Annotated[str, checked(identifiers.dfe_number)]
LaCode = Annotated[str, checked(identifiers.la_code)]
Urn = Annotated[int, Field(ge=100_000, le=999_999, description="Unique reference number in GIAS.")]


class ProviderFields(Body):
    """What a client may say of a provider."""

    legal_name: Name | None = None
    proprietor: Name | None = Field(default=None, description="Who owns it: a person or a body.")
    company_number: CompanyNumber | None = Field(default=None, examples=["09876543"])
    ukprn: Ukprn | None = Field(default=None, examples=["10012345"])
    urn: Urn | None = None
    dfe_number: DfeNumber | None = Field(default=None, examples=["855/6001"])
    postcode: Postcode | None = Field(default=None, examples=["LE1 1AA"])
    la_code: LaCode | None = Field(default=None, examples=["855"])
    kind: SettingType | None = None
    predecessor_ids: Ids = Field(default=[], description="Providers whose history this one carries on.")
    linked_ids: Ids = Field(default=[], description="Providers run together with this one, counted as one group.")


class ProviderCreate(ProviderFields):
    """A new provider."""

    name: Name = Field(examples=["Hollow Oak Workshop"])


class ProviderPatch(ProviderFields):
    """Changes to a provider: what is absent stays, null empties."""

    name: Name = Field(default="", examples=["Hollow Oak Workshop"])


class Registration(Shape):
    """Where the provider stands in the register, when that was looked up, and in which extract."""

    status: RegistrationStatus
    checked_on: date | None
    gias_extract_on: date | None


class SiteFields(Body):
    """What a client may say of a site."""

    address: Text | None = None
    postcode: Postcode | None = None
    closed_on: date | None = None


class SiteCreate(SiteFields):
    """A new site."""

    name: Name = Field(examples=["Mill Lane"])


class SitePatch(SiteFields):
    """Changes to a site: what is absent stays, null empties."""

    name: Name = Field(default="", examples=["Mill Lane"])


class Site(Shape):
    """A place where a provider teaches."""

    id: UUID
    provider_id: UUID
    name: str
    address: str | None
    postcode: str | None
    closed_on: date | None
    version: int
    created_at: datetime
    updated_at: datetime


class ProviderChange(Shape):
    """A change at a provider that leaves judgements behind that were made before it."""

    id: UUID
    kind: ProviderChangeKind
    changed_on: date = Field(description="From which day it counts.")
    recorded_at: datetime = Field(validation_alias="created_at")


class Provider(Shape):
    """An alternative provider. Its id also names its organisation."""

    id: UUID
    name: str
    legal_name: str | None
    proprietor: str | None
    company_number: str | None
    ukprn: str | None
    urn: int | None
    dfe_number: str | None
    postcode: str | None
    la_code: str | None
    kind: str | None
    registration: Registration
    commissioning_status: Literal["open", "suspended", "ceased"]
    sites: list[Site]
    predecessor_ids: list[UUID]
    linked_ids: list[UUID]
    version: int
    created_at: datetime
    updated_at: datetime


async def shown(session: AsyncSession, rows: Sequence[providers.Provider]) -> list[Provider]:
    """Providers as answered, with their sites and links: three statements for any number of rows."""
    ids = [row.id for row in rows]
    links, sites = await providers.links_of(session, ids), await providers.sites_of(session, ids)
    return [
        Provider.model_validate(
            row.model_dump()
            | {
                "registration": Registration(
                    status=RegistrationStatus(row.registration_status),
                    checked_on=row.registration_checked_on,
                    gias_extract_on=row.gias_extract_on,
                ),
                "sites": sites[row.id],
                "predecessor_ids": links[row.id]["predecessor"],
                "linked_ids": links[row.id]["linked"],
            }
        )
        for row in rows
    ]


@router.get(
    "",
    operation_id="list_providers",
    summary="Providers",
    dependencies=[requires(Permission.PROVIDERS_READ)],
)
async def list_providers(
    request: Request,
    response: Response,
    session: ReadSession,
    name: Annotated[str | None, Query(max_length=200, description="Part of the name.")] = None,
    la_code: Annotated[LaCode | None, Query(description="Local authority code.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Provider]:
    keyset = Keyset(("providers", name, la_code), cursor, limit)
    page = await providers.list_page(session, keyset, named=name, la_code=la_code)
    full = Page(await shown(session, page.rows), page.next_cursor)
    return page_of(request, response, full, Provider.model_validate)


@router.post(
    "",
    status_code=201,
    operation_id="create_provider",
    summary="Record a provider",
    dependencies=[requires(Permission.PROVIDERS_WRITE), KEYED],
)
async def create_provider(body: ProviderCreate, response: Response, session: WriteSession) -> Provider:
    said = body.model_dump(exclude={"acting_for", "predecessor_ids", "linked_ids"})
    row = await providers.add(session, said, predecessors=body.predecessor_ids, linked=body.linked_ids)
    tag(response, row)
    response.headers["Location"] = f"/v1/providers/{row.id}"
    return (await shown(session, [row]))[0]


@router.get(
    "/{provider_id}",
    operation_id="get_provider",
    summary="One provider",
    dependencies=[requires(Permission.PROVIDERS_READ)],
    responses=KNOWN,
)
async def get_provider(provider_id: UUID, response: Response, session: ReadSession) -> Provider:
    row = await providers.get(session, provider_id)
    tag(response, row)
    return (await shown(session, [row]))[0]


@router.patch(
    "/{provider_id}",
    operation_id="change_provider",
    summary="Change what is known of a provider",
    dependencies=[requires(Permission.PROVIDERS_WRITE)],
    responses=problems(409),
)
async def change_provider(
    provider_id: UUID, body: ProviderPatch, response: Response, expected: ExpectedVersion, session: WriteSession
) -> Provider:
    said = body.model_dump(exclude_unset=True, exclude={"acting_for"})
    row = await providers.change(session, provider_id, said, expected=expected)
    tag(response, row)
    return (await shown(session, [row]))[0]


@router.get(
    "/{provider_id}/sites",
    operation_id="list_sites",
    summary="Sites of a provider",
    dependencies=[requires(Permission.PROVIDERS_READ)],
)
async def list_sites(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[Site]:
    page = await providers.list_sites(session, provider_id, Keyset(("sites", provider_id), cursor, limit))
    return page_of(request, response, page, Site.model_validate)


@router.post(
    "/{provider_id}/sites",
    status_code=201,
    operation_id="create_site",
    summary="Record a site",
    dependencies=[requires(Permission.SITES_WRITE), KEYED],
)
async def create_site(provider_id: UUID, body: SiteCreate, response: Response, session: WriteSession) -> Site:
    row = await providers.add_site(session, provider_id, body.model_dump(exclude={"acting_for"}))
    tag(response, row)
    return Site.model_validate(row)


@router.patch(
    "/{provider_id}/sites/{site_id}",
    operation_id="change_site",
    summary="Change what is known of a site",
    dependencies=[requires(Permission.SITES_WRITE)],
    responses=problems(409),
)
async def change_site(
    provider_id: UUID,
    site_id: UUID,
    body: SitePatch,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
) -> Site:
    said = body.model_dump(exclude_unset=True, exclude={"acting_for"})
    row = await providers.change_site(session, provider_id, site_id, said, expected=expected)
    tag(response, row)
    return Site.model_validate(row)


@router.get(
    "/{provider_id}/changes",
    operation_id="list_provider_changes",
    summary="What has changed at a provider on which judgements rest",
    description="Its DSL, its sites, its proprietor, its place in the register; in the order in which it was recorded.",
    dependencies=[requires(Permission.PROVIDERS_READ)],
)
async def list_provider_changes(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ProviderChange]:
    page = await providers.list_changes(session, provider_id, Keyset(("provider_changes", provider_id), cursor, limit))
    return page_of(request, response, page, ProviderChange.model_validate)
