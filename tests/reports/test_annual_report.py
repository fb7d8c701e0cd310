"""An annual report as a page and as a PDF: complete, tagged, the same each time, whatever was written."""

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from app.domain.annual_reports import AnnualQualification, AnnualReportStatus, Written, breakdown, document, published
from app.domain.annual_reports.counting import hidden
from app.domain.documents import content_hash
from app.reports.annual import html, pdf
from app.reports.annual.view import view
from app.reports.annual.words import TITLES, WORDS
from tests.reports.annual_samples import REASONS, figures, sample, written
from tests.reports.reading import Page, Paper

DRAFT = "DRAFT – confidential"
SCRIPT = "<script>alert(1)</script> & #show: none $x$ *bold* \\ [a](b)"


def digest(made: dict[str, Any]) -> str:
    """The hash with which a document is shown: a draft has none."""
    return content_hash(made) if made["stage"] == "published" else ""


@cache
def paper(stage: AnnualReportStatus = AnnualReportStatus.PUBLISHED) -> Paper:
    """The PDF of a sample."""
    made = document(sample(stage))
    return Paper(pdf(made, digest(made)))


@cache
def page(stage: AnnualReportStatus = AnnualReportStatus.PUBLISHED) -> Page:
    """The page of a sample."""
    made = document(sample(stage))
    return Page(html(made, digest(made)))


def squeezed(text: str) -> str:
    """A text without blanks, which lines of a PDF lack where they break."""
    return re.sub(r"[\s\u200b\u00a0]", "", text)


def told(value: Any) -> list[str]:
    """Every text that a view shows."""
    if isinstance(value, dict):
        return [text for key, part in value.items() if key not in ("kind", "tone") for text in told(part)]
    if isinstance(value, list):
        return [text for part in value for text in told(part)]
    return [value] if isinstance(value, str) and value else []


def test_the_file_is_tagged_and_says_its_title_and_language() -> None:
    read = paper()
    assert b"/Lang(en-GB)" in read.catalog
    assert b"/MarkInfo<</Marked true" in read.catalog
    assert "<pdfuaid:part>1</pdfuaid:part>" in read.metadata()
    assert "Second Wind Workshops: annual report 2025/26" in read.metadata()
    tags = set(re.findall(rb"/Type/StructElem/S/(\w+)", read.source))
    assert {b"H1", b"H2", b"H3", b"Table", b"THead", b"TH", b"TD", b"P"} <= tags


def test_page_and_file_say_everything_that_the_view_says() -> None:
    made = document(sample())
    texts = {squeezed(each) for each in told(view(made, digest(made))["sections"])}
    shown, printed = squeezed("".join(each.text for each in page().all("body"))), squeezed(paper().content)
    assert len(texts) > 100
    assert [each for each in texts if each not in shown] == []
    assert [each for each in texts if each not in printed] == []


def test_every_text_of_the_document_is_shown() -> None:
    made = document(sample())
    shown = squeezed(page().all("body")[0].text)
    for text in (value for value in made["written"].values() if isinstance(value, str)):
        assert squeezed(text) in shown
    for name in ("Motor vehicle studies", "An awarding body", "LEBC", "Fire drill each term", "How is it?"):
        assert squeezed(name) in shown


def test_each_part_of_the_agreement_has_a_heading_of_its_own() -> None:
    headings = [each.text for each in page().all("h2")]
    parts = ["Qualifications offered", "Outcomes achieved in those qualifications", "Other outcomes", "Plans"]
    assert [each for each in headings if each in (*parts, "Financial status")] == [*parts, "Financial status"]
    for name in ("For the following year", "For the long term", "At the end of the year", "Into the future"):
        assert name in [each.text for each in page().of_class("label")]


def test_a_draft_is_marked_on_every_page_and_has_no_hash() -> None:
    read, drawn = paper(AnnualReportStatus.DRAFT), page(AnnualReportStatus.DRAFT)
    assert all(DRAFT in read.text(at) for at in range(len(read.pages)))
    assert "SHA-256 of the content" not in read.content
    assert [each.text for each in drawn.of_class("draft")] == [
        f"{DRAFT}. The provider is still writing; nobody else reads it."
    ]
    assert not any(DRAFT in paper().text(at) for at in range(len(paper().pages)))


def test_each_page_of_what_is_published_has_the_hash_and_where_to_verify_it() -> None:
    read, made = paper(), document(sample())
    for at in range(len(read.pages)):
        assert f"SHA-256 {content_hash(made)}" in read.text(at)
        assert f"Page {at + 1} of {len(read.pages)}" in read.text(at)
    assert squeezed(f"GET /v1/reports/{content_hash(made)}/verification") in squeezed(read.content)


def test_the_same_document_gives_the_same_bytes() -> None:
    made = document(sample())
    assert pdf(made, digest(made)) == pdf(made, digest(made))


def test_a_draft_of_nothing_says_of_each_part_that_it_is_not_yet_written() -> None:
    made = document(sample(AnnualReportStatus.DRAFT, written=Written(), previous=None))
    shown = Page(html(made, "")).all("body")[0].text
    assert shown.count("Not yet written.") == 7
    assert Paper(pdf(made, "")).content.count("Not yet written.") == 7


def test_what_is_not_told_is_said_to_be_so() -> None:
    few = replace(figures().placements, pupils=None, breakdowns=(hidden(breakdown("reason", {}, known=REASONS)),))
    offered = published(written(qualifications=(AnnualQualification("A", entered=3, achieved=2),)))
    made = document(sample(figures=figures(placements=few), written=offered))
    cells = [each.text for each in Page(html(made, digest(made))).all("td")]
    assert cells.count("not told") >= 2 + len(REASONS)
    body = Page(html(made, digest(made))).all("body")[0].text
    assert "fewer than five children" in body


def test_nothing_that_was_written_becomes_markup() -> None:
    said = written(introduction=SCRIPT, plans_long_term=SCRIPT, qualifications=(AnnualQualification(SCRIPT),))
    made = document(sample(written=said))
    drawn = Page(html(made, digest(made)))
    assert drawn.all("script") == []
    assert SCRIPT in drawn.all("body")[0].text
    assert squeezed(SCRIPT) in squeezed(Paper(pdf(made, digest(made))).content)


@pytest.mark.parametrize("text", ["\u202ebackwards", "a\x00b\x07", "日本語 العربية", "x" * 3000, "🎓 well done"])
def test_any_text_can_be_printed(text: str) -> None:
    made = document(sample(written=written(introduction=text, anything_else=text)))
    assert pdf(made, digest(made)).startswith(b"%PDF")
    Page(html(made, digest(made)))


def test_every_breakdown_and_every_value_of_a_closed_list_has_words() -> None:
    counted = figures()
    by = {each.by for each in counted.placements.breakdowns} | {counted.attendance.sessions.by}
    by |= {counted.welfare.pupils.by, counted.progress.reports.by, counted.progress.targets.by}
    assert by <= TITLES.keys()
    assert {"not_said", "post_16", "going_on", "unauthorised_absence"} <= WORDS.keys()
