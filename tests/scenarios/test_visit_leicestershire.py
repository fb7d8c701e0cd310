"""The Leicestershire visit record, walked by its four parties from the plan to the shared report."""

from pathlib import Path

import pytest

from app.db.base import today
from app.reports import press
from tests.given import Given
from tests.scenarios.visiting import planned


async def test_a_green_visit_goes_from_plan_to_a_report_that_the_network_reads(given: Given) -> None:
    walk = await planned(given, "leics-seip-qa-v1")
    assert (await walk.provider.get(walk.path)).status_code == 404
    assert (await walk.authority.get(walk.path)).status_code == 404

    prepared = await walk.step("preparing")
    assert prepared["registration"]["status"] == "not_found"
    refused = await walk.step("with_provider", status=409)
    assert refused["code"] == "visit_incomplete"
    assert {each["pointer"] for each in refused["errors"]} == {
        f"/responses/criterion:{key}"
        for key in (
            "lebc-compliance",
            *(each["item_key"].partition(":")[2] for each in (await walk.form())["items"] if _early(each)),
        )
    }
    await walk.judge_all(walk.lead, phase="before_visit")
    await walk.step("with_provider")

    told = await walk.seen(walk.provider)
    assert told["judgements"] == []
    await walk.note(
        walk.provider, {"item_key": "criterion:safeguarding-records", "text": "The record is in the office."}
    )
    await walk.step("visited", visited_on=today().isoformat(), duration_minutes=180)
    await walk.note(walk.school, {"item_key": "criterion:safety-observed", "text": "Tools are counted in and out."})
    await walk.judge_all(walk.school)
    told = await walk.seen(walk.provider)
    assert [each["side"] for each in told["responses"]] == ["provider"]
    assert told["judgements"] == []
    assert told["versions"] == []
    assert (await walk.provider.get(f"{walk.path}/report")).status_code == 404

    await walk.step("draft_shared")
    draft = (await walk.provider.get(f"{walk.path}/report")).json()
    assert draft["stage"] == "draft"
    refused = await walk.step("finalised", status=409)
    assert [each["code"] for each in refused["errors"]] == ["comments_open"]
    comment = {"kind": "conclusion", "text": "We agree."}
    assert (await walk.provider.post(f"{walk.path}/comments", comment)).status_code == 201
    final = await walk.step("finalised")
    assert final["allowed_transitions"] == []

    report = (await walk.authority.get(f"{walk.path}/report")).json()
    assert report["stage"] == "final"
    verified = await walk.authority.get(f"/v1/reports/{report['content_hash']}")
    assert verified.json()["is_newest"] is True
    verified = await walk.authority.get(f"/v1/reports/{report['content_hash']}/verification")
    assert verified.json() == {
        "kind": "visit_report",
        "content_hash": report["content_hash"],
        "provider_id": final["provider_id"],
        "visit_id": final["id"],
        "annual_report_id": None,
        "academic_year": None,
        "number": report["number"],
        "stage": "final",
        "made_at": report["created_at"],
        "is_newest": True,
    }
    for form, start in (("html", b"<!doctype html>"), ("pdf", b"%PDF-")):
        answer = await walk.school.get(f"{walk.path}/report", params={"format": form})
        assert answer.status_code == 200, answer.text
        assert answer.content.lstrip().lower().startswith(start.lower())


async def test_a_report_that_cannot_be_set_just_now_is_a_problem_and_the_next_one_is_there(
    given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = await planned(given, "leics-seip-qa-v1")
    await walk.step("preparing")
    await walk.judge_all(walk.lead, phase="before_visit")
    await walk.step("with_provider")
    await walk.step("visited", visited_on=today().isoformat(), duration_minutes=180)
    await walk.judge_all(walk.school)
    await walk.step("draft_shared")
    program = tmp_path / "crashing.py"
    program.write_text("import os, signal; input(); os.kill(os.getpid(), signal.SIGKILL)", encoding="utf-8")
    press.PRESS.close()
    with monkeypatch.context() as changed:
        changed.setattr(press, "_PROGRAM", program)
        refused = await walk.provider.get(f"{walk.path}/report?format=pdf")
    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (503, "unavailable", True)
    assert refused.headers["Retry-After"]
    assert (await walk.provider.get(f"{walk.path}/report?format=pdf")).content.startswith(b"%PDF-")


def _early(item: dict[str, object]) -> bool:
    return item["kind"] == "criterion" and item["phase"] == "before_visit"
