"""The report as a PDF: tagged, complete, the same each time, whatever was written."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.visit_reports import Stage, content_hash, document
from app.reports.texts import NO_GLYPH, spelled
from app.reports.visit import pdf
from tests.reports.reading import Paper
from tests.reports.samples import FRAMEWORKS, HALF_DAY, LEICESTERSHIRE, hostile, sample

SHOWN = ("sections", "items", "rating", "observer_notes", "title", "label", "text", "rationale", "action_points")
DRAFT = "DRAFT – confidential"
each_framework = pytest.mark.parametrize("framework_id", FRAMEWORKS)


@cache
def paper(framework_id: str, stage: Stage = Stage.FINAL) -> Paper:
    """The PDF of a sample."""
    return printed(document(sample(framework_id, stage)))


def printed(made: dict[str, Any]) -> Paper:
    """The PDF of a document."""
    return Paper(pdf(made, content_hash(made)))


@each_framework
def test_the_file_is_tagged_and_says_its_title_and_language(framework_id: str) -> None:
    read = paper(framework_id)
    assert b"/Lang(en-GB)" in read.catalog
    assert b"/MarkInfo<</Marked true" in read.catalog
    assert b"/StructTreeRoot" in read.catalog
    assert b"/DisplayDocTitle true" in read.catalog
    assert "<pdfuaid:part>1</pdfuaid:part>" in read.metadata()
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in read.metadata()
    assert "Second Wind Workshops: " in read.metadata()
    tags = set(re.findall(rb"/Type/StructElem/S/(\w+)", read.source))
    assert {b"H1", b"H2", b"Table", b"THead", b"TH", b"TD", b"P"} <= tags


@each_framework
def test_each_page_has_the_provider_the_page_number_the_version_and_the_hash(framework_id: str) -> None:
    read = paper(framework_id)
    digest = content_hash(document(sample(framework_id)))
    assert len(read.pages) > 3
    for place in range(len(read.pages)):
        text = read.text(place)
        assert "Second Wind Workshops, 18\u00a0November\u00a02026" in text
        assert f"Page {place + 1} of {len(read.pages)}" in text
        assert f"SHA-256 {digest}" in text
        assert "Version 2 (final)" in text


@each_framework
def test_a_draft_is_marked_behind_every_page_and_a_final_report_on_none(framework_id: str) -> None:
    drawn = [[text for tag, text in page if "/Background" in tag] for page in paper(framework_id, Stage.DRAFT).pages]
    assert drawn == [[DRAFT]] * len(drawn)
    final = paper(framework_id)
    assert not [place for place in range(len(final.pages)) if DRAFT in final.text(place)]


@each_framework
def test_every_judgement_is_there_in_words(framework_id: str) -> None:
    text = paper(framework_id).content
    sections = sample(framework_id).sections
    ratings = [each.rating for each in sections] + [each.rating for section in sections for each in section.items]
    labels = [each.label for each in ratings if each]
    assert len(labels) > 5
    assert all(bare(text).count(bare(label)) >= labels.count(label) for label in labels)


def test_the_same_document_gives_the_same_bytes_from_any_thread() -> None:
    made = document(sample(HALF_DAY))
    with ThreadPoolExecutor(4) as threads:
        files = set(threads.map(lambda _: pdf(made, content_hash(made)), range(8)))
    assert len(files) == 1


def test_no_text_becomes_markup_and_none_is_lost() -> None:
    made = hostile()
    text = bare(printed(made).content)
    told = bare(" ".join(texts(spelled(made, NO_GLYPH))))
    words = {bare(word) for each in texts(spelled(made, NO_GLYPH)) for word in each.split() if word.isascii()}
    assert "[clappinghandssign]" in told
    assert "#read(\"/etc/passwd\")$x^2$*notbold*_northis_`code`<script>alert('1')</script>&amp;{{7*7}}\\@ref" in text
    assert not {word for word in words if word not in text}


def test_a_note_says_when_characters_were_spelled_out() -> None:
    note = bare("Characters that the fonts of this file do not have")
    assert note in bare(printed(hostile()).content)
    assert note not in bare(paper(LEICESTERSHIRE).content)


def test_every_character_of_the_table_has_a_glyph() -> None:
    known = [chr(code) for code in range(0x20, 0x20000) if not NO_GLYPH.match(chr(code))]
    assert len(known) > 3000
    made = document(sample(HALF_DAY))
    made["sections"][0]["rationale"] = made["sections"][0]["title"] = " ".join(known)
    assert len(printed(made).pages) > 1


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=50, max_size=400))
def test_no_text_stops_the_press(text: str) -> None:
    made = document(sample(HALF_DAY, overall=None, registration=None))
    made["provider"]["name"] = made["sections"][0]["rationale"] = made["sections"][0]["title"] = text
    assert printed(made).pages


def bare(text: str) -> str:
    """A text without blanks and places to break."""
    return re.sub(r"[\s\u200b\u00ad]", "", text)


def texts(value: Any) -> Iterator[str]:
    """The free texts of a document's sections."""
    if isinstance(value, dict):
        for key in (
            "sections",
            "items",
            "title",
            "text",
            "rationale",
            "action_points",
            "observer_notes",
            "rating",
            "label",
        ):
            yield from texts(value.get(key))
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value
