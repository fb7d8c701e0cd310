"""Compliance of providers: what is asked of them, by which policy, and where they stand."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.contract import problems
from app.db import compliance
from app.db.base import Keyset, Versions
from app.deps import (
    KNOWN,
    CallerDep,
    Cursor,
    Limit,
    ReadSession,
    Route,
    Today,
    WriteSession,
    made,
    requires,
    tag,
    versions_of,
)
from app.domain.access import Permission
from app.domain.compliance import CATALOGUE
from app.shapes import PageInfo, PageOf, page_of
from app.shapes.compliance import (
    CompliancePolicy,
    CompliancePolicyPut,
    EvidenceType,
    ProviderCompliance,
    policy_shown,
    position_shown,
    type_shown,
)
from app.shapes.strict import Day

router = APIRouter(prefix="/v1", tags=["compliance"], route_class=Route)

On = Annotated[Day | None, Query(alias="on", description="The day; today where absent.")]
PolicyOf = Annotated[UUID | None, Query(description="By whose policy; the caller's own organisation's if absent.")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=255, description="The ETag of your policy, where you have one.")
]


async def seen(session: AsyncSession, if_match: str | None) -> Versions | None:
    """The versions of its own policy that a caller replaces; None where it has none, and names none.

    Raises:
        PreconditionRequired: it has one, and names no version.
    """
    known = if_match is not None or await compliance.own_policy(session) is not None
    return versions_of(if_match) if known else None


@router.get(
    "/evidence-types",
    operation_id="list_evidence_types",
    summary="The evidence that providers owe",
    description="Each type with the clauses that ask for it and how long it holds, as in force on the day.",
    dependencies=[requires(Permission.COMPLIANCE_READ)],
)
async def list_evidence_types(today: Today, on: On = None) -> PageOf[EvidenceType]:
    found: date = on or today
    return PageOf(
        data=[type_shown(kind) for kind in CATALOGUE.on(found)], page=PageInfo(next_cursor=None, has_more=False)
    )


@router.get(
    "/compliance-policy",
    operation_id="get_compliance_policy",
    summary="What an organisation asks of providers",
    description="Its own policy, else its partnership's, else the default, by which nothing blocks a placement.",
    dependencies=[requires(Permission.COMPLIANCE_READ)],
    responses=KNOWN | problems(404),
)
async def get_compliance_policy(
    response: Response, session: ReadSession, organisation_id: PolicyOf = None
) -> CompliancePolicy:
    shown = policy_shown((await compliance.asked(session, organisation_id)).row)
    tag(response, shown)
    return shown


@router.put(
    "/compliance-policy",
    operation_id="put_compliance_policy",
    summary="Say what the organisation asks of providers",
    description="The first time without If-Match; from then on with the ETag of the organisation's own policy. Once "
    "an organisation, or its partnership, has a policy, each new placement is told what the provider lacks, and a plan "
    "is refused (409 `provider_not_compliant`) where that is among `blocking`, unless a lead sends `override`.",
    dependencies=[requires(Permission.COMPLIANCE_POLICY_WRITE)],
    responses={201: {"model": CompliancePolicy, "description": "The policy is new."}},
)
async def put_compliance_policy(
    body: CompliancePolicyPut, response: Response, session: WriteSession, if_match: IfMatch = None
) -> CompliancePolicy:
    expected = await seen(session, if_match)
    row, new = await compliance.put_policy(session, body.said(), expected=expected)
    made(response, new)
    tag(response, row)
    return policy_shown(row)


@router.get(
    "/providers/{provider_id}/compliance",
    operation_id="get_provider_compliance",
    summary="Where a provider stands with what is asked of it",
    description="Each item is valid, expiring, expired or missing, with the clauses that ask for it. Readers who may "
    "not know of a provider's staff are told one item of each type, the worst, and no person.",
    dependencies=[requires(Permission.COMPLIANCE_READ)],
)
async def get_provider_compliance(
    provider_id: UUID,
    session: ReadSession,
    caller: CallerDep,
    today: Today,
    on: On = None,
    organisation_id: PolicyOf = None,
) -> ProviderCompliance:
    found = await compliance.position_of(session, provider_id, on=on or today, organisation_id=organisation_id)
    return position_shown(found, people=caller.may(Permission.STAFF_READ))


@router.get(
    "/compliance",
    operation_id="list_compliance",
    summary="What providers in use lack, or soon will",
    description="Of the providers at which the caller knows of placements that are not over: what is expired or "
    "missing, or will expire within so many days. A provider itself is told of itself.",
    dependencies=[requires(Permission.COMPLIANCE_READ)],
)
async def list_compliance(
    request: Request,
    response: Response,
    session: ReadSession,
    caller: CallerDep,
    today: Today,
    on: On = None,
    within_days: Annotated[int, Query(ge=0, le=366, description="How far ahead to look.")] = 30,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[ProviderCompliance]:
    people, keyset = caller.may(Permission.STAFF_READ), Keyset(("compliance", on), cursor, limit)
    page = await compliance.worklist(session, keyset, on=on or today)
    return page_of(request, response, page, lambda found: position_shown(found, people=people, within_days=within_days))
