"""Every route of the service with its one permission, and the least that can be sent to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi.routing import iter_route_contexts

from app.contract.access_matrix import permissions
from app.domain.access import Caller, Permission, Role
from app.main import create_app
from app.settings import Settings

Step = str | int
Place = tuple[Step, ...]

# Routes that answer without a token: signing in, the notes on the contract, and those for machines that watch.
OPEN = {"issue_token", "get_jwks", "get_livez", "get_readyz", "get_metrics", "list_release_notes"}
# Calendars read by a secret address.
OPEN |= {"get_obligation_feed"}
# Whoever has a link answers.
OPEN |= {"ask_questionnaire", "answer_questionnaire"}
# Routes that need a token and no permission.
UNCONDITIONAL = {"get_me"}

# The table that an id names, by the name under which it stands in a path or a body. None: of no table, or of the
# caller's own making.
NAMES: dict[str, str | None] = {
    "organisation_id": "organisations",
    "home_school_id": "organisations",
    "commissioner_id": "organisations",
    "provider_id": "providers",
    "predecessor_ids": "providers",
    "linked_ids": "providers",
    "site_id": "sites",
    "staff_id": "provider_staff",
    "audit_id": "audits",
    "pupil_id": "pupils",
    "share_id": "pupil_shares",
    "placement_id": "placements",
    "check_id": "registration_checks",
    "hold_id": "threshold_holds",
    "sweep_id": "sweeps",
    "import_id": "imports",
    "membership_id": "memberships",
    "client_id": "clients",
    "urn": "establishments",
    "source": None,
    "external_id": None,
    "mis_id": None,
    "user_id": None,
    "list_name": None,
    "ruleset_id": None,
    "framework_id": "frameworks",
    "visit_id": "visits",
    "follows_visit_id": "visits",
    "team_ids": "organisations",
    "response_id": "visit_responses",
    "judgement_id": "judgements",
    "concern_id": "concerns",
    "concern_ids": "concerns",
    "decision_id": "decisions",
    "plan_id": "action_plans",
    "action_id": "actions",
    "evidence_id": "evidence",
    "evidence_ids": "evidence",
    "compliance_item_id": "compliance_items",
    "placement_check_id": "placement_checks",
    "content_hash": "visit_versions",
    "from_scale": None,
    "to_scale": None,
    "rating": None,
    "academic_year": None,
    "agreement_id": None,
    "request_id": "progress_requests",
    "feed_id": "obligation_feeds",
    "welfare_visit_id": "welfare_visits",
    "progress_report_id": "progress_reports",
    "provider_document_id": "provider_documents",
    "invoice_id": "invoices",
    "key": "obligation_waivers",
    "secret": None,
    "programme_id": None,
    "questionnaire_id": "questionnaires",
    "sample_id": "questionnaire_samples",
    "report_id": "annual_reports",
    "revises_id": "annual_reports",
}
# Paths whose last parameter names no row of the caller's.
VALUES = {"source": "mis", "external_id": "X-1", "list_name": "la-codes", "ruleset_id": "eng-s463"}
VALUES |= {"secret": "x"}
VALUES |= {"academic_year": "2026-27", "from_on": "2026-09-07", "to_on": "2026-09-11"}
VALUES |= {"from_scale": "ofsted-eif-2019", "to_scale": "leics-seip-rag", "rating": "good"}
# What a query must name, where the same name stands for a row in a path.
QUERIES = {"framework_id": "leics-seip-qa-v1", "key": "overall", "programme_id": "ave-qa-v8"}
# The table in which a route changes or adds a row, where that is not the one that its path ends in.
CHANGES = {"create_site": "sites", "declare_pupils": "declarations", "share_pupil": "pupils"}
CHANGES |= {"create_staff_member": "provider_staff"}
CHANGES |= {"save_responses": "visit_responses", "save_judgements": "judgements", "comment_on_draft": "visit_comments"}
# By what a row is named in a path, where that is not its id; what names none.
NAMED_BY = {"urn": "urn", "content_hash": "content_hash"}
NOTHING: dict[str, Any] = {"id": UUID(int=0), "urn": 1, "content_hash": "0" * 64}
# What is refused those who may do it at another stage of the visit, or of the report.
CLOSED = {
    "save_responses": "visit_closed_for_responses",
    "remove_response": "visit_closed_for_responses",
    "save_judgements": "visit_closed_for_judgements",
    "remove_judgement": "visit_closed_for_judgements",
    "comment_on_draft": "visit_closed_for_comments",
    "change_annual_report": "annual_report_published",
    "discard_annual_report": "annual_report_published",
    "assemble_annual_report": "annual_report_published",
    "publish_annual_report": "annual_report_published",
}
# Whom a route always refuses, although its permission is theirs: they need that for another act.
NEVER = {"plan_visit": Role.PROVIDER, "change_visit": Role.PROVIDER}
# Routes by which whoever sees a row adds one of its own beside it.
BESIDE = {"acknowledge_decision", "rely_on_visit", "stop_relying_on_visit"}
BESIDE |= {"create_compliance_item"}
# Routes that ask for another's finalised visit, on which the caller relies already or does not.
RELYING = {"rely_on_visit": False, "stop_relying_on_visit": True}
# What has to be so of the caller's row that a route's path ends in; "{caller}" is the caller's organisation.
STANDING: dict[str, dict[str, Any]] = {
    "change_visit": {"status": "planned", "lead_organisation_id": "{caller}"},
    "take_visit_step": {"status": "planned", "lead_organisation_id": "{caller}"},
    "get_visit_report": {"status": "finalised"},
    "save_responses": {"status": "visited"},
    "save_judgements": {"status": "visited"},
    "comment_on_draft": {"status": "draft_shared"},
    "draft_action_plan_of_visit": {"status": "finalised"},
    "close_action_plan": {"title": "Done"},
    "reopen_action_plan": {"status": "closed"},
    "change_questionnaire": {"status": "draft"},
    "take_questionnaire_step": {"status": "draft"},
    "create_questionnaire_links": {"status": "open"},
    "get_questionnaire_results": {"status": "closed"},
    "share_questionnaire_results": {"status": "closed"},
    "take_invoice_step": {"status": "received", "withheld_on": None},
    "put_invoice_shares": {"status": "submitted"},
    "withhold_invoice": {"withheld_because": "Late."},
    "release_invoice": {"withheld_because": "Late."},
}
PROVIDERS_STANDING = {"change_visit": {"status": "draft_shared"}, "take_visit_step": {"status": "draft_shared"}}
# The member that needs no second permission within a route: others verify by it what this one submits.
ALONE = {"take_action_step": "forge"}
# Routes whose path holds an id of the caller's own making.
MINTED = {"put_evidence"}


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: what it needs, and how it is asked."""

    name: str
    method: str
    path: str
    permissions: tuple[Permission, ...]
    document: dict[str, Any]
    schemas: dict[str, Any]

    @property
    def parameters(self) -> list[str]:
        """The names in its path."""
        return [each["name"] for each in self.document.get("parameters", []) if each["in"] == "path"]

    @property
    def needs_version(self) -> bool:
        """Whether it takes the version that a change is based on."""
        return any(each["name"] == "If-Match" for each in self.document.get("parameters", []))

    @property
    def writes(self) -> bool:
        """Whether it can be tried with nothing kept, as everything that writes can."""
        return any(each["name"] == "dry_run" for each in self.document.get("parameters", []))

    @property
    def query(self) -> dict[str, str]:
        """The least of its query, with "{table}" for a row of the caller's; where it can, it only tries."""
        needed = [each["name"] for each in self.document.get("parameters", []) if each["in"] == "query"]
        required = {each["name"] for each in self.document.get("parameters", []) if each.get("required")}
        said = {name: (VALUES | QUERIES).get(name) or f"{{{NAMES[name]}}}" for name in needed if name in required}
        return said | ({"dry_run": "true"} if self.writes else {})

    @property
    def media_type(self) -> str:
        """The first type of body that it takes."""
        return str(next(iter(self.document["requestBody"]["content"])))

    @property
    def schema(self) -> dict[str, Any] | None:
        """The schema of its JSON body."""
        content: dict[str, Any] = self.document.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return found

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema without a reference or a null at its top."""
        if "$ref" in schema:
            return self.resolved(self.schemas[schema["$ref"].rsplit("/", 1)[-1]])
        options = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
        return self.resolved({**schema, **options[0], "anyOf": []}) if options else schema

    def ids(self) -> list[Place]:
        """Where in its body an id of a row can stand."""
        return [place for place in self._places(self.schema or {}, ()) if self.table(place) is not None]

    def table(self, place: Place) -> str | None:
        """The table whose row is named at a place of the body."""
        return NAMES[next(str(step) for step in reversed(place) if isinstance(step, str))]

    def _places(self, schema: dict[str, Any], at: Place) -> Iterator[Place]:
        whole = self.resolved(schema)
        for name, part in whole.get("properties", {}).items():
            yield from self._places(part, (*at, name))
        if whole.get("type") == "array":
            yield from self._places(whole["items"], (*at, 0))
        names = [step for step in at if isinstance(step, str)]
        if whole.get("type") == "string" and names and names[-1].endswith(("_id", "_ids")):
            yield at


def routes() -> list[Route]:
    """Every operation of the contract."""
    app = create_app(Settings())
    document = app.openapi()
    return [
        Route(
            name=str(each.operation_id),
            method=method,
            path=str(each.path),
            permissions=tuple(permissions(each)),
            document=document["paths"][each.path][method.lower()],
            schemas=document["components"]["schemas"],
        )
        for each in iter_route_contexts(app.routes)
        if getattr(each, "include_in_schema", False)
        for method in sorted(each.methods or ())
    ]


def stands(route: Route, caller: Caller, row: Mapping[str, Any]) -> bool:
    """Whether a row at the end of the route's path stands as it must for the route to serve the caller."""
    wanted = STANDING.get(route.name, {})
    if caller.role is Role.PROVIDER:
        wanted = PROVIDERS_STANDING.get(route.name, wanted)
    told = {"{caller}": caller.organisation_id}
    return all(row[name] == told.get(value, value) for name, value in wanted.items())


def put(body: Any, place: Place, value: Any) -> Any:
    """A body with a value at a place; what stands around it is made where it is absent."""
    if not place:
        return value
    step, *rest = place
    if isinstance(step, int):
        return [put(body[0] if body else {}, tuple(rest), value)]
    return {**(body or {}), step: put((body or {}).get(step), tuple(rest), value)}


def filled(body: Any, ids: dict[str, UUID]) -> Any:
    """A body whose "{table}" texts are the ids of rows."""
    if isinstance(body, dict):
        return {key: filled(value, ids) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(each, ids) for each in body]
    if isinstance(body, str) and body.startswith("{"):
        return str(ids[body.strip("{}")])
    return body
