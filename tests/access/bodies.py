"""The least that each route takes as its body: "{table}" is a row of the caller's, "{table:1}" the one after it."""

from datetime import timedelta
from typing import Any

from app.db.base import now
from tests import documents
from tests.access import visited
from tests.access.world import TERMS

WEEK = [{"weekday": 1, "starts_at": "09:00", "ends_at": "12:00"}]
PLACEMENT = {"provider_id": "{providers}", "pupil_id": "{pupils}", "starts_on": "2026-01-05", "timetable": WEEK}
PUPIL = {"given_name": "Ada", "family_name": "Invented"}
MARK = {"placement_id": "{placed.id}", "session_on": "2026-01-05", "session": "AM", "code": "/"}
QUESTIONS = [{"key": "safe", "kind": "yes_no", "text": "Do you feel safe?"}]
ASKED = {"visit_id": "{visits}", "title": "How is it?", "audience": "pupils", "questions": QUESTIONS}
FORM = {"grant_type": "client_credentials"}

# Text is sent as the first type that the route declares.
BODIES: dict[str, dict[str, Any] | str] = {
    "change_organisation": {"name": "Another"},
    "add_person": {"issuer": "https://sign-in.test", "subject": "a", "grade": "viewer"},
    "change_person": {"grade": "viewer"},
    "add_client": {"name": "MIS", "grade": "viewer", "scopes": ["pupils:read"]},
    "create_provider": {"name": "Another"},
    "change_provider": {"name": "Another"},
    "create_site": {"name": "Another"},
    "change_site": {"name": "Another"},
    "create_staff_member": {"name": "Another", "role": "dsl"},
    "change_staff_member": {"name": "Another"},
    "create_provider_audit": {"body": "LEBC", "audited_on": "2026-01-05"},
    "change_provider_audit": {"outcome": "Passed."},
    "create_status_check": {},
    "declare_pupils": {"groups": []},
    "create_pupil": PUPIL,
    "search_pupils": {"family_name": "Invented"},
    "change_pupil": {"given_name": "Eve"},
    "put_pupil": PUPIL,
    "merge_pupil": {"pupil_id": "{pupils:1}"},
    "share_pupil": {"organisation_id": "{readers}", "purpose": "Referral"},
    "create_placement": PLACEMENT,
    "record_placements": {"mode": "atomic", "items": [PLACEMENT]},
    "change_placement": {"goal": "other"},
    "change_timetable": {"from_on": "2026-01-05", "timetable": WEEK},
    "end_placement": {"ends_on": "2026-02-05"},
    "cancel_placement": {"reason": "By mistake."},
    "put_placement": PLACEMENT,
    "create_import": "provider_id,upn,starts_on\nx,y,2026-01-05\n",
    "run_registration_check": {"provider_id": "{providers}"},
    "check_registration_what_if": {
        "provider_id": "{providers}",
        "placements": [{"pupil_id": "{pupils}", "starts_on": "2026-01-05", "timetable": WEEK}],
    },
    "run_sweep": {},
    "plan_visit": {"provider_id": "{providers}", "framework_id": "leics-seip-qa-v1", "kind": "qa_visit"},
    "change_visit": {"planned_minutes": 90},
    "take_visit_step": {"to": "cancelled", "reason": "By mistake."},
    "save_responses": {"items": [{"item_key": "criterion:safety-observed", "text": "Tidy."}]},
    "save_judgements": {"items": [{"item_key": "criterion:safety-observed", "rating": "green"}]},
    "comment_on_draft": {"kind": "comment", "text": "Agreed."},
    "rely_on_visit": {"reason": "Recent."},
    "create_concern": {"provider_id": "{providers}", "title": "Machinery", "detail": "No guard."},
    "withdraw_concern": {"reason": "By mistake."},
    "create_decision": {"provider_id": "{providers}", "kind": "continue", "reason": "All is well."},
    "put_exit_plan": {"leave_by_on": "2026-12-18", "plan": "Back to school."},
    "draft_action_plan_of_visit": {},
    "draft_action_plan_of_audit": {},
    "create_action_plan": {"provider_id": "{providers}"},
    "change_action_plan": {"title": "Another"},
    "close_action_plan": {},
    "reopen_action_plan": {"reason": "By mistake."},
    "create_action": {"plan_id": "{action_plans}", "action": "Keep a log."},
    "change_action": {"evidence_ids": []},
    "review_action": {"progress": "The log is kept."},
    "take_action_step": {"to": "in_progress", "reason": "The log is kept."},
    "put_evidence": visited.FILE.decode(),
    "create_evidence": visited.FILE.decode(),
    "put_compliance_policy": {"blocking": ["dsl_training"]},
    "create_compliance_item": {"type": "fire_drill", "given_on": "2026-01-05"},
    "withdraw_compliance_item": {"reason": "By mistake."},
    "create_placement_check": {"kind": "lebc_registered", "confirmed_on": "2026-01-05"},
    "withdraw_placement_check": {"reason": "By mistake."},
    "publish_framework": documents.framework("another-v1"),
    "record_welfare_visit": {"placement_id": "{placements}", "seen_on": "2026-01-05"},
    "correct_welfare_visit": {"reason": "By mistake.", "seen_by": "Head of Year"},
    "withdraw_welfare_visit": {"reason": "By mistake."},
    "correct_progress_report": {"reason": "By mistake.", "summary": "Otherwise."},
    "withdraw_progress_report": {"reason": "By mistake."},
    "correct_provider_document": {"reason": "By mistake.", "title": "Another letter"},
    "withdraw_provider_document": {"reason": "By mistake."},
    "request_progress": {"provider_id": "{providers}", "due_on": "2199-12-31"},
    "record_progress_report": {
        "kind": "tracking",
        "placement_id": "{placements}",
        "academic_year": "2025/26",
        "term": 3,
        "summary": "As planned.",
    },
    "record_provider_document": {
        "kind": "other",
        "title": "A letter",
        "provider_id": "{providers}",
        "commissioner_id": "{commissioner}",
    },
    "create_questionnaire": {
        "visit_id": "{visits}",
        "title": "How is it?",
        "audience": "pupils",
        "questions": QUESTIONS,
    },
    "change_questionnaire": {"title": "Another"},
    "take_questionnaire_step": {"to": "open"},
    "draw_questionnaire_sample": {"visit_id": "{visits}", "size": 3},
    "create_questionnaire_links": {"count": 1, "expires_at": (now() + timedelta(days=1)).isoformat()},
    "share_questionnaire_results": {},
    "create_annual_report": {"academic_year": "2021/22"},
    "change_annual_report": {"introduction": "Of the year."},
    "publish_annual_report": {},
    "waive_obligation": {"reason": "A college."},
    "record_attendance": {"items": [MARK]},
    "put_attendance": MARK,
    "put_fee_rate": {"basis": "per_day", "amount": "85.00", "commissioner_id": "{commissioner}"},
    "submit_invoice": {
        "provider_id": "{placed.provider_id}",
        "commissioner_id": "{placed.commissioner_id}",
        "period_from_on": "2026-01-05",
        "period_to_on": "2026-01-31",
        "reference": "X-1",
        "lines": [{"placement_id": "{placed.id}", "quantity": "1", "unit_amount": "85.00", "description": "Days"}],
    },
    "take_invoice_step": {"to": "withdrawn", "reason": "By mistake."},
    "put_invoice_shares": {"lines": []},
    "withhold_invoice": {"reason": "Late again."},
    "put_calendar": {"terms": TERMS},
    "import_calendar": "ordinal,name,starts_on,ends_on\n"
    + "".join(f"{each['ordinal']},,{each['starts_on']},{each['ends_on']}\n" for each in TERMS),
}
# What a provider sends instead.
PROVIDERS: dict[str, dict[str, Any]] = {"take_visit_step": {"to": "disputed", "reason": "It was seen."}}
