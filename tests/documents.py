"""Framework documents as an organisation would send them."""

from typing import Any


def framework(framework_id: str, **more: Any) -> dict[str, Any]:
    """The least that can be published: one section with one criterion, on a scale of its own."""
    scale = f"{framework_id}-scale"
    values = [
        {"value": "met", "label": "Met", "meaning": "It is so"},
        {"value": "not_met", "label": "Not met", "meaning": "It is not so", "concern": True},
    ]
    criterion = {
        "key": "insurance",
        "printed_ref": "1.1",
        "title": "Insurance",
        "phase": "before_visit",
        "voice": ["documents"],
        "scale": scale,
        "prompts": ["See the certificate."],
        "source": "Handbook 1.1",
    }
    section = {
        "key": "safety",
        "title": "Safety",
        "scale": scale,
        "decided_by": "assessor",
        "concluding_question": "Are pupils safe?",
        "criteria": [criterion],
        "source": "Handbook 1",
    }
    return {
        "id": framework_id,
        "title": "Handbook",
        "publisher": "An invented partnership",
        "version": "1",
        "document": "Handbook (2026)",
        "scales": [{"id": scale, "values": values, "source": "Handbook 1"}],
        "sections": [section],
        "overall": {"decided_by": "none", "source": "Handbook 1"},
        "forms": [{"kind": "qa_visit", "framework_id": framework_id}],
    } | more
