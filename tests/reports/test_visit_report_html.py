"""The report as a web page: whole, safe, and put together as WCAG asks."""

import base64
import hashlib
import re
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from app.domain.visit_reports import Stage, content_hash, document
from app.reports.texts import CONTROLS, spelled
from app.reports.tones import TONES, tone
from app.reports.visit import POLICY, html
from tests.reports.reading import Page
from tests.reports.samples import FRAMEWORKS, HALF_DAY, HEREFORDSHIRE, HOSTILE, LEICESTERSHIRE, hostile, sample

DOCUMENTS = {
    **{f"{each} {stage}": document(sample(each, stage)) for each in FRAMEWORKS for stage in Stage},
    "hostile": hostile(),
    "bare": document(
        sample(HALF_DAY, overall=None, registration=None, comments=(), dispute=None, concerns=(), site=None)
    ),
}
each_document = pytest.mark.parametrize("made", DOCUMENTS.values(), ids=DOCUMENTS)


def page(made: dict[str, Any]) -> Page:
    """The page of a document."""
    return Page(html(made, content_hash(made)))


@each_document
def test_the_page_has_a_language_a_title_and_landmarks(made: dict[str, Any]) -> None:
    read = page(made)
    assert read.all("html")[0].attributes["lang"] == "en-GB"
    assert made["provider"]["name"].partition("\n")[0] in read.all("title")[0].text
    assert [each.name for each in read.all("header", "nav", "main", "footer")] == ["header", "nav", "main", "footer"]
    assert all(len(each.around) == 2 for each in read.all("header", "nav", "main", "footer"))


@each_document
def test_headings_descend_by_one_from_a_single_first(made: dict[str, Any]) -> None:
    levels = [int(each.name[1]) for each in page(made).all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - sooner <= 1 for sooner, later in pairwise(levels))


@each_document
def test_every_table_has_a_caption_and_scoped_headers(made: dict[str, Any]) -> None:
    read = page(made)
    assert len(read.all("caption")) == len(read.all("table")) >= 1 + len(made["sections"])
    assert {each.attributes.get("scope") for each in read.all("th")} == {"col", "row"}
    rows = [each for each in read.all("tr") if "tbody" in each.around]
    assert len([each for each in read.all("th") if each.attributes["scope"] == "row"]) == len(rows)


@each_document
def test_links_lead_to_places_on_the_page_alone(made: dict[str, Any]) -> None:
    read = page(made)
    ids = Counter(each.attributes["id"] for each in read.elements if "id" in each.attributes)
    targets = {(each.attributes["href"] or "").removeprefix("#") for each in read.all("a")}
    labels = {each.attributes["aria-labelledby"] for each in read.elements if "aria-labelledby" in each.attributes}
    assert set(ids.values()) == {1}
    assert targets | labels <= set(ids)


@each_document
def test_the_page_runs_nothing_and_asks_for_nothing(made: dict[str, Any]) -> None:
    read = page(made)
    assert not read.all("script", "link", "img", "iframe", "object", "form", "base")
    told = {name for each in read.elements for name in each.attributes}
    assert not {name for name in told if name.startswith("on") or name in {"src", "style", "srcset", "action"}}
    assert "url(" not in read.all("style")[0].text
    assert "@import" not in read.all("style")[0].text


def test_the_policy_lets_the_page_have_its_own_style_and_nothing_else() -> None:
    style = page(document(sample(LEICESTERSHIRE))).all("style")[0].text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert POLICY.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_no_text_becomes_markup_and_none_is_lost() -> None:
    made = hostile()
    told = page(made)
    plain = page(document(sample(LEICESTERSHIRE, Stage.DRAFT)))
    assert {each.name for each in told.elements} == {each.name for each in plain.elements}
    body = told.all("body")[0].text
    whole = {HOSTILE[0], HOSTILE[1], HOSTILE[3], *HOSTILE[2].split("\u202e")[:1]}
    assert all(text in body for text in whole)
    assert "mark[right-to-left override]reversed\u202c; bell[u+0007]." in body


@each_document
def test_every_judgement_is_there_in_words(made: dict[str, Any]) -> None:
    shown = Counter(each.text for each in page(made).of_class("badge"))
    parts = [part for section in spelled(made, CONTROLS)["sections"] for part in (section, *section["items"])]
    expected = Counter(each["rating"]["label"] for each in parts if each["rating"])
    assert expected
    assert all(shown[label] >= count for label, count in expected.items())


def test_a_draft_is_marked_on_every_page_and_a_final_report_is_not() -> None:
    for stage, marked in ((Stage.DRAFT, True), (Stage.FINAL, False)):
        read = page(document(sample(LEICESTERSHIRE, stage)))
        assert bool(read.of_class("watermarked")) is marked
        assert ("DRAFT – confidential" in read.all("body")[0].text) is marked
        assert ("DRAFT – confidential" in read.all("title")[0].text) is marked
    rule = re.search(r"\.watermarked::before \{(.*?)\}", read.all("style")[0].text)
    assert rule
    assert 'content: "DRAFT – confidential"' in rule[1]
    assert "position: fixed" in rule[1]


@each_document
def test_the_page_says_how_to_verify_it(made: dict[str, Any]) -> None:
    assert f"GET /v1/reports/{content_hash(made)}" in page(made).all("main")[0].text


def test_what_has_no_rating_says_why() -> None:
    made = document(sample(HEREFORDSHIRE))
    made["sections"][0]["items"][0]["rating"] = None
    shown = Counter(each.text for each in page(made).of_class("tone-none"))
    assert shown["Judged by item only"] == 2 * sum(each["decided_by"] == "none" for each in made["sections"])
    assert "Not seen" in {each.text for each in page(document(sample(HALF_DAY))).of_class("tone-none")}


@pytest.mark.parametrize("values", [2, 3, 4, 5])
def test_ratings_of_any_scale_look_different_and_a_concern_looks_worst(values: int) -> None:
    tones = [tone({"rank": rank, "of": values, "concern": False}) for rank in range(values)]
    assert len(set(tones)) == values
    assert (tones[0], tones[-1]) == ("best", "lowest")
    assert tone({"rank": values - 1, "of": values, "concern": True}) == "concern"


def test_each_tone_has_its_own_colours_and_shape_with_enough_contrast() -> None:
    assert len({each.shape for each in TONES.values()}) == len({each.paper for each in TONES.values()}) == len(TONES)
    assert min(contrast(each.ink, each.paper) for each in TONES.values()) >= 7


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour written #rrggbb."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
