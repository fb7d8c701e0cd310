"""Agreements and obligations on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from app.db.obligations import Listed
from app.domain import obligations as rules
from app.domain.obligations import Kind, Party, State
from app.shapes import Body, PageInfo, Part, Shape, Text, page_of

ParameterKey = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z_]+$")]
ParameterValue = Annotated[int, Field(ge=0, le=100_000)]


class AgreementSaid(Part):
    """An agreement that the organisation adopts."""

    agreement_id: str = Field(max_length=80, examples=["leics-seip-sla-2022"])
    from_on: date | None = Field(default=None, description="Since when it counts; null: since it has been in effect.")
    parameters: dict[ParameterKey, ParameterValue] = Field(
        default={},
        max_length=50,
        description="What was agreed where the document is silent; defaults hold for the rest.",
        examples=[{"audit_interval_years": 2}],
    )


class AgreementAdopted(Shape):
    """An agreement that the organisation has adopted."""

    agreement_id: str
    from_on: date | None
    parameters: dict[str, int]


class AgreementParameter(Shape):
    """What a document leaves open, within limits, and what holds where nothing else is agreed."""

    key: str
    title: str
    default: int
    least: int
    most: int
    source: str


class AgreementDuty(Shape):
    """One thing that an agreement asks for. `note` says what becomes of a due day without school."""

    key: str
    kind: Kind
    title: str
    source: str
    note: str | None
    owed_by: Party
    owed_to: Party


class Agreement(Shape):
    """One version of an agreement between commissioners and providers."""

    id: str
    title: str
    publisher: str
    documents: list[str]
    framework: str = Field(description="Id of the framework whose visits it goes with.")
    effective_from: date | None
    note: str | None
    parameters: list[AgreementParameter]
    duties: list[AgreementDuty]


class ObligationSubject(Shape):
    """What an obligation is about, as far as it is about such a thing."""

    academic_year: str | None
    term: int | None = Field(description="One of six.")
    placement_id: UUID | None
    site_id: UUID | None
    visit_id: UUID | None
    request_id: UUID | None
    topic: str | None


class ObligationMetBy(Shape):
    """The record that met it, by its noun and id."""

    kind: str
    id: UUID


class Obligation(Shape):
    """Who owes what to whom, by which clause, until when, and how it stands today."""

    key: UUID = Field(description="Stays the same for as long as it is the same obligation.")
    agreement_id: str
    duty: str
    kind: Kind
    title: str
    source: str
    provider_id: UUID
    commissioner_id: UUID
    owed_by: UUID
    owed_to: UUID
    waivable_by: UUID
    subject: ObligationSubject
    opens_on: date
    due_on: date = Field(description="The last day on which it is in time.")
    state: State
    met_on: date | None
    met_by: ObligationMetBy | None
    late: bool = Field(description="Met after its due day.")
    waived_because: str | None
    missing: list[str] = Field(description="Parts of a document that have not been given.")


class ObligationUndetermined(Shape):
    """What cannot be told of a provider and a commissioner, and why."""

    provider_id: UUID
    commissioner_id: UUID
    agreement_id: str
    code: str = Field(examples=["calendar_missing"])
    what: str


class ObligationPage(Shape):
    """One page of obligations by their due days, and what cannot be determined."""

    data: list[Obligation]
    page: PageInfo
    cannot_determine: list[ObligationUndetermined]


class ObligationWaive(Body):
    """Why an obligation is not owed this once."""

    reason: Text


class ObligationFeed(Shape):
    """A secret address for calendars."""

    id: UUID
    created_at: datetime
    revoked_at: datetime | None


class NewObligationFeed(Shape):
    """A secret address for calendars, told this once."""

    id: UUID
    url: str
    created_at: datetime


def obligation_shown(owed: rules.Obligation) -> Obligation:
    """An obligation as answered."""
    names = (each for each in Obligation.model_fields if each not in ("owed_by", "owed_to", "waivable_by"))
    told: dict[str, Any] = {name: getattr(owed, name) for name in names}
    told |= {"owed_by": owed.owed_by_id, "owed_to": owed.owed_to_id, "waivable_by": owed.waivable_by_id}
    return Obligation.model_validate(told)


def obligations_shown(request: Request, response: Response, listed: Listed) -> ObligationPage:
    """A page of obligations as answered."""
    page = page_of(request, response, listed.page, obligation_shown)
    unknown = [ObligationUndetermined.model_validate(each) for each in listed.undetermined]
    return ObligationPage(data=page.data, page=page.page, cannot_determine=unknown)
