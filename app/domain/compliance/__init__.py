"""What evidence is asked of a provider, until when it holds, and where the provider stands with it."""

from app.domain.compliance.catalogue import CATALOGUE, RECORDED, Basis, Catalogue, Clause, Edition, EvidenceType, Per
from app.domain.compliance.charges import CheckKind, amounts, ensure_charged, ensure_shares
from app.domain.compliance.expiry import (
    ComplianceStatus,
    edition_of,
    expiry,
    nominal_terms,
    status,
    term_after,
    terms_known,
    years_about,
)
from app.domain.compliance.placing import Obstacles, ensure_compliant, obstacles
from app.domain.compliance.policy import (
    DEFAULT_POLICY,
    AuditInterval,
    CompliancePolicy,
    TermModel,
    ensure_policy,
)
from app.domain.compliance.position import (
    ExternalAudit,
    Holdings,
    Item,
    Post,
    Recommended,
    Record,
    position,
    summary,
    without_people,
)
from app.domain.compliance.recording import Said, ensure_recordable

__all__ = [
    "CATALOGUE",
    "DEFAULT_POLICY",
    "RECORDED",
    "AuditInterval",
    "Basis",
    "Catalogue",
    "CheckKind",
    "Clause",
    "CompliancePolicy",
    "ComplianceStatus",
    "Edition",
    "EvidenceType",
    "ExternalAudit",
    "Holdings",
    "Item",
    "Obstacles",
    "Per",
    "Post",
    "Recommended",
    "Record",
    "Said",
    "TermModel",
    "amounts",
    "edition_of",
    "ensure_charged",
    "ensure_compliant",
    "ensure_policy",
    "ensure_recordable",
    "ensure_shares",
    "expiry",
    "nominal_terms",
    "obstacles",
    "position",
    "status",
    "summary",
    "term_after",
    "terms_known",
    "without_people",
    "years_about",
]
