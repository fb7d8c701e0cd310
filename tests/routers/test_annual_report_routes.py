"""Annual reports over HTTP: begun, assembled, written, published, revised, and read by those whom they concern."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.base import today
from app.domain.access import Caller, Role
from app.domain.calendar import academic_year_label
from tests.given import Given
from tests.routers.annual import FIRST, LAST_YEAR, REPORTS, START, WRITTEN, scene
from tests.scenarios.visiting import pointers


def code(answer: Any) -> tuple[int, str]:
    """How it was refused."""
    return answer.status_code, answer.json()["code"]


# --- begin ----------------------------------------------------------------------------------------------------------


async def test_a_draft_is_assembled_at_once_and_says_what_is_missing(given: Given) -> None:
    known = await scene(given)
    for number in range(6):
        await known.placed(placement_reason="BHS", attendance_pattern="FT" if number else "PT")
    answer = await known.provider.post(REPORTS, {"academic_year": LAST_YEAR.replace("/", "-")})
    told = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{REPORTS}/{told['id']}")
    assert (told["academic_year"], told["status"], told["number"]) == (LAST_YEAR, "draft", 1)
    assert (told["content_hash"], told["published_at"], told["revises_id"]) == (None, None, None)
    assert told["figures"]["placements"]["pupils"] == 6
    assert told["figures"]["placements"]["source"] == {"resource": "placements", "records": 6}
    assert {each["pointer"] for each in told["missing"]} == {
        *("/qualifications_statement", "/outcomes_statement", "/non_accredited_statement", "/plans_following_year"),
        *("/plans_long_term", "/finances_at_year_end", "/finances_ahead"),
    }
    assert {each["code"] for each in told["missing"]} == {"part_missing"}


async def test_there_is_one_report_for_a_provider_and_a_year(given: Given) -> None:
    known = await scene(given)
    first = await known.begun()
    answer = await known.provider.post(REPORTS, {"academic_year": LAST_YEAR})
    assert code(answer) == (409, "annual_report_exists")
    assert (answer.json()["annual_report_id"], answer.json()["report_status"]) == (first["id"], "draft")
    another = await known.provider.post(REPORTS, {"academic_year": academic_year_label(today())})
    assert another.status_code == 201
    of_another = await known.provider.post(REPORTS, {"academic_year": "2012/13", "revises_id": first["id"]})
    assert code(of_another) == (409, "annual_report_other")
    lost = await known.provider.post(
        REPORTS, {"academic_year": LAST_YEAR, "revises_id": str(known.provider.organisation_id)}
    )
    assert code(lost) == (404, "not_found")


@pytest.mark.parametrize("year", ["2025", "2025/27", "25/26", "", "2025-2026", None, 2025])
async def test_a_year_that_is_none_is_refused(given: Given, year: Any) -> None:
    known = await scene(given)
    answer = await known.provider.post(REPORTS, {"academic_year": year})
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/academic_year"}


async def test_a_year_to_come_is_refused_and_one_that_goes_on_is_not_published(given: Given) -> None:
    known = await scene(given)
    coming = academic_year_label(START + timedelta(days=366))
    answer = await known.provider.post(REPORTS, {"academic_year": coming})
    assert code(answer) == (422, "year_not_begun")
    assert answer.json()["errors"][0]["pointer"] == "/academic_year"
    report = await known.begun(academic_year=academic_year_label(today()))
    written = (await known.write(report, WRITTEN)).json()
    refused = await known.act(written, "publish", {})
    assert code(refused) == (409, "annual_report_incomplete")
    assert pointers(refused.json()) == {("year_not_over", "/academic_year")}


# --- write ----------------------------------------------------------------------------------------------------------


async def test_what_is_absent_stays_and_null_takes_away(given: Given) -> None:
    known = await scene(given)
    first = (await known.write(await known.begun(), WRITTEN)).json()
    assert {name: first[name] for name in WRITTEN} | {"qualifications": []} == WRITTEN | {"qualifications": []}
    assert first["qualifications"] == [{"awarding_body": None, **WRITTEN["qualifications"][0]}]
    assert first["missing"] == []
    second = (await known.write(first, {"plans_long_term": None, "anything_else": "Thanks."})).json()
    assert (second["plans_long_term"], second["anything_else"]) == (None, "Thanks.")
    assert second["introduction"] == WRITTEN["introduction"]
    assert [each["pointer"] for each in second["missing"]] == ["/plans_long_term"]
    assert code(await known.write(first, {"introduction": "x"})) == (412, "stale_version")
    refused = await known.write(second, {"introductoin": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/introductoin")


async def test_a_draft_is_thrown_away_and_begun_anew(given: Given) -> None:
    known = await scene(given)
    report = await known.begun()
    path = f"{REPORTS}/{report['id']}"
    assert (await known.provider.send("DELETE", path)).status_code == 428
    assert (await known.provider.send("DELETE", path, headers={"If-Match": '"1"'})).status_code == 204
    assert (await known.provider.get(path)).status_code == 404
    assert (await known.begun())["number"] == 1


async def test_the_etag_moves_with_what_is_missing(given: Given) -> None:
    known = await scene(given)
    draft = await known.begun()
    path = f"{REPORTS}/{draft['id']}"
    before = (await known.provider.get(path)).headers["etag"]
    assert (await known.provider.get(path, headers={"If-None-Match": before})).status_code == 304
    draft = (await known.write(draft, {"introduction": "Our lead is Rowan Thistlewood."})).json()
    before = (await known.provider.get(path)).headers["etag"]
    staff = {"name": "Rowan Thistlewood", "role": "dsl"}
    await known.provider.made(f"/v1/providers/{known.made['id']}/staff", staff)
    after = await known.provider.get(path, headers={"If-None-Match": before})
    assert (after.status_code, after.json()["version"]) == (200, draft["version"])
    assert ("staff_named", "/introduction") in {(each["code"], each["pointer"]) for each in after.json()["missing"]}
    assert (
        await known.provider.patch(path, {"introduction": None}, after.headers["etag"].strip('"'))
    ).status_code == 200


# --- publish --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [each for each in WRITTEN if each not in ("introduction", "qualifications")])
async def test_a_part_that_is_missing_is_told_by_pointer(given: Given, part: str) -> None:
    known = await scene(given)
    draft = await known.written(**{part: None})
    refused = await known.act(draft, "publish", {})
    assert code(refused) == (409, "annual_report_incomplete")
    assert pointers(refused.json()) == {("part_missing", f"/{part}")}
    assert (await known.seen(draft, known.provider)).json()["status"] == "draft"


async def test_more_cannot_achieve_than_were_entered(given: Given) -> None:
    known = await scene(given)
    draft = await known.written(qualifications=[{"title": "x", "entered": 5, "achieved": 6}])
    refused = await known.act(draft, "publish", {})
    assert pointers(refused.json()) == {("more_achieved_than_entered", "/qualifications/0/achieved")}


async def test_figures_of_half_a_year_are_assembled_again_first(given: Given) -> None:
    known = await scene(given)
    draft = await known.written()
    early = json.dumps((FIRST + timedelta(days=60)).isoformat())
    query = "UPDATE annual_reports SET figures = jsonb_set(figures, '{to_on}', CAST(:early AS jsonb))"
    async with given.held.database.session_for(Caller.system("test")) as session:
        await session.execute(text(query), {"early": early})
    refused = await known.act(draft, "publish", {})
    assert pointers(refused.json()) == {("figures_outdated", "/figures")}
    assembled = (await known.act(draft, "assemble")).json()
    assert assembled["version"] == draft["version"] + 1
    await known.published(assembled)


async def test_names_of_staff_and_pupils_keep_it_from_being_published_until_they_are_reviewed(given: Given) -> None:
    known = await scene(given)
    pupil = await given.pupil(known.partnership, given_name="Tamsin", family_name="Quickthorn")
    await known.placed(pupil_id=pupil["id"])
    staff = {"name": "Rowan Thistlewood", "role": "dsl"}
    await known.provider.made(f"/v1/providers/{known.made['id']}/staff", staff)
    draft = await known.written(
        outcomes_statement="Tamsin Quickthorn passed.",
        non_accredited_statement="Tamsin came daily.",
        anything_else="Ms Thistlewood led.",
        qualifications=[{"title": "The Thistlewood award", "entered": 9, "achieved": 9}],
    )
    refused = await known.act(draft, "publish", {})
    named = {
        ("pupil_named", "/outcomes_statement"),
        ("may_name_pupil", "/outcomes_statement"),
        ("may_name_pupil", "/non_accredited_statement"),
        ("staff_named", "/anything_else"),
        ("staff_named", "/qualifications/0/title"),
    }
    assert pointers(refused.json()) == named
    assert "Tamsin" not in refused.text
    assert "Thistlewood" not in refused.text
    assert {(each["code"], each["pointer"]) for each in draft["missing"]} == named
    told = await known.published(draft, names_reviewed="An award and a town are named after the family.")
    assert told["status"] == "published"


async def test_what_is_published_is_frozen_and_its_hash_is_that_of_its_document(given: Given) -> None:
    known = await scene(given)
    told = await known.published()
    assert told["missing"] == []
    assert told["published_at"]
    path = f"{REPORTS}/{told['id']}"
    document = (await known.provider.get(f"{path}/document")).json()["document"]
    spelled = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(spelled.encode()).hexdigest() == told["content_hash"]
    assert (document["stage"], document["format"]) == ("published", "apqa-annual-report/1")
    for answer in (
        await known.write(told, {"introduction": "Otherwise."}),
        await known.act(told, "assemble"),
        await known.act(told, "publish", {}),
        await known.provider.send("DELETE", path, headers={"If-Match": f'"{told["version"]}"'}),
    ):
        assert code(answer) == (409, "annual_report_published")
    await known.placed()
    assert (await known.provider.get(f"{path}/document")).json()["document"] == document
    assert (await known.seen(told, known.provider)).json() == told


async def test_nobody_changes_or_removes_by_sql_what_is_published(given: Given) -> None:
    known = await scene(given)
    told = await known.published()
    speaking = Caller(role=Role.PROVIDER, organisation_id=known.provider.organisation_id)
    async with given.held.database.session_for(speaking) as session:
        for statement in ("UPDATE annual_reports SET number = 7", "DELETE FROM annual_reports"):
            assert (await session.execute(text(statement))).rowcount == 0  # type: ignore[attr-defined]
    for column in ("content = '{}'", "written = '{}'", "content_hash = 'x'", "status = 'draft'", "version = 9"):
        with pytest.raises(DBAPIError, match="a published report stays as it is"):
            async with given.held.database.session_for(Caller.system("test")) as session:
                await session.execute(text(f"UPDATE annual_reports SET {column}"))
    assert (await known.seen(told, known.provider)).json() == told
