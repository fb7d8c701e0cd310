"""Crosswalks over HTTP: what may be told on another scale, and what is lost."""

import pytest

from app.domain import crosswalk
from tests import documents
from tests.given import Api, Given


@pytest.fixture
async def viewer(given: Given) -> Api:
    """Somebody at a school."""
    return await given.school("viewer")


async def test_every_table_is_listed_with_what_is_lost_and_why(viewer: Api) -> None:
    listed = (await viewer.get("/v1/crosswalks")).json()
    assert listed["page"] == {"next_cursor": None, "has_more": False}
    assert len(listed["data"]) == len(crosswalk.TABLES)
    assert all(each["reason"] and each["source"] and each["version"] for each in listed["data"])
    for each in listed["data"]:
        assert (each["loss"] == "forbidden") == (each["map"] == {})


async def test_tables_are_found_by_direction(viewer: Api) -> None:
    there = (await viewer.get("/v1/crosswalks?from_scale=ofsted-eif-2019&to_scale=leics-seip-rag")).json()["data"]
    back = (await viewer.get("/v1/crosswalks?from_scale=leics-seip-rag&to_scale=ofsted-eif-2019")).json()["data"]
    assert [each["loss"] for each in (*there, *back)] == ["lossy", "forbidden"]
    assert there[0]["map"] == {
        "outstanding": "green",
        "good": "green",
        "requires_improvement": "amber",
        "inadequate": "red",
    }
    to = (await viewer.get("/v1/crosswalks?to_scale=leics-seip-rag")).json()["data"]
    assert {each["to_scale"] for each in to} == {"leics-seip-rag"}
    assert (await viewer.get("/v1/crosswalks?from_scale=nowhere")).json()["data"] == []


async def test_a_rating_is_told_on_another_scale_with_its_loss(viewer: Api) -> None:
    told = (await viewer.get("/v1/crosswalks/ofsted-eif-2019/leics-seip-rag/inadequate")).json()
    assert told["source"]
    assert told["reason"]
    assert (told["rating"], told["loss"], told["concern"], told["version"]) == ("red", "lossy", True, 1)
    same = (await viewer.get("/v1/crosswalks/leics-seip-rag/leics-seip-rag/amber")).json()
    assert (same["rating"], same["loss"], same["concern"], same["version"]) == ("amber", "none", False, None)


@pytest.mark.parametrize(
    ("from_scale", "to_scale", "rating"),
    [
        ("ofsted-eif-2019", "ofsted-report-card-2025", "good"),
        ("ofsted-report-card-2025", "ofsted-eif-2019", "strong_standard"),
    ],
)
async def test_old_and_new_ofsted_grades_are_never_told_as_one_another(
    viewer: Api, from_scale: str, to_scale: str, rating: str
) -> None:
    told = (await viewer.get(f"/v1/crosswalks/{from_scale}/{to_scale}/{rating}")).json()
    assert (told["rating"], told["loss"]) == (None, "forbidden")
    assert told["reason"].startswith("Ofsted says")


async def test_from_and_to_an_organisations_own_scale_nothing_is_told_but_that_it_is_a_failure(given: Given) -> None:
    partnership = await given.partnership()
    await partnership.made("/v1/frameworks", documents.framework("ours-v1"))
    for path in ("ours-v1-scale/leics-seip-rag/not_met", "leics-seip-rag/ours-v1-scale/red"):
        told = (await partnership.get(f"/v1/crosswalks/{path}")).json()
        assert (told["rating"], told["loss"], told["concern"], told["version"]) == (None, "forbidden", True, None)
        assert told["reason"] == "There is no table from this scale to that."
    same = (await partnership.get("/v1/crosswalks/ours-v1-scale/ours-v1-scale/met")).json()
    assert (same["rating"], same["loss"], same["concern"]) == ("met", "none", False)
    wrong = await partnership.get("/v1/crosswalks/ours-v1-scale/leics-seip-rag/red")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "rating_unknown")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("nowhere/leics-seip-rag/red", "scale_unknown"),
        ("leics-seip-rag/nowhere/red", "scale_unknown"),
        ("nowhere/nowhere/red", "scale_unknown"),
        ("leics-seip-rag/ofsted-eif-2019/purple", "rating_unknown"),
        ("leics-seip-rag/leics-seip-rag/Red", "rating_unknown"),
        (f"{'x' * 81}/leics-seip-rag/red", "invalid_request"),
        ("%00/leics-seip-rag/%ff", "scale_unknown"),
    ],
)
async def test_what_is_on_no_scale_is_refused(viewer: Api, path: str, code: str) -> None:
    answer = await viewer.get(f"/v1/crosswalks/{path}")
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
