"""Who is asking, and which acts a role, a grade and scopes together allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.errors import Forbidden


class Role(StrEnum):
    """The kind of the organisation a caller speaks for; `system` is the service at its own work."""

    PARTNERSHIP = "partnership"
    SCHOOL = "school"
    PROVIDER = "provider"
    LOCAL_AUTHORITY = "local_authority"
    SYSTEM = "system"


class Grade(StrEnum):
    """What a member may do within the organisation, least first."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    LEAD = "lead"

    @property
    def rank(self) -> int:
        """Position, least first."""
        return list(Grade).index(self)


class Permission(StrEnum):
    """An act on a kind of thing. The same words are the OAuth scopes by which a client's role is narrowed."""

    ORGANISATIONS_READ = "organisations:read"
    ORGANISATIONS_WRITE = "organisations:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    PROVIDERS_READ = "providers:read"
    PROVIDERS_WRITE = "providers:write"
    SITES_WRITE = "sites:write"
    STATUS_CHECK = "status:check"
    ESTABLISHMENTS_READ = "establishments:read"
    PUPILS_READ = "pupils:read"
    PUPILS_WRITE = "pupils:write"
    PUPILS_SHARE = "pupils:share"
    PLACEMENTS_READ = "placements:read"
    PLACEMENTS_WRITE = "placements:write"
    DECLARATIONS_READ = "declarations:read"
    DECLARATIONS_WRITE = "declarations:write"
    REGISTRATION_READ = "registration:read"
    REGISTRATION_CHECK = "registration:check"
    REGISTRATION_OVERRIDE = "registration:override"
    REGISTRATION_SWEEP = "registration:sweep"
    FRAMEWORKS_READ = "frameworks:read"
    FRAMEWORKS_WRITE = "frameworks:write"
    VISITS_READ = "visits:read"
    VISITS_WRITE = "visits:write"
    RESPONSES_WRITE = "responses:write"
    COMMENTS_WRITE = "comments:write"
    JUDGEMENTS_READ = "judgements:read"
    JUDGEMENTS_WRITE = "judgements:write"
    CONCERNS_READ = "concerns:read"
    CONCERNS_WRITE = "concerns:write"
    DECISIONS_READ = "decisions:read"
    DECISIONS_WRITE = "decisions:write"
    DECISIONS_ACKNOWLEDGE = "decisions:acknowledge"
    STAFF_READ = "staff:read"
    STAFF_WRITE = "staff:write"
    AUDITS_READ = "audits:read"
    AUDITS_WRITE = "audits:write"
    CALENDARS_READ = "calendars:read"
    CALENDARS_WRITE = "calendars:write"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_WRITE = "evidence:write"
    ACTIONS_READ = "actions:read"
    ACTIONS_WRITE = "actions:write"
    ACTIONS_VERIFY = "actions:verify"
    OBLIGATIONS_READ = "obligations:read"
    OBLIGATIONS_WRITE = "obligations:write"
    WELFARE_VISITS_READ = "welfare_visits:read"
    WELFARE_VISITS_WRITE = "welfare_visits:write"
    PROGRESS_READ = "progress:read"
    PROGRESS_WRITE = "progress:write"
    PROGRESS_REQUEST = "progress:request"
    PROVIDER_DOCUMENTS_READ = "provider_documents:read"
    PROVIDER_DOCUMENTS_WRITE = "provider_documents:write"
    COMPLIANCE_READ = "compliance:read"
    COMPLIANCE_WRITE = "compliance:write"
    COMPLIANCE_RECORDS_READ = "compliance_records:read"
    COMPLIANCE_POLICY_WRITE = "compliance_policy:write"
    ATTENDANCE_READ = "attendance:read"
    ATTENDANCE_WRITE = "attendance:write"
    MONEY_READ = "money:read"
    MONEY_WRITE = "money:write"
    MONEY_SHARE = "money:share"
    MONEY_WITHHOLD = "money:withhold"
    QUESTIONNAIRES_READ = "questionnaires:read"
    QUESTIONNAIRES_WRITE = "questionnaires:write"
    ANNUAL_REPORTS_READ = "annual_reports:read"
    ANNUAL_REPORTS_WRITE = "annual_reports:write"
    ANNUAL_REPORTS_PUBLISH = "annual_reports:publish"
    REPORTS_VERIFY = "reports:verify"
    CHANGES_READ = "changes:read"
    AUDIT_READ = "audit:read"


P, V, C, L = Permission, Grade.VIEWER, Grade.CONTRIBUTOR, Grade.LEAD

_EVERYONE: dict[Permission, Grade] = {
    P.ORGANISATIONS_READ: V,
    P.ORGANISATIONS_WRITE: L,
    P.PEOPLE_READ: L,
    P.PEOPLE_WRITE: L,
    P.PROVIDERS_READ: V,
    P.ESTABLISHMENTS_READ: V,
    P.PUPILS_READ: V,
    P.PLACEMENTS_READ: V,
    P.REGISTRATION_READ: V,
    P.REGISTRATION_CHECK: C,
    P.FRAMEWORKS_READ: V,
    P.VISITS_READ: V,
    P.VISITS_WRITE: C,
    P.RESPONSES_WRITE: C,
    P.COMMENTS_WRITE: C,
    P.JUDGEMENTS_READ: V,
    P.CONCERNS_READ: V,
    P.DECISIONS_READ: V,
    P.DECISIONS_ACKNOWLEDGE: C,
    P.AUDITS_READ: V,
    P.CALENDARS_READ: V,
    P.EVIDENCE_READ: V,
    P.EVIDENCE_WRITE: C,
    P.ACTIONS_READ: V,
    P.ACTIONS_WRITE: C,
    P.OBLIGATIONS_READ: V,
    P.OBLIGATIONS_WRITE: C,
    P.WELFARE_VISITS_READ: V,
    P.PROGRESS_READ: V,
    P.PROGRESS_WRITE: C,
    P.PROVIDER_DOCUMENTS_READ: V,
    P.PROVIDER_DOCUMENTS_WRITE: C,
    P.COMPLIANCE_READ: V,
    P.ATTENDANCE_READ: V,
    P.ATTENDANCE_WRITE: C,
    P.MONEY_READ: V,
    P.MONEY_WRITE: C,
    P.QUESTIONNAIRES_READ: V,
    P.ANNUAL_REPORTS_READ: V,
    P.REPORTS_VERIFY: V,
    P.CHANGES_READ: V,
    P.AUDIT_READ: L,
}
_COMMISSIONER = _EVERYONE | {
    P.PUPILS_WRITE: C,
    P.PUPILS_SHARE: C,
    P.PLACEMENTS_WRITE: C,
    P.REGISTRATION_OVERRIDE: L,
    P.CALENDARS_WRITE: L,
    P.JUDGEMENTS_WRITE: C,
    P.CONCERNS_WRITE: C,
    P.WELFARE_VISITS_WRITE: C,
    P.PROGRESS_REQUEST: C,
    P.MONEY_SHARE: C,
    P.MONEY_WITHHOLD: L,
    P.ACTIONS_VERIFY: C,
    P.COMPLIANCE_POLICY_WRITE: L,
    P.QUESTIONNAIRES_WRITE: C,
}
_QUALITY_ASSURER = _COMMISSIONER | {
    P.PROVIDERS_WRITE: C,
    P.SITES_WRITE: C,
    P.STATUS_CHECK: C,
    P.DECLARATIONS_READ: V,
    P.REGISTRATION_SWEEP: C,
    P.FRAMEWORKS_WRITE: L,
    P.DECISIONS_WRITE: L,
    P.STAFF_READ: V,
    P.STAFF_WRITE: C,
    P.AUDITS_WRITE: C,
    P.COMPLIANCE_RECORDS_READ: V,
    P.COMPLIANCE_WRITE: C,
}

# The least grade that each role needs for each act; an act not named is not for that role.
PERMISSIONS: Mapping[Role, Mapping[Permission, Grade]] = {
    Role.PARTNERSHIP: _QUALITY_ASSURER,
    Role.LOCAL_AUTHORITY: _QUALITY_ASSURER,
    Role.SCHOOL: _COMMISSIONER,
    Role.PROVIDER: _EVERYONE
    | {P.SITES_WRITE: C, P.DECLARATIONS_READ: V, P.DECLARATIONS_WRITE: C, P.STAFF_READ: V, P.STAFF_WRITE: C}
    | {P.COMPLIANCE_RECORDS_READ: V, P.COMPLIANCE_WRITE: C}
    | {P.ANNUAL_REPORTS_WRITE: C, P.ANNUAL_REPORTS_PUBLISH: L},
    Role.SYSTEM: dict.fromkeys(Permission, V),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: a principal, speaking for one organisation. Values only; it holds no session and asks nothing."""

    role: Role
    grade: Grade = Grade.VIEWER
    organisation_id: UUID | None = None
    la_code: str | None = None
    partnership_id: UUID | None = None
    network_ids: tuple[UUID, ...] = ()
    issuer: str = ""
    subject: str = "system"
    scopes: frozenset[str] | None = None

    @classmethod
    def system(cls, task: str = "system") -> Caller:
        """The service itself, at the named task."""
        return cls(role=Role.SYSTEM, grade=Grade.LEAD, subject=task)

    @property
    def principal(self) -> str:
        """What the audit trail calls the identity behind the call."""
        return f"{self.issuer}|{self.subject}"

    @property
    def identity(self) -> tuple[str, str]:
        """Issuer and subject, by which memberships are found."""
        return self.issuer, self.subject

    @property
    def organisation(self) -> UUID:
        """The organisation spoken for; the system speaks for none.

        Raises:
            Forbidden: the system asked to act as an organisation.
        """
        if self.organisation_id is None:
            raise Forbidden("Only an organisation can do this.")
        return self.organisation_id

    def may(self, permission: Permission) -> bool:
        """Whether role, grade and scopes together allow the act."""
        needed = PERMISSIONS[self.role].get(permission)
        if needed is None or self.grade.rank < needed.rank:
            return False
        return self.scopes is None or permission.value in self.scopes

    def permissions(self) -> list[Permission]:
        """Every act that `may` allows, in the order of declaration."""
        return [permission for permission in Permission if self.may(permission)]


class View(StrEnum):
    """How much of a registration check a caller is entitled to."""

    FULL = "full"
    OWN = "own"


def registration_view(caller: Caller, *, provider_id: UUID, la_code: str | None) -> View:
    """Who sees every count of a check, and who only what its own pupils contribute and the overall result.

    A school must not learn from a count that another school's child is looked after or has an EHC plan; an authority
    oversees its own area; a provider knows its own roll.
    """
    match caller.role:
        case Role.SYSTEM | Role.PARTNERSHIP:
            return View.FULL
        case Role.LOCAL_AUTHORITY if la_code is None or caller.la_code in (None, la_code):
            return View.FULL
        case Role.PROVIDER if caller.organisation_id == provider_id:
            return View.FULL
        case _:
            return View.OWN
