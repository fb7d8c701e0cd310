"""An annual report's document as both renderings show it: sections of texts, facts and tables, in reading order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.domain.annual_reports import ASKED
from app.reports.annual import known
from app.reports.annual.blocks import NOT_TOLD, Block, cell, said, table
from app.reports.texts import paragraphs
from app.reports.words import DRAFT, day, instant

View = dict[str, Any]
Data = Mapping[str, Any]

PARTS = {
    "qualifications_offered": "Qualifications offered",
    "outcomes_achieved": "Outcomes achieved in those qualifications",
    "non_accredited_outcomes": "Other outcomes",
    "plans": "Plans",
    "financial_status": "Financial status",
}
LABELS = {
    "plans_following_year": "For the following year",
    "plans_long_term": "For the long term",
    "finances_at_year_end": "At the end of the year",
    "finances_ahead": "Into the future",
}
UNWRITTEN = "Not yet written."
LISTED = "They stand beside the qualifications offered."


def view(document: Data, content_hash: str) -> View:
    """Everything that a rendering says, its texts as lists of paragraphs. A draft has no hash."""
    draft, provider = document["stage"] == "draft", document["provider"]["name"]
    return {
        "title": f"{provider}: annual report {document['academic_year']}",
        "provider": provider,
        "on": f"annual report {document['academic_year']}",
        "lead": provider,
        "framework": "Annual report",
        "watermark": DRAFT if draft else None,
        "unready": "The provider is still writing; nobody else reads it.",
        "version": f"Version {document['number']}" + (" (draft)" if draft else ""),
        "content_hash": content_hash or None,
        "verify": f"GET /v1/reports/{content_hash}/verification",
        "proof": "It names the report, whose document as JSON, in its canonical spelling (RFC 8785), has this hash.",
        "sections": [each for each in _sections(document) if each["blocks"]],
        "about": _about(document),
    }


def _sections(document: Data) -> Iterable[View]:
    written, figures = document["written"], document["figures"]
    yield _section("The provider", [{"kind": "facts", "facts": _particulars(document)}])
    yield _section("Introduction", said(None, paragraphs(written["introduction"])))
    for part, asked in ASKED.items():
        blocks = [one for name in asked for one in _part(written, name)]
        yield _section(PARTS[part], [*_listed(written, part), *blocks, *known.of_part(figures, part)])
    yield _section("Anything else", said(None, paragraphs(written["anything_else"])))
    for title, blocks in known.of_year(figures):
        yield _section(title, blocks)


def _section(title: str, blocks: Sequence[Block]) -> View:
    return {"title": title, "blocks": list(blocks)}


def _part(written: Data, name: str) -> list[Block]:
    text = paragraphs(written[name])
    return said(LABELS.get(name), text or _instead(written, name))


def _instead(written: Data, name: str) -> list[str]:
    """What stands where nothing was written: the list of qualifications may say it."""
    listed = {"qualifications_statement": [], "outcomes_statement": [LISTED]}
    return listed.get(name, [UNWRITTEN]) if written["qualifications"] else [UNWRITTEN]


def _listed(written: Data, part: str) -> list[Block]:
    """The qualifications, with what came of them: told once, where they are offered."""
    if part != "qualifications_offered" or not written["qualifications"]:
        return []
    rows = [
        [
            cell(each["title"]),
            cell(each["level"] or ""),
            cell(each["awarding_body"] or ""),
            cell(_learners(each["entered"])),
            cell(_learners(each["achieved"])),
        ]
        for each in written["qualifications"]
    ]
    columns = ("Qualification", "Level", "Awarding body", "Entered", "Achieved")
    return [table("Learners entered for each qualification, and how many of them achieved it", columns, rows)]


def _learners(count: int | None) -> str:
    return NOT_TOLD if count is None else str(count)


def _particulars(document: Data) -> list[list[str]]:
    provider, figures = document["provider"], document["figures"]
    facts = (
        ("Provider", provider["name"]),
        ("Legal name", provider["legal_name"]),
        ("URN", provider["urn"]),
        ("DfE number", provider["dfe_number"]),
        ("Company number", provider["company_number"]),
        ("Postcode", provider["postcode"]),
        ("Academic year", document["academic_year"]),
        ("Figures", f"{day(figures['from_on'])} to {day(figures['to_on'])}"),
    )
    return [[name, str(value)] for name, value in facts if value not in (None, "")]


def _about(document: Data) -> list[list[str]]:
    previous = document["previous"]
    facts = (
        ("Version", document["number"]),
        ("Made", instant(document["made_at"])),
        ("Figures assembled", instant(document["figures"]["assembled_at"])),
        ("Format", document["format"]),
        ("Follows", previous and f"version {previous['number']}: {previous['content_hash']}"),
    )
    return [[name, str(value)] for name, value in facts if value not in (None, "")]
