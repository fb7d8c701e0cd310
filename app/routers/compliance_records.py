"""Records of compliance: evidence of a provider, and what is confirmed at each placement."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.contract import problems
from app.db import compliance_items, placement_checks
from app.db.base import Keyset
from app.deps import (
    KEYED,
    KNOWN,
    Cursor,
    ExpectedVersion,
    Limit,
    Now,
    ReadSession,
    Route,
    Today,
    WriteSession,
    requires,
    tag,
)
from app.domain.access import Permission
from app.shapes import PageOf, page_of
from app.shapes.amendments import Withdrawal
from app.shapes.compliance import Code
from app.shapes.compliance_records import (
    ComplianceItem,
    ComplianceItemCreate,
    PlacementCheck,
    PlacementCheckCreate,
    check_shown,
)

router = APIRouter(prefix="/v1", tags=["compliance"], route_class=Route)


@router.get(
    "/providers/{provider_id}/compliance-items",
    operation_id="list_compliance_items",
    summary="Evidence that is recorded of a provider",
    dependencies=[requires(Permission.COMPLIANCE_RECORDS_READ)],
)
async def list_compliance_items(
    provider_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    type_: Annotated[Code | None, Query(alias="type", description="Only of this type.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ComplianceItem]:
    keyset = Keyset(("compliance items", provider_id, type_), cursor, limit)
    page = await compliance_items.list_page(session, provider_id, keyset, kind=type_)
    return page_of(request, response, page, ComplianceItem.model_validate)


@router.post(
    "/providers/{provider_id}/compliance-items",
    status_code=201,
    operation_id="create_compliance_item",
    summary="Record a piece of evidence of a provider",
    description="What is recorded stays as it was told. What was told wrongly is withdrawn, and told again.",
    dependencies=[requires(Permission.COMPLIANCE_WRITE), KEYED],
)
async def create_compliance_item(
    provider_id: UUID, body: ComplianceItemCreate, response: Response, session: WriteSession, today: Today
) -> ComplianceItem:
    said = body.model_dump(exclude={"acting_for"})
    row = await compliance_items.add(session, provider_id, said, today=today)
    tag(response, row)
    response.headers["Location"] = f"/v1/compliance-items/{row.id}"
    return ComplianceItem.model_validate(row)


@router.get(
    "/compliance-items/{compliance_item_id}",
    operation_id="get_compliance_item",
    summary="One piece of evidence",
    dependencies=[requires(Permission.COMPLIANCE_RECORDS_READ)],
    responses=KNOWN,
)
async def get_compliance_item(compliance_item_id: UUID, response: Response, session: ReadSession) -> ComplianceItem:
    row = await compliance_items.get(session, compliance_item_id)
    tag(response, row)
    return ComplianceItem.model_validate(row)


@router.post(
    "/compliance-items/{compliance_item_id}/withdraw",
    operation_id="withdraw_compliance_item",
    summary="Take back a piece of evidence",
    description="By whoever recorded it. It stays on record, and counts for nothing.",
    dependencies=[requires(Permission.COMPLIANCE_WRITE), KEYED],
    responses=problems(409),
)
async def withdraw_compliance_item(
    compliance_item_id: UUID,
    body: Withdrawal,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    now: Now,
) -> ComplianceItem:
    row = await compliance_items.withdraw(session, compliance_item_id, body.reason, expected=expected, at=now)
    tag(response, row)
    return ComplianceItem.model_validate(row)


@router.get(
    "/placements/{placement_id}/checks",
    operation_id="list_placement_checks",
    summary="What is confirmed of a placement",
    description="The commissioner, and the school that keeps the pupil's record, are told of all; the provider of the "
    "checks on its staff.",
    dependencies=[requires(Permission.COMPLIANCE_READ)],
)
async def list_placement_checks(
    placement_id: UUID,
    request: Request,
    response: Response,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[PlacementCheck]:
    keyset = Keyset(("placement checks", placement_id), cursor, limit)
    page = await placement_checks.list_page(session, placement_id, keyset)
    return page_of(request, response, page, check_shown)


@router.post(
    "/placements/{placement_id}/checks",
    status_code=201,
    operation_id="create_placement_check",
    summary="Confirm the checks on staff, or the registration of a placement",
    description="By the placement's commissioner. A registration is charged as the policy says unless another charge "
    "is told, and is borne by the commissioner unless shares are.",
    dependencies=[requires(Permission.PLACEMENTS_WRITE), KEYED],
    responses=problems(409),
)
async def create_placement_check(
    placement_id: UUID, body: PlacementCheckCreate, response: Response, session: WriteSession, today: Today
) -> PlacementCheck:
    row = await placement_checks.add(session, placement_id, body.said(), today=today)
    tag(response, row)
    return check_shown(row)


@router.post(
    "/placements/{placement_id}/checks/{placement_check_id}/withdraw",
    operation_id="withdraw_placement_check",
    summary="Take back a confirmation",
    description="It stays on record, and counts for nothing; nor does its charge.",
    dependencies=[requires(Permission.PLACEMENTS_WRITE), KEYED],
    responses=problems(409),
)
async def withdraw_placement_check(
    placement_id: UUID,
    placement_check_id: UUID,
    body: Withdrawal,
    response: Response,
    expected: ExpectedVersion,
    session: WriteSession,
    now: Now,
) -> PlacementCheck:
    row = await placement_checks.withdraw(
        session, placement_id, placement_check_id, body.reason, expected=expected, at=now
    )
    tag(response, row)
    return check_shown(row)
