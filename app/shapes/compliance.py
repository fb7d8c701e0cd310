"""What is asked of providers, and where they stand with it, on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.db.compliance import PolicyRow, Position
from app.domain.compliance import (
    DEFAULT_POLICY,
    AuditInterval,
    ComplianceStatus,
    EvidenceBasis,
    EvidenceOwner,
    Item,
    TermModel,
    summary,
    without_people,
)
from app.domain.compliance import EvidenceType as Kind
from app.domain.provider_changes import StaffRole
from app.shapes import Body, Shape

Code = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]
Codes = Annotated[list[Code], Field(max_length=200)]
Pounds = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?$"), Field(examples=["40.00"])]


def pounds(amount: Decimal) -> str:
    """An amount as it is written."""
    return f"{amount:.2f}"


# --- what is asked for ----------------------------------------------------------------------------------------------


class EvidenceClause(Shape):
    """Where a document asks for it."""

    document: str
    title: str
    clause: str


class EvidenceType(Shape):
    """A kind of evidence."""

    code: str
    title: str
    basis: EvidenceBasis = Field(
        description="From what it is counted. `in_post` is read from the list of staff, `audit` and `recommendations` "
        "from external audits, `per_placement` from the checks of each placement; the others are recorded."
    )
    interval: str | None = Field(description="How long it holds: ISO 8601, or P1T for a term; null: none is stated.")
    per: EvidenceOwner = Field(
        description="Whose it is: the provider's, that of each member of staff, or of any one of them."
    )
    roles: list[StaffRole] = Field(description="Of which members of staff; empty: of all.")
    together: bool = Field(description="A record that names nobody speaks for everybody in post that day.")
    dated: bool = Field(description="It states its own last day, which counts instead of the interval.")
    document: str | None = Field(description="The document whose editions it is of.")
    parameter: str | None = Field(description="The field of a policy that decides where the sources leave it open.")
    answers: str | None = Field(description="The other type that it answers for.")
    required: bool = Field(description="Asked for by default.")
    verified: bool = Field(description="False: the interval is convention; no document states it.")
    warn_days: int = Field(description="How many days before its last it is expiring.")
    clauses: list[EvidenceClause]
    from_on: date | None
    until_on: date | None


def type_shown(kind: Kind) -> EvidenceType:
    """An evidence type as answered."""
    return EvidenceType.model_validate(kind)


class CompliancePolicyPut(Body):
    """What the organisation asks of providers. A partnership's holds for its schools, unless they have their own."""

    required: Codes | None = Field(
        default=None, description="Codes of the types it asks for; null: those that are asked for by default."
    )
    blocking: Codes = Field(
        default=[],
        description="Codes of those without which no placement is planned; the others only warn.",
        examples=[["dsl_training", "public_liability_insurance"]],
    )
    audit_interval: AuditInterval = Field(default=DEFAULT_POLICY.audit_interval, description="Of external audits.")
    term_model: TermModel = Field(default=DEFAULT_POLICY.term_model, description="For what is owed each term.")
    placement_charge: Pounds = Field(
        default=pounds(DEFAULT_POLICY.placement_charge), description="Pounds for registering a placement."
    )

    def said(self) -> dict[str, Any]:
        """What was told, as the columns have it."""
        told = self.model_dump(exclude={"acting_for"}, mode="json")
        return told | {"placement_charge": Decimal(self.placement_charge)}


class CompliancePolicy(Shape):
    """What an organisation asks of providers."""

    organisation_id: UUID | None = Field(description="Whose it is; null: nobody's, the default.")
    required: list[str] | None
    blocking: list[str]
    audit_interval: AuditInterval
    term_model: TermModel
    placement_charge: str
    version: int = Field(description="0: the default, which nobody has changed.")
    updated_at: datetime | None


def policy_shown(row: PolicyRow | None) -> CompliancePolicy:
    """A policy as answered; the default where there is no row."""
    policy = DEFAULT_POLICY if row is None else row
    return CompliancePolicy(
        organisation_id=row.organisation_id if row else None,
        required=None if policy.required is None else sorted(policy.required),
        blocking=sorted(policy.blocking),
        audit_interval=AuditInterval(policy.audit_interval),
        term_model=TermModel(policy.term_model),
        placement_charge=pounds(policy.placement_charge),
        version=row.version if row else 0,
        updated_at=row.updated_at if row else None,
    )


# --- where a provider stands ----------------------------------------------------------------------------------------


class ComplianceSummary(Shape):
    """How many items stand where."""

    valid: int
    expiring: int
    expired: int
    missing: int


class CompliancePositionItem(Shape):
    """One thing asked of the provider, and where that stands."""

    type: str
    title: str
    status: ComplianceStatus
    clauses: list[EvidenceClause]
    verified: bool = Field(description="False: the interval is convention; no document states it.")
    blocks: bool = Field(description="While it is expired or missing no placement is planned.")
    given_on: date | None
    expires_on: date | None = Field(description="The last day on which it holds; null: it does not expire.")
    days_left: int | None = Field(description="Days to that last day; negative once it has passed.")
    staff_id: UUID | None = Field(description="Whose it is; null for readers who may not know of staff.")
    record_id: UUID | None = Field(description="The record, audit or member of staff by which it is met, or was.")
    record_type: str | None = Field(description="The type of that record, where it was recorded.")
    evidence_ids: list[UUID]
    terms_assumed: bool = Field(description="No calendar tells the term that decides.")


class ProviderCompliance(Shape):
    """Where a provider stands on a day with what an organisation asks of it."""

    provider_id: UUID
    name: str
    on: date
    policy_organisation_id: UUID | None = Field(description="Whose policy counts; null: the default.")
    summary: ComplianceSummary
    items: list[CompliancePositionItem]


def position_shown(found: Position, *, people: bool, within_days: int | None = None) -> ProviderCompliance:
    """A position as answered.

    Args:
        people: whether the reader may know of the provider's staff; others are told one item of each type.
        within_days: only what is expired or missing, or will be in so many days.
    """
    items = found.items if people else without_people(found.items)
    counted = summary(items)
    listed = [each for each in items if within_days is None or _soon(each, within_days)]
    return ProviderCompliance(
        provider_id=found.provider_id,
        name=found.name,
        on=found.on,
        policy_organisation_id=found.asked.row.organisation_id if found.asked.row else None,
        summary=ComplianceSummary(**{each.value: counted[each] for each in ComplianceStatus}),
        items=[_item_shown(each) for each in listed],
    )


def _soon(item: Item, days: int) -> bool:
    return not item.met or (item.days_left is not None and item.days_left <= days)


def _item_shown(item: Item) -> CompliancePositionItem:
    said = {name: getattr(item, name) for name in CompliancePositionItem.model_fields if hasattr(item, name)}
    kind = {name: getattr(item.type, name) for name in ("title", "clauses", "verified")}
    return CompliancePositionItem.model_validate(said | kind | {"type": item.type.code})
