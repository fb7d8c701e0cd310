"""A report's document as both renderings show it: in reading order, in words, with a tone for each rating."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.reports.texts import paragraphs
from app.reports.tones import tone
from app.reports.visit.words import worded
from app.reports.words import DRAFT, day, duration, instant

View = dict[str, Any]
Data = Mapping[str, Any]
Facts = list[list[str]]


def view(document: Data, content_hash: str) -> View:
    """Everything that a rendering says, its texts as lists of paragraphs."""
    visit, draft = document["visit"], document["stage"] == "draft"
    on = day(visit["visited_on"] or visit["planned_on"]).replace(" ", "\N{NO-BREAK SPACE}")
    return {
        "title": f"{document['provider']['name']}: {worded(visit['kind']).lower()}, {on}",
        "provider": document["provider"]["name"],
        "kind": worded(visit["kind"]),
        "on": on,
        "lead": document["lead_organisation"]["name"],
        "framework": document["framework"]["title"],
        "watermark": DRAFT if draft else None,
        "unready": "Shared for comment with the provider and the visiting team; not yet a finding.",
        "version": f"Version {document['number']} ({'draft' if draft else 'final'})",
        "content_hash": content_hash,
        "verify": f"GET /v1/reports/{content_hash}/verification",
        "proof": "It answers with the content as JSON, whose canonical spelling (RFC 8785) has this hash.",
        "particulars": _facts(document),
        **_at_a_glance(document),
        "registration": _registration(document["registration"]),
        "sections": [_section(each, draft) for each in document["sections"]],
        "comments": [_comment(each) for each in document["comments"]],
        "dispute": _dispute(document["dispute"]),
        "verified": document["framework"]["verified"],
        "about": _about(document),
    }


def _at_a_glance(document: Data) -> View:
    return {
        "overall": _overall(document["overall"]),
        "glance": [_glance(each) for each in document["sections"]],
        "key": [_scale(each) for each in document["framework"]["scales"]],
        "concerns": [{**each, "detail": paragraphs(each["detail"])} for each in document["concerns"]],
        "follow_up": day(document["follow_up_due_on"]),
        "actions": list(_actions(document["sections"])),
    }


def _told(facts: Iterable[tuple[str, object]]) -> Facts:
    """The facts that there are."""
    return [[name, str(value)] for name, value in facts if value not in (None, "")]


def _facts(document: Data) -> Facts:
    visit, provider, site, framework = (document[each] for each in ("visit", "provider", "site", "framework"))
    by = (", ".join(filter(None, (each["name"], each["role"], each["organisation"]))) for each in document["visitors"])
    return _told(
        (
            ("Provider", provider["name"]),
            ("Legal name", provider["legal_name"]),
            ("URN", provider["urn"]),
            ("DfE number", provider["dfe_number"]),
            ("Company number", provider["company_number"]),
            ("Postcode", provider["postcode"]),
            ("Site", site and ", ".join(filter(None, (site["name"], site["address"], site["postcode"])))),
            ("Visit", worded(visit["kind"])),
            ("Visited on", day(visit["visited_on"])),
            ("Planned for", day(visit["planned_on"])),
            ("Provider notified", instant(visit["notified_at"])),
            ("Time on site", duration(visit["duration_minutes"])),
            ("Led by", document["lead_organisation"]["name"]),
            ("Together with", "; ".join(each["name"] for each in visit["joint"])),
            ("Visitors", "; ".join(by)),
            ("Framework", f"{framework['title']}, version {framework['version']}, {framework['publisher']}"),
            ("Source document", framework["document"]),
        )
    )


def _badge(rating: Data | None, otherwise: str = "Not judged") -> View:
    return {"label": rating["label"] if rating else otherwise, "tone": tone(rating)}


def _overall(overall: Data | None) -> View | None:
    if overall is None:
        return None
    hint = overall["hint"]
    return {
        "title": overall["title"],
        "badge": _badge(overall["rating"], "Not yet judged"),
        "meaning": overall["rating"]["meaning"] if overall["rating"] else "",
        "rationale": paragraphs(overall["rationale"]),
        "hint": hint and {"badge": _badge(hint["rating"]), "because": ", ".join(hint["because"])},
        "rolled_up": overall["decided_by"] == "rollup",
    }


def _glance(section: Data) -> View:
    """A section's line: its rating, and how many of its items have each rating, best first."""
    rated = [each["rating"] for each in section["items"] if each["rating"]]
    found = Counter(each["value"] for each in rated)
    by_value = {each["value"]: each for each in sorted(rated, key=lambda each: int(each["rank"]))}
    unrated = len(section["items"]) - len(rated)
    counts = [{**_badge(by_value[value]), "count": found[value]} for value in by_value]
    return {
        **_headed(section),
        "badge": _badge(section["rating"], _without(section)),
        "counts": counts + ([{**_badge(None), "count": unrated}] if unrated else []),
    }


def _without(section: Data) -> str:
    return "Judged by item only" if section["decided_by"] == "none" else "Not yet judged"


def _headed(part: Data) -> View:
    return {"ref": part["printed_ref"] or "", "title": part["title"], "essential": part["essential"]}


def _scale(scale: Data) -> list[View]:
    values = scale["values"]
    return [
        {**_badge({**each, "rank": rank, "of": len(values)}), "meaning": each["meaning"]}
        for rank, each in enumerate(values)
    ]


def _points(part: Data) -> list[str]:
    return [each for point in part["action_points"] for each in paragraphs(point)]


def _actions(sections: Iterable[Data]) -> Iterable[View]:
    for section in sections:
        for part in (*section["items"], section):
            if said := _points(part):
                of = "" if part is section else section["title"]
                yield {**_headed(part), "of": of, "badge": _badge(part["rating"]), "action": said}


def _registration(registration: Data | None) -> View | None:
    if registration is None:
        return None
    check = registration["check"]
    return {
        "facts": _told(
            (
                ("Status in the register", worded(registration["status"])),
                ("URN", registration["urn"]),
                ("Looked up on", day(registration["checked_on"])),
                ("Extract of the register", day(registration["gias_extract_on"])),
                ("Registration check", check and worded(check["overall"])),
                ("Checked as of", check and day(check["as_of_on"])),
                ("Check", check and check["id"]),
            )
        ),
        "questions": [
            {"title": each["title"], "answers": [_said(said) for said in each["answers"]]}
            for each in registration["questions"]
        ],
        "caveats": [_caveat(each) for each in registration["caveats"]],
    }


def _caveat(caveat: Data) -> View:
    badge = _badge(caveat["rating"], "Not yet judged")
    return {"title": caveat["title"], "badge": badge, "rationale": paragraphs(caveat["rationale"])}


def _said(said: Data) -> View:
    return {"who": f"{worded(said['by'])}, {said['organisation']}", "text": paragraphs(said["text"])}


def _section(section: Data, draft: bool) -> View:
    unseen = "Not seen" if section["answer"] == "if_observed" else "Not yet judged" if draft else "Not judged"
    return {
        **_headed(section),
        "principle": section["guiding_principle"],
        "question": section["concluding_question"],
        "badge": _badge(section["rating"], _without(section)),
        "rationale": paragraphs(section["rationale"]),
        "actions": _points(section),
        "notes": [_note(each) for each in section["notes"]],
        "items": [_item(each, unseen) for each in section["items"]],
    }


def _item(item: Data, unseen: str) -> View:
    return {
        **_headed(item),
        "phase": worded(item["phase"]),
        "badge": _badge(item["rating"], unseen),
        "rationale": paragraphs(item["rationale"]),
        "evidence": [
            {"text": paragraphs(each["text"]), "attachments": each["attachments"]} for each in item["provider_evidence"]
        ],
        "notes": [_note(each) for each in item["observer_notes"]],
        "actions": _points(item),
    }


def _note(note: Data) -> View:
    return {"who": note["organisation"], "text": paragraphs(note["text"])}


def _comment(comment: Data) -> View:
    return {
        "about": comment["item_title"] or comment["item_key"] or "The report as a whole",
        "who": worded(comment["by"]),
        "kind": worded(comment["kind"]),
        "text": paragraphs(comment["text"]),
        "suggested": paragraphs(comment["suggested"]),
    }


def _dispute(dispute: Data | None) -> View | None:
    if dispute is None:
        return None
    return {
        "facts": _told(
            (
                ("Raised on", day(dispute["raised_on"])),
                ("Outcome", worded(dispute["outcome"]) if dispute["outcome"] else "Not yet moderated"),
                ("Moderated on", day(dispute["moderated_on"])),
                ("Moderated by", dispute["moderated_by_organisation"]),
                ("How", dispute["how"] and worded(dispute["how"])),
            )
        ),
        "reason": paragraphs(dispute["reason"]),
        "outcome_reason": paragraphs(dispute["outcome_reason"]),
    }


def _about(document: Data) -> Facts:
    previous, framework = document["previous"], document["framework"]
    return _told(
        (
            ("Version", f"{document['number']}, {document['stage']}"),
            ("Made", instant(document["made_at"])),
            ("Visit", document["visit"]["id"]),
            ("Format", document["format"]),
            ("Follows", previous and f"version {previous['number']}, {previous['stage']}: {previous['content_hash']}"),
            ("Framework version", f"{framework['id']}: {framework['content_hash']}"),
        )
    )
