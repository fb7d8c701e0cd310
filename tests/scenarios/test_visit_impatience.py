"""An integrator who tries first and reads afterwards: what a visit answers to what does not fit."""

from typing import Any

import httpx
import pytest

from app.db.base import new_id
from tests.given import Api, Given
from tests.scenarios.visiting import Walk, days, planned, pointers

LEICS, SEEN = "leics-seip-qa-v1", "criterion:safety-observed"
STATUSES = ("preparing", "with_provider", "visited", "draft_shared", "disputed", "finalised")


async def opened(given: Given) -> Walk:
    """A visit that the provider has."""
    walk = await planned(given, LEICS)
    await walk.prepared()
    return walk


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["code"]


def one(result: dict[str, Any]) -> tuple[int, str, list[str]]:
    """The status, the code and the places of a refused item."""
    return result["status"], result["problem"]["code"], [each["pointer"] for each in result["problem"]["errors"]]


# --- steps ----------------------------------------------------------------------------------------------------------


async def test_steps_in_the_wrong_order_are_refused_with_those_that_are_open(given: Given) -> None:
    walk = await planned(given, LEICS)
    for to in STATUSES[1:]:
        refused = await walk.step(to, status=409, reason="Now.")
        assert (refused["code"], refused["allowed"]) == ("transition_not_allowed", ["preparing", "cancelled"])
    await walk.step("preparing")
    assert (await walk.step("preparing", status=409))["code"] == "transition_not_allowed"
    assert (await walk.step("cancelled", status=422))["code"] == "reason_required"
    assert (await walk.step("cancelled", status=422, reason=" "))["errors"] != []
    await walk.step("cancelled", reason="The provider has closed.")
    assert (await walk.step("preparing", status=409))["allowed"] == []
    assert problem(await walk.lead.patch(walk.path, {"planned_minutes": 60}, 3)) == (409, "visit_not_planned_any_more")


async def test_half_a_step_says_what_it_lacks(given: Given) -> None:
    walk = await planned(given, LEICS, planned_on=None, visitors=[])
    assert pointers(await walk.step("preparing", status=409)) == {
        ("planned_on_missing", "/planned_on"),
        ("visitors_missing", "/visitors"),
    }
    missing = {each["to"]: each["missing"] for each in (await walk.form())["next_steps"]}
    assert [each["pointer"] for each in missing["preparing"]] == ["/planned_on", "/visitors"]
    walk = await opened(given)
    assert pointers(await walk.step("visited", status=409)) == {
        ("visited_on_missing", "/visited_on"),
        ("duration_missing", "/duration_minutes"),
    }
    future: dict[str, Any] = {"visited_on": days(1), "duration_minutes": 60}
    assert pointers(await walk.step("visited", status=409, **future)) == {("visited_on_in_future", "/visited_on")}
    assert (await walk.step("visited", status=422, visited_on=days(0), duration_minutes=0))["code"] == "invalid_request"
    await walk.visited()
    await walk.judge_all(walk.lead)
    late = await walk.step("draft_shared", status=409, comments_due_on=days(-1))
    assert pointers(late) == {("comments_due_passed", "/comments_due_on")}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (422, "invalid_request")),
        (b'{"to": "prep', (400, "malformed_body")),
        (b"[]", (422, "invalid_request")),
        (b"{}", (422, "invalid_request")),
        (b'{"to": "begun"}', (422, "invalid_request")),
        (b'{"to": "preparing", "force": true}', (422, "invalid_request")),
        (b'{"to": "preparing", "reason": "\\u0000"}', (422, "invalid_request")),
    ],
)
async def test_half_a_body_is_no_step(given: Given, content: bytes, expected: tuple[int, str]) -> None:
    walk = await planned(given, LEICS)
    headers = {"If-Match": '"1"', "Content-Type": "application/json"}
    answer = await walk.lead.send("POST", f"{walk.path}/transitions", content=content, headers=headers)
    assert problem(answer) == expected, answer.text
    assert (await walk.seen(walk.lead))["version"] == 1


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (None, (428, "precondition_required")),
        ('"7"', (412, "stale_version")),
        ('W/"1"', (412, "stale_version")),
        ("preparing", (412, "stale_version")),
        ('"2", "3"', (412, "stale_version")),
    ],
)
async def test_a_step_is_taken_from_the_version_that_was_seen(
    given: Given, sent: str | None, expected: tuple[int, str]
) -> None:
    walk = await planned(given, LEICS)
    headers = {} if sent is None else {"If-Match": sent}
    body = {"to": "preparing"}
    assert problem(await walk.lead.post(f"{walk.path}/transitions", body, headers=headers)) == expected
    # What the team notes does not move the version on: the tag of an earlier look still serves.
    etag = (await walk.lead.get(walk.path)).headers["etag"]
    answer = await walk.lead.post(f"{walk.path}/transitions", body, headers={"If-Match": etag})
    assert answer.status_code == 200
    etag = answer.headers["etag"]
    await walk.judge_all(walk.school, phase="before_visit")
    told = await walk.lead.post(f"{walk.path}/transitions", {"to": "with_provider"}, headers={"If-Match": etag})
    assert told.status_code == 200, told.text


async def test_a_step_sent_again_under_its_key_is_answered_as_the_first_time(given: Given) -> None:
    walk = await planned(given, LEICS)
    headers = {"If-Match": '"1"', "Idempotency-Key": "prepare"}
    first = await walk.lead.post(f"{walk.path}/transitions", {"to": "preparing"}, headers=headers)
    await walk.step("cancelled", reason="By mistake.")
    again = await walk.lead.post(f"{walk.path}/transitions", {"to": "preparing"}, headers=headers)
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, first.json(), first.headers["etag"])
    assert again.headers["idempotency-replayed"] == "true"
    other = await walk.lead.post(f"{walk.path}/transitions", {"to": "cancelled", "reason": "x"}, headers=headers)
    assert other.status_code == 422
    assert (await walk.kinds(walk.lead)).count("visit.preparing") == 1


async def test_every_step_can_be_tried_and_nothing_is_kept(given: Given) -> None:
    walk = await planned(given, LEICS)
    await _tried(walk, "preparing")
    await walk.step("preparing")
    await walk.judge_all(walk.lead, phase="before_visit", lebc_compliance="red")
    for to, said in (
        ("with_provider", {}),
        ("visited", {"visited_on": days(0), "duration_minutes": 60}),
        ("draft_shared", {}),
        ("disputed", {"reason": "The store was locked."}),
    ):
        if to == "draft_shared":
            await walk.judge_all(walk.lead, lebc_compliance="red")
        await _tried(walk, to, **said)
        await walk.step(to, **said)
    moderation: dict[str, Any] = {"reason": "Seen again.", "outcome": "upheld", "how": "second_assessor"}
    second = await given.api(walk.lead.organisation_id)
    await _tried(walk, "finalised", second, **moderation)
    assert (await walk.step("finalised", second, **moderation))["outcome"] == "upheld"


async def _tried(walk: Walk, to: str, by: Api | None = None, **said: Any) -> None:
    """Tried, a step is answered as if it were taken; afterwards all is as it was."""
    by = by or walk.lead
    reads = (walk.path, f"{walk.path}/versions", f"{walk.path}/form", "/v1/concerns", "/v1/changes", "/v1/audit")
    before = [(await walk.lead.get(path, params={"limit": 200} if "changes" in path else {})).text for path in reads]
    headers = {"If-Match": f'"{(await walk.seen(walk.lead))["version"]}"'}
    answer = await by.post(f"{walk.path}/transitions", {"to": to} | said, headers=headers, params={"dry_run": "true"})
    assert (answer.status_code, answer.json().get("status")) == (200, to), answer.text
    after = [(await walk.lead.get(path, params={"limit": 200} if "changes" in path else {})).text for path in reads]
    assert after == before


# --- what is written ------------------------------------------------------------------------------------------------


async def test_an_item_that_does_not_fit_is_refused_for_itself_and_the_others_are_kept(given: Given) -> None:
    walk = await opened(given)
    said = [
        {"item_key": SEEN, "text": "Tidy."},
        {"item_key": "criterion:made-up", "text": "Tidy."},
        {"item_key": "question:pupil-profile", "text": "Another framework's."},
        {"item_key": SEEN, "text": "Tidy.", "rating": "good"},
        {"item_key": SEEN, "text": "Tidy.", "rating": "Green"},
        {"item_key": "overall", "text": "There is none."},
    ]
    results = await walk.note(walk.school, *said)
    assert results[0]["status"] == 201
    assert [one(each) for each in results[1:]] == [
        (422, "item_unknown", ["/item_key"]),
        (422, "item_unknown", ["/item_key"]),
        (422, "rating_unknown", ["/rating"]),
        (422, "rating_unknown", ["/rating"]),
        (422, "item_unknown", ["/item_key"]),
    ]
    (refused,) = await walk.note(walk.provider, {"item_key": SEEN, "text": "Tidy.", "rating": "green"})
    assert one(refused) == (422, "rating_not_yours", ["/rating"])
    judged = [
        {"item_key": SEEN, "rating": "outstanding"},
        {"item_key": "section:made-up", "rating": "green"},
        {"item_key": SEEN, "rating": "amber"},
        {"item_key": SEEN, "rating": "red"},
    ]
    results = await walk.judge(walk.school, *judged)
    assert [each["status"] for each in results] == [422, 422, 201, 422]
    assert one(results[3])[1] == "duplicate_key"


async def test_too_much_at_once_is_refused_whole(given: Given) -> None:
    walk = await opened(given)
    note = {"item_key": SEEN, "text": "Tidy."}
    answer = await walk.school.post(f"{walk.path}/responses", {"items": [note] * 501})
    assert (problem(answer), answer.json()["errors"][0]["pointer"]) == ((422, "invalid_request"), "/items")
    judged = {"item_key": SEEN, "rating": "green"}
    assert problem(await walk.school.post(f"{walk.path}/judgements", {"items": [judged] * 501}))[0] == 422
    assert problem(await walk.school.post(f"{walk.path}/responses", {"items": []}))[0] == 422
    long = note | {"text": "x" * 20_001}
    answer = await walk.school.post(f"{walk.path}/responses", {"items": [note, long]})
    assert (problem(answer)[0], answer.json()["errors"][0]["pointer"]) == (422, "/items/1/text")
    assert "x" * 100 not in answer.text
    heavy = [note | {"text": "x" * 20_000}] * 60
    assert problem(await walk.school.post(f"{walk.path}/responses", {"items": heavy}))[0] == 413
    assert (
        problem(await walk.school.post(f"{walk.path}/responses", {"items": [note | {"item_key": "Overall"}]}))[0] == 422
    )
    assert (await walk.seen(walk.lead))["responses"] == []
    full = await walk.note(walk.school, *([note] * 500))
    assert {each["status"] for each in full} == {201}


async def test_nobody_changes_or_removes_what_another_has_written(given: Given) -> None:
    walk, other = await opened(given), await opened(given)
    said = {"id": str(new_id()), "item_key": SEEN, "text": "Tidy."}
    await walk.note(walk.school, said)
    colleague = await given.api(walk.school.organisation_id)
    for by in (colleague, walk.lead):
        (refused,) = await walk.note(by, said | {"text": "Untidy.", "version": 1})
        assert (refused["status"], refused["problem"]["code"]) == (409, "id_taken")
    path = f"{walk.path}/responses/{said['id']}"
    for by, status in ((colleague, 403), (walk.lead, 403), (walk.provider, 404), (walk.authority, 404)):
        assert (await by.send("DELETE", path, headers={"If-Match": '"1"'})).status_code == status
    elsewhere = f"{other.path}/responses/{said['id']}"
    assert (await other.school.send("DELETE", elsewhere, headers={"If-Match": '"1"'})).status_code == 404
    (stale,) = await walk.note(walk.school, said | {"text": "Untidy."})
    assert stale["status"] == 412
    (changed,) = await walk.note(walk.school, said | {"text": "Untidy.", "version": 1})
    assert (changed["status"], changed["version"]) == (200, 2)
    assert (await walk.school.send("DELETE", path)).status_code == 428
    assert (await walk.school.send("DELETE", path, headers={"If-Match": '"1"'})).status_code == 412
    assert (await walk.school.send("DELETE", path, headers={"If-Match": '"2"'})).status_code == 204


async def test_what_is_of_another_visit_is_not_found_in_this_one(given: Given) -> None:
    walk = await opened(given)
    body = {key: walk.visit[key] for key in ("provider_id", "framework_id", "kind", "team_ids")}
    other = await walk.lead.made("/v1/visits", body)
    (judged,) = await walk.judge(walk.lead, {"item_key": SEEN, "rating": "green"})
    (noted,) = await walk.note(walk.lead, {"item_key": SEEN, "text": "Tidy."})
    second = Walk(walk.lead, walk.school, walk.provider, walk.authority, other, given)
    await walk.lead.patch(second.path, {"planned_on": days(0), "visitors": [{"name": "Noor Adeyemi"}]}, 1)
    await second.step("preparing")
    for part in (f"judgements/{judged['id']}", f"responses/{noted['id']}"):
        answer = await walk.lead.send("DELETE", f"{second.path}/{part}", headers={"If-Match": '"1"'})
        assert answer.status_code == 404, answer.text


# --- plans ----------------------------------------------------------------------------------------------------------


async def test_a_plan_names_only_what_belongs_to_it(given: Given) -> None:
    walk = await planned(given, LEICS)
    body = {key: walk.visit[key] for key in ("provider_id", "framework_id", "kind", "planned_on")}
    elsewhere = await given.provider(walk.lead)
    site = await walk.lead.made(f"/v1/providers/{elsewhere['id']}/sites", {"name": "Another's"})
    there = await walk.lead.made("/v1/visits", body | {"provider_id": elsewhere["id"]})
    hidden = (await planned(given, LEICS)).visit["id"]
    nobody, provider_id = str(new_id()), walk.visit["provider_id"]
    stranger = str((await given.school()).organisation_id)
    refusals: list[tuple[dict[str, Any], int, str, list[str]]] = [
        ({"site_id": site["id"]}, 422, "site_unknown", ["/site_id"]),
        ({"site_id": nobody}, 422, "site_unknown", ["/site_id"]),
        ({"follows_visit_id": there["id"]}, 422, "follows_other_provider", ["/follows_visit_id"]),
        ({"follows_visit_id": hidden}, 404, "not_found", []),
        ({"team_ids": [nobody]}, 422, "organisation_unknown", ["/team_ids/0"]),
        ({"team_ids": [provider_id]}, 422, "organisation_unknown", ["/team_ids/0"]),
        ({"kind": "learning_walk"}, 422, "kind_not_in_framework", ["/kind"]),
        ({"framework_id": "made-up-v1"}, 404, "not_found", []),
        ({"provider_id": nobody}, 404, "not_found", []),
        (
            {"visitors": [{"name": "Noor Adeyemi", "organisation_id": stranger}]},
            422,
            "visitor_not_of_team",
            ["/visitors/0/organisation_id"],
        ),
    ]
    for more, status, code, places in refusals:
        answer = await walk.lead.post("/v1/visits", body | more)
        told = answer.json()
        assert (answer.status_code, told["code"], [each["pointer"] for each in told["errors"]]) == (
            status,
            code,
            places,
        ), answer.text
    for more, status, code, _ in (refusals[0], refusals[4], refusals[5], refusals[9]):
        assert problem(await walk.lead.patch(walk.path, more, 1)) == (status, code)
    assert problem(await walk.provider.post("/v1/visits", body)) == (403, "not_yours")
    assert (await walk.seen(walk.lead))["version"] == 1


async def test_an_organisation_that_leaves_the_team_sees_the_visit_no_more(given: Given) -> None:
    walk = await opened(given)
    await walk.note(walk.school, {"item_key": SEEN, "text": "Tidy."})
    version = (await walk.seen(walk.lead))["version"]
    assert (await walk.lead.patch(walk.path, {"team_ids": []}, version)).status_code == 200
    assert await walk.opened_to(walk.school) == ""
    assert await walk.opened_to(walk.lead) == "visit notes judgements"
    assert (
        await walk.school.post(f"{walk.path}/responses", {"items": [{"item_key": SEEN, "text": "x"}]})
    ).status_code == 404


# --- reports and forms ----------------------------------------------------------------------------------------------


async def test_a_report_that_there_is_not_is_not_found_and_one_that_cannot_be_is_refused(given: Given) -> None:
    walk = await opened(given)
    await walk.visited()
    await walk.judge_all(walk.lead)
    draft = await walk.step("draft_shared")
    path = f"{walk.path}/report"
    for version, status in (("1", 200), ("2", 404), ("0", 422), ("-1", 422), ("x", 422), ("10001", 422)):
        assert (await walk.lead.get(path, params={"version": version})).status_code == status
    assert (await walk.lead.get(path, params={"format": "docx"})).status_code == 422
    found = draft["versions"][0]["content_hash"]
    assert (await walk.lead.get(f"/v1/reports/{found}")).json()["is_newest"] is True
    for digest, status in ((found.upper(), 422), (found[:-1], 422), ("g" * 64, 422), ("0" * 64, 404)):
        assert (await walk.lead.get(f"/v1/reports/{digest}")).status_code == status
    assert (await walk.authority.get(f"/v1/reports/{found}")).status_code == 404
    etag = (await walk.lead.get(path)).headers["etag"]
    assert (await walk.lead.get(path, headers={"If-None-Match": etag})).status_code == 304


async def test_each_party_reads_the_same_form_and_its_own_next_steps(given: Given) -> None:
    walk = await opened(given)
    forms = {name: await walk.form(by) for name, by in (("lead", walk.lead), ("school", walk.school))}
    forms["provider"] = await walk.form(walk.provider)
    assert forms["lead"]["items"] == forms["school"]["items"] == forms["provider"]["items"]
    steps = {name: [each["to"] for each in form["next_steps"]] for name, form in forms.items()}
    assert steps == {"lead": ["visited", "cancelled"], "school": ["visited"], "provider": []}
    assert (await walk.authority.get(f"{walk.path}/form")).status_code == 404
    viewer = await given.api(walk.lead.organisation_id, "viewer")
    assert (await walk.form(viewer))["next_steps"] == []
    await walk.visited()
    await walk.judge_all(walk.lead)
    await walk.step("draft_shared")
    open_ = {each["to"]: each["missing"] for each in (await walk.form(walk.provider))["next_steps"]}
    assert open_ == {"disputed": []}


async def test_what_has_ended_takes_nothing_more_from_anybody(given: Given) -> None:
    walk = await opened(given)
    await walk.visited()
    await walk.judge_all(walk.lead)
    await walk.step("draft_shared")
    final = await walk.concluded()
    note, judged = {"item_key": SEEN, "text": "Late."}, {"item_key": SEEN, "rating": "red"}
    comment = {"kind": "comment", "text": "Late."}
    for by in (walk.lead, walk.school, walk.provider):
        assert problem(await by.post(f"{walk.path}/responses", {"items": [note]})) == (
            409,
            "visit_closed_for_responses",
        )
        assert problem(await by.post(f"{walk.path}/comments", comment)) == (409, "visit_closed_for_comments")
        for to in ("visited", "draft_shared", "disputed", "cancelled", "planned", "finalised"):
            headers = {"If-Match": f'"{final["version"]}"'}
            answer = await by.post(f"{walk.path}/transitions", {"to": to, "reason": "Late."}, headers=headers)
            assert answer.status_code in (403, 409), answer.text
    for by in (walk.lead, walk.school):
        assert problem(await by.post(f"{walk.path}/judgements", {"items": [judged]}))[0] == 409
    assert (await walk.seen(walk.lead)) == final | {"alerts": []}
