"""Providers and their sites."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import providers
from app.db.base import Keyset, Page
from app.deps import KEYED, KNOWN, Cursor, ExpectedVersion, Limit, ReadSession, Route, WriteSession, requires, tag
from app.domain.access import Permission
from app.domain.establishments import RegistrationStatus
from app.shapes import PageOf, page_of
from app.shapes.providers import (
    LaCode,
    Provider,
    ProviderChange,
    ProviderCreate,
    ProviderPatch,
    Registration,
    Site,
    SiteCreate,
    SitePatch,
)

router = APIRouter(prefix="/v1/providers", tags=["providers"], route_class=Route)


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
