"""What an organisation asks of a provider, and which of it stands against a placement."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.compliance.catalogue import CATALOGUE, EvidenceType
from app.domain.errors import Fault, Invalid


class TermModel(StrEnum):
    """How many terms a year has for what is owed once a term."""

    THREE = "three"
    SIX = "six"


class AuditInterval(StrEnum):
    """How often an external audit is due: "annual" (SEIP guidance 1(b)), or "annual or bi annual" (SLA 2022)."""

    ANNUAL = "P1Y"
    BIENNIAL = "P2Y"


@dataclass(frozen=True, slots=True)
class CompliancePolicy:
    """An organisation's rules.

    Attributes:
        required: codes of the types it asks for; None: those that are asked for by default.
        blocking: codes of those without which no placement is planned. The others only warn.
        placement_charge: pounds for registering a placement with LEBC.
    """

    required: frozenset[str] | None
    blocking: frozenset[str]
    audit_interval: AuditInterval
    term_model: TermModel
    placement_charge: Decimal

    def asks(self, kind: EvidenceType) -> bool:
        """Whether it asks for a type."""
        return kind.asked_of_provider and (kind.required if self.required is None else kind.code in self.required)

    def interval(self, kind: EvidenceType) -> str | None:
        """The interval of a type: its own, or this policy's where the sources leave it open."""
        return self.audit_interval.value if kind.parameter == "audit_interval" else kind.interval


# Whoever has said nothing: nothing blocks, everything that is asked for by default warns.
DEFAULT_POLICY = CompliancePolicy(
    required=None,
    blocking=frozenset(),
    audit_interval=AuditInterval(CATALOGUE.defaults["audit_interval"]),
    term_model=TermModel(CATALOGUE.defaults["term_model"]),
    placement_charge=Decimal(CATALOGUE.defaults["placement_charge"]),
)


def ensure_policy(required: Collection[str] | None, blocking: Collection[str]) -> None:
    """Refuse a policy that asks for what there is not, or blocks by what it does not ask for.

    Raises:
        Invalid: `policy_invalid`, by position.
    """
    faults = (*_unknown("required", required or ()), *_unknown("blocking", blocking), *_unasked(required, blocking))
    if faults:
        raise Invalid("The policy cannot be so.", code="policy_invalid", errors=faults)


_ASKED = {kind.code: kind for kind in CATALOGUE.types if kind.asked_of_provider}


def _unknown(field: str, codes: Collection[str]) -> Iterator[Fault]:
    for at, code in enumerate(codes):
        if code not in _ASKED:
            detail = "No provider has a position on evidence of this type."
            yield Fault("evidence_type_unknown", detail, pointer=f"/{field}/{at}")


def _unasked(required: Collection[str] | None, blocking: Collection[str]) -> Iterator[Fault]:
    asked = {code for code, kind in _ASKED.items() if kind.required} if required is None else required
    for at, code in enumerate(blocking):
        if code in _ASKED and code not in asked:
            yield Fault("not_required", "What blocks is asked for, too.", pointer=f"/blocking/{at}")
