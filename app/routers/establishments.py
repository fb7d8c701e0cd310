"""The register of establishments, as last imported from GIAS."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.db import establishments
from app.db.base import Keyset, integer_key
from app.deps import Cursor, Limit, ReadSession, Route, requires
from app.domain import identifiers
from app.domain.access import Permission
from app.domain.establishments import RegistrationStatus
from app.shapes import PageOf, Shape, checked, page_of

router = APIRouter(prefix="/v1/establishments", tags=["establishments"], route_class=Route)

Ukprn = Annotated[str, checked(identifiers.ukprn)]
DfeNumber = Annotated[str, checked(identifiers.dfe_number)]
CompanyNumber = Annotated[str, checked(identifiers.company_number)]
LaCode = Annotated[str, checked(identifiers.la_code)]
Urn = Annotated[int, Path(ge=1, le=999_999, description="Unique reference number.")]


class EstablishmentSummary(Shape):
    """An establishment as lists show it. Codes are those of the GIAS extract."""

    urn: int
    name: str
    dfe_number: str | None
    ukprn: str | None
    company_number: str | None
    la_code: str | None
    la_name: str | None
    postcode: str | None
    town: str | None
    type_code: int
    type_name: str | None
    status_code: int
    status_name: str | None
    opened_on: date | None
    closed_on: date | None
    registration_status: RegistrationStatus
    vanished_on: date | None


class Establishment(EstablishmentSummary):
    """An establishment, and what the links of GIAS say came before and after it, nearest first."""

    group_code: int | None
    group_name: str | None
    closed_reason_code: int | None
    closed_reason_name: str | None
    phase_code: int | None
    phase_name: str | None
    statutory_low_age: int | None
    statutory_high_age: int | None
    capacity: int | None
    pupils: int | None
    section_41: str | None
    street: str | None
    locality: str | None
    address_3: str | None
    county: str | None
    website: str | None
    proprietor_name: str | None
    inspectorate_name: str | None
    last_changed_on: date | None
    uprn: str | None
    accredited_code: int | None
    accredited_name: str | None
    accreditation_expires_on: date | None
    sen_provision: str | None
    ebd_provision: str | None
    pru_places: int | None
    full_time_provision: str | None
    tuition_by_other: str | None
    previous_la_code: str | None
    previous_establishment_number: int | None
    predecessors: list[EstablishmentSummary]
    successors: list[EstablishmentSummary]
    gias_extract_on: date | None


@router.get(
    "",
    operation_id="list_establishments",
    summary="Establishments in the register",
    dependencies=[requires(Permission.ESTABLISHMENTS_READ)],
)
async def list_establishments(
    request: Request,
    response: Response,
    session: ReadSession,
    urn: Annotated[int | None, Query(ge=1, le=999_999, description="Unique reference number.")] = None,
    ukprn: Annotated[Ukprn | None, Query(description="UK provider reference number.")] = None,
    dfe_number: Annotated[DfeNumber | None, Query(description="LA and establishment number.")] = None,
    company_number: Annotated[CompanyNumber | None, Query(description="Of its proprietor.")] = None,
    la_code: Annotated[LaCode | None, Query(description="Local authority code.")] = None,
    name: Annotated[str | None, Query(max_length=200, description="Words of the name, in any order.")] = None,
    status: Annotated[RegistrationStatus | None, Query(description="Derived registration status.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[EstablishmentSummary]:
    exact = {"urn": urn, "ukprn": ukprn, "dfe_number": dfe_number, "company_number": company_number, "la_code": la_code}
    keyset = Keyset(("establishments", exact, name, status), cursor, limit, key=integer_key)
    page = await establishments.list_page(session, keyset, named=name, status=status, **exact)
    return page_of(request, response, page, EstablishmentSummary.model_validate)


@router.get(
    "/{urn}",
    operation_id="get_establishment",
    summary="One establishment",
    dependencies=[requires(Permission.ESTABLISHMENTS_READ)],
)
async def get_establishment(urn: Urn, session: ReadSession) -> Establishment:
    row = await establishments.get(session, urn)
    around = await establishments.relatives(session, urn)
    dated = {"gias_extract_on": await establishments.extract_on(session)}
    return Establishment.model_validate(row.model_dump() | around._asdict() | dated)
